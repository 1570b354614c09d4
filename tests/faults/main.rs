//! Every fault at every step: what becomes of the mail, and what the shop reads.
//!
//! The rows are the reference for support: docs/FAULTS.md is written from them (TILLMAIL_BLESS=1), and the test prints
//! the table that it has driven.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub
)]

mod batch;
mod blocked;
mod drive;
mod nameserver;
mod old_tls;
mod providers;
mod report;
mod row;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod words;

use drive::{Observed, drive, drive_words, ways};
use row::{Expect, How, Row, Way};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::scratch::wait_until;
use support::shop::Shop;
use words::{At, FAULTS, STEPS, senseless};

/// Far beyond what anything here takes, also on a busy machine.
const SOON: Duration = Duration::from_secs(90);
/// Rows at work at once: most of them wait for a deadline.
const AT_ONCE: usize = 24;

/// Does each piece of work on one of a few threads, which live in the caller's network.
fn side_by_side<T: Sync, R: Send>(work: &[T], does: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((index, one)) = take(work, &next) {
                    let result = does(one);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn take<'a, T>(work: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    work.get(index).map(|one| (index, one))
}

/// Tells where what was seen is not what the row says.
fn difference(name: &str, expect: &Expect, seen: &Observed) -> Option<String> {
    let expected = Observed {
        code: expect.code.to_owned(),
        class: expect.class.to_owned(),
        state: expect.state.to_owned(),
        tries: expect.tries,
        paused: expect.paused,
        again: expect.again,
        says: expect.says.to_owned(),
        cure: expect.cure.to_owned(),
        taken: match (expect.state, expect.class) {
            ("sent", _) => 1,
            // Unsure is unsure.
            (_, "uncertain") => seen.taken,
            _ => 0,
        },
    };
    (expected != *seen).then(|| format!("{name}\n   expected {expected:?}\n   seen     {seen:?}"))
}

/// Goes to the output also when the test passes: the table is what the test has to show.
fn show(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

fn name_of(row: &Row, way: Way) -> String {
    format!("{:?} × {:?} ({}) {way:?}", row.at, row.fault, row.note)
}

#[test]
fn every_pair_of_step_and_fault_has_a_row_or_a_reason() {
    let rows = table::rows();
    for (at, _) in STEPS {
        for (fault, _) in FAULTS {
            let of_pair = |row: &&Row| row.at == *at && row.fault == *fault;
            let driven = rows.iter().filter(of_pair).count();
            let reason = senseless(*at, *fault);
            assert!(
                (driven > 0) != reason.is_some(),
                "{at:?} × {fault:?}: {driven} rows, {reason:?}"
            );
        }
    }
    let mut names: Vec<String> = rows.iter().map(|row| name_of(row, Way::Tls)).collect();
    names.sort();
    names.dedup();
    assert_eq!(
        names.len(),
        rows.len(),
        "a row is told from the others by its note"
    );
    for row in &rows {
        let silent = row.expect.says.is_empty() || row.expect.cure.is_empty();
        assert_eq!(
            silent,
            row.expect.state == "sent",
            "{:?} × {:?}",
            row.at,
            row.fault
        );
    }
}

#[test]
fn every_fault_at_every_step_comes_to_what_the_table_says() {
    let rows = table::rows();
    let mut work: Vec<(&Row, Way)> = rows
        .iter()
        .filter(|row| row.at != At::Dns && !matches!(row.how, How::NoRoute))
        .flat_map(|row| ways(row).iter().map(move |way| (row, *way)))
        .collect();
    // The slow ones first: the end is not waited for alone.
    work.sort_by_key(|(row, _)| !drive::is_slow(row));
    let seen = side_by_side(&work, |(row, way)| drive(row, *way));
    let differences: Vec<String> = work
        .iter()
        .zip(&seen)
        .filter_map(|((row, way), seen)| difference(&name_of(row, *way), &row.expect, seen))
        .collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        work.len(),
        differences.join("\n")
    );
    show(&format!(
        "\n{}{}",
        report::matrix(&rows),
        report::list(&rows)
    ));
    show(&format!(
        "{} conversations, {} rows\n",
        work.len(),
        rows.len()
    ));
}

#[test]
fn the_name_service_fails_in_every_way_and_the_network_is_away() {
    let rows = table::rows();
    let own_network = |row: &&Row| row.at == At::Dns || matches!(row.how, How::NoRoute);
    let differences = nameserver::in_own_network(&[], |network| {
        // A name server that works, so that the others fail for their own reason.
        let good = row::row(
            At::Dns,
            words::Fault::Never,
            "",
            How::Name("good"),
            row::SENT,
        );
        let mut differences = Vec::new();
        for row in std::iter::once(&good).chain(rows.iter().filter(own_network)) {
            network.ask(match row.how {
                How::Name("nobody") => "127.0.0.54",
                _ => "127.0.0.53",
            });
            let seen = drive(row, Way::Pipelined);
            differences.extend(difference(
                &name_of(row, Way::Pipelined),
                &row.expect,
                &seen,
            ));
        }
        differences
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_name_service_that_hangs_holds_up_neither_a_deadline_nor_a_shutdown() {
    nameserver::in_own_network(&[], |network| {
        network.ask_patiently("127.0.0.53");
        let host = nameserver::host("silent");
        let shop =
            |deadline_ms| Shop::french(&drive::settings(host, 25_000, Way::Pipelined, deadline_ms));
        let quick = shop(2_000);
        let id = quick.send("1", "client@clients.test");
        let seen = drive::observe(&quick, id, host, 25_000);
        assert_eq!(seen.class, "network", "{seen:?}");
        assert!(seen.says.contains("(DNS)"), "{seen:?}");

        let slow = shop(600_000);
        let id = slow.send("1", "client@clients.test");
        wait_until("the name is looked up", SOON, || {
            (slow.mail(id)["state"] == "sending").then_some(())
        });
        let started = Instant::now();
        let reply = slow.mailer.shut_down(Duration::from_millis(300)).unwrap();
        let took = started.elapsed();
        assert_eq!(reply["stopped"], true, "{reply}");
        assert!(took < Duration::from_secs(3), "{took:?}");
        let mail = slow.mail(id);
        assert_eq!(
            (&mail["state"], &mail["tries"]),
            (&json!("queued"), &json!(0)),
            "{mail}"
        );
    });
}

#[test]
fn every_provider_is_understood_by_its_own_words() {
    let words = providers::words();
    let hosts: Vec<&str> = words.iter().map(|words| words.host).collect();
    let seen = nameserver::in_own_network(&hosts, |_| side_by_side(&words, drive_words));
    let differences: Vec<String> = words
        .iter()
        .zip(&seen)
        .filter_map(|(one, seen)| {
            difference(
                &format!("{} {:?} {}", one.who, one.at, one.line),
                &one.expect,
                seen,
            )
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FAULTS.md");
    let document = report::document(&table::rows(), &providers::words());
    if std::env::var_os("TILLMAIL_BLESS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == document,
        "docs/FAULTS.md is out of date: run TILLMAIL_BLESS=1 cargo test --test faults and look at its diff"
    );
}
