//! Several processes on one folder, and one that is killed in the worst moment.

use super::place::{CUSTOMER, Place, SOON, sends};
use super::support::authorization::Rotation;
use super::support::scratch::wait_until;
use super::support::shop::Shop;
use serde_json::json;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tillmail::error::{MAIL_E_AUTH, MAIL_E_TIMEOUT};

/// A process of its own that logs in: the support technician's command.
fn verify(shop: &Shop) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tillmail"))
        .args(["--folder", shop.folder().join("state").to_str().unwrap()])
        .args(["--json", "verify", "--to", CUSTOMER])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn of_many_processes_one_renews_and_the_others_use_it() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    // The provider takes its time, so that all of them want a token meanwhile.
    place
        .provider
        .delay_next_refresh(Duration::from_secs(1), Duration::from_millis(500));
    let mut processes: Vec<Child> = (0..4).map(|_| verify(&shop)).collect();
    let id = shop.send("T-1", CUSTOMER);
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
    shop.wait(id, SOON).unwrap();
    let counts = place.provider.counts();
    assert_eq!(
        (counts.of("refresh_token"), counts.refreshes_at_once),
        (1, 1)
    );
}

/// Kills a process after the provider has made new tokens and before it could keep them.
fn killed_between(place: &Place, shop: &Shop) {
    place.provider.forget_access_tokens();
    let before = place.provider.counts().of("refresh_token");
    place
        .provider
        .delay_next_refresh(Duration::ZERO, Duration::from_secs(3));
    let issued = place.provider.issued().len();
    let mut process = verify(shop);
    wait_until("new tokens are made", SOON, || {
        (place.provider.issued().len() > issued).then_some(())
    });
    process.kill().unwrap();
    assert!(!process.wait().unwrap().success());
    assert_eq!(place.provider.counts().of("refresh_token"), before + 1);
}

#[test]
fn a_process_killed_between_the_answer_and_the_disk_loses_no_sign_in() {
    let place = Place::new();
    place.provider.set_rotation(Rotation::Grace);
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    killed_between(&place, &shop);
    sends(&shop, "T-2").unwrap();
    killed_between(&place, &shop);
    sends(&shop, "T-3").unwrap();
    place.nothing_leaks(&shop);
}

#[test]
fn where_the_provider_forgives_nothing_it_is_said_and_no_mail_is_lost() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    killed_between(&place, &shop);
    let id = shop.send("T-2", CUSTOMER);
    super::place::paused(&shop, MAIL_E_AUTH);
    let waiting = shop.wait(id, Duration::ZERO).unwrap_err();
    assert_eq!(waiting.code, MAIL_E_TIMEOUT);
    shop.mailer
        .configure(&json!({ "smtp": { "oauth": place.with_refresh_token() } }))
        .unwrap();
    shop.wait(id, SOON).unwrap();
}
