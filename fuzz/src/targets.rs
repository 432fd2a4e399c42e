//! The targets: each takes any octets and must come back, without a panic, whatever they are. Some hold what was read
//! against a simple model. `cargo test` gives them the corpus and past findings; see README.md.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use mailhaul::auth::{Binding, CramMd5, LoginMechanism, OauthBearer, Scram, Secret, Xoauth2};
use mailhaul::client::{Client, Extent, Part, Secrets, Transcript};
use mailhaul::config::{ConfigFile, SETTINGS, Settings, Source, parse_selection};
use mailhaul::deliver::MboxForm;
use mailhaul::error::{Error, Kind, Result};
use mailhaul::escape;
use mailhaul::fingerprint::Taker;
use mailhaul::net::{Connection, Network, Phase, Pin, Proxy, ProxyFrom, Route, Transport, Waits};
use mailhaul::peers::{HistoryFormat, fetchmail, getmail, mpop, read_history};
use mailhaul::proto::{self, Capabilities, Exchange, LineRule, Listing, Occasion, Sizes, Stat, StatusLine, Unstuffer};

#[path = "planner.rs"]
mod planner;
#[path = "whole.rs"]
mod whole;

/// What a target does with its input.
pub type Target = fn(&[u8]);

/// All of them.
pub const TARGETS: &[(&str, Target)] = &[
    ("reply", reply),
    ("capa", capa),
    ("listing", listing),
    ("unstuff", unstuff),
    ("mbox", mbox),
    ("fingerprint", fingerprint),
    ("url", url),
    ("proxy", proxy),
    ("pin", pin),
    ("selection", selection),
    ("setting", setting),
    ("config", config),
    ("netrc", netrc),
    ("sasl", sasl),
    ("escape", escape_text),
    ("headers", headers),
    ("oauth", oauth),
    ("handshake", handshake),
    ("dialogue", dialogue),
    ("planner", planner::planner),
    ("fetch", whole::fetch),
    ("peers", peers),
];

/// Their names.
pub fn names() -> Vec<&'static str> {
    TARGETS.iter().map(|(name, _)| *name).collect()
}

/// Every reader gets it. What a history says of a message has a unique-id; what a configuration says has a line.
fn peers(input: &[u8]) {
    for format in [
        HistoryFormat::Fetchmail,
        HistoryFormat::Getmail,
        HistoryFormat::Mpop,
        HistoryFormat::Thunderbird,
        HistoryFormat::Fdm,
    ] {
        assert!(read_history(format, input).seen.iter().all(|seen| !seen.uid.is_empty()));
    }
    let text = String::from_utf8_lossy(input);
    let lines = text.split('\n').count();
    for runner in [None, Some("ann")] {
        let configs = [fetchmail::read(&text, runner), mpop::read(&text), getmail::read(&text, "work")];
        for config in configs {
            let all = config.accounts.iter().flat_map(|account| &account.remarks).chain(&config.remarks);
            assert!(all.map(|remark| remark.line).all(|line| (1..=lines).contains(&line)));
        }
    }
}

fn reply(input: &[u8]) {
    if let Ok(line) = StatusLine::parse(input) {
        assert!(input.ends_with(line.text));
        line.code();
        Stat::parse(line.text).ok();
        proto::timestamp(line.text);
        for occasion in [Occasion::Greeting, Occasion::Login, Occasion::Mailbox] {
            proto::is_temporary(occasion, line.text);
        }
    }
}

fn lines(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    input.split(|&octet| octet == b'\n')
}

fn capa(input: &[u8]) {
    let mut capabilities = Capabilities::default();
    for line in lines(input) {
        capabilities.push_line(line).ok();
    }
    capabilities.has("PIPELINING");
    capabilities.has_sasl("PLAIN");
    capabilities.login_delay();
    for line in capabilities.lines() {
        assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
    }
}

fn listing(input: &[u8]) {
    let mut listing = Listing::default();
    let read = lines(input).try_for_each(|line| listing.push_line(line)).and_then(|()| listing.finish());
    if read.is_ok() {
        let found: Vec<_> = listing.iter().collect();
        assert_eq!(found.len(), listing.len());
        assert!(found.windows(2).all(|pair| pair[0].uid <= pair[1].uid && pair[0].number != pair[1].number));
        assert!(found.iter().all(|listed| !listed.uid.is_empty()));
    }
    let mut sizes = Sizes::default();
    lines(input).for_each(|line| drop(sizes.push_line(line)));
    let numbers: Vec<_> = sizes.numbers().collect();
    assert!(numbers.iter().all(|number| sizes.has(*number)));
    assert_eq!(numbers.len(), numbers.iter().collect::<std::collections::HashSet<_>>().len());
    let by_number = listing.clone().by_number();
    assert!(
        listing.iter().all(|listed| by_number.get(listed.number).is_some() && listing.count_of(listed.uid) > 0)
            || read.is_err()
    );
}

