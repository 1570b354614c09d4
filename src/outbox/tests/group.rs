//! Callers that come at the same time: they share commits, and nothing else.

use super::*;
use crate::error::MAIL_E_BUG;
use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;

const CALLERS: usize = 16;

/// Transactions in the log: each ends with a frame that tells the size of the file.
fn commits(folder: &Folder) -> usize {
    let log = std::fs::read(folder.0.join("outbox.db-wal")).unwrap();
    let frames = log[32..].chunks(24 + 4096);
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::yield_now();
    }
}

#[test]
fn who_comes_during_a_commit_shares_the_next_one_in_the_order_of_arrival_and_a_refusal_is_ones_own()
{
    let folder = Folder::new("group");
    let outbox = folder.open();
    let gate = outbox.gate();
    let (outbox, intake) = (Mutex::new(outbox), Intake::default());
    // The worker writes meanwhile.
    let turn = gate.turn();
    let before = commits(&folder);
    let giving = |caller: usize| {
        let given = match caller {
            // The same receipt as that of the first one, and a message to two of whom one has no room.
            5 => vec![mail("0")],
            9 => vec![mail("9 a"), mail("9 b")],
            _ => vec![mail(&caller.to_string())],
        };
        let waiting = if caller == 9 { 9 } else { 1_000 };
        intake.accept(&outbox, given, few(waiting), 0)
    };
    let answers: Vec<Result<Vec<Accepted>>> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let thread = scope.spawn(move || giving(caller));
                until("in line", || intake.in_line() == caller + 1);
                thread
            })
            .collect();
        assert_eq!(commits(&folder), before, "nobody overtakes the worker");
        drop(turn);
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect()
    });
    assert_eq!(commits(&folder), before + 1, "one commit for all");
    let mut ids = Vec::new();
    for (caller, answer) in answers.iter().enumerate() {
        match (caller, answer) {
            (9, Err(error)) => assert_eq!(error.code, MAIL_E_OUTBOX_FULL),
            (5, Ok(kept)) => assert!(kept[0].duplicate && kept[0].id == ids[0]),
            (_, Ok(kept)) => ids.extend(kept.iter().map(|one| one.id)),
            (_, Err(error)) => panic!("{caller}: {error:?}"),
        }
    }
    assert_eq!(
        ids,
        (1..=14).collect::<Vec<i64>>(),
        "nothing of the refused one is left"
    );
    let fill = lock_of(&outbox).fill().unwrap();
    assert_eq!((fill.waiting, fill.journal_lines), (14, 14));
}

fn lock_of(outbox: &Mutex<Outbox>) -> std::sync::MutexGuard<'_, Outbox> {
    outbox
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn what_one_cannot_keep_is_kept_for_the_others() {
    let folder = Folder::new("group-fault");
    let outbox = folder.open();
    let gate = outbox.gate();
    let (outbox, intake) = (Mutex::new(outbox), Intake::default());
    let turn = gate.turn();
    let answers: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (outbox, intake) = (&outbox, &intake);
                let thread = scope.spawn(move || {
                    let mut new = mail(&caller.to_string());
                    if caller == 2 {
                        // The file itself refuses it, in the middle of the transaction.
                        new.kind = "neither";
                    }
                    intake.accept(outbox, vec![new], few(10), 0)
                });
                until("in line", || intake.in_line() == caller + 1);
                thread
            })
            .collect();
        drop(turn);
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect()
    });
    let codes: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().map_err(|error| error.code).err())
        .collect();
    assert_eq!(codes, [None, None, Some(MAIL_E_BUG), None]);
    assert_eq!(lock_of(&outbox).counts().unwrap().of("queued"), 3);
}

#[test]
fn a_caller_that_panics_with_the_outbox_in_its_hands_harms_no_other() {
    let folder = Folder::new("group-panic");
    let (outbox, intake) = (Mutex::new(folder.open()), Intake::default());
    let panicked = thread::scope(|scope| {
        let panics = || {
            let mut outbox = lock_of(&outbox);
            let _change = outbox.begin().unwrap();
            panic!("in the middle of a change");
        };
        scope.spawn(panics).join()
    });
    assert!(panicked.is_err());
    let kept = intake.accept(&outbox, vec![mail("1")], few(10), 0).unwrap();
    assert_eq!(kept[0].id, 1);
}

#[test]
fn sixteen_callers_and_a_worker_keep_every_mail_once() {
    const EACH: usize = 60;
    let folder = Folder::new("group-many");
    let outbox = folder.open();
    let mut worker = Outbox::open(&folder.0, outbox.gate()).unwrap();
    let reader = Mutex::new(outbox.reader().unwrap());
    let (outbox, intake) = (Mutex::new(outbox), Intake::default());
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (outbox, intake, told, reader) = (&outbox, &intake, &told, &reader);
            scope.spawn(move || {
                for number in 0..EACH {
                    // Every fourth receipt is given by two callers.
                    let giver = if number % 4 == 0 { caller / 2 } else { caller };
                    let given = mail(&format!("{giver} {number}"));
                    let kept = intake
                        .accept(outbox, vec![given.clone()], few(10_000), 0)
                        .unwrap();
                    let kept = kept.into_iter().next().unwrap();
                    // It is there for everybody before its caller is told.
                    let state = lock_of(reader).state(kept.id).unwrap();
                    assert!(state.is_some(), "{kept:?}");
                    told.lock().unwrap().push((given.number, kept));
                }
            });
        }
        let sent = |claimed: &Claimed, worker: &mut Outbox| {
            let event = Event::plain("sent");
            assert!(
                worker
                    .settle(claimed.id, &Settlement::Sent, &event, 9)
                    .unwrap()
            );
        };
        let mut settled = 0;
        let deadline = Instant::now() + Duration::from_secs(120);
        // Half of the fourths are given twice.
        let all = CALLERS * EACH - CALLERS / 2 * EACH.div_ceil(4);
        while settled < all {
            assert!(Instant::now() < deadline, "{settled} of {all}");
            for claimed in worker.claim("1", 50, 9).unwrap() {
                sent(&claimed, &mut worker);
                settled += 1;
            }
        }
    });
    let told = told.into_inner().unwrap();
    assert_eq!(told.len(), CALLERS * EACH);
    let first: Vec<_> = told.iter().filter(|(_, kept)| !kept.duplicate).collect();
    let ids: HashSet<i64> = first.iter().map(|(_, kept)| kept.id).collect();
    let numbers: HashSet<&str> = told.iter().map(|(number, _)| number.as_str()).collect();
    assert_eq!((first.len(), ids.len()), (numbers.len(), numbers.len()));
    for (number, kept) in &told {
        let of_first = first.iter().find(|(other, _)| other == number).unwrap();
        assert_eq!(kept.id, of_first.1.id, "{number}");
    }
    assert_eq!(
        lock_of(&outbox).counts().unwrap().of("sent"),
        u64::try_from(numbers.len()).unwrap()
    );
}
