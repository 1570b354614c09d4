//! A person signs in: with a code on a phone, or with a browser on this machine.

use super::place::{CUSTOMER, Place, SOON, paused, sends};
use super::support::authorization::{Failure, Rotation};
use super::support::postfix::Postfix;
use super::support::shop::Shop;
use serde_json::{Value, json};
use std::time::Duration;
use tillmail::error::{
    Error, MAIL_E_MISSING_FIELD, MAIL_E_NETWORK, MAIL_E_NOT_CONFIGURED, MAIL_E_ROLE,
    MAIL_E_SIGN_IN, MAIL_E_STATE, MAIL_E_VALUE,
};
use tillmail::{Language, Mailer, Opening, Role};

fn code_of(reply: &Value) -> &str {
    assert_eq!(reply["state"], json!("waiting"), "{reply}");
    reply["user_code"].as_str().unwrap()
}

/// How it stands once it has ended.
fn end(shop: &Shop) -> Result<Value, Error> {
    let wait = u64::try_from(SOON.as_millis()).unwrap();
    shop.mailer
        .sign_in(&json!({ "action": "state", "wait_ms": wait }))
}

fn state_of(ended: Result<Value, Error>) -> (Value, i32) {
    match ended {
        Ok(reply) => (reply["state"].clone(), 0),
        Err(error) => (error.details.as_ref().unwrap()["state"].clone(), error.code),
    }
}

#[test]
fn a_code_typed_on_a_phone_signs_the_account_in_and_what_waited_leaves() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    // Nobody has signed in: the mail waits, and health says what to do.
    let waiting = shop.send("T-1", CUSTOMER);
    let pause = paused(&shop, MAIL_E_SIGN_IN);
    assert!(
        pause["hint"].as_str().unwrap().contains("Sign it in"),
        "{pause}"
    );
    let none = shop.mailer.sign_in(&json!({ "action": "state" })).unwrap();
    assert_eq!(none["state"], json!("none"));

    let started = shop.mailer.sign_in(&json!({})).unwrap();
    let code = code_of(&started).to_owned();
    let address = started["verification_uri"].as_str().unwrap();
    let message = started["message"].as_str().unwrap();
    assert!(
        message.contains(&code) && message.contains(address),
        "{started}"
    );
    assert!(
        started["expires_at"].as_str().unwrap().ends_with('Z'),
        "{started}"
    );
    let again = shop.mailer.sign_in(&json!({})).unwrap();
    assert_eq!(code_of(&again), code, "the same one is told again");

    place.provider.approve(&code, Postfix::USER);
    let ended = end(&shop).unwrap();
    assert_eq!(ended["state"], json!("signed_in"), "{ended}");
    shop.wait(waiting, SOON).unwrap();
    assert_eq!(place.postfix.wait_for_mails(CUSTOMER, 1, SOON).len(), 1);
    assert!(place.postfix.log().contains("sasl_method=XOAUTH2"));
    assert_eq!(
        shop.mailer.health(&json!({})).unwrap()["paused_accounts"],
        json!([])
    );
    place.nothing_leaks(&shop);

    // Another process knows it too, and signing out makes it known to all.
    let folder = shop.folder().join("state");
    let other = super::support::shop::open(&folder);
    let asked = other.sign_in(&json!({})).unwrap();
    assert_eq!(
        asked["state"],
        json!("signed_in"),
        "nothing new is started: {asked}"
    );
    let out = other.sign_in(&json!({ "action": "sign_out" })).unwrap();
    assert_eq!(out["state"], json!("none"));
    shop.send("T-2", CUSTOMER);
    paused(&shop, MAIL_E_SIGN_IN);
}

