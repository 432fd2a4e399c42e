//! mailhaul brings POP3 mail home, exactly once. This page says how the program is built; the binary is a thin shell
//! over this library, and the library is there for the binary, the tests and the demonstration, not as a stable API.
//!
//! # The flow of a fetch
//!
//! ```text
//! main -> cli          the command line becomes types
//!      -> commands     types become accounts; the password is taken before any connection
//!      -> fetch        one job an account, side by side in threads; each job:
//!           state        lock the mailbox, open the ledger
//!           recover      settle what an interrupted run has left
//!           session      connect, TLS, CAPA, login
//!           client       UIDL
//!           plan         listing x ledger x policy -> what to fetch and what to delete; no I/O
//!           transfer     RETR -> staged files       | DELE of what the publisher has published
//!           publisher    (second thread) batches: sync -> ledger -> rename or append -> sync
//!           client       QUIT; then the ledger says: deleted
//!      -> output       the closing line, or JSON; the gravest error is the exit code
//! ```
//!
//! No async runtime: I/O blocks, every wait has a deadline and a name, and a signal wakes all of them ([`stop`]).
//!
//! # The modules, and what each may use
//!
//! `tests/architecture.rs` reads this table and compares it with the sources, so it is what the code does.
//!
//! | module | may use | what it is |
//! |---|---|---|
//! | [`cli`] | config | The command line as clap types: the source of the help, the man pages and the completions. Uses of `config` only the parsers of values. |
//! | [`commands`] | auth, cli, client, config, deliver, effect, error, escape, fetch, net, output, proto, session, state, stop | One file a command: arguments in, calls, output. Catches signals. |
//! | [`config`] | auth, deliver, error, escape, net, private, proto | URLs, sizes, durations, the configuration file, the environment: from what the user said to a checked `Account`. Of `deliver` only the name of a destination. |
//! | [`auth`] | error, escape, net, private, proto, stop | `Secret`, which cannot be shown; where it comes from; the tokens of OAuth2; what SASL makes of all that. Of `net` only HTTP, and what it needs. |
//! | [`fetch`] | auth, client, config, deliver, effect, error, escape, net, output, proto, session, state, stop | The engine: plan, transfer, publisher, recovery. Of `output` only the `Reporter` trait. |
//! | [`session`] | auth, client, config, error, net, proto, stop | From an account to a client that is logged in; no credential before TLS and identity are settled. |
//! | [`client`] | error, escape, net, proto | The pump: drives POP3 over a `Transport`, with several commands in a row where the server takes them. Knows no disk. |
//! | [`proto`] | escape | POP3 without I/O: commands, replies, capabilities, listings, the dot-unstuffer. |
//! | [`net`] | error, escape, private, stop | Addresses, proxies, tunnels, TLS, deadlines with the phase they belong to. |
//! | [`deliver`] | effect, error, escape, private, stop | Destinations: Maildir and mbox. Knows neither POP3 nor the ledger. |
//! | [`state`] | deliver, error, escape, private | The ledger in SQLite, past runs, the lock on a mailbox. Of `deliver` only plain data. |
//! | [`output`] | client, error | The only place that prints, but for two questions, in `auth/search.rs` and `commands/console.rs`. Of `client` only the `Transcript` trait. |
//! | [`error`] | escape, proto | The error kinds, by whose fault it is, and the one match from kind to exit code. |
//! | [`effect`] | | The effects of a fetch as values, and who is told of them. The tests assert their order, or end the process at each. |
//! | [`fingerprint`] | | What tells a message from every other one: taken of its header, or of all of it. |
//! | [`private`] | error | Files and folders that are their owner's alone: made, and replaced whole; what their names are made of. |
//! | [`escape`] | | Foreign text made safe to show. |
//! | [`stop`] | | The wish to stop: a flag, and a descriptor that wakes every wait. |
//!
//! # The durability contract
//!
//! A message goes through `listed -> staged -> durable -> recorded -> published -> deleted`. [`fetch`] has a type for
//! each step (in `life.rs`), made only from the one before; code that skips a step does not compile.
//!
//! 1. *Staged*: the octets go from the network, dot-stuffing removed and CRLF turned into LF, straight into `tmp/NAME` of
//!    the Maildir, or into a spool file beside the mbox. A message whose terminator did not come is no message: its file
//!    is removed.
//! 2. *Durable*: the staged files of a batch are synced. A batch closes at 256 messages, 8 MiB, or a second after its
//!    first message.
//! 3. *Recorded*: one SQLite transaction, `synchronous=FULL`, says where each message of the batch is and where it will
//!    be.
//! 4. *Published*: `rename` into `new/`, or an append to the locked mbox; then a sync of the folders, or of the mbox.
//!    The ledger hears of it with the next batch, or when there is time: recovery can tell without it.
//! 5. *Deleted*, if asked for: `Published::delete` is the only call of DELE. After the transfer the ledger says *delete
//!    pending*; when QUIT was answered `+OK`, it says *deleted*. What is pending or deleted and is listed again is
//!    deleted again, and fetched again only if its size shows that it is another message.
//!
//! So whatever is deleted from the server is on the disk and in the ledger, and after a sudden end at any point the next
//! run can tell from the ledger and the destination what was done.
//!
//! # Recovery
//!
//! Before every fetch that is no dry run, under the mailbox's lock. It looks only at rows that the ledger has as staged:
//!
//! | destination | found | then |
//! |---|---|---|
//! | both | it is missing (the mbox: with its spools), perhaps because its disk is not mounted | an error; it is not made anew |
//! | Maildir | `tmp/NAME` is there | the rename is made up for; no download |
//! | Maildir | not in `tmp/`, and the oldest such row is less than 36 h old | it was published, wherever a mail reader has put it since |
//! | Maildir | not in `tmp/`, and older: mail readers clean `tmp/` after 36 h | in `new/` or `cur/`: published; else the row is forgotten, and the message is fetched again if the server still has it |
//! | mbox | the recorded octets stand at the recorded offset (length, SHA-256) | published |
//! | mbox | its spool is gone | published: a spool is removed only when all of it is |
//! | mbox | the file ends at the offset | appended from the spool |
//! | mbox | the file ends in a beginning of what should stand there, perhaps followed by zeros | cut back to the offset, appended from the spool |
//! | mbox | anything else at the offset | that stays as it is; the message is appended at the end, from the spool |
//!
//! Then own files in `tmp/` and own spools are removed, in every destination that rows spoke of and in the one of this
//! run: no row is left that could speak of them.
//!
//! # Where to look
//!
//! | question | place |
//! |---|---|
//! | what a flag does | the doc comment in [`cli`]; its way into the engine in `commands/fetch.rs` |
//! | what is fetched, skipped, deleted | [`fetch::plan`], pure and with its own tests |
//! | when several commands are sent in a row | `client/pipeline.rs`; when that is given up, `fetch/sessions.rs` |
//! | why a message was given up | `state/trouble.rs`, `fetch/sessions.rs` |
//! | the "all unique-ids changed" guard | `Planner::finish` in [`fetch::plan`] |
//! | what is trusted in TLS | `net/trust.rs`, `net/verifier.rs`, `net/pin.rs` |
//! | how a proxy or a tunnel is gone through | `net/way.rs`, and the files that it names |
//! | how a login is chosen, and when another one is tried | `session/choose.rs`, `session/login.rs`; the mechanisms in `auth/sasl/` |
//! | limits on what a server may send | [`proto::limits`], `limit_of` in `fetch/transfer.rs` |
//! | the database | `state/schema.rs`: an append-only list of migrations |
//! | an exit code | [`error::Kind`] |
//! | a rule of the protocol, with its source | comments such as (C-224) name entries of the project's list of POP3 rules |

pub mod auth;
pub mod cli;
pub mod client;
pub mod commands;
pub mod config;
pub mod deliver;
pub mod effect;
pub mod error;
pub mod escape;
pub mod fetch;
pub mod fingerprint;
pub mod net;
pub mod output;
pub mod private;
pub mod proto;
pub mod session;
pub mod state;
pub mod stop;
