//! The bar of one transfer, as wide as the terminal is when it is drawn.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use console::{measure_text_width, truncate_str};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::Console;
use super::words::size;

/// A transfer that is shown.
pub(super) struct TransferBar {
    bar: ProgressBar,
    done: Arc<AtomicU64>,
}

/// What one line shows.
struct Figures<'a> {
    label: &'a str,
    done: u64,
    messages: u64,
    octets: u64,
    /// As the server has announced them; 0 where it has not.
    all_octets: u64,
    /// Octets a second.
    rate: f64,
    left: Option<Duration>,
}

impl TransferBar {
    /// Shows a bar, or nothing where the console shows none.
    pub(super) fn show(label: &str, messages: u64, all_octets: u64, console: &Console) -> Self {
        let done = Arc::new(AtomicU64::new(0));
        let (label, shared) = (label.to_owned(), Arc::clone(&done));
        let line = move |state: &ProgressState, out: &mut dyn Write| {
            let left = state.eta();
            let figures = Figures {
                label: &label,
                done: shared.load(Ordering::Relaxed),
                messages,
                octets: state.pos(),
                all_octets,
                rate: state.per_sec(),
                left: (!left.is_zero()).then_some(left),
            };
            write!(out, "{}", figures.line(columns())).ok(); // the next one is drawn in a moment
        };
        let style = ProgressStyle::with_template("{line}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = console.bars().add(ProgressBar::new(all_octets).with_style(style.with_key("line", line)));
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK); // so that it is there again after Ctrl-Z and fg
        }
        Self { bar, done }
    }

    pub(super) fn octets(&self, octets: u64) {
        self.bar.inc(octets);
    }

    pub(super) fn message(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes it from the terminal.
    pub(super) fn remove(self, console: &Console) {
        self.bar.finish_and_clear();
        console.bars().remove(&self.bar);
    }
}

impl Figures<'_> {
    /// What fits into the columns: first the rate is left out, then the size of all, then the time, then the size.
    fn line(&self, columns: usize) -> String {
        let tails = self.tails();
        let needs = |tail: &String| measure_text_width(self.label) + tail.len() + BESIDE + MIN_BAR;
        match tails.iter().find(|tail| needs(tail) <= columns) {
            Some(tail) => {
                let room = columns - measure_text_width(self.label) - tail.len() - BESIDE;
                format!("{} [{}] {tail}", self.label, self.bar(room.min(MAX_BAR)))
            }
            None => {
                let tail = tails.last().map_or("", String::as_str);
                let label = truncate_str(self.label, columns.saturating_sub(tail.len() + 1), "..");
                truncate_str(&format!("{label} {tail}"), columns, "").into_owned()
            }
        }
    }

    /// From all there is to say to the least.
    fn tails(&self) -> Vec<String> {
        let width = self.messages.to_string().len();
        let messages = format!("{:>width$}/{} messages", self.done, self.messages);
        let octets = format!("{:>8}", size(self.octets));
        let of_all = if self.all_octets == 0 { String::new() } else { format!("/{}", size(self.all_octets)) };
        let rate = format!("{:>10}", format!("{}/s", size(self.rate.max(0.0) as u64)));
        let left = format!("{:>11}", self.left.map_or(String::new(), |left| format!("{} left", short(left))));
        vec![
            format!("{messages}  {octets}{of_all}  {rate}  {left}"),
            format!("{messages}  {octets}{of_all}  {left}"),
            format!("{messages}  {octets}  {left}"),
            format!("{messages}  {octets}"),
            messages,
        ]
    }

    fn bar(&self, columns: usize) -> String {
        let (part, whole) =
            if self.all_octets == 0 { (self.done, self.messages) } else { (self.octets, self.all_octets) };
        let share = if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let filled = ((share.min(1.0) * columns as f64) as usize).min(columns);
        let head = if filled < columns { ">" } else { "" };
        format!("{:<columns$}", format!("{}{head}", "=".repeat(filled)))
    }
}

/// Six characters at most.
fn short(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds @ 100..6000 => format!("{} min", seconds.div_ceil(60)),
        seconds @ 6000..360_000 => format!("{} h", seconds.div_ceil(3600)),
        _ => "days".to_owned(),
    }
}

/// Of the terminal, now.
fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.ok().map(|size| size.ws_col.into()).filter(|columns| *columns > 0).unwrap_or(USUAL_COLUMNS)
}

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(200);

/// Brackets and blanks around the bar.
const BESIDE: usize = 4;

const MIN_BAR: usize = 5;

const MAX_BAR: usize = 40;

/// Of a terminal that does not know how wide it is.
const USUAL_COLUMNS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(label: &str) -> Figures<'_> {
        let (octets, all_octets) = (1_258_291, 3_565_158);
        let left = Some(Duration::from_secs(71));
        Figures { label, done: 12, messages: 2000, octets, all_octets, rate: 344_064.0, left }
    }

    #[test]
    fn what_does_not_fit_is_left_out_in_this_order() {
        for (columns, has) in [
            (120, ["[", "1.2 MiB", "/3.4 MiB", "336 KiB/s", "71 s left"].as_slice()),
            (80, &["[", "1.2 MiB", "/3.4 MiB", "336 KiB/s", "71 s left"]),
            (70, &["[", "1.2 MiB", "/3.4 MiB", "71 s left"]),
            (60, &["[", "1.2 MiB", "71 s left"]),
            (43, &["[", "1.2 MiB"]),
            (35, &["["]),
            (24, &[]),
        ] {
            let line = figures("work").line(columns);
            for part in ["[", "1.2 MiB", "/3.4 MiB", "336 KiB/s", "71 s left"] {
                assert_eq!(line.contains(part), has.contains(&part), "{columns}: {part}\n{line}");
            }
            assert!(line.starts_with("work ") && line.contains("  12/2000 messages"), "{line}");
        }
        assert_eq!(figures("work").line(35), "work [===>     ]   12/2000 messages");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let labels = ["work", "ann@mail.example.org:1995", "\u{30e1}\u{30fc}\u{30eb}\u{30dc}\u{30c3}\u{30af}\u{30b9}"];
        for (columns, label) in (0..200).flat_map(|columns| labels.map(|label| (columns, label))) {
            let mut figures = figures(label);
            for (done, all_octets, left) in [(0, 0, None), (2000, 1, Some(Duration::MAX)), (7, u64::MAX, None)] {
                (figures.done, figures.all_octets, figures.left) = (done, all_octets, left);
                let line = figures.line(columns);
                assert!(measure_text_width(&line) <= columns, "{columns}: {line}");
            }
        }
    }
}
