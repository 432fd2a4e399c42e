//! `mailhaul help`

use std::ffi::OsStr;

use crate::cli::HelpArgs;
use crate::error::{Error, Kind};
use crate::output::Console;

pub(super) fn run(args: &HelpArgs, console: &Console) -> anyhow::Result<u8> {
    let Some(text) = args.text() else {
        let topic = crate::escape::text(args.topic.join(OsStr::new(" ")).as_encoded_bytes());
        return Err(Error::new(Kind::Usage, format!("there is no help on {topic}"))
            .hint("`mailhaul help` lists the commands; the other topics are `connection`, `imap` and `config`")
            .into());
    };
    console.print(text.to_string().trim_end());
    Ok(0)
}