#[test]
fn a_sign_in_ends_when_it_is_declined_cancelled_or_too_late() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    let started = shop.mailer.sign_in(&json!({})).unwrap();
    place.provider.decline(code_of(&started), Postfix::USER);
    let ended = end(&shop).unwrap_err();
    assert!(
        ended.message.get(Language::French).contains("refusée"),
        "{ended:?}"
    );
    assert_eq!(state_of(Err(ended)), (json!("declined"), MAIL_E_SIGN_IN));
    // It is told until somebody starts again.
    assert_eq!(
        state_of(shop.mailer.sign_in(&json!({}))),
        (json!("declined"), MAIL_E_SIGN_IN)
    );

    let again = shop.mailer.sign_in(&json!({ "action": "start" })).unwrap();
    let cancelled = shop.mailer.sign_in(&json!({ "action": "cancel" })).unwrap();
    assert_eq!(cancelled["state"], json!("cancelled"));
    place.provider.approve(code_of(&again), Postfix::USER);
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(
        state_of(end(&shop)),
        (json!("cancelled"), 0),
        "nothing comes of it"
    );

    place.provider.set_device(1, 2);
    code_of(&shop.mailer.sign_in(&json!({ "action": "start" })).unwrap());
    assert_eq!(state_of(end(&shop)), (json!("expired"), MAIL_E_SIGN_IN));
}

#[test]
fn a_provider_that_stumbles_while_the_owner_types_is_asked_again() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    let started = shop.mailer.sign_in(&json!({})).unwrap();
    let kind = "urn:ietf:params:oauth:grant-type:device_code";
    let slow = Failure {
        only: Some(kind),
        ..Failure::json(400, "slow_down")
    };
    place.provider.fail_next(1, &slow);
    place.provider.approve(code_of(&started), Postfix::USER);
    let ended = end(&shop).unwrap();
    assert_eq!(ended["state"], json!("signed_in"), "{ended}");
    sends(&shop, "T-1").unwrap();
}

#[test]
fn a_browser_on_this_machine_signs_the_account_in() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    let start = json!({ "action": "start", "flow": "browser" });
    let started = shop.mailer.sign_in(&start).unwrap();
    let url = started["browser_url"].as_str().unwrap();
    for part in [
        "code_challenge_method=S256",
        "state=",
        "login_hint=till%40example.test",
    ] {
        assert!(url.contains(part), "{url}");
    }
    // Who does not know the state is told nothing and ends nothing.
    let redirect = url::Url::parse(url).unwrap();
    let redirect = redirect
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap()
        .1;
    let stray = place
        .provider
        .browse(&format!("{redirect}?code=x&state=guessed"));
    assert!(stray.contains("Nothing to see"), "{stray}");

    let page = place.provider.browse(url);
    assert!(page.contains("the account is signed in"), "{page}");
    assert_eq!(state_of(end(&shop)), (json!("signed_in"), 0));
    sends(&shop, "T-1").unwrap();
    place.nothing_leaks(&shop);

    place.provider.set_browser_user(None);
    let started = shop.mailer.sign_in(&start).unwrap();
    let page = place
        .provider
        .browse(started["browser_url"].as_str().unwrap());
    assert!(page.contains("is not signed in"), "{page}");
    assert_eq!(state_of(end(&shop)), (json!("declined"), MAIL_E_SIGN_IN));
    // What was signed in before is as good as before.
    sends(&shop, "T-2").unwrap();
}

#[test]
fn the_store_is_signed_in_before_its_new_settings_are_saved() {
    let place = Place::new();
    let legacy = json!({ "legacy": {
        "address": Postfix::USER, "server": "127.0.0.1", "port": place.postfix.smtp_port,
    }});
    let shop = Shop::with(&legacy);
    let new = place.settings(&json!({}));
    let started = shop.mailer.sign_in(&json!({ "settings": new })).unwrap();
    place.provider.approve(code_of(&started), Postfix::USER);
    let state = json!({ "settings": new, "action": "state", "wait_ms": 60_000 });
    assert_eq!(
        shop.mailer.sign_in(&state).unwrap()["state"],
        json!("signed_in")
    );
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(health["legacy"], json!("in_use"));
    shop.mailer
        .verify(&json!({ "settings": new, "to": CUSTOMER }))
        .unwrap();
    shop.mailer.configure(&new).unwrap();
    sends(&shop, "T-1").unwrap();
    assert!(place.postfix.log().contains("sasl_method=XOAUTH2"));
}

