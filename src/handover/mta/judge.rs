use super::reply::MtaReply;
use super::session::{Fate, Step};
use crate::deliver::{Answer, Answers};
use crate::error::{Error, Kind, Result};

/// What the fates of a message for its recipients come to.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) answer: Answer,
    /// Where the server may say the same of every message: what it said.
    says_always: Option<Refrain>,
}

/// What is believed to be said of every message, once it has been said often enough.
#[derive(Debug, PartialEq, Eq)]
struct Refrain {
    words: String,
    enough: usize,
}

impl Judgement {
    /// Of one message alone.
    pub(super) fn of_message(answer: Answer) -> Self {
        Self { answer, says_always: None }
    }
}

/// From what became of a message to its answer. Whoever is still to get it decides: where one may have it another time, it
/// is tried again, for that one alone while this program runs.
///
/// # Errors
///
/// The server takes nothing from us, or not for these recipients.
pub(super) fn judge(fates: &[Fate], to: &[String]) -> Result<Judgement> {
    let not = || {
        fates.iter().zip(to).filter_map(|(fate, recipient)| match fate {
            Fate::Not(step, reply) => Some((*step, reply, recipient)),
            _ => None,
        })
    };
    if let Some((step, reply, _)) = not().find(|(step, reply, _)| is_for_all(*step, reply)) {
        return Err(unusable(step, reply));
    }
    let has = fates.contains(&Fate::Has);
    let Some((step, first, _)) = not().next() else {
        return Ok(Judgement::of_message(Answer::Delivered));
    };
    if !has && not().all(|(step, reply, _)| is_unknown_recipient(step, reply)) {
        let text = format!("the server does not know the recipient: {}", first.shown());
        return Err(Error::new(Kind::Unavailable, text).hint("check --rcpt"));
    }
    let words = match to {
        [_] => first.shown(),
        _ => {
            let each: Vec<String> = not()
                .take(SHOWN)
                .map(|(_, reply, recipient)| {
                    format!("{}: {}", crate::escape::text(recipient.as_bytes()), reply.shown())
                })
                .collect();
            each.join("; ") + if has { "; the others have it" } else { "" }
        }
    };
    let says_always = if has {
        None
    } else if not().all(|(step, reply, _)| is_about_server(step, reply)) {
        let (subject, detail) = first.enhanced().unwrap_or_default();
        Some(Refrain { words: format!("{step:?} {} {subject}.{detail}", first.code), enough: ENOUGH })
    } else if not().all(|(step, ..)| matches!(step, Step::Rcpt(_))) {
        // A relay that is none for us says this; but so it may of some senders.
        Some(Refrain { words: words.clone(), enough: ENOUGH_BY_POLICY })
    } else {
        None
    };
    let may_pass = not().any(|(step, reply, _)| may_pass(step, reply));
    let answer = if may_pass { Answer::Later(words) } else { Answer::Refused(words) };
    Ok(Judgement { answer, says_always })
}

/// May the same message be taken another time? Mailboxes that are full are emptied some day, and so are disks (RFC 3463
/// x.2.2, x.3.1); 552 for a recipient is what RFC 5321 section 4.5.3.1.10 wants to be 452.
fn may_pass(step: Step, reply: &MtaReply) -> bool {
    match (reply.code, reply.enhanced()) {
        (400..=499, _) | (_, Some((2, 2) | (3, 1))) => true,
        (552, None) => matches!(step, Step::Rcpt(_)),
        _ => false,
    }
}

/// Is it said of whatever message comes? The server wants TLS or a login (530, 534, 535, 538), or takes nothing from us.
fn is_for_all(step: Step, reply: &MtaReply) -> bool {
    match (step, reply.code) {
        (_, 530 | 534 | 535 | 538) => true,
        (Step::Mail, 500..=599) => !is_about_message(reply) && !may_pass(step, reply),
        _ => false,
    }
}

/// What a server says of MAIL for its sender (501, 553; x.1.7, x.1.8), its size (552; x.2.3, x.3.4) or its parameters (555).
fn is_about_message(reply: &MtaReply) -> bool {
    match reply.enhanced() {
        Some((1, _) | (2, 3) | (3, 4)) => true,
        _ => matches!(reply.code, 501 | 552 | 553 | 555),
    }
}

/// There is no such mailbox, domain, or address (RFC 3463 section 3.2).
fn is_unknown_recipient(step: Step, reply: &MtaReply) -> bool {
    let unknown = [(1, 1), (1, 2), (1, 3), (1, 6), (1, 10)];
    matches!(step, Step::Rcpt(_)) && reply.code >= 500 && reply.enhanced().is_some_and(|code| unknown.contains(&code))
}

/// Is it said of the mailbox, the system or the line, and not of the sender, the content, or by a policy? Where there is no
/// enhanced code, a recipient's refusal counts.
fn is_about_server(step: Step, reply: &MtaReply) -> bool {
    match reply.enhanced() {
        Some((1, 7 | 8) | (2, 3) | (3, 4)) => false,
        Some((subject, _)) => (1..=4).contains(&subject),
        None => matches!(step, Step::Mail | Step::Rcpt(_)),
    }
}

fn unusable(step: Step, reply: &MtaReply) -> Error {
    let error = Error::new(Kind::Unavailable, format!("the server takes nothing from here: {}", reply.shown()));
    match (step, reply.code) {
        (_, 530 | 534 | 535 | 538) => {
            error.hint("it wants a login, which is not supported here: name a relay that needs none")
        }
        _ => error,
    }
}

