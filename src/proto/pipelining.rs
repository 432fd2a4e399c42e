/// Whether several commands are sent before the first of them is answered (RFC 2449 section 6.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pipelining {
    /// Where the server lists PIPELINING.
    #[default]
    Auto,
    /// Always: many servers bear it without saying so.
    On,
    /// Never.
    Off,
}
