use super::*;

fn shown(format: HistoryFormat, octets: &[u8]) -> (Vec<String>, Vec<usize>) {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let history = read_history(format, octets);
    let since = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let seen = history.seen.iter().map(|one| {
        let at = one.at.map_or("-".into(), |at| since(at).to_string());
        format!("{} {} {} {at}", text(&one.user), text(&one.server), text(&one.uid))
    });
    (seen.collect(), history.wrong.iter().map(|(line, _)| *line).collect())
}

#[test]
fn fetchmail_may_have_blanks_and_signs_in_users_and_unique_ids() {
    let text = b"ann@a.example U1\n  ann smith@x@b.example\t@U 2\nnothing\n\nann@a.example\nbob@c \xff<1>\n";
    let (seen, wrong) = shown(HistoryFormat::Fetchmail, text);
    assert_eq!(seen, ["ann a.example U1 -", "ann smith@x b.example @U -", "bob c \u{fffd}<1> -"]);
    assert_eq!(wrong, [3, 5]);
}

#[test]
fn mpop_has_lists_of_both_forms() {
    let text = b"# made\n# by mpop\n 2 a.example ann\n#1 x 1700000000\nU2\n 1 b ann smith\nU 3 0\n 3 c bob\nU4\n";
    let (seen, wrong) = shown(HistoryFormat::Mpop, text);
    assert_eq!(seen, ["ann a.example #1 x 1700000000", "ann a.example U2 -", "ann smith b U 3 0", "bob c U4 -"]);
    assert_eq!(wrong, [9]);
    assert_eq!(shown(HistoryFormat::Mpop, b"U1\n x y\nU2\n").1, [1, 2, 3]);
}

#[test]
fn getmail_ends_a_unique_id_with_nul() {
    let (seen, wrong) = shown(HistoryFormat::Getmail, b"a-b c\x001700000000\nU2\x00\nU3\n\x005\n");
    assert_eq!(seen, ["  a-b c 1700000000", "  U2 -"]);
    assert_eq!(wrong, [3, 4]);
}

#[test]
fn thunderbird_has_flags() {
    let text = b"# POP3 State File\r\n\r\n*a.example ann smith\r\nk U1 1700000000\r\nd U2\r\nb U3 1\r\nf U4 1\r\nx\r\n";
    let (seen, wrong) = shown(HistoryFormat::Thunderbird, text);
    assert_eq!(seen, ["ann smith a.example U1 1700000000", "ann smith a.example U2 -"]);
    assert_eq!(wrong, [8]);
}

#[test]
fn fdm_counts_octets() {
    let (seen, wrong) = shown(HistoryFormat::Fdm, b"2 U1\n4 U\n 2\n5 U1\n");
    assert_eq!((seen, wrong), (vec!["  U1 -".into(), "  U\n 2 -".into()], vec![3]));
    assert_eq!(shown(HistoryFormat::Fdm, b"99999999999999999999 x\n").1, [1]);
}

#[test]
fn nothing_is_of_nothing() {
    for format in [
        HistoryFormat::Fetchmail,
        HistoryFormat::Mpop,
        HistoryFormat::Getmail,
        HistoryFormat::Thunderbird,
        HistoryFormat::Fdm,
    ] {
        assert_eq!(read_history(format, b""), PeerHistory::default());
        assert_eq!(read_history(format, b"\n").seen, []);
    }
}
