//! Many threads of a till at once: each mail once, each answer its own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use serde_json::json;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use support::scratch::{Scratch, free_port, wait_until};
use support::shop::{self, SENDER, Shop, and, plain_settings};
use tillmail::error::MAIL_E_OUTBOX_FULL;

const THREADS: usize = 16;
const EACH: usize = 40;
const SOON: Duration = Duration::from_secs(120);

fn mails_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, |entries| {
        let names = entries.map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_str().unwrap().ends_with(".eml"))
            .count()
    })
}

#[test]
fn sixteen_threads_send_while_the_worker_delivers_and_each_receipt_leaves_once() {
    let mails = Scratch::new("together");
    let settings = json!({ "sender": { "address": SENDER }, "folder": { "path": mails.path() } });
    let shop = Shop::with(&settings);
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for till in 0..THREADS {
            let (shop, told) = (&shop, &told);
            scope.spawn(move || {
                for number in 0..EACH {
                    // Every fifth receipt is given by two tills at about the same time.
                    let giver = if number % 5 == 0 { till / 2 } else { till };
                    let number = format!("{giver}-{number}");
                    let receipt = shop::receipt(&number, "client@example.fr");
                    let reply = shop.mailer.send_receipt(&receipt).unwrap();
                    let shown = shop.mail(reply["id"].as_i64().unwrap());
                    assert_eq!(shown["number"], json!(number), "{reply}");
                    assert_eq!(shown["message_id"], reply["message_id"], "{reply}");
                    told.lock().unwrap().push((number, reply));
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    let numbers: HashSet<&String> = told.iter().map(|(number, _)| number).collect();
    let ids: HashSet<i64> = told
        .iter()
        .map(|(_, reply)| reply["id"].as_i64().unwrap())
        .collect();
    let new = told
        .iter()
        .filter(|(_, reply)| reply["duplicate"] == json!(false))
        .count();
    assert_eq!(
        (told.len(), ids.len(), new),
        (THREADS * EACH, numbers.len(), numbers.len())
    );
    wait_until("all have left", SOON, || {
        let health = shop.mailer.health(&json!({})).unwrap();
        (health["counts"]["sent"] == json!(numbers.len())).then_some(())
    });
    assert_eq!(mails_in(mails.path()), numbers.len());
}

#[test]
fn who_is_over_the_bound_is_refused_alone() {
    const ROOM: usize = 100;
    let more = json!({ "delivery": { "max_waiting": ROOM, "retry_s": [3_600] } });
    let shop = Shop::with(&and(plain_settings(free_port()), &more));
    let answers: Vec<Result<i64, i32>> = thread::scope(|scope| {
        let give = |number: usize| {
            let receipt = shop::receipt(&number.to_string(), "client@example.fr");
            let reply = shop
                .mailer
                .send_receipt(&receipt)
                .map_err(|error| error.code)?;
            Ok(reply["id"].as_i64().unwrap())
        };
        let tills: Vec<_> = (0..THREADS)
            .map(|till| {
                scope.spawn(move || {
                    (0..10)
                        .map(|number| give(till * 10 + number))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        tills
            .into_iter()
            .flat_map(|till| till.join().unwrap())
            .collect()
    });
    let kept: HashSet<i64> = answers.iter().flatten().copied().collect();
    let refused: Vec<i32> = answers.iter().filter_map(|answer| answer.err()).collect();
    assert_eq!(kept, (1..=100).collect::<HashSet<i64>>());
    assert_eq!(refused, vec![MAIL_E_OUTBOX_FULL; THREADS * 10 - ROOM]);
}
