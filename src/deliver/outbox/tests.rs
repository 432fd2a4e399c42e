use std::path::Path;

use super::*;
use crate::deliver::Way;

/// Answers as it is told to, whatever a carrier has promised.
struct Careless(Vec<usize>);

impl Carrier for Careless {
    fn hand_over(&mut self, _: &[Outgoing], answers: &mut dyn Answers) -> Result<()> {
        self.0.iter().try_for_each(|&at| answers.answered(at, Answer::Delivered))
    }
}

/// Hands three messages over. Returns what was settled, what came of it, and how many files are left.
fn hand_over(answers: &[usize]) -> (Vec<usize>, Result<Publication, Box<PublishFailed>>, usize) {
    let home = tempfile::tempdir().unwrap();
    let context = DeliveryContext { fallback: home.path().to_owned(), ..DeliveryContext::for_tests([1; 8]) };
    let receiver = Receiver { way: Way::Pipe, name: "cat".into() };
    let mut carrier = Careless(answers.to_vec());
    let mut outbox = Outbox::open(&receiver, &mut carrier, &context).unwrap();
    let mut stager = outbox.stager().unwrap();
    let mut staged: Vec<Staged> = (0..3)
        .map(|_| {
            stager.begin().unwrap();
            stager.write(b"x\r\n").unwrap();
            stager.finish().unwrap()
        })
        .collect();
    outbox.make_durable(&mut staged).unwrap();
    let placements = outbox.place(&staged).unwrap();
    let mut settled = Vec::new();
    let published = outbox.publish(&placements, &[b"1", b"2", b"3"], &mut |at| {
        settled.extend(at);
        Ok(())
    });
    (settled, published, files(&home.path().join(FOLDER)))
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn what_is_delivered_is_settled_and_its_file_goes() {
    let (settled, published, files) = hand_over(&[2, 0, 1]);
    assert_eq!((settled, files), (vec![2, 0, 1], 0));
    assert_eq!(published.unwrap(), Publication::Done { missing: vec![], left: vec![] });
}

#[test]
fn without_an_answer_nothing_counts_as_delivered() {
    for answers in [&[][..], &[1]] {
        let (settled, published, files) = hand_over(answers);
        let failed = published.unwrap_err();
        assert_eq!((settled, files), (answers.to_vec(), 3 - answers.len()), "{answers:?}");
        assert_eq!((failed.error.kind(), failed.not_published), (Kind::Bug, vec![]), "{answers:?}");
    }
}

/// The second answer would hide that another message has none.
#[test]
fn a_message_has_one_answer() {
    let (settled, published, files) = hand_over(&[0, 0, 1]);
    assert_eq!((settled, files), (vec![0], 2));
    assert_eq!(published.unwrap_err().error.kind(), Kind::Bug);
}
