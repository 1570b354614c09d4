//! Tokens that need no owner: the integrator's refresh token, the host's access tokens, the program's own.

use super::place::{CUSTOMER, Place, SOON, paused, sends};
use super::support::authorization::Rotation;
use super::support::postfix::Postfix;
use super::support::scratch::wait_until;
use super::support::shop::{Shop, open};
use serde_json::{Value, json};
use std::time::Duration;
use tillmail::error::MAIL_E_AUTH;
use tillmail::{Language, Mailer};

fn refreshes(place: &Place) -> u64 {
    place.provider.counts().of("refresh_token")
}

#[test]
fn a_refresh_token_is_used_ahead_of_the_end_and_its_successor_is_kept() {
    let place = Place::new();
    place.provider.set_lifetime(2);
    let shop = place.shop(&place.with_refresh_token());
    for number in 1..=3 {
        sends(&shop, &format!("T-{number}")).unwrap();
        std::thread::sleep(Duration::from_millis(2_100));
    }
    assert_eq!(refreshes(&place), 3, "one for each end");
    // Each was good for one use only: a new process goes on with the last one.
    drop(shop.mailer.shut_down(Duration::from_secs(5)).unwrap());
    let again = open(&shop.folder().join("state"));
    sends_through(&again, "T-4");
    assert_eq!(refreshes(&place), 4);
    assert_eq!(place.postfix.wait_for_mails(CUSTOMER, 4, SOON).len(), 4);
    again.shut_down(Duration::from_secs(5)).unwrap();
    place.nothing_leaks(&shop);
}

#[test]
fn a_token_that_holds_is_asked_for_once() {
    let place = Place::new();
    place.provider.set_rotation(Rotation::Keep);
    let shop = place.shop(&place.with_refresh_token());
    for number in 1..=3 {
        sends(&shop, &format!("T-{number}")).unwrap();
    }
    shop.mailer.verify(&json!({ "to": CUSTOMER })).unwrap();
    assert_eq!(refreshes(&place), 1);
    // Tokens that the server has forgotten are renewed once, and the mail leaves without a person.
    let kept = shop.send("T-4", CUSTOMER);
    shop.wait(kept, SOON).unwrap();
}

#[test]
fn a_kept_token_that_the_mail_server_refuses_is_renewed_at_once() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    // For the mail server the kept token is gone; for the library it would hold for an hour.
    place.provider.forget_access_tokens();
    let reply = sends(&shop, "T-2").unwrap();
    assert_eq!(reply["mail"]["tries"], json!(1), "{reply}");
    assert_eq!(refreshes(&place), 2);
}

#[test]
fn another_refresh_token_in_the_settings_takes_the_place_of_what_is_kept() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    place.provider.revoke(Postfix::USER);
    let waiting = shop.send("T-2", CUSTOMER);
    // No owner signs in here: the integrator is asked.
    let pause = paused(&shop, MAIL_E_AUTH);
    assert!(pause["hint"].as_str().unwrap().contains("maker"), "{pause}");
    let new = json!({ "smtp": { "oauth": place.with_refresh_token() } });
    shop.mailer.configure(&new).unwrap();
    shop.wait(waiting, SOON).unwrap();
    assert_eq!(place.postfix.wait_for_mails(CUSTOMER, 2, SOON).len(), 2);
    place.nothing_leaks(&shop);
}

#[test]
fn a_try_with_settings_that_are_not_saved_loses_no_rotated_token() {
    let place = Place::new();
    let shop = Shop::with(&json!({}));
    let settings = place.settings(&place.with_refresh_token());
    let tried = shop
        .mailer
        .verify(&json!({ "settings": settings, "to": CUSTOMER }))
        .unwrap();
    let first = &tried["steps"][0];
    assert_eq!(
        (&first["step"], &first["ok"]),
        (&json!("token"), &json!(true)),
        "{tried}"
    );
    assert!(!tried.to_string().contains("Bearer"), "{tried}");
    // The provider has spent the settings' own token: what took its place is known.
    shop.mailer.configure(&settings).unwrap();
    place.provider.forget_access_tokens();
    sends(&shop, "T-1").unwrap();
    assert_eq!(refreshes(&place), 2);
}

#[test]
fn the_hosts_own_access_tokens_are_used_until_they_end() {
    let place = Place::new();
    let token = |place: &Place| place.provider.grant_access_token("till", Postfix::USER);
    let pushed = |token: &str, ends: &str| json!({ "access_token": token, "access_token_expires_at": ends, "client_id": null, "token_url": null });
    let shop = place.shop(&pushed(&token(&place), "2099-01-01T00:00:00Z"));
    sends(&shop, "T-1").unwrap();
    assert_eq!(place.provider.counts().of("refresh_token"), 0);

    let push = |token: &str, ends: &str| {
        let oauth = json!({ "access_token": token, "access_token_expires_at": ends });
        shop.mailer
            .configure(&json!({ "smtp": { "oauth": oauth } }))
            .unwrap();
    };
    push(&token(&place), "2026-01-01T00:00:00Z");
    let waiting = shop.send("T-2", CUSTOMER);
    let pause = paused(&shop, MAIL_E_AUTH);
    assert!(
        pause["message"].as_str().unwrap().contains("till software"),
        "{pause}"
    );
    push("wrong", "2099-01-01T00:00:00Z");
    paused(&shop, MAIL_E_AUTH);
    push(&token(&place), "2099-01-01T00:00:00Z");
    shop.wait(waiting, SOON).unwrap();
    place.nothing_leaks(&shop);
}

