//! Kills sending tills with -9, at every named point and at any moment, and compares what was acknowledged with what
//! the server got: nothing lost, and doubled only what was killed between its final dot and its settlement.
//!
//! A run is many folders; a folder is many rounds, each of which goes on where the kill of the last one left it,
//! and a last untroubled run. TILLMAIL_CRASH_ROUNDS sets how many rounds, TILLMAIL_CRASH_SEED repeats the
//! throws. `make crash` runs ten thousand with the release library. docs/RELIABILITY.md tells more.
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::print_stdout, clippy::print_stderr)]
#![allow(unreachable_pub)]

#[path = "crash/dice.rs"]
mod dice;
#[path = "crash/folder.rs"]
mod folder;
#[path = "crash/judge.rs"]
mod judge;
#[path = "crash/plan.rs"]
mod plan;
#[path = "crash/seat.rs"]
mod seat;
#[path = "crash/server.rs"]
mod server;
mod support;

use folder::Folder;
use judge::Verdict;
use plan::{Pool, is_planned};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use support::scratch::Scratch;
use support::shim::{Till, Tools, opening};
use tillmail::error::MAIL_OK;

const DEADLINE: Duration = Duration::from_secs(60);
const USUAL_ROUNDS: u64 = 400;
/// So many rounds kill at every point; fewer are for a quick look.
const ROUNDS_FOR_EVERY_POINT: u64 = 400;
const ROUNDS_OF_A_FOLDER: u64 = 14;
/// Folders at the same time: they wait more than they work.
const SIDE_BY_SIDE: u64 = 6;

fn number(name: &str) -> Option<u64> {
    let given = std::env::var(name).ok()?;
    Some(
        given
            .parse()
            .unwrap_or_else(|_| panic!("{name}: a number is needed, found {given:?}")),
    )
}

struct Run<'a> {
    seed: u64,
    rounds: u64,
    tools: &'a Tools,
    pool: Pool,
    next: AtomicU64,
    done: AtomicU64,
    total: Mutex<Verdict>,
    started: Instant,
}

impl Run<'_> {
    fn folders(&self) -> u64 {
        self.rounds.div_ceil(ROUNDS_OF_A_FOLDER)
    }

    fn work(&self) {
        loop {
            let folder = self.next.fetch_add(1, Ordering::SeqCst);
            if folder >= self.folders() {
                return;
            }
            let before = folder * ROUNDS_OF_A_FOLDER;
            let rounds = ROUNDS_OF_A_FOLDER.min(self.rounds - before);
            let verdict = Folder::new(self.seed, folder, self.tools, &self.pool)
                .run(usize::try_from(rounds).unwrap());
            self.add(verdict);
            self.show(self.done.fetch_add(rounds, Ordering::SeqCst) + rounds);
        }
    }

    fn add(&self, verdict: Verdict) {
        let mut total = self.total.lock().unwrap();
        total.kills += verdict.kills;
        total.acknowledged += verdict.acknowledged;
        total.delivered += verdict.delivered;
        total.doubled += verdict.doubled;
        total.uncertain += verdict.uncertain;
        total.lost += verdict.lost;
        verdict
            .failures
            .iter()
            .for_each(|failure| eprintln!("\n{failure}"));
        total.failures.extend(verdict.failures);
        for (point, passed) in verdict.counts {
            *total.counts.entry(point).or_default() += passed;
        }
    }

    fn show(&self, done: u64) {
        if std::io::stderr().is_terminal() {
            let seconds = self.started.elapsed().as_secs();
            eprint!("\r{done} of {} rounds, {seconds} s ", self.rounds);
        }
    }
}

#[test]
fn no_kill_loses_a_mail_and_only_a_kill_after_the_final_dot_doubles_one() {
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number("TILLMAIL_CRASH_SEED").unwrap_or_else(|| u64::from(clock().subsec_nanos()));
    let rounds = number("TILLMAIL_CRASH_ROUNDS").unwrap_or(USUAL_ROUNDS);
    println!("crash test: {rounds} rounds, TILLMAIL_CRASH_SEED={seed}");
    let tools = Tools::build();
    let run = Run {
        seed,
        rounds,
        tools: &tools,
        pool: Pool::new(tools.points()),
        next: AtomicU64::new(0),
        done: AtomicU64::new(0),
        total: Mutex::default(),
        started: Instant::now(),
    };
    std::thread::scope(|scope| {
        (0..SIDE_BY_SIDE).for_each(|_| {
            scope.spawn(|| run.work());
        });
    });
    let kills = run.pool.kills();
    let total = run.total.into_inner().unwrap();
    report(&total, &kills, rounds, run.started);
    assert!(
        total.failures.is_empty(),
        "seed {seed}: {} folders failed:\n{}",
        total.failures.len(),
        total.failures.join("\n")
    );
    assert!(total.acknowledged > 0 && total.delivered > 0);
    if rounds >= ROUNDS_FOR_EVERY_POINT {
        every_point_was_met(&total, &kills, seed);
    }
}

/// A shop switches all its tills on at once: each opened the new file, and one in four was told that it is locked.
#[test]
fn tills_that_start_at_the_same_moment_in_a_new_folder_all_open_it() {
    let tools = Tools::build();
    for turn in 0..15 {
        let scratch = Scratch::new("at-once");
        let state = scratch.path().join("state");
        let start = |number: usize| {
            let path = scratch.path().join(format!("control-{number}"));
            let mut till = tools.start(tools.control(&path));
            till.tell("mail_init", &opening(&state));
            till
        };
        let mut tills: Vec<Till> = (0..5).map(start).collect();
        for till in &mut tills {
            let opened = till.answer_to("mail_init", DEADLINE);
            assert_eq!(opened.code, MAIL_OK, "turn {turn}: {}", opened.reply);
        }
    }
}

fn every_point_was_met(total: &Verdict, kills: &BTreeMap<String, u64>, seed: u64) {
    let passed = total.counts.iter().filter(|(point, _)| is_planned(point));
    let never: Vec<&String> = passed
        .filter(|(_, times)| **times == 0)
        .map(|(point, _)| point)
        .collect();
    assert!(never.is_empty(), "seed {seed}: never passed: {never:?}");
    let spared: Vec<&String> = kills
        .iter()
        .filter(|(_, times)| **times == 0)
        .map(|(point, _)| point)
        .collect();
    assert!(
        spared.is_empty(),
        "seed {seed}: nothing was killed at {spared:?}"
    );
}

fn report(total: &Verdict, kills: &BTreeMap<String, u64>, rounds: u64, started: Instant) {
    println!("\npoint                        kills    passed");
    for (point, killed) in kills {
        let passed = total.counts.get(point).copied().unwrap_or(0);
        println!("{point:26} {killed:7} {passed:9}");
    }
    let at_points: u64 = kills.values().sum();
    println!("{:26} {:7}", "at any moment", total.kills - at_points);
    println!(
        "\nrounds        {rounds:9}   in {} s",
        started.elapsed().as_secs()
    );
    println!("kills         {:9}", total.kills);
    println!("acknowledged  {:9}", total.acknowledged);
    println!("delivered     {:9}", total.delivered);
    println!("lost          {:9}", total.lost);
    println!(
        "doubled       {:9}   each killed between its final dot and its settlement",
        total.doubled
    );
    println!(
        "uncertain     {:9}   each told to a person",
        total.uncertain
    );
}
