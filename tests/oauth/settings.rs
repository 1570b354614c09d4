//! Settings of logins by token: what is missing, what is refused, and whose secrets they are.

use super::support::shop::Shop;
use serde_json::{Value, json};
use tillmail::error::{MAIL_E_CONTROL_CHARACTER, MAIL_E_TOO_LARGE, MAIL_E_VALUE};

fn store(oauth: &Value) -> Value {
    json!({
        "sender": { "address": "boutique@example.test" },
        "smtp": { "preset": "m365", "user": "boutique@example.test", "oauth": oauth },
    })
}

#[test]
fn what_is_missing_for_a_token_is_named() {
    let cases = [
        (json!({}), "smtp.oauth.client_id"),
        (json!({ "client_id": "c" }), ""),
        (
            json!({ "grant": "access_token" }),
            "smtp.oauth.access_token",
        ),
        (json!({ "access_token": "a" }), ""),
        (
            json!({ "grant": "refresh_token", "client_id": "c" }),
            "smtp.oauth.refresh_token",
        ),
        (json!({ "refresh_token": "r" }), "smtp.oauth.client_id"),
        (
            json!({ "grant": "client_credentials", "client_id": "c" }),
            "smtp.oauth.client_secret",
        ),
        (
            json!({ "grant": "client_credentials", "client_id": "c", "client_secret": "s" }),
            "smtp.oauth.tenant",
        ),
        (
            json!({ "grant": "client_credentials", "tenant": "t", "client_id": "c", "client_secret": "s" }),
            "",
        ),
    ];
    for (oauth, missing) in cases {
        let shop = Shop::with(&store(&oauth));
        let told = shop.mailer.settings(&json!({})).unwrap();
        let missing: Vec<&str> = [missing]
            .into_iter()
            .filter(|field| !field.is_empty())
            .collect();
        assert_eq!(told["missing"], json!(missing), "{oauth}");
    }
    let mut without_user = store(&json!({ "client_id": "c" }));
    without_user["smtp"]["user"] = Value::Null;
    let shop = Shop::with(&without_user);
    assert_eq!(
        shop.mailer.settings(&json!({})).unwrap()["missing"],
        json!(["smtp.user"])
    );
    let own_server = json!({
        "sender": { "address": "boutique@example.test" },
        "smtp": { "host": "mail.example.test", "user": "u", "oauth": { "client_id": "c" } },
    });
    let shop = Shop::with(&own_server);
    assert_eq!(
        shop.mailer.settings(&json!({})).unwrap()["missing"],
        json!(["smtp.oauth.token_url"])
    );
}

#[test]
fn what_cannot_be_right_is_refused_with_its_field() {
    let shop = Shop::with(&json!({}));
    let long = "x".repeat(8_001);
    let cases = [
        (
            json!({ "token_url": "http://login.example.test/token" }),
            "token_url",
            MAIL_E_VALUE,
        ),
        (
            json!({ "token_url": "https://me:pw@login.example.test/" }),
            "token_url",
            MAIL_E_VALUE,
        ),
        (
            json!({ "device_url": "login.example.test" }),
            "device_url",
            MAIL_E_VALUE,
        ),
        (
            json!({ "authorization_url": "https://a.test/#x" }),
            "authorization_url",
            MAIL_E_VALUE,
        ),
        (json!({ "tenant": "a/../b" }), "tenant", MAIL_E_VALUE),
        (
            json!({ "scopes": ["good", "not good"] }),
            "scopes[1]",
            MAIL_E_VALUE,
        ),
        (
            json!({ "access_token_expires_at": "tomorrow" }),
            "access_token_expires_at",
            MAIL_E_VALUE,
        ),
        (
            json!({ "refresh_token": "a\u{1}b" }),
            "refresh_token",
            MAIL_E_CONTROL_CHARACTER,
        ),
        (
            json!({ "access_token": long }),
            "access_token",
            MAIL_E_TOO_LARGE,
        ),
    ];
    for (oauth, field, code) in cases {
        let refused = shop.mailer.configure(&store(&oauth)).unwrap_err();
        let expected = format!("smtp.oauth.{field}");
        assert_eq!(
            (refused.code, refused.field.clone()),
            (code, Some(expected)),
            "{oauth}"
        );
    }
    for (auth, oauth) in [
        ("plain", json!({ "client_id": "c" })),
        ("xoauth2", Value::Null),
    ] {
        let mut settings = store(&oauth);
        settings["smtp"]["auth"] = json!(auth);
        let refused = shop.mailer.configure(&settings).unwrap_err();
        assert_eq!(
            (refused.code, refused.field.as_deref()),
            (MAIL_E_VALUE, Some("smtp.auth"))
        );
    }
}

#[test]
fn secrets_are_masked_kept_by_the_mask_and_forgotten_with_their_owner() {
    let oauth = json!({ "client_id": "c", "client_secret": "s3cr3t", "refresh_token": "r3fr3sh" });
    let shop = Shop::with(&store(&oauth));
    let shown = |shop: &Shop| {
        shop.mailer.settings(&json!({})).unwrap()["settings"]["smtp"]["oauth"].clone()
    };
    let masked =
        json!({ "client_id": "c", "client_secret": "********", "refresh_token": "********" });
    assert_eq!(shown(&shop), masked);
    // A form gives all of it back.
    shop.mailer
        .configure(&json!({ "smtp": { "oauth": masked } }))
        .unwrap();
    assert_eq!(shown(&shop), masked);
    for other in [
        json!({ "smtp": { "oauth": { "token_url": "https://login.evil.test/token" } } }),
        json!({ "smtp": { "oauth": { "client_id": "another" } } }),
        json!({ "smtp": { "host": "smtp.evil.test" } }),
    ] {
        let shop = Shop::with(&store(&oauth));
        shop.mailer.configure(&other).unwrap();
        let left = shown(&shop);
        assert!(
            left.get("client_secret").is_none() && left.get("refresh_token").is_none(),
            "{left}"
        );
    }
    let file = std::fs::read(shop.folder().join("state/outbox.db-wal")).unwrap();
    let file = String::from_utf8_lossy(&file).into_owned();
    assert!(!file.contains("s3cr3t") && !file.contains("r3fr3sh"));
}
