//! Columns: bare for scripts, and readable for people.

use super::Console;

/// Lines of columns. Into a pipe or a file each goes at once, its cells behind single blanks, or behind tabs where
/// they may hold blanks themselves. On a terminal they wait for the end, to stand aligned under a heading; of many only
/// the first ones, by which the others are aligned.
pub struct Table<'a> {
    console: &'a Console,
    /// In the order of the cells.
    columns: &'a [Column],
    /// In the order of a terminal.
    heading: Vec<Column>,
    /// From this column on cells stand behind tabs.
    tabs_from: usize,
    waiting: Vec<Vec<String>>,
    /// How wide the columns are, once that is settled.
    widths: Option<Vec<usize>>,
}

/// What a column is called on a terminal, and how its cells are shown there.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    is_number: bool,
    /// It stands behind the others: where lines are cut, it is what can be missed.
    is_last: bool,
    shorten: Option<fn(&str) -> String>,
}

impl Column {
    /// A column of numbers, which stand to the right.
    pub const fn number(name: &'static str) -> Self {
        Self { name, is_number: true, is_last: false, shorten: None }
    }

    /// A column of anything else.
    pub const fn text(name: &'static str) -> Self {
        Self { name, is_number: false, is_last: false, shorten: None }
    }

    /// On a terminal it stands behind those that are more wanted.
    pub const fn last(self) -> Self {
        Self { is_last: true, ..self }
    }

    /// On a terminal its cells are shortened.
    pub const fn shortened(self, shorten: fn(&str) -> String) -> Self {
        Self { shorten: Some(shorten), ..self }
    }
}

impl<'a> Table<'a> {
    /// A table without a cell that holds blanks, but for its last.
    pub fn new(console: &'a Console, columns: &'a [Column]) -> Self {
        let heading = in_order(columns, columns);
        Self { console, columns, heading, tabs_from: usize::MAX, waiting: Vec::new(), widths: None }
    }

    /// From column `first` on (from 0), cells may hold blanks.
    pub fn with_blanks_from(self, first: usize) -> Self {
        Self { tabs_from: first, ..self }
    }

    /// A line. Its text is safe to show.
    pub fn row(&mut self, cells: Vec<String>) {
        if !self.console.prints_to_terminal() {
            return self.console.print(&bare(&cells, self.tabs_from));
        }
        let shorten = |(cell, column): (String, &Column)| column.shorten.map_or(cell.clone(), |shorten| shorten(&cell));
        let empty = std::iter::repeat_with(String::new);
        let cells: Vec<String> = cells.into_iter().chain(empty).zip(self.columns).map(shorten).collect();
        let cells = in_order(&cells, self.columns);
        match &self.widths {
            Some(widths) => self.console.print_fitting(&aligned(&cells, &self.heading, widths)),
            None => self.waiting.push(cells),
        }
        if self.waiting.len() >= MOST_WAITING {
            self.show_waiting();
        }
    }

    /// The last line was given. An empty table has no heading either.
    pub fn end(mut self) {
        if !self.waiting.is_empty() {
            self.show_waiting();
        }
    }

    fn show_waiting(&mut self) {
        let widths = widths(&self.heading, &self.waiting);
        let heading: Vec<String> = self.heading.iter().map(|column| column.name.to_owned()).collect();
        self.console.print_heading(&aligned(&heading, &self.heading, &widths));
        for row in self.waiting.drain(..) {
            self.console.print_fitting(&aligned(&row, &self.heading, &widths));
        }
        self.widths = Some(widths);
    }
}

/// Some screens.
const MOST_WAITING: usize = 500;

/// What belongs to columns, in the order of a terminal: those that can be missed come last.
fn in_order<T: Clone>(of_columns: &[T], columns: &[Column]) -> Vec<T> {
    let pairs = || of_columns.iter().zip(columns);
    let (first, last) = (pairs().filter(|(_, column)| !column.is_last), pairs().filter(|(_, column)| column.is_last));
    first.chain(last).map(|(cell, _)| cell.clone()).collect()
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

/// How wide each column is on a terminal, where some characters take two places.
fn widths(heading: &[Column], rows: &[Vec<String>]) -> Vec<usize> {
    let of = |(at, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(String::as_str);
        cells.chain([column.name]).map(console::measure_text_width).max().unwrap_or(0)
    };
    heading.iter().enumerate().map(of).collect()
}

fn aligned(cells: &[String], heading: &[Column], widths: &[usize]) -> String {
    let pad = |((cell, column), &width): ((&String, &Column), &usize)| {
        let alignment = if column.is_number { console::Alignment::Right } else { console::Alignment::Left };
        console::pad_str(cell, width, alignment, None).into_owned()
    };
    let padded: Vec<String> = cells.iter().zip(heading).zip(widths).map(pad).collect();
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
        let rows = [row(&["1", "3045", "\u{5b57}b"]), row(&["12", "-", "777"])];
        let heading = [Column::number("n"), Column::number("octets"), Column::text("uid")];
        let widths = widths(&heading, &rows);
        assert_eq!(aligned(&rows[0], &heading, &widths), " 1    3045  \u{5b57}b");
        assert_eq!(aligned(&rows[1], &heading, &widths), "12       -  777");
        assert_eq!(aligned(&row(&["n", "octets", "uid"]), &heading, &widths), " n  octets  uid");
    }

    #[test]
    fn what_can_be_missed_comes_last() {
        let columns = [Column::number("n"), Column::text("uid").last(), Column::text("subject")];
        assert_eq!(in_order(&row(&["1", "u", "Hello"]), &columns), row(&["1", "Hello", "u"]));
    }
}