#[test]
fn a_program_of_its_own_right_sends_as_the_mailbox() {
    let place = Place::new();
    let oauth = json!({
        "grant": "client_credentials", "client_id": "daemon", "client_secret": "s3cret",
        "tenant": "boutique.test", "scopes": ["smtp"],
    });
    let shop = place.shop(&oauth);
    sends(&shop, "T-1").unwrap();
    assert_eq!(place.provider.counts().of("client_credentials"), 1);
    let shown = shop.mailer.settings(&json!({})).unwrap();
    assert_eq!(
        shown["settings"]["smtp"]["oauth"]["client_secret"],
        json!("********")
    );
    let wrong = json!({ "smtp": { "oauth": { "client_secret": "wrong" } } });
    shop.mailer.configure(&wrong).unwrap();
    place.provider.forget_access_tokens();
    shop.send("T-2", CUSTOMER);
    let pause = paused(&shop, MAIL_E_AUTH);
    assert!(!pause.to_string().contains("wrong\""), "{pause}");
    place.nothing_leaks(&shop);
}

#[test]
fn the_mechanism_is_one_that_the_server_offers() {
    let place = Place::offering("plain login oauthbearer");
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    assert!(place.postfix.log().contains("sasl_method=OAUTHBEARER"));
    let only = json!({ "smtp": { "auth": "xoauth2" } });
    let refused = shop
        .mailer
        .verify(&json!({ "settings": only }))
        .unwrap_err();
    assert_eq!(refused.code, MAIL_E_AUTH);
    let words: &str = refused.message.get(Language::English);
    assert!(words.contains("OAUTHBEARER"), "{words}");
}

#[test]
fn a_token_of_somebody_else_does_not_send_and_the_servers_words_are_shown() {
    let place = Place::new();
    let theirs = place
        .provider
        .grant_refresh_token("till", "other@example.test");
    let shop = place.shop(&json!({ "refresh_token": theirs }));
    let refused = shop.mailer.verify(&json!({})).unwrap_err();
    assert_eq!((refused.code, refused.step), (MAIL_E_AUTH, Some("auth")));
    let words = &refused.smtp.as_ref().unwrap();
    assert_eq!(words.code, 535);
    assert!(words.text.contains("\"status\":\"401\""), "{words:?}");
    let transcript = &refused.details.as_ref().unwrap()["transcript"];
    let lines: Vec<&str> = transcript
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    assert!(lines.contains(&"> AUTH XOAUTH2 ***"), "{lines:?}");
    for token in place.provider.issued() {
        assert!(!Value::from(lines.clone()).to_string().contains(&token));
    }
}

#[test]
fn a_token_as_long_as_microsofts_goes_in_one_line() {
    let place = Place::new();
    place.provider.set_token_length(3_000);
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    place.nothing_leaks(&shop);
}

#[test]
fn a_sign_in_that_nobody_uses_is_renewed_before_it_ends_and_a_lost_one_is_told() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    shop.mailer.shut_down(Duration::from_secs(5)).unwrap();
    let folder = shop.folder().join("state");
    let sleeps_for_a_season = || {
        let file = rusqlite::Connection::open(folder.join("outbox.db")).unwrap();
        let tokens = "UPDATE token SET refreshed_at = refreshed_at - 60 * 86400000";
        assert_eq!(file.execute(tokens, []).unwrap(), 1);
    };
    sleeps_for_a_season();
    let again = open(&folder);
    wait_until("it is renewed without a mail", SOON, || {
        (refreshes(&place) == 2).then_some(())
    });
    sends_through(&again, "T-2");
    again.shut_down(Duration::from_secs(5)).unwrap();
    assert_eq!(refreshes(&place), 2, "once");

    sleeps_for_a_season();
    place.provider.revoke(Postfix::USER);
    let again = open(&folder);
    wait_until("the shop is told", SOON, || {
        let health = again.health(&json!({})).unwrap();
        (health["paused_accounts"][0]["code"] == json!(MAIL_E_AUTH)).then_some(())
    });
    again.shut_down(Duration::from_secs(5)).unwrap();
}

fn sends_through(mailer: &Mailer, number: &str) {
    let receipt = super::support::shop::receipt(number, CUSTOMER);
    let reply = mailer.send_receipt(&receipt).unwrap();
    mailer
        .wait(&json!({ "id": reply["id"], "timeout_ms": 60_000 }))
        .unwrap();
}

#[test]
fn trying_another_refresh_token_loses_nothing_of_the_one_in_use() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    sends(&shop, "T-1").unwrap();
    let other = json!({ "smtp": { "oauth": place.with_refresh_token() } });
    shop.mailer
        .verify(&json!({ "settings": other, "to": CUSTOMER }))
        .unwrap();
    let wrong = json!({ "smtp": { "oauth": { "refresh_token": "mistyped" } } });
    let refused = shop.mailer.verify(&json!({ "settings": wrong }));
    assert_eq!(refused.unwrap_err().code, MAIL_E_AUTH);
    // The saved one was spent long ago: only what took its place is good.
    place.provider.forget_access_tokens();
    sends(&shop, "T-2").unwrap();
}
