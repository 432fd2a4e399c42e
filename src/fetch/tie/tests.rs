use super::*;
use crate::client::Refusal;
use crate::deliver::Placement;
use crate::fingerprint::Taker;
use crate::proto::MessageNumber;
use crate::state::{Key, Trouble};

fn listed(number: u32) -> ListedMessage {
    ListedMessage {
        number: MessageNumber::new(number).unwrap(),
        key: Key { uid: format!("u{number}").into_bytes(), occurrence: 0 },
        octets: None,
        row: None,
        delete: false,
        again: false,
    }
}

/// Its content has this Message-ID.
fn message(number: u32, id: u32) -> StagedMessage {
    let staged = Placement::Maildir { dir: "/".into(), name: number.to_string() }.as_staged();
    let mut taker = Taker::default();
    taker.push(format!("Message-ID: <{id}>\r\n\r\n").as_bytes());
    StagedMessage::new(listed(number), vec![(0, staged)], 100, taker.finish())
}

fn failed(number: u32) -> FailedMessage {
    FailedMessage { listed: listed(number), trouble: Trouble::Refused, text: String::new(), bound: None }
}

fn refusal() -> Answer<UidLine> {
    Err(Refusal { text: "no such message".to_owned(), code: None, temporary: false })
}

/// A group of three, of which the first ones came, or were told by TOP, and the message that is to close it.
fn group(came: u32, by_top: bool) -> (Ties, ListedMessage) {
    let mut ties = Ties::new(true);
    for number in 1..=3 {
        ties.asked(&listed(number), 100);
        match number <= came {
            true if by_top => ties.told(listed(number), Told::NotEnough),
            true => ties.came(message(number, number)),
            false => ties.refused(failed(number)),
        }
    }
    let last = ties.due(true).unwrap();
    assert_eq!(last, listed(3));
    (ties, last)
}

#[track_caller]
fn holds(tied: Tied, came: usize) {
    let Tied::Yes(group, failed) = tied else { panic!("not closed") };
    assert_eq!((group.told.len() + group.messages.len(), failed.len()), (came, 3 - came));
}

/// Number and unique-id, both: after a shift by one reply one of them may be right by chance.
#[test]
fn a_group_is_closed_by_number_and_unique_id() {
    for text in ["3 u3", "3\tu3"] {
        let (mut ties, last) = group(3, false);
        holds(ties.answered(&last, &Ok(UidLine::of(text)), false), 3);
    }
    for text in ["2 u2", "2 u3", "3 u2", "3", "u3", "", "100 octets"] {
        for alone in [false, true] {
            let (mut ties, last) = group(3, false);
            assert!(matches!(ties.answered(&last, &Ok(UidLine::of(text)), alone), Tied::No), "{text}");
        }
    }
}

/// Another client may have removed the message. Where others were outstanding, the refusal may be the answer to one of
/// them, so a message that came is asked for.
#[test]
fn a_refusal_closes_a_group_only_where_nothing_else_was_outstanding() {
    for by_top in [false, true] {
        let (mut ties, last) = group(3, by_top);
        holds(ties.answered(&last, &refusal(), true), 3);
        let (mut ties, last) = group(2, by_top);
        let Tied::AskFor(came) = ties.answered(&last, &refusal(), false) else { panic!("closed by a refusal") };
        assert_eq!(came, listed(2));
        holds(ties.answered(&came, &Ok(UidLine::of("2 u2")), false), 2);
        // That one is refused, too: nothing tells any more where the others belong.
        let (mut ties, last) = group(2, by_top);
        let Tied::AskFor(came) = ties.answered(&last, &refusal(), false) else { panic!("closed by a refusal") };
        assert!(matches!(ties.answered(&came, &refusal(), false), Tied::No));
        // It came just now.
        let (mut ties, last) = group(3, by_top);
        assert!(matches!(ties.answered(&last, &refusal(), false), Tied::No));
        // Nothing came that could be another one.
        let (mut ties, last) = group(0, by_top);
        holds(ties.answered(&last, &refusal(), false), 0);
    }
}

/// A reply that came twice shows as a message that came twice; from there on all are in the wrong places.
#[test]
fn before_a_break_counts_what_came_before_the_first_that_came_twice() {
    let mut ties = Ties::new(false);
    for (number, id) in [(1, 1), (2, 2), (3, 2), (4, 3)] {
        ties.asked(&listed(number), 100);
        ties.came(message(number, id));
    }
    let came: Vec<ListedMessage> = ties.before_the_break().messages.into_iter().map(|message| message.listed).collect();
    assert_eq!(came, [listed(1), listed(2)]);
}

/// Few at first, as a line may break each minute; and never many in a row, as all of them are lost with it.
#[test]
fn groups_grow_to_a_few() {
    for (in_a_row, most) in [(true, IN_A_ROW), (false, MOST)] {
        let mut ties = Ties::new(in_a_row);
        let mut sizes = Vec::new();
        let mut size = 0;
        for _ in 0..300 {
            ties.asked(&listed(1), 100);
            size += 1;
            if ties.due(false).is_some() {
                sizes.push(std::mem::take(&mut size));
            }
        }
        assert_eq!(sizes[..3], [1, 2, 4]);
        assert_eq!(sizes.iter().max(), Some(&most));
    }
}
