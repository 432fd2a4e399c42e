use std::io::IsTerminal;

/// When there is colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal that can, unless `$NO_COLOR` is set.
    #[default]
    Auto,
    /// Whatever there is.
    Always,
    /// Not at all.
    Never,
}

impl Color {
    /// Is there colour on this output?
    pub(super) fn is_for(self, output: &impl IsTerminal) -> bool {
        let is_unwanted = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            Self::Auto => output.is_terminal() && !is_unwanted() && !is_dumb(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Is the terminal one that takes lines of text and nothing else?
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|kind| kind == "dumb")
}

/// Our name in front of an error or a warning, in bold red: what follows is foreign now and then.
pub(super) fn with_red_name(line: &str) -> String {
    match line.strip_prefix(NAME) {
        Some(rest) => format!("\x1b[1;31m{NAME}\x1b[0m{rest}"),
        None => line.to_owned(),
    }
}

/// A heading, in bold.
pub(super) fn bold(line: &str) -> String {
    format!("\x1b[1m{line}\x1b[0m")
}

const NAME: &str = "mailhaul:";