/// Passes answers on, and ends it where a server says the same of every message: one that is full would be asked two
/// thousand times. Until one message has been taken, refusals that say the same are kept back.
pub(super) struct Streak<'a> {
    answers: &'a mut dyn Answers,
    kept: Vec<(usize, Answer)>,
    says: Option<Refrain>,
    has_delivered: bool,
    /// Nobody listens any more.
    is_deaf: bool,
}

impl<'a> Streak<'a> {
    /// `has_delivered`: has the server taken a message before?
    pub(super) fn new(answers: &'a mut dyn Answers, has_delivered: bool) -> Self {
        Self { answers, kept: Vec::new(), says: None, has_delivered, is_deaf: false }
    }

    /// The next message's.
    pub(super) fn answered(&mut self, at: usize, judgement: Judgement) -> Result<()> {
        let Judgement { answer, says_always } = judgement;
        self.has_delivered |= answer == Answer::Delivered;
        if self.has_delivered || says_always.is_none() || says_always != self.says {
            self.pass_on()?;
        }
        if self.has_delivered || says_always.is_none() {
            return self.pass(at, answer);
        }
        self.says = says_always;
        self.kept.push((at, answer));
        match (&self.says, self.kept.last()) {
            (Some(says), Some((_, answer))) if self.kept.len() >= says.enough => Err(always(answer, self.kept.len())),
            _ => Ok(()),
        }
    }

    /// Nothing more comes. Says whether the server has taken a message by now.
    pub(super) fn finish(mut self) -> Result<bool> {
        self.pass_on()?;
        Ok(self.has_delivered)
    }

    fn pass_on(&mut self) -> Result<()> {
        self.says = None;
        std::mem::take(&mut self.kept).into_iter().try_for_each(|(at, answer)| self.pass(at, answer))
    }

    fn pass(&mut self, at: usize, answer: Answer) -> Result<()> {
        if self.is_deaf {
            return Ok(());
        }
        let passed = self.answers.answered(at, answer);
        self.is_deaf = passed.is_err();
        passed
    }
}

/// What was answered to so many messages in a row, as an error for all.
fn always(answer: &Answer, count: usize) -> Error {
    let (kind, text) = match answer {
        Answer::Refused(text) => (Kind::Unavailable, text.as_str()),
        Answer::Later(text) => (Kind::TryLater, text.as_str()),
        Answer::Delivered => (Kind::Bug, "delivered"),
    };
    Error::new(kind, format!("the server says the same of {count} messages in a row: {text}"))
}

/// Messages of which the server says the same before it is believed.
const ENOUGH: usize = 3;
/// The same, where it may be for their senders.
const ENOUGH_BY_POLICY: usize = 10;

/// Recipients that are named with what the server said.
const SHOWN: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Listener {
        heard: Vec<usize>,
        takes: usize,
    }

    impl Answers for Listener {
        fn answered(&mut self, at: usize, _: Answer) -> Result<()> {
            self.heard.push(at);
            if self.heard.len() > self.takes { Err(Error::stopped()) } else { Ok(()) }
        }
    }

    fn full() -> Judgement {
        let reply = MtaReply::new(452, vec![b"4.2.2 full".to_vec()]);
        judge(&[Fate::Not(Step::Text, reply)], &["ann".to_owned()]).unwrap()
    }

    #[test]
    fn what_was_on_its_way_is_told_after_the_end() {
        let mut listener = Listener { takes: usize::MAX, ..Listener::default() };
        let mut streak = Streak::new(&mut listener, false);
        assert!(streak.answered(0, full()).is_ok() && streak.answered(1, full()).is_ok());
        assert!(streak.answered(2, full()).is_err());
        streak.answered(3, Judgement::of_message(Answer::Delivered)).unwrap();
        assert!(streak.answered(4, full()).is_ok(), "it does take messages");
        assert!(streak.finish().unwrap());
        assert_eq!(listener.heard, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn whoever_has_failed_is_told_nothing_more() {
        let mut listener = Listener { takes: 1, ..Listener::default() };
        let mut streak = Streak::new(&mut listener, false);
        let delivered = || Judgement::of_message(Answer::Delivered);
        assert!(streak.answered(0, delivered()).is_ok() && streak.answered(1, delivered()).is_err());
        streak.answered(2, delivered()).unwrap();
        assert_eq!(listener.heard, [0, 1]);
    }

    #[test]
    fn who_may_have_it_another_time_counts_before_who_never_will() {
        let not = |code, text: &str| Fate::Not(Step::Text, MtaReply::new(code, vec![text.as_bytes().to_vec()]));
        let to = ["ann", "bob", "carol"].map(str::to_owned);
        let fates = [not(550, "5.7.1 no"), Fate::Has, not(450, "4.2.0 wait")];
        let words = "ann: 550 5.7.1 no; carol: 450 4.2.0 wait; the others have it";
        assert_eq!(judge(&fates, &to).unwrap().answer, Answer::Later(words.to_owned()));
        let fates = [not(550, "5.7.1 no"), not(550, "5.7.1 no"), not(554, "5.6.0 x")];
        let words = "ann: 550 5.7.1 no; bob: 550 5.7.1 no; carol: 554 5.6.0 x";
        assert_eq!(judge(&fates, &to).unwrap().answer, Answer::Refused(words.to_owned()));
        assert_eq!(judge(&vec![Fate::Has; 3], &to).unwrap().answer, Answer::Delivered);
    }
}