#[test]
fn what_no_owner_can_sign_in_is_refused_with_its_field() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    let refused = |request: Value| shop.mailer.sign_in(&request).unwrap_err();
    let with = |oauth: Value| json!({ "settings": place.settings(&oauth) });
    let by_host = refused(with(json!({ "access_token": "x" })));
    assert_eq!(
        (by_host.code, by_host.field.as_deref()),
        (MAIL_E_STATE, Some("smtp.oauth.grant"))
    );
    let no_client = refused(with(json!({ "client_id": null })));
    let field = no_client.field.as_deref();
    assert_eq!(
        (no_client.code, field),
        (MAIL_E_NOT_CONFIGURED, Some("smtp.oauth.client_id"))
    );
    let mut no_code = with(json!({ "device_url": null }));
    no_code["flow"] = json!("device_code");
    let no_code = refused(no_code);
    assert_eq!(
        (no_code.code, no_code.field.as_deref()),
        (MAIL_E_VALUE, Some("flow"))
    );
    let nobody = refused(with(json!({ "device_url": "https://127.0.0.1:1/device" })));
    assert_eq!(nobody.code, MAIL_E_NETWORK);
    assert!(
        nobody.message.get(Language::English).contains("127.0.0.1"),
        "{nobody:?}"
    );
    assert_ne!(nobody.code, MAIL_E_MISSING_FIELD);

    let till = Mailer::open(Opening {
        folder: shop.folder().join("state"),
        store: "1".to_owned(),
        role: Role::Till,
        language: None,
    })
    .unwrap();
    let curious = till.sign_in(&json!({ "settings": { "smtp": { "host": "evil.test" } } }));
    assert_eq!(curious.unwrap_err().code, MAIL_E_ROLE);
    code_of(&till.sign_in(&json!({})).unwrap());
    till.shut_down(Duration::from_millis(100)).unwrap();
}

#[test]
fn a_revoked_sign_in_pauses_the_account_until_somebody_signs_in_again() {
    let place = Place::new();
    let shop = place.shop(&json!({}));
    let code = |reply: &Value| code_of(reply).to_owned();
    let sign_in = || {
        let started = shop.mailer.sign_in(&json!({ "action": "start" })).unwrap();
        place.provider.approve(&code(&started), Postfix::USER);
        assert_eq!(state_of(end(&shop)), (json!("signed_in"), 0));
    };
    sign_in();
    sends(&shop, "T-1").unwrap();
    place.provider.revoke(Postfix::USER);
    place.provider.set_rotation(Rotation::Keep);
    let waiting = shop.send("T-2", CUSTOMER);
    let pause = paused(&shop, MAIL_E_SIGN_IN);
    assert!(
        pause["message"]
            .as_str()
            .unwrap()
            .contains("not valid any more"),
        "{pause}"
    );
    sign_in();
    shop.wait(waiting, SOON).unwrap();
    assert_eq!(place.postfix.wait_for_mails(CUSTOMER, 2, SOON).len(), 2);
    place.nothing_leaks(&shop);
}

#[test]
fn a_user_signs_in_an_account_of_their_own() {
    let place = Place::new();
    let own = place.settings(&json!({}));
    let shop = Shop::with(&json!({
        "sender": { "address": Postfix::USER },
        "smtp": { "host": "localhost", "port": 1, "ca_file": place.postfix.ca.ca_pem() },
        "accounts": { "sophie": { "sender": own["sender"], "smtp": own["smtp"] } },
    }));
    let started = shop
        .mailer
        .sign_in(&json!({ "account": "sophie" }))
        .unwrap();
    place.provider.approve(code_of(&started), Postfix::USER);
    let state = json!({ "account": "sophie", "action": "state", "wait_ms": 60_000 });
    let ended = shop.mailer.sign_in(&state).unwrap();
    assert_eq!(ended["state"], json!("signed_in"), "{ended}");
    let message = json!({
        "to": [CUSTOMER], "subject": "Votre réservation", "text": "À demain !", "account": "sophie",
    });
    let reply = shop.mailer.send_message(&message).unwrap();
    let id = &reply["mails"][0]["id"];
    shop.mailer
        .wait(&json!({ "id": id, "timeout_ms": 60_000 }))
        .unwrap();
    // The store's own account has nothing to do with it.
    let stores = shop.mailer.sign_in(&json!({})).unwrap_err();
    assert_eq!(stores.code, MAIL_E_STATE);
    place.nothing_leaks(&shop);
}
