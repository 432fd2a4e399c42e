//! Columns: bare for scripts, and readable for people.

use super::Console;

/// Lines of columns. Into a pipe or a file each goes at once, its cells behind single blanks, or behind tabs where
/// they may hold blanks themselves. On a terminal they wait for the end, to stand aligned under a heading.
pub struct Table<'a> {
    console: &'a Console,
    heading: &'a [&'a str],
    /// From this column on cells stand behind tabs.
    tabs_from: usize,
    waiting: Vec<Vec<String>>,
}

impl<'a> Table<'a> {
    /// A table without a cell that holds blanks, but for its last.
    pub fn new(console: &'a Console, heading: &'a [&'a str]) -> Self {
        Self { console, heading, tabs_from: usize::MAX, waiting: Vec::new() }
    }

    /// From column `first` on (from 0), cells may hold blanks.
    pub fn with_blanks_from(self, first: usize) -> Self {
        Self { tabs_from: first, ..self }
    }

    /// A line. Its text is safe to show.
    pub fn row(&mut self, cells: Vec<String>) {
        match self.console.prints_to_terminal() {
            true => self.waiting.push(cells),
            false => self.console.print(&bare(&cells, self.tabs_from)),
        }
    }

    /// The last line was given. An empty table has no heading either.
    pub fn end(self) {
        if self.waiting.is_empty() {
            return;
        }
        let widths = widths(self.heading, &self.waiting);
        let heading: Vec<String> = self.heading.iter().map(|&name| name.to_owned()).collect();
        for row in std::iter::once(&heading).chain(&self.waiting) {
            self.console.print_fitting(&aligned(row, &widths));
        }
    }
}

fn bare(cells: &[String], tabs_from: usize) -> String {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        match at {
            0 => {}
            at if at >= tabs_from => line.push('\t'),
            _ => line.push(' '),
        }
        line += cell;
    }
    line
}

/// The columns that each column is wide, and whether it stands to the right, as numbers do.
fn widths(heading: &[&str], rows: &[Vec<String>]) -> Vec<(usize, bool)> {
    let column = |at: usize| rows.iter().filter_map(move |row| row.get(at));
    let is_number = |cell: &String| !cell.is_empty() && cell.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'.'));
    let of = |(at, name): (usize, &&str)| {
        let widest = column(at).map(|cell| console::measure_text_width(cell)).max().unwrap_or(0);
        (widest.max(console::measure_text_width(name)), column(at).all(|cell| cell == "-" || is_number(cell)))
    };
    heading.iter().enumerate().map(of).collect()
}

fn aligned(cells: &[String], widths: &[(usize, bool)]) -> String {
    let pad = |(cell, &(width, to_the_right)): (&String, &(usize, bool))| {
        let alignment = if to_the_right { console::Alignment::Right } else { console::Alignment::Left };
        console::pad_str(cell, width, alignment, None).into_owned()
    };
    let padded: Vec<String> = cells.iter().zip(widths).map(pad).collect();
    padded.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn scripts_get_single_blanks_and_tabs() {
        assert_eq!(bare(&row(&["1", "20", "a b"]), usize::MAX), "1 20 a b");
        assert_eq!(bare(&row(&["1", "20", "a b", "", "x y"]), 3), "1 20 a b\t\tx y");
    }

    #[test]
    fn people_get_columns() {
        let rows = [row(&["1", "3045", "\u{5b57}b"]), row(&["12", "-", "abc"])];
        let widths = widths(&["n", "octets", "uid"], &rows);
        assert_eq!(aligned(&rows[0], &widths), " 1    3045  \u{5b57}b");
        assert_eq!(aligned(&rows[1], &widths), "12       -  abc");
        assert_eq!(aligned(&row(&["n", "octets", "uid"]), &widths), " n  octets  uid");
    }
}
