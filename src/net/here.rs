use std::net::IpAddr;

/// Is this host the machine that we run on, whoever answers for names? An address of the loopback, with brackets or
/// without, or `localhost` and what is below it, which RFC 6761 section 6.3 keeps for it.
pub(super) fn is_this_machine(host: &str) -> bool {
    name_of(host).ends_with(".localhost") || is_surely_this_machine(host)
}

/// The same for secrets: what is below `localhost` is asked of the system's resolver, which need not keep to the RFC.
pub fn is_surely_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name_of(host) == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Without the dot at the end, in lower case.
fn name_of(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn knows_this_machine() {
        for host in
            ["localhost", "localhost.", "a.LOCALHOST.", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1"]
        {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", "localhost.example.org", "notlocalhost", "10.0.0.1", "::", "0.0.0.0", "localhost.."] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
