//! The rows of a terminal, as far as the control sequences of a progress bar need them.

/// Every row that ever stood on a terminal of so many columns, without the blanks at its end.
pub fn rows_ever_shown(shown: &str, columns: usize) -> Vec<String> {
    let mut rows = Rows { columns, rows: vec![Vec::new()], row: 0, column: 0, ever: Vec::new() };
    let mut rest = shown.chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => rows.column = 0,
            '\n' => rows.down(1),
            '\x1b' => {
                let mut sequence = String::new();
                for c in rest.by_ref().skip(1) {
                    sequence.push(c);
                    if c.is_ascii_alphabetic() {
                        break;
                    }
                }
                rows.obey(&sequence);
            }
            c => rows.put(c),
        }
    }
    for row in 0..rows.rows.len() {
        rows.note(row);
    }
    rows.ever
}

struct Rows {
    columns: usize,
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    ever: Vec<String>,
}

impl Rows {
    /// What was in a row, before something else is.
    fn note(&mut self, row: usize) {
        let text: String = self.rows[row].iter().collect();
        if !text.trim_end().is_empty() {
            self.ever.push(text.trim_end().to_owned());
        }
    }

    fn down(&mut self, lines: usize) {
        self.row += lines;
        while self.rows.len() <= self.row {
            self.rows.push(Vec::new());
        }
    }

    fn put(&mut self, c: char) {
        if self.column == self.columns {
            self.column = 0;
            self.down(1);
        }
        if self.column == 0 {
            self.note(self.row);
        }
        let row = &mut self.rows[self.row];
        while row.len() <= self.column {
            row.push(' ');
        }
        row[self.column] = c;
        self.column += 1;
    }

    fn obey(&mut self, sequence: &str) {
        let (number, last) = sequence.split_at(sequence.len() - 1);
        let lines = number.parse().unwrap_or(1);
        match last {
            "A" => self.row = self.row.saturating_sub(lines),
            "B" => self.down(lines),
            "K" => {
                self.note(self.row);
                self.rows[self.row].clear();
            }
            "m" => {} // colour
            _ => panic!("not known: {sequence:?}"),
        }
    }
}
