//! The mails of a round: those that wait, the two that are ready to leave, and the marks on those about to go.

use super::desk::Desk;
use super::flight::Outgoing;
use crate::outbox::Claimed;
use crate::settings::model::Unsure;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// One to send, and one whose envelope goes with it.
const READY: usize = 2;
/// Mails that are marked at once at the most.
const MOST_MARKED: usize = 32;

/// The mails of one round, in the order they leave. When it is dropped, those that have not gone are put back.
pub(super) struct Queue<'a> {
    desk: &'a Desk,
    pub(super) ready: VecDeque<(Claimed, Outgoing)>,
    left: VecDeque<Claimed>,
    /// The content of the first one may be under way.
    goes: Cell<bool>,
    /// Those that are noted as handed over, because they are about to go.
    marked: RefCell<Vec<i64>>,
    /// Mails that the next mark covers. A line that answers at once carries them in a moment, and one change of the file
    /// for each would cost more than the sending; on a slow one each mail has its own, so that a crash leaves few
    /// in doubt.
    stride: Cell<usize>,
    most: usize,
}

impl<'a> Queue<'a> {
    /// Puts claimed mails in a queue. Where a doubtful mail waits for a person, each is marked for itself.
    pub(super) fn new(desk: &'a Desk, mails: &[Claimed], unsure: Unsure) -> Self {
        Queue {
            desk,
            goes: Cell::new(false),
            ready: VecDeque::with_capacity(READY),
            left: mails.iter().cloned().collect(),
            marked: RefCell::default(),
            stride: Cell::new(1),
            most: match unsure {
                Unsure::RetryOnce => MOST_MARKED,
                Unsure::Hold => 1,
            },
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

    /// The first mail is done with. `prompt`: its server did not make us wait.
    pub(super) fn gone(&mut self, prompt: bool) {
        self.ready.pop_front();
        self.goes.set(false);
        if !prompt {
            self.stride.set(1);
        }
    }

    /// Notes that the first mail goes, and where the line is quick those behind it; false where the disk refuses.
    pub(super) fn note(&self) -> bool {
        let Some((first, _)) = self.ready.front() else {
            return false;
        };
        let mut marked = self.marked.borrow_mut();
        if !marked.contains(&first.id) {
            let stride = self.stride.get();
            let next: Vec<i64> = self.rest().take(stride).map(|mail| mail.id).collect();
            if !self.desk.note_hand_over(&next) {
                return false;
            }
            *marked = next;
            self.stride.set((stride * 2).min(self.most));
        }
        self.goes.set(true);
        true
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
        // A round that is cut off leaves the first one in doubt, not those that were only marked with it.
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
            let desk = Desk::new(
                Outbox::open(&folder).unwrap(),
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
        };
        (0..).zip(tries).map(mail).collect()
    }

    fn outgoing(_: &Claimed) -> Option<Outgoing> {
        let address: lettre::Address = "a@b.fr".parse().unwrap();
        Some(Outgoing {
            from: address.clone(),
            to: address,
            content: Vec::new(),
        })
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
            let mut queue = Queue::new(&scratch.desk, &mails(tries), Unsure::RetryOnce);
            queue.make_ready(outgoing);
            queue.least_tried_first();
            let ids: Vec<i64> = queue.rest().map(|mail| mail.id).collect();
            assert_eq!(ids, order, "{tries:?}");
        }
    }

    #[test]
    fn what_cannot_be_made_ready_is_passed_over() {
        let scratch = Scratch::new("made-ready");
        let mut queue = Queue::new(&scratch.desk, &mails(&[1, 1, 1, 1]), Unsure::RetryOnce);
        queue.make_ready(|mail| outgoing(mail).filter(|_| mail.id % 2 == 1));
        let ids: Vec<i64> = queue.rest().map(|mail| mail.id).collect();
        assert_eq!(ids, [1, 3]);
        assert!(queue.next().is_some());
        queue.gone(true);
        assert!(queue.next().is_none());
    }
}
