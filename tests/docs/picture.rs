//! The picture of the README: what the real program prints on a terminal, as an SVG of plain text.
//!
//! `MAILHAUL_UPDATE=1 cargo test --test tests docs` draws `docs/run.svg` anew; without it a stale picture fails.
//!
//! What is typed is what the picture shows, in a shell, and what is shown is what came. Behind the scenes, three variables lead
//! to the scripted server of the tests: a SOCKS proxy that connects every name to it, the name in its certificate, and the
//! authority that signed that. Nothing is replaced in the text.

use super::super::proxy::{Proxy, Speaks};
use super::super::terminal::Terminal;
use super::*;

/// What is typed; `\` at the end goes on in the next line.
const TYPED: [&str; 4] = [
    "mailhaul account add work pop3s://ann@mail.example.org \\",
    "    --maildir ~/Mail --password-file ~/.mail-password",
    "mailhaul fetch",
    "mailhaul fetch",
];

#[test]
fn the_picture_is_what_the_program_prints() {
    let drawn = draw(&shown());
    let path = here("docs/run.svg");
    if std::env::var_os("MAILHAUL_UPDATE").is_some() {
        fs::write(path, drawn).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, drawn, "docs/run.svg is not up to date: `MAILHAUL_UPDATE=1 cargo test --test tests docs`");
}

/// The lines on the terminal in the end.
fn shown() -> Vec<String> {
    let home = Home::new();
    home.write_private(".mail-password", b"secret\n");
    fs::create_dir(home.path("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mailhaul"), home.path("bin/mailhaul")).unwrap();
    let maildrop = Maildrop::generated(40, 1, Sizes::realistic());
    let server = Server::start(Config::new(&maildrop).login("ann", "secret").tls(TlsMode::Implicit));
    let proxy = Proxy::start(Speaks::Socks5, server.port());
    let mut shell = Command::new("/bin/sh");
    shell.arg("-i").env("HOME", home.path("")).env("PS1", "$ ").env("PS2", "> ");
    shell.env("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
    shell.env("ALL_PROXY", proxy.url("")).env("MAILHAUL_SERVER_NAME", "localhost");
    shell.env("MAILHAUL_CA_FILE", server.ca_file());
    let mut terminal = Terminal::run(&shell);
    terminal.wait_for_next("$ ");
    for line in TYPED {
        terminal.type_line(line);
        terminal.wait_for_next(if line.ends_with('\\') { "\n> " } else { "\n$ " });
    }
    let mut lines = Emulator::of(&terminal.shown()).lines;
    assert_eq!(lines.pop().as_deref(), Some("$ "), "the shell waits for the next command");
    lines
}

/// A terminal that knows the control sequences of shells and progress bars.
#[derive(Default)]
struct Emulator {
    lines: Vec<String>,
    row: usize,
    column: usize,
}

impl Emulator {
    fn of(shown: &str) -> Self {
        let mut screen = Self { lines: vec![String::new()], ..Self::default() };
        let mut rest = shown;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\r' => screen.column = 0,
                '\n' => screen.go_to_row(screen.row + 1),
                '\x1b' => rest = screen.obey(rest.strip_prefix('[').expect("a sequence begins with [")),
                c => screen.put(c),
            }
        }
        screen
    }

    /// A control sequence; returns what is behind it.
    fn obey<'a>(&mut self, rest: &'a str) -> &'a str {
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).expect("a sequence has an end");
        let count = rest[..end].parse().unwrap_or(1);
        match &rest[end..=end] {
            "A" => self.row = self.row.saturating_sub(count),
            "B" => self.go_to_row(self.row + count),
            "K" => self.clear_line(&rest[..end]),
            "J" => self.lines.truncate(self.row + 1),
            "m" | "h" | "l" => {}
            other => panic!("the sequence {other:?} is not known: {:?}", &rest[..=end]),
        }
        &rest[end + 1..]
    }

    fn go_to_row(&mut self, row: usize) {
        self.row = row;
        self.lines.resize(self.lines.len().max(row + 1), String::new());
    }

    fn clear_line(&mut self, which: &str) {
        let line = &mut self.lines[self.row];
        match which {
            "2" => line.clear(),
            _ => *line = line.chars().take(self.column).collect(),
        }
    }

    fn put(&mut self, c: char) {
        let line = &mut self.lines[self.row];
        let mut chars: Vec<char> = line.chars().collect();
        chars.resize(chars.len().max(self.column + 1), ' ');
        chars[self.column] = c;
        *line = chars.into_iter().collect();
        self.column += 1;
    }
}

/// As an SVG. What is typed stands out by its colour.
fn draw(lines: &[String]) -> String {
    const COLUMNS: usize = 80;
    const WIDTH: f64 = 8.4; // of a character, for a font that is narrower or wider as well: textLength is not needed
    const HEIGHT: usize = 20;
    const MARGIN: usize = 16;
    let (width, height) = ((COLUMNS as f64 * WIDTH) as usize + 2 * MARGIN, lines.len() * HEIGHT + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <title>mailhaul in a terminal</title>\n\
         <!-- Made by tests/docs/picture.rs from a run of the program. -->\n\
         <style>text {{ font: 14px monospace; fill: #d8dee9; white-space: pre }} .typed {{ fill: #a3be8c }}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1f2430\"/>\n"
    );
    for (row, line) in lines.iter().enumerate() {
        let y = MARGIN + row * HEIGHT + 14;
        let class = if line.starts_with("$ ") || line.starts_with("> ") { " class=\"typed\"" } else { "" };
        let text = line.trim_end().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        svg += &format!("<text x=\"{MARGIN}\" y=\"{y}\"{class} xml:space=\"preserve\">{text}</text>\n");
    }
    svg + "</svg>\n"
}

#[test]
fn the_emulator_shows_what_is_left_in_the_end() {
    let lines = |shown: &str| Emulator::of(shown).lines;
    assert_eq!(lines("a\r\nbar\r\x1b[2Kc\r\n"), ["a", "c", ""]);
    assert_eq!(lines("a\r\nb\r\n\x1b[1Ax\x1b[?25l"), ["a", "x", ""]);
    assert_eq!(lines("abc\r\x1b[1mx\x1b[Ky"), ["xy"]);
}