/// Split anywhere, the same comes out as of the whole; and as of a model that works line by line.
fn unstuff(input: &[u8]) {
    let Some((&cut, octets)) = input.split_first() else { return };
    let (first, second) = octets.split_at(usize::from(cut).min(octets.len()));
    for rule in [LineRule::Strict, LineRule::Loose] {
        let whole = unstuffed(rule, &[octets]);
        assert_eq!(whole, unstuffed(rule, &[first, second]));
        assert_eq!(whole, by_lines(rule, octets));
    }
}

fn unstuffed(rule: LineRule, pieces: &[&[u8]]) -> (Vec<u8>, usize, bool) {
    let (mut unstuffer, mut out, mut used) = (Unstuffer::new(rule), Vec::new(), 0);
    for piece in pieces {
        used += unstuffer.push(piece, |octets| out.extend_from_slice(octets));
    }
    (out, used, unstuffer.is_done())
}

fn by_lines(rule: LineRule, octets: &[u8]) -> (Vec<u8>, usize, bool) {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < octets.len() {
        let rest = &octets[at..];
        let end = (0..rest.len()).find(|&end| match rule {
            LineRule::Strict => rest[..=end].ends_with(b"\r\n"),
            LineRule::Loose => rest[end] == b'\n',
        });
        let line = end.map_or(rest, |end| &rest[..=end]);
        if end.is_some() && (line == b".\r\n" || rule == LineRule::Loose && line == b".\n") {
            return (out, at + line.len(), true);
        }
        // What may still become the end is held back.
        let may_end = end.is_none() && (line == b"." || line == b".\r");
        if !may_end {
            out.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        at += line.len();
    }
    (out, at, false)
}

/// Whatever the message is, it is one message of the mbox, and its lines are there.
fn mbox(input: &[u8]) {
    let (mut form, mut out) = (MboxForm::begin(), Vec::new());
    let middle = input.len() / 2;
    form.push(&input[..middle], &mut out);
    form.push(&input[middle..], &mut out);
    form.finish(&mut out);
    assert!(out.starts_with(b"From ") && out.ends_with(b"\n\n"), "{:?}", escape::text(&out));
    let begins = out.split(|&octet| octet == b'\n').filter(|line| line.starts_with(b"From "));
    assert_eq!(begins.count(), 1, "{:?}", escape::text(&out));
}

fn fingerprint(input: &[u8]) {
    let taken = |pieces: &[&[u8]]| {
        let mut taker = Taker::default();
        pieces.iter().for_each(|piece| taker.push(piece));
        taker.finish()
    };
    let middle = input.len() / 3;
    assert_eq!(taken(&[input]), taken(&[&input[..middle], &input[middle..]]));
}

fn url(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(source) = Source::parse(text, None) {
        assert!(!source.user.is_empty() && !source.user.chars().any(char::is_control));
        assert!(!source.host.is_empty() && source.host.is_ascii() && source.port != 0);
    }
}

fn proxy(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for from in [ProxyFrom::CommandLine, ProxyFrom::ConfigurationFile] {
        if let Ok(Some(proxy)) = Proxy::parse(text, from) {
            assert!(from != ProxyFrom::CommandLine || !proxy.has_password());
        }
    }
}

fn pin(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(pin) = text.parse::<Pin>() {
        assert_eq!(pin.to_string().parse::<Pin>(), Ok(pin));
    }
}

fn selection(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(selection) = parse_selection(text) {
        selection.shown();
    }
}

/// The name of a setting, a blank, and its value.
fn setting(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (name, value) = text.split_once(' ').unwrap_or((text, ""));
    let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else { return };
    if let Ok(raw) = setting.read(value) {
        Settings::default().set(name, raw).expect("what was checked is taken");
    }
}

fn config(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let parsed = ConfigFile::parse("/config.toml".as_ref(), text, true);
    if let Ok(file) = parsed {
        for account in &file.accounts {
            let settings = account.settings.clone().over(file.defaults.clone());
            let source = settings.source().unwrap_or_default().to_owned();
            mailhaul::config::Account::resolve(Some(&account.name), &source, settings).ok();
        }
    }
}

fn netrc(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    mailhaul::auth::password_in_netrc(text, "mail.example.org", "ann");
}

/// Challenges, one a line.
fn sasl(input: &[u8]) {
    let Ok(secret) = Secret::from_text(b"secret".to_vec().into(), "the target") else { return };
    let mut exchanges: Vec<Box<dyn Exchange + '_>> = vec![
        Box::new(CramMd5::new("ann", &secret)),
        Box::new(LoginMechanism::new("ann", &secret)),
        Box::new(OauthBearer::new("ann", "mail.example.org", 995, &secret)),
        Box::new(Xoauth2::new("ann", &secret)),
    ];
    for binding in [Binding::TlsExporter([7; 32]), Binding::NotOffered, Binding::None] {
        if let Ok(scram) = Scram::<sha2::Sha256>::new("ann", &secret, binding) {
            exchanges.push(Box::new(scram));
        }
    }
    for exchange in &mut exchanges {
        exchange.initial();
        for challenge in lines(input).take(4) {
            if exchange.answer(challenge).is_err() {
                break;
            }
        }
        exchange.finish().ok();
    }
}

