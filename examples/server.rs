//! The test server on the command line, for benchmarks and for trying clients by hand.

#[path = "../tests/server/mod.rs"]
mod server;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use server::{Config, Fault, Maildrop, Server, Sizes, TlsMode};

/// Serve a generated maildrop over POP3 on the loopback until killed.
#[derive(Debug, Parser)]
struct Options {
    /// How many messages the maildrop has.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    messages: usize,
    /// Octets of each message, or `realistic`: log-normal with median 6 kB and mean 14 kB.
    #[arg(long, value_name = "OCTETS", default_value = "realistic", value_parser = parse_sizes)]
    size: Sizes,
    /// What the messages are made from: the same seed gives the same maildrop.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Simulated round-trip time in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    rtt: f64,
    /// When TLS begins.
    #[arg(long, value_enum, default_value_t = Tls::None)]
    tls: Tls,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Listen on ::1 as well.
    #[arg(long)]
    ipv6: bool,
    /// Who may log in.
    #[arg(long, default_value = "ann")]
    user: String,
    /// The password of the user.
    #[arg(long, default_value = "secret")]
    password: String,
    /// Write the trust anchor for the server's certificate here.
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
    /// Do not advertise PIPELINING.
    #[arg(long)]
    no_pipelining: bool,
    /// Write each message apart from its status line, with Nagle's algorithm on, as popa3d does.
    #[arg(long)]
    split_replies: bool,
    /// Delete at QUIT what was marked; by default every session sees the same maildrop.
    #[arg(long)]
    persist_deletes: bool,
    /// End when standard input is closed.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tls {
    None,
    Implicit,
    Starttls,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let server = Server::start(config(&options));
    if let Some(file) = &options.ca_out {
        std::fs::copy(server.ca_file(), file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "listening on 127.0.0.1:{}", server.port())?;
    out.flush()?;
    if !options.until_stdin_closes {
        loop {
            std::thread::park();
        }
    }
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn config(options: &Options) -> Config {
    let maildrop = Maildrop::generated(options.messages, options.seed, options.size);
    let mut config = Config::new(&maildrop)
        .tls(match options.tls {
            Tls::None => TlsMode::None,
            Tls::Implicit => TlsMode::Implicit,
            Tls::Starttls => TlsMode::Starttls,
        })
        .login(&options.user, &options.password)
        .rtt(Duration::from_secs_f64(options.rtt / 1000.0))
        .port(options.port)
        .without_commands_in_log();
    if options.ipv6 {
        config = config.ipv6();
    }
    if options.no_pipelining {
        config = config.without("PIPELINING");
    }
    if options.split_replies {
        config = config.fault(Fault::SplitReplies);
    }
    if !options.persist_deletes {
        config = config.keep_deleted();
    }
    config
}

fn parse_sizes(text: &str) -> Result<Sizes, String> {
    match text {
        "realistic" => Ok(Sizes::realistic()),
        octets => octets.parse().map(Sizes::Fixed).map_err(|_| "neither a number nor `realistic`".into()),
    }
}
