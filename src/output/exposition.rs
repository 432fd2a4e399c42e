//! Metrics in the text format of Prometheus: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt::Write;

/// A metric with its values. All of them are gauges: they can go down as well as up.
#[derive(Clone, Debug)]
pub struct Metric {
    name: &'static str,
    help: &'static str,
    samples: String,
}

impl Metric {
    /// A metric without values: its name, with the unit at its end, and one line that says what it is.
    pub fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, samples: String::new() }
    }

    /// Adds a value. The label values may be any text; no two values of a metric may have the same labels.
    pub fn add(&mut self, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        writeln!(self.samples, "{}{{{}}} {value}", self.name, labels.join(",")).expect("a String takes every write");
    }

    /// All lines; nothing, if it has no value.
    pub fn show(&self) -> String {
        if self.samples.is_empty() {
            return String::new();
        }
        let Self { name, help, samples } = self;
        format!("# HELP {name} {help}\n# TYPE {name} gauge\n{samples}")
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn help_and_type_stand_once_before_the_values() {
        let mut metric = Metric::new("mailhaul_x_seconds", "What it is.");
        assert_eq!(metric.show(), "");
        metric.add(&[("account", "work"), ("kind", "a")], 1.5);
        metric.add(&[("account", "a\\b\"c\nd"), ("kind", "b")], 1_900_000_000.0);
        assert_eq!(
            metric.show(),
            "# HELP mailhaul_x_seconds What it is.\n# TYPE mailhaul_x_seconds gauge\n\
             mailhaul_x_seconds{account=\"work\",kind=\"a\"} 1.5\n\
             mailhaul_x_seconds{account=\"a\\\\b\\\"c\\nd\",kind=\"b\"} 1900000000\n"
        );
    }

    /// The label value of a line, read as Prometheus does.
    fn read(line: &str) -> String {
        let mut rest = line.strip_prefix("m{account=\"").unwrap().chars();
        let mut value = String::new();
        loop {
            match rest.next().unwrap() {
                '"' => break,
                '\\' => value.push(match rest.next().unwrap() {
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    other => panic!("\\{other}"),
                }),
                c => value.push(c),
            }
        }
        assert_eq!(rest.as_str(), "} 1");
        value
    }

    proptest! {
        #[test]
        fn any_label_can_be_read_again(label in any::<String>()) {
            let mut metric = Metric::new("m", "h");
            metric.add(&[("account", &label)], 1.0);
            let shown = metric.show();
            let lines: Vec<&str> = shown.split_terminator('\n').collect();
            prop_assert_eq!(lines.len(), 3);
            prop_assert_eq!(read(lines[2]), label);
        }
    }
}