fn escape_text(input: &[u8]) {
    let shown = escape::text(input);
    assert!(!shown.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{shown:?}");
}

fn headers(input: &[u8]) {
    for text in mailhaul::commands::headers_of(input) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}

/// A status in two octets, and a body.
fn oauth(input: &[u8]) {
    let Some((status, body)) = input.split_at_checked(2) else { return };
    mailhaul::auth::is_token_answer(u16::from_be_bytes([status[0], status[1]]), body.to_vec());
}

/// What proxies answer.
fn handshake(input: &[u8]) {
    for proxy in ["socks5://ann:secret@proxy.example.org:1080", "http://ann:secret@proxy.example.org:8080"] {
        let Ok(Some(proxy)) = Proxy::parse(proxy, ProxyFrom::ConfigurationFile) else { return };
        let mut stream = Line::of(input);
        proxy.open(&mut stream, "mail.example.org", 995).ok();
    }
}

/// A whole session of the client, with a server that says anything.
fn dialogue(input: &[u8]) {
    let Ok(mut client) = Client::greet(Line::of(input), Arc::new(Nobody), Secrets::default()) else { return };
    session(&mut client).ok();
}

fn session(client: &mut Client<Line>) -> Result<()> {
    client.capa()?;
    client.user_pass("ann", "secret")?;
    if let Ok(listing) = client.capa_and_uidl()? {
        let wanted: Vec<_> = listing.iter().take(8).map(|listed| (listed.number, 100)).collect();
        let mut octets = 0;
        for extent in [Extent::Top(0), Extent::Whole] {
            client.download(&mut wanted.iter().copied(), extent, 1 << 20, &mut |_, part| {
                if let Part::Octets(piece) = part {
                    octets += piece.len();
                }
                Ok(())
            })?;
        }
        client.delete_all(&mut wanted.iter().map(|(number, _)| *number), &mut |_, _| {})?;
    }
    client.list()?.ok();
    client.stat()?.ok();
    for line in ["XTND", "NOOP"] {
        client.typed(line, false, &mut |_| Ok(()))?;
    }
    client.quit()?.ok();
    Ok(())
}

struct Nobody;

impl Transcript for Nobody {
    fn sent(&self, _: &str) {}
    fn received(&self, line: &str) {
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

/// What a server says, and no more. The first octet tells in pieces of which size it comes; octets of 0xfe stand between
/// what it says first and what it says to each line that it gets. Who reads more than was said finds the end.
struct Line {
    said: VecDeque<u8>,
    replies: VecDeque<Vec<u8>>,
    piece: usize,
}

impl Line {
    fn of(octets: &[u8]) -> Self {
        let (piece, octets) = octets.split_first().map_or((1, octets), |(first, rest)| (usize::from(*first) + 1, rest));
        let mut replies: VecDeque<Vec<u8>> = octets.split(|&octet| octet == 0xfe).map(<[u8]>::to_vec).collect();
        Self { said: replies.pop_front().unwrap_or_default().into(), replies, piece }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(self.piece);
        self.said.read(&mut buffer[..wanted])
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let lines = octets.iter().filter(|&&octet| octet == b'\n').count();
        for reply in self.replies.drain(..lines.max(1).min(self.replies.len())) {
            self.said.extend(reply);
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Line {
    fn begin(&mut self, _: Phase) {}

    fn explain(&self, error: io::Error) -> Error {
        Error::new(Kind::TryLater, error.to_string())
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(Ipv4Addr::LOCALHOST.into()) // which may hear a password in clear text
    }
}

/// Servers that say these things, one after the other; the last one hangs up at once.
struct Lines(Mutex<VecDeque<Vec<u8>>>);

impl Network for Lines {
    fn connect(&self, _: &Route, _: &Waits) -> Result<Connection> {
        let next = self.0.lock().map(|mut lines| lines.pop_front().unwrap_or_default()).unwrap_or_default();
        Ok(Box::new(Line::of(&next)))
    }
}
