//! All integration tests, in one binary. Where to look:
//!
//! - `alerts`: trouble is told once, by the runs of cron
//! - `architecture`: who imports whom, who prints, how long files are; read from the sources
//! - `auth`: every mechanism, against a real Dovecot, the scripted server, and awkward dialogues
//! - `authority_itself`: the test authority for OAuth2 keeps its own promises
//! - `before_tls`: what somebody on the way can do before TLS begins
//! - `completions`: the completions know the accounts, in real shells
//! - `configuration`: the configuration file, its layers, and the command that edits it
//! - `container`: as process 1, by any user without a home, with secrets of root and settings of the environment
//! - `courtesy`: what a server asks of its clients is kept, from one run to the next
//! - `destinations`: from the settings to where messages arrive; the secrets of an IMAP server
//! - `docs`: README, manual pages and completions say what the program does
//! - `dovecot_itself`: what the tests of bearer tokens rely on in a real Dovecot
//! - `faults`: servers, lines and disks that fail, each followed by a good run
//! - `fetch`: the main job, when all goes well
//! - `files`: whose files and folders are used, what kind they must be, and how long they are waited for
//! - `fleet`: many accounts: folders of configuration files, shards, and accounts that move to another ledger
//! - `fuzz`: the corpus and the past findings of `fuzz/`
//! - `guesses`: what people type first is answered by what they meant; trials, first deletions
//! - `exactly_once`: ended after every effect, killed at random moments, the order of effects
//! - `health`: what monitors are told, by what real runs have left, as real programs read it
//! - `histories`: run after run against servers, clocks and disks that misbehave, in this process; random ones, too
//! - `imap`: messages handed over to a real Dovecot by IMAP, and looked for there after the connection was cut
//! - `interface`: the command line: exit codes, output, `--json`, `--dry-run`
//! - `json`: every object of every command is as `docs/json-schema` says, and the recipes of `docs/scripting.md` run
//! - `keyring_itself`: the private keyring is what the tests take it for
//! - `mda`: real commands behind `--pipe`: maildrop, procmail, dovecot-lda
//! - `migrate`: from the files of fetchmail, getmail6 and mpop to accounts and history; with the real programs
//! - `mta`: messages handed over to mail servers, by LMTP and by SMTP, octet for octet
//! - `oauth`: consent, tokens and their refreshing, with the test authority and a real Dovecot
//! - `passwords`: the sources of passwords in their order, the keyring, and what is left in memory
//! - `real_server`: the main job against a real Dovecot
//! - `rules`: the rules of POP3 that comments cite are those of `docs/pop3-rules.md`
//! - `secrets`: where passwords come from, and that nothing shows them
//! - `seen`: what a fetch shows at a terminal, in cron, and after an interruption
//! - `servers`: what old and odd servers do, and how far one comes with them all the same
//! - `sessions`: servers that list only a part of the mailbox in a session
//! - `setup`: from an address to an account, with real name, web and mail servers in a network of their own
//! - `server_itself`: the scripted server keeps its own promises
//! - `snapshots`: what each command prints, word for word
//! - `staying`: one process that polls: signals, reloading, back-off, alerts, memory over many polls
//! - `syscalls`: the order of system calls, and errors and kills at each, by `strace`
//! - `terminal_itself`: programs on the tests' terminal behave as on any other; what the program asks there
//! - `together`: several accounts in one run
//! - `tls`: whom the program trusts, and that it says no secret before
//! - `trust`: pins, roots, client certificates, versions: what the user may say about trust
//! - `units`: the units of `contrib/systemd`, in a real systemd where the machine allows it
//! - `verbs`: the other commands, against a real Dovecot and awkward servers
//! - `ways`: proxies, tunnels, and the address to come from
//!
//! `server/` is the scripted POP3 server, `dovecot/` a real one, `authority/` an OAuth2 server, `keyring/` a desktop's
//! keyring, `terminal/` a terminal with a person at it, `proxy/` has small proxies, `util/` runs the real binary.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, unreachable_pub)]

mod authority;
mod dovecot;
mod keyring;
mod proxy;
mod server;
mod terminal;
mod util;

mod alerts;
mod architecture;
mod auth;
mod authority_itself;
mod before_tls;
mod completions;
mod configuration;
mod container;
mod courtesy;
mod destinations;
mod docs;
mod dovecot_itself;
mod exactly_once;
mod faults;
mod fetch;
mod files;
mod fleet;
mod fuzz;
mod guesses;
mod health;
mod histories;
mod imap;
mod interface;
mod json;
mod keyring_itself;
mod mda;
mod migrate;
mod mta;
mod oauth;
mod passwords;
mod real_server;
mod rules;
mod secrets;
mod seen;
mod server_itself;
mod servers;
mod sessions;
mod setup;
mod snapshots;
mod staying;
mod syscalls;
mod terminal_itself;
mod tls;
mod together;
mod trust;
mod units;
mod verbs;
mod ways;
