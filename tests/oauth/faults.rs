//! What a provider may do wrong, and what the shop reads then.

use super::place::{CUSTOMER, Place, SOON, paused, sends};
use super::support::authorization::{Failure, Rotation};
use super::support::postfix::Postfix;
use super::support::scratch::wait_until;
use serde_json::json;
use std::time::Duration;
use tillmail::Language;
use tillmail::error::{MAIL_E_AUTH, MAIL_E_NETWORK, MAIL_E_SIGN_IN, MAIL_E_TLS, MAIL_E_TRANSIENT};

#[test]
fn every_refusal_of_a_provider_has_its_code_and_its_sentence() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    let of = |status: u16, error: &str, description: &str| Failure {
        status: Some(status),
        body: json!({ "error": error, "error_description": description }).to_string(),
        ..Failure::default()
    };
    let page = Failure {
        status: Some(200),
        body: "<html>Bienvenue au Wi-Fi du magasin</html>".to_owned(),
        content_type: "text/html",
        ..Failure::default()
    };
    let wrong_clock = Failure {
        date_offset_s: -3_600,
        ..of(
            400,
            "invalid_grant",
            "AADSTS700024: not within its valid time range",
        )
    };
    let cases = [
        (
            of(
                400,
                "invalid_grant",
                "AADSTS700082: expired due to inactivity",
            ),
            MAIL_E_AUTH,
            "has expired",
        ),
        (
            of(400, "invalid_grant", "AADSTS65001: not consented"),
            MAIL_E_AUTH,
            "consent",
        ),
        (
            of(400, "invalid_grant", "AADSTS53003: blocked"),
            MAIL_E_AUTH,
            "forbid",
        ),
        (
            of(401, "invalid_client", "AADSTS7000222: expired secret"),
            MAIL_E_AUTH,
            "secret",
        ),
        (
            of(503, "temporarily_unavailable", ""),
            MAIL_E_TRANSIENT,
            "unavailable",
        ),
        (of(429, "slow", ""), MAIL_E_TRANSIENT, "unavailable"),
        (
            Failure {
                status: Some(500),
                content_type: "text/html",
                ..Failure::default()
            },
            MAIL_E_TRANSIENT,
            "unavailable",
        ),
        (page, MAIL_E_NETWORK, "unlike a sign-in service"),
        (wrong_clock, MAIL_E_AUTH, "clock differs by"),
        (
            Failure {
                lost: true,
                ..Failure::default()
            },
            MAIL_E_NETWORK,
            "does not answer",
        ),
    ];
    place.provider.set_rotation(Rotation::Keep);
    for (failure, code, words) in cases {
        place.provider.fail_next(1, &failure);
        let error = shop.mailer.verify(&json!({})).unwrap_err();
        let sentence = error.sentence(Language::English);
        assert_eq!(
            (error.code, error.step),
            (code, Some("token")),
            "{failure:?}: {sentence}"
        );
        assert!(sentence.contains(words), "{sentence}");
        assert!(
            sentence.contains("localhost")
                || sentence.contains(Postfix::USER)
                || sentence.contains("Microsoft"),
            "{sentence}"
        );
    }
    // An answer in chunks is an answer.
    place.provider.fail_next(
        1,
        &Failure {
            chunked: true,
            ..Failure::default()
        },
    );
    shop.mailer.verify(&json!({ "to": CUSTOMER })).unwrap();
}

#[test]
fn a_provider_that_is_down_is_tried_again_and_the_mail_leaves() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    let busy = Failure {
        retry_after: Some("2".to_owned()),
        ..Failure::json(503, "temporarily_unavailable")
    };
    place.provider.fail_next(2, &busy);
    let id = shop.send("T-1", CUSTOMER);
    shop.wait(id, SOON).unwrap();
    assert_eq!(shop.events(id), ["accepted", "later", "later", "sent"]);
    let journal = shop.mailer.journal(&json!({ "id": id })).unwrap();
    let later = &journal["events"][1];
    assert_eq!(
        (&later["step"], &later["name"]),
        (&json!("token"), &json!("MAIL_E_TRANSIENT"))
    );
    assert_eq!(
        later["smtp"]["code"],
        json!(503),
        "the provider's words are kept: {later}"
    );
    place.nothing_leaks(&shop);
}

#[test]
fn an_answer_that_was_lost_is_no_lost_sign_in() {
    let place = Place::new();
    place.provider.set_rotation(Rotation::Grace);
    let shop = place.shop(&place.with_refresh_token());
    let lost = Failure {
        only: Some("refresh_token"),
        lost: true,
        ..Failure::default()
    };
    place.provider.fail_next(1, &lost);
    let id = shop.send("T-1", CUSTOMER);
    shop.wait(id, SOON).unwrap();
    assert_eq!(shop.events(id), ["accepted", "later", "sent"]);
}

#[test]
fn a_stolen_refresh_token_ends_the_sign_in_and_says_so() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    let started = shop.mailer.sign_in(&json!({})).unwrap();
    place
        .provider
        .approve(started["user_code"].as_str().unwrap(), Postfix::USER);
    shop.mailer
        .sign_in(&json!({ "action": "state", "wait_ms": 60_000 }))
        .unwrap();
    let first = place.provider.issued();
    place.provider.set_lifetime(1);
    place.provider.forget_access_tokens();
    sends(&shop, "T-1").unwrap();
    // A thief uses what has been used: the provider revokes all that came from the consent.
    for token in first {
        let refused = place.provider.refresh("till", &token);
        assert_eq!(refused.as_deref(), Some("invalid_grant"));
    }
    std::thread::sleep(Duration::from_millis(1_100));
    let waiting = shop.send("T-2", CUSTOMER);
    paused(&shop, MAIL_E_SIGN_IN);
    wait_until("the mail waits", SOON, || {
        (shop.mail(waiting)["state"] == json!("queued")).then_some(())
    });
}

#[test]
fn a_provider_whose_certificate_is_not_trusted_gets_no_secret() {
    let place = Place::new();
    let mut settings = place.settings(&place.with_refresh_token());
    settings["smtp"]["ca_file"] = json!(null);
    let shop = super::support::shop::Shop::with(&settings);
    let error = shop.mailer.verify(&json!({})).unwrap_err();
    assert_eq!(
        (error.code, error.step),
        (MAIL_E_TLS, Some("token")),
        "{error:?}"
    );
    assert_eq!(place.provider.counts().of("refresh_token"), 0);
}

#[test]
fn the_proxy_of_the_settings_leads_to_the_provider_too() {
    let place = Place::new();
    let proxy = super::support::proxy::HttpProxy::start("p:x");
    let mut settings = place.settings(&place.with_refresh_token());
    settings["smtp"]["proxy"] = json!({ "url": proxy.url(), "user": "p", "password": "x" });
    let shop = super::support::shop::Shop::with(&settings);
    sends(&shop, "T-1").unwrap();
    let asked = proxy.targets();
    let provider = place.provider.url().replace("https://", "");
    let mails = format!("localhost:{}", place.postfix.smtps_port);
    assert_eq!(asked, [provider, mails]);
}

#[test]
fn a_mail_server_that_cannot_check_a_token_is_tried_again() {
    let place = Place::new();
    let shop = place.shop(&place.with_refresh_token());
    let failure = Failure {
        only: Some("introspection"),
        ..Failure::json(503, "temporarily_unavailable")
    };
    // The kept and the renewed token are both asked about.
    place.provider.fail_next(1, &failure);
    let id = shop.send("T-1", CUSTOMER);
    shop.wait(id, SOON).unwrap();
    assert_eq!(shop.events(id), ["accepted", "later", "sent"]);
}
