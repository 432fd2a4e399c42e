//! From the form of the network to that of an mbox, for spools and for standard output.

use jiff::Timestamp;

use super::lf::ToLf;
use super::mboxrd::MessageWriter;

/// One message as it stands in an mbox.
#[derive(Debug)]
pub struct MboxForm {
    lf: ToLf,
    writer: MessageWriter,
}

impl MboxForm {
    /// A message that is delivered now.
    pub fn begin() -> Self {
        Self { lf: ToLf::default(), writer: MessageWriter::new(Timestamp::now()) }
    }

    /// The next octets, as the server sent them; appends what they become to `out`.
    pub fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let Self { lf, writer } = self;
        lf.push(octets, &mut |octets| writer.push(octets, &mut |octets| out.extend_from_slice(octets)));
    }

    /// The message has ended.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let Self { lf, writer } = self;
        lf.finish(&mut |octets| writer.push(octets, &mut |octets| out.extend_from_slice(octets)));
        writer.finish(&mut |octets| out.extend_from_slice(octets));
    }
}
