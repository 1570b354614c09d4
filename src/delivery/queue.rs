//! The mails of a round: the two that are ready to leave, and those behind them.

use super::desk::Desk;
use super::flight::Outgoing;
use crate::outbox::Claimed;
use std::cell::Cell;
use std::collections::VecDeque;

/// One to send, and one whose envelope goes with it.
const READY: usize = 2;

/// The mails of one round, in the order they leave. When it is dropped, those that have not gone are put back.
pub(super) struct Queue<'a> {
    desk: &'a Desk,
    pub(super) ready: VecDeque<(Claimed, Outgoing)>,
    left: VecDeque<Claimed>,
    /// The content of the first one may be under way.
    goes: Cell<bool>,
}

impl<'a> Queue<'a> {
    /// Puts claimed mails in a queue.
    pub(super) fn new(desk: &'a Desk, mails: &[Claimed]) -> Self {
        Queue {
            desk,
            ready: VecDeque::with_capacity(READY),
            left: mails.iter().cloned().collect(),
            goes: Cell::new(false),
        }
    }

    /// Fills up what is ready; mails that `outgoing` cannot make ready are done with.
    pub(super) fn make_ready(&mut self, outgoing: impl Fn(&Claimed) -> Option<Outgoing>) {
        while self.ready.len() < READY {
            let Some(mail) = self.left.pop_front() else {
                return;
            };
            if let Some(outgoing) = outgoing(&mail) {
                self.ready.push_back((mail, outgoing));
            }
        }
    }

    /// The mail after the first.
    pub(super) fn next(&self) -> Option<&Outgoing> {
        self.ready.get(1).map(|(_, outgoing)| outgoing)
    }

    /// Notes that the first mail goes; false where the disk refuses.
    pub(super) fn goes(&self) -> bool {
        let first = self.ready.front();
        let noted = first.is_some_and(|(mail, _)| self.desk.note_hand_over(mail.id));
        self.goes.set(noted);
        noted
    }

    /// The first mail is done with.
    pub(super) fn gone(&mut self) {
        self.ready.pop_front();
        self.goes.set(false);
    }

    /// Those that have not gone.
    pub(super) fn rest(&self) -> impl Iterator<Item = &Claimed> {
        self.ready.iter().map(|(mail, _)| mail).chain(&self.left)
    }

    /// Puts the mail tried least first.
    pub(super) fn least_tried_first(&mut self) {
        while let Some((mail, _)) = self.ready.pop_back() {
            self.left.push_front(mail);
        }
        let least = self
            .left
            .iter()
            .enumerate()
            .min_by_key(|(_, mail)| mail.tries);
        if let Some((index, _)) = least {
            self.left.swap(0, index);
        }
    }
}

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        // A round that is cut off leaves the one in doubt that was going.
        let untouched = self.rest().skip(usize::from(self.goes.get()));
        self.desk.release(untouched);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Outbox;
    use crate::settings::presets::file::PresetFile;
    use crate::settings::secret::Vault;
    use std::path::PathBuf;
    use std::sync::Arc;

    struct Scratch {
        folder: PathBuf,
        desk: Desk,
    }

    impl Scratch {
        fn new(name: &str) -> Self {
            let name = format!("tillmail-queue-{}-{name}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            let outbox = Outbox::open(&folder, Arc::default()).unwrap();
            let contents = outbox.reader_of_contents().unwrap();
            let desk = Desk::new(
                outbox,
                contents,
                Vault::open(&folder).unwrap(),
                Arc::new(PresetFile::of(&folder)),
                Arc::default(),
            );
            Scratch { folder, desk }
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    fn mails(tries: &[u32]) -> Vec<Claimed> {
        let mail = |(id, tries): (i64, &u32)| Claimed {
            id,
            store: "1".to_owned(),
            number: id.to_string(),
            recipient: "a@b.fr".to_owned(),
            tries: *tries,
            unsure_tries: 0,
            accepted_at: 0,
            profile: None,
            account: None,
        };
        (0..).zip(tries).map(mail).collect()
    }

    fn outgoing(_: &Claimed) -> Option<Outgoing> {
        let address: lettre::Address = "a@b.fr".parse().unwrap();
        Some(Outgoing::new(address.clone(), &address, Vec::new()))
    }

    #[test]
    fn the_second_opinion_comes_from_the_mail_tried_least() {
        let cases: [(&[u32], &[i64]); 4] = [
            (&[], &[]),
            (&[1, 1, 1], &[0, 1, 2]),
            (&[5, 4, 1, 1], &[2, 1, 0, 3]),
            (&[1, 2], &[0, 1]),
        ];
        let scratch = Scratch::new("least-tried");
        for (tries, order) in cases {
            let mut queue = Queue::new(&scratch.desk, &mails(tries));
            queue.make_ready(outgoing);
            queue.least_tried_first();
            let ids: Vec<i64> = queue.rest().map(|mail| mail.id).collect();
            assert_eq!(ids, order, "{tries:?}");
        }
    }

    #[test]
    fn what_cannot_be_made_ready_is_passed_over() {
        let scratch = Scratch::new("made-ready");
        let mut queue = Queue::new(&scratch.desk, &mails(&[1, 1, 1, 1]));
        queue.make_ready(|mail| outgoing(mail).filter(|_| mail.id % 2 == 1));
        let ids: Vec<i64> = queue.rest().map(|mail| mail.id).collect();
        assert_eq!(ids, [1, 3]);
        assert!(queue.next().is_some());
        queue.gone();
        assert!(queue.next().is_none());
    }
}
