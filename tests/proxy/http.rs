//! CONNECT of HTTP/1.1.

use std::io::{self, Read, Write};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::{Fault, Visit};

impl Visit {
    /// Up to the answer that opens the connection; nothing if it was refused.
    pub(super) fn http(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut header = Vec::new();
        while !header.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            self.client.read_exact(&mut octet)?;
            header.push(octet[0]);
        }
        let header = String::from_utf8(header).unwrap();
        let mut lines = header.lines();
        let place = lines.next().unwrap().strip_prefix("CONNECT ").unwrap().strip_suffix(" HTTP/1.1").unwrap();
        if let Some((user, password)) = self.setting.login {
            let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
            if !lines.any(|line| line == format!("Proxy-Authorization: Basic {login}")) {
                return self.refuse("HTTP/1.1 407 Proxy Authentication Required");
            }
        }
        self.note("name", place);
        match self.setting.fault {
            Some(Fault::Status(line)) => self.refuse(line),
            Some(Fault::EndlessHeader) => self.endless(Duration::ZERO),
            Some(Fault::SlowHeader) => self.endless(Duration::from_millis(20)),
            _ => Ok(Some(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n".to_vec())),
        }
    }

    fn refuse(&mut self, line: &str) -> io::Result<Option<Vec<u8>>> {
        self.client.write_all(format!("{line}\r\nContent-Length: 4\r\n\r\nno.\n").as_bytes())?;
        Ok(None)
    }

    /// Headers until the client has had enough.
    fn endless(&mut self, pause: Duration) -> io::Result<Option<Vec<u8>>> {
        self.client.write_all(b"HTTP/1.1 200 OK\r\n")?;
        loop {
            self.client.write_all(b"A: b\r\n")?;
            std::thread::sleep(pause);
        }
    }
}
