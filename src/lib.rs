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
//!           places       is the destination the one that it was?
//!           recover      settle what an interrupted run has left; hand over what waits in the outbox
//!           session      connect, TLS, CAPA, login
//!           client       UIDL
//!           plan         listing x ledger x policy -> what to ask, to fetch and to delete; no I/O
//!           filter       TOP of what is new -> a command of the user's says what is skipped
//!           pump         TOP, RETR -> staged files of all destinations, each group closed by UIDL n | DELE of what may be
//!                        deleted
//!           publisher    (second thread) identify: which are new? batches: sync -> ledger -> rename or append -> sync,
//!                        or hand-over -> answer -> ledger
//!           client       QUIT; then the ledger says: deleted
//!      -> output       the closing line, or JSON; the gravest error is the exit code
//! ```
//!
//! No async runtime: I/O blocks, every wait has a deadline and a name, and a signal wakes all of them ([`until`]).
//!
//! # The modules, and what each may use
//!
//! `tests/architecture.rs` reads this table and compares it with the sources, so it is what the code does.
//!
//! | module | may use | what it is |
//! |---|---|---|
//! | [`cli`] | config | The command line as clap types: the source of the help, the man pages and the completions. Of `config` the table of settings, layers of them, and the parsers of values. |
//! | [`commands`] | auth, cli, client, command_line, config, deliver, discovery, effect, error, escape, fetch, fingerprint, handover, header_filter, headers, net, output, peers, private, process, proto, session, state, stop, until | One file or folder a command: arguments in, calls, output. Catches signals. |
//! | [`config`] | auth, command_line, deliver, error, escape, handover, net, private, proto, until | The table of settings, URLs, sizes, durations, the configuration file, the environment: from what the user said to a checked `Account`. Of `deliver` only the names of destinations, of `handover` only what can be said of them. |
//! | [`auth`] | command_line, error, escape, net, private, proto, until | `Secret`, which cannot be shown; where it comes from; the tokens of OAuth2; what SASL makes of all that. Of `net` only HTTP, and what it needs. |
//! | [`fetch`] | auth, client, config, deliver, effect, error, escape, fingerprint, header_filter, headers, net, output, private, proto, session, state, until | The engine: plan, transfer, publisher, recovery. Of `output` only the `Reporter` trait, what it is told, and the words for numbers. |
//! | [`session`] | auth, client, config, error, net, proto, until | From an account to a client that is logged in; no credential before TLS and identity are settled. |
//! | [`client`] | error, escape, net, proto | The pump: drives POP3 over a `Transport`, with several commands in a row where the server takes them. Knows no disk. |
//! | [`proto`] | escape | POP3 without I/O: commands, replies, capabilities, listings, the dot-unstuffer. |
//! | [`net`] | command_line, error, escape, private, until | Addresses, proxies, tunnels, TLS, deadlines with the phase they belong to. |
//! | [`deliver`] | effect, error, escape, headers, private, until | Destinations: Maildir, mbox and folders of .eml files. Knows neither POP3 nor the ledger. |
//! | [`handover`] | auth, command_line, deliver, error, escape, fingerprint, headers, net, process, until | Whoever takes messages over: a command, LMTP, SMTP, IMAP. Each is a `Carrier` of `deliver`. |
//! | [`state`] | deliver, error, escape, fingerprint, private, until | The ledger in SQLite, past runs, the lock on a mailbox. Of `deliver` only plain data. |
//! | [`output`] | client, error, escape, headers, stop, until | The only place that prints, but for two questions, in `auth/search.rs` and `commands/console.rs`. Of `client` only the `Transcript` trait. |
//! | [`discovery`] | error, escape, net | Which POP3 server an address belongs to: published configurations, a public database, the DNS, usual names. |
//! | [`peers`] | config, net | The configurations and histories of other fetchers, read: in the words of `config`, and as plain data. Runs nothing. |
//! | [`error`] | escape, proto | What a user is told, the cause that code asks for, and the one match from kind to exit code. |
//! | [`effect`] | | The effects of a fetch as values, and who is told of them. The tests assert their order, or end the process at each. |
//! | [`headers`] | escape | Date, sender, subject and Message-ID of a message, decoded and safe to show. |
//! | [`fingerprint`] | | What tells a message from every other one: taken of its header, or of all of it. |
//! | [`private`] | error, escape, until | Files and folders that are their owner's alone: made, replaced whole, and opened, whoever may have put them there; what their names are made of. |
//! | [`escape`] | | Foreign text made safe to show. |
//! | [`stop`] | | The wish to stop: a flag, and a descriptor that wakes every wait. |
//! | [`until`] | error, stop | A deadline and the wish to stop as one value, and the loops that wait for something until then. |
//! | [`header_filter`] | command_line, deliver, error, process, until | Asks a command whether a message is to be downloaded. Of `deliver` only the line ends, and the Return-Path. |
//! | [`process`] | command_line, error, escape, until | Runs a command with something on its standard input, and ends it if it takes too long. Starts the program once more where it is the first process of a container. |
//! | [`command_line`] | | A command that the user has named, ready to be run. |
//!
//! # The durability contract
//!
//! Known, not inferred: that a message was published, that it is the same message, that a place is the same place is shown
//! by evidence, or it is in doubt; and in doubt nothing is deleted. What is in doubt is still on the server.
//!
//! A message goes through `listed -> staged -> durable -> recorded -> published -> deleted`. [`fetch`] has a type for
//! each step (in `life/`), made only from the one before; code that skips a step does not compile.
//!
//! 1. *Staged*: the octets go from the network, dot-stuffing removed and CRLF turned into LF, straight into `tmp/NAME` of
//!    the Maildir, or into a spool file beside the mbox; as they are into a hidden file in a folder of .eml files, or into the
//!    outbox. A message whose terminator did not come is no message, and one
//!    whose group of replies was not closed by the right answer to `UIDL n` may be another one: both are removed.
//! 2. *Durable*: the staged files of a batch are synced; close is checked on the descriptor that wrote. What failed stays
//!    failed: such a file is removed. A batch closes at 256 messages, 8 MiB, or a second after its first message.
//! 3. *Recorded*: one SQLite transaction, `synchronous=FULL`, says where each message of the batch is and where it will
//!    be, and its fingerprint.
//! 4. *Published*: `rename` into `new/`, or an append to the locked mbox, then a sync of the folders, or of the mbox; or the
//!    receiver's yes.
//!    The ledger hears of it with the next batch, or when there is time: recovery can tell without it.
//! 5. *Deleted*, if asked for: `Published::delete` is the only call of DELE. It takes a message that this session fetched and
//!    published, or one whose fingerprint this session has compared with the ledger's: by TOP, or by RETR where TOP cannot
//!    tell. (Rows of older ledgers without a fingerprint: by their size, until they have one.) After the transfer the
//!    ledger says *delete pending*; when QUIT was answered `+OK`, it says *deleted*.
//!
//! # The same message
//!
//! A unique-id is what the server calls a message today. Its [`fingerprint`] tells whether it is one that was delivered:
//!
//! | listed | then |
//! |---|---|
//! | a known unique-id, nothing to be deleted, there at the last listing | it is that message |
//! | a known unique-id that is to be deleted, was deleted, had gone, has another size, or has a new copy | TOP (or RETR) tells; if it is another message, the old row waits as one that has vanished |
//! | an unknown unique-id, and messages have vanished | compared with those before it is published: the same one is not delivered again, and goes on under its new name |
//! | as many unknown ones as known ones have gone | the same, by TOP before anything is downloaded; if none of a sample is known, the rest is new, unless only whole messages could tell |
//! | the same, and the ledger has no fingerprints | an error: nothing could tell |
//!
//! # Recovery
//!
//! Before every fetch that is no dry run, under the mailbox's lock. It looks only at rows that the ledger has as staged:
//!
//! | destination | found | then |
//! |---|---|---|
//! | each | its place is not there, or is another one | this run's: an error, before the login; another: presumed |
//! | Maildir | `tmp/NAME` is there | the rename is made up for; no download |
//! | Maildir | NAME is in `new/` or `cur/` of it, of its folders, or of a Maildir beside it | published |
//! | Maildir | nowhere, and our rename was seen to fail | fetched again |
//! | Maildir | nowhere | presumed |
//! | .eml | the hidden file is there | the rename is made up for; no download |
//! | .eml | it is gone | published: only our own rename takes it away; where that was seen to fail, fetched again |
//! | mbox | the file reaches the offset, and what is there of the range is ours or zero | written again from the spool, in place, and synced: published |
//! | mbox | anything else at the offset | that stays as it is; the message is appended at the end, from the spool |
//! | mbox | no spool | published, if the octets are all there; else presumed |
//! | outbox | its hand-over was not begun, or the receiver cannot be asked | handed over |
//! | outbox | begun, and the receiver says that it has it | published |
//! | outbox | begun, and it says that it has not, long enough after the last octet | handed over |
//! | outbox | begun, and nobody can tell: something was moved meanwhile | presumed |
//!
//! *Presumed* is a state of the ledger: neither fetched nor deleted, said once, looked for again in each run, and settled by
//! `state confirm` or `state retry`. Then own files in `tmp/` and own spools that no row speaks of are removed.
//!
//! # Several destinations, and hand-over
//!
//! A message goes to each destination of the run. In the ledger each has a row of its own: *staged*, then a *delivery*. A message
//! is complete, and may be deleted, when no row is left. A destination that fails is left alone for the rest of the run
//! (`fetch/destinations.rs`); what it did not get is *owed* to it, by a row without a file, and fetched for it alone in a later
//! run.
//!
//! Places take files. Whoever takes messages over is a [`Carrier`](deliver::Carrier): what is to be handed over is staged in
//! the *outbox*, a folder of the state folder, and the order is: file, ledger, hand-over, answer, ledger; then the file goes.
//! What is not taken waits there, and comes first in the next run, without a download; what is refused is tried at the times of
//! a message that a server refuses. A command, LMTP and SMTP get a message at least once. IMAP gets it once: before a batch the
//! ledger keeps a *mark*, UIDVALIDITY and UIDNEXT of the folder, by which the server is asked after an end without an answer.
//! An old mark would find a copy that came later, so of two messages that are the same only one is under way, and nothing is
//! handed over while it is not certain of an earlier one.
//!
//! # Where to look
//!
//! | question | place |
//! |---|---|
//! | what `--json` prints | `docs/json-schema/mailhaul.json`; `output/json.rs`, and the type beside each command |
//! | when an account is healthy, and what monitors are told | `commands/health/`; `state/reader.rs`; `output/nagios.rs`, `output/exposition.rs` |
//! | what a flag does | the doc comment in [`cli`]; its way into the engine in `commands/fetch/` |
//! | what is fetched, skipped, deleted | [`fetch::plan`], pure and with its own tests |
//! | when another session looks for more | `fetch/parts.rs` |
//! | when several commands are sent in a row | `client/pipeline.rs`; when that is given up, `fetch/course.rs` |
//! | of which message a reply is | `fetch/tie.rs` |
//! | which message it is | [`fingerprint`], `fetch/identify.rs` |
//! | what is said of mail delivered elsewhere, and when a deletion is asked for | `fetch/consent.rs` |
//! | how a habit or a misspelling is answered | `cli/habits.rs`, `cli/guesses.rs`, `config/habits.rs`, `config/hints.rs`; a pasted file of another fetcher: `config/foreign.rs` |
//! | whether a place is the same | `deliver/target.rs`, `fetch/places.rs` |
//! | what waits for a destination, and why | `deliver/outbox.rs`, `fetch/waiting.rs`, `state/waiting.rs` |
//! | what the answers of a receiver mean | `handover/pipe/`, `handover/mta/judge.rs`, `handover/imap/refusal.rs` |
//! | how a message in doubt is found by IMAP | `handover/imap/look.rs` |
//! | why a message was given up, and when it is tried again | `state/schedule.rs` |
//! | which files are the configuration, and which accounts are meant | `config/folders.rs`, `config/parts.rs`, `config/shard.rs`; `commands/shared/sources.rs` |
//! | how many accounts at a time | `commands/fetch/capacity.rs`; who writes into the ledger first: `state/turn.rs` |
//! | what moves with a mailbox to another ledger | `state/moving.rs`, `commands/state/exported.rs` |
//! | whose file may be used, and how it is opened | `private/open.rs` |
//! | the "all unique-ids changed" guard | `fetch/plan/census.rs` |
//! | how old something is | `state/clock.rs`: the ledger's own clock |
//! | what is trusted in TLS | `net/trust.rs`, `net/verifier.rs`, `net/pin.rs` |
//! | how a proxy or a tunnel is gone through | `net/route.rs`, and the files that it names |
//! | how a login is chosen, and when another one is tried | `session/choose.rs`, `session/login.rs`; the mechanisms in `auth/sasl/` |
//! | limits on what a server may send | [`proto::limits`], `limit_of` in `fetch/receive.rs` |
//! | the database | `state/schema.rs`: an append-only list of migrations |
//! | an exit code; what code asks of an error | [`error::Kind`]; [`error::Cause`] |
//! | a rule of POP3 or of delivery, with its source | `docs/pop3-rules.md`; comments cite its rules as (C-224) |

pub mod auth;
pub mod cli;
pub mod client;
pub mod command_line;
pub mod commands;
pub mod config;
pub mod deliver;
pub mod discovery;
pub mod effect;
pub mod error;
pub mod escape;
pub mod fetch;
pub mod fingerprint;
pub mod handover;
pub mod header_filter;
pub mod headers;
pub mod net;
pub mod output;
pub mod peers;
pub mod private;
pub mod process;
pub mod proto;
pub mod session;
pub mod state;
pub mod stop;
pub mod until;
