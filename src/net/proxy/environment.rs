use std::ffi::OsString;
use std::net::IpAddr;

use super::{Proxy, ProxyFrom};
use crate::error::Result;
use crate::net::here::is_this_machine;

/// The proxy of the environment for this host; `variable` looks one up.
pub(super) fn choose(host: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Option<Proxy>> {
    let find = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| Some((name, variable(name).filter(|value| !value.is_empty())?)))
    };
    let Some((name, url)) = find(["all_proxy", "ALL_PROXY"]) else {
        return Ok(None);
    };
    let exceptions = find(["no_proxy", "NO_PROXY"]).map(|(_, list)| list).unwrap_or_default();
    if is_this_machine(host) || is_excepted(host, &exceptions.to_string_lossy()) {
        return Ok(None);
    }
    let from = ProxyFrom::Environment(name);
    let url = url.to_str().ok_or_else(|| from.bad("it is not UTF-8"))?;
    Proxy::parse(url, from)
}

/// curl's rules: a list with commas or spaces of `*`, of names that stand for themselves and what is below them, of
/// addresses, and of networks such as 10.0.0.0/8.
fn is_excepted(host: &str, list: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    let entries = list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
    entries.into_iter().any(|entry| match address {
        _ if entry == "*" => true,
        Some(address) => is_in_network(address, entry),
        None => is_below(&host, entry),
    })
}

fn is_below(host: &str, entry: &str) -> bool {
    let entry = entry.strip_prefix('.').unwrap_or(entry);
    let entry = entry.strip_suffix('.').unwrap_or(entry).to_ascii_lowercase();
    host.strip_suffix(entry.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Is it this address, or in this network?
fn is_in_network(address: IpAddr, entry: &str) -> bool {
    let (network, bits) = entry.split_once('/').map_or((entry, None), |(network, bits)| (network, Some(bits)));
    let network = network.trim_start_matches('[').trim_end_matches(']').parse();
    let (number, network, width) = match (address, network) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) => {
            (u128::from(address.to_bits()), u128::from(network.to_bits()), 32)
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let bits = match bits.map(str::parse::<u32>) {
        None => width,
        Some(Ok(bits)) if bits <= width => bits,
        Some(_) => return false,
    };
    // A shift by all 128 bits leaves nothing to differ.
    (number ^ network).checked_shr(width - bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn chosen(host: &str, variables: &[(&str, &str)]) -> Result<Option<String>> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        choose(host, &find).map(|proxy| proxy.map(|proxy| proxy.host))
    }

    #[test]
    fn lower_case_comes_first_and_this_machine_needs_none() {
        let both = [("all_proxy", "socks5://one"), ("ALL_PROXY", "socks5://two")];
        assert_eq!(chosen("mail.example.org", &both).unwrap().as_deref(), Some("one"));
        assert_eq!(chosen("mail.example.org", &both[1..]).unwrap().as_deref(), Some("two"));
        assert_eq!(chosen("mail.example.org", &[]).unwrap(), None);
        for host in ["localhost", "a.LOCALHOST.", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(chosen(host, &both).unwrap(), None, "{host}");
        }
    }

    #[test]
    fn exceptions_are_those_of_curl() {
        let excepted =
            |host: &str, list: &str| chosen(host, &[("all_proxy", "http://p"), ("no_proxy", list)]).unwrap().is_none();
        for list in ["*", "example.org", ".Example.org", "x, mail.example.org.", "org"] {
            assert!(excepted("mail.example.org", list), "{list}");
        }
        for list in ["", "ample.org", "mail.example.com", "a.mail.example.org", "10.0.0.0/0", "*.org"] {
            assert!(!excepted("mail.example.org", list), "{list}");
        }
        for list in ["10.1.2.3", "10.0.0.0/8", "0.0.0.0/0", "x 10.1.2.3/32"] {
            assert!(excepted("10.1.2.3", list), "{list}");
        }
        for list in ["10.1.2.4", "11.0.0.0/8", "10.1.2.3/33", "2.3", "::/0"] {
            assert!(!excepted("10.1.2.3", list), "{list}");
        }
        assert!(excepted("2001:db8::1", "2001:db8::/32") && excepted("2001:db8::1", "::/0"));
        assert!(!excepted("2001:db8::1", "2001:db9::/32"));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let error = chosen("mail.example.org", &[("ALL_PROXY", "socks4://ann:hunter2@h")]).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().starts_with("$ALL_PROXY cannot be used"), "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }
}
