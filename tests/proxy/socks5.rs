//! SOCKS 5 as RFC 1928 and RFC 1929 have it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Fault, Visit};

impl Visit {
    /// Up to the answer that opens the connection; nothing if it was refused.
    pub(super) fn socks5(&mut self) -> io::Result<Option<Vec<u8>>> {
        let [version, methods] = self.octets()?;
        assert_eq!(version, 5);
        let methods = self.vec(methods.into())?;
        let wanted = if self.setting.login.is_some() { 2 } else { 0 };
        if !methods.contains(&wanted) {
            self.client.write_all(&[5, 0xff])?;
            return Ok(None);
        }
        self.client.write_all(&[5, wanted])?;
        if let Some((user, password)) = self.setting.login {
            let [version] = self.octets()?;
            assert_eq!(version, 1);
            let said = (self.field()?, self.field()?);
            let good = said == (user.into(), password.into());
            self.client.write_all(&[1, u8::from(!good)])?;
            if !good {
                return Ok(None);
            }
        }
        self.request()?;
        if let Some(Fault::Reply(reply)) = self.setting.fault {
            self.client.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])?;
            return Ok(None);
        }
        // A name as the address it connects from: the longest form of the answer.
        Ok(Some([&[5, 0, 0, 3, 9], &b"localhost"[..], &[0, 80]].concat()))
    }

    fn request(&mut self) -> io::Result<()> {
        let [version, command, reserved, kind] = self.octets()?;
        assert_eq!([version, command, reserved], [5, 1, 0]);
        let (kind, host) = match kind {
            1 => ("address", Ipv4Addr::from(self.octets::<4>()?).to_string()),
            3 => ("name", self.field()?),
            4 => ("address", Ipv6Addr::from(self.octets::<16>()?).to_string()),
            kind => panic!("an address of kind {kind}"),
        };
        let port = u16::from_be_bytes(self.octets()?);
        self.note(kind, &format!("{host}:{port}"));
        Ok(())
    }

    /// A text behind an octet with its length.
    fn field(&mut self) -> io::Result<String> {
        let [length] = self.octets()?;
        Ok(String::from_utf8(self.vec(length.into())?).unwrap())
    }

    fn octets<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut octets = [0; N];
        self.client.read_exact(&mut octets)?;
        Ok(octets)
    }

    fn vec(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut octets = vec![0; length];
        self.client.read_exact(&mut octets)?;
        Ok(octets)
    }
}
