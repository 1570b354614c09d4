//! "Configurer un serveur SMTP Gmail dans Extrabat": each step that describes behaviour, held by a test that quotes it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::time::Duration;
use support::scratch::{free_port, wait_until};
use support::scripted::{Script, Scripted};
use support::shop::{Shop, and, plain_settings, receipt};
use tillmail::Language;
use tillmail::error::{MAIL_E_NOT_CONFIGURED, MAIL_E_VALUE};

const SOON: Duration = Duration::from_secs(20);

/// Two accounts beside the store's own: one with a name of its own, one without.
fn with_accounts(store: &Scripted, own: &Scripted) -> Value {
    let server = json!({ "host": "127.0.0.1", "port": own.port(), "security": "none", "user": "sophie", "password": "p" });
    and(
        plain_settings(store.port()),
        &json!({ "accounts": {
            "sophie": { "sender": { "address": "sophie@gmail.test", "name": "Sophie Martin" }, "smtp": server },
        }}),
    )
}

fn message(more: &Value) -> Value {
    and(
        json!({ "to": ["ami@clients.test"], "subject": "Devis", "text": "Bonjour" }),
        more,
    )
}

#[test]
fn le_mot_magasin_apparait_par_defaut_ou_le_compte_utilisateur_choisi() {
    let (store, own) = (
        Scripted::start(Script::plain()),
        Scripted::start(Script::plain()),
    );
    let shop = Shop::with(&with_accounts(&store, &own));
    shop.wait(shop.send("1", "client@clients.test"), SOON)
        .unwrap();
    let profile = json!({ "name": "sophie", "address": "sophie@vega-info.fr" });
    let through = json!({ "profile": profile, "account": "sophie" });
    let reply = shop.mailer.send_message(&message(&through)).unwrap();
    shop.wait(reply["mails"][0]["id"].as_i64().unwrap(), SOON)
        .unwrap();

    assert_eq!(
        (store.received().len(), own.received().len()),
        (1, 1),
        "each through its own account"
    );
    let received = &own.received()[0];
    assert_eq!(received.from, "sophie@gmail.test");
    let mail = MessageParser::default().parse(&received.data).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Sophie"), Some("sophie@gmail.test")),
        "her own address as sender"
    );
    let reply_to = mail.reply_to().unwrap().first().unwrap();
    assert_eq!(reply_to.address(), Some("sophie@vega-info.fr"));
}

#[test]
fn un_compte_inconnu_est_refuse() {
    let store = Scripted::start(Script::plain());
    let shop = Shop::with(&plain_settings(store.port()));
    let error = shop
        .mailer
        .send_message(&message(&json!({ "account": "nobody" })))
        .unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (MAIL_E_VALUE, Some("account"))
    );
}

#[test]
fn tester_vous_recevrez_un_email_confirmant_la_bonne_configuration() {
    let (store, own) = (
        Scripted::start(Script::plain()),
        Scripted::start(Script::plain()),
    );
    let shop = Shop::with(&with_accounts(&store, &own));
    let reply = shop
        .mailer
        .save_and_test(&json!({ "account": "sophie" }))
        .unwrap();
    assert_eq!(
        (&reply["mail"]["state"], &reply["mail"]["test"]),
        (&json!("sent"), &json!(true)),
        "{reply}"
    );
    let received = &own.received()[0];
    assert_eq!(
        (received.from.as_str(), received.to.as_slice()),
        ("sophie@gmail.test", &["sophie@gmail.test".to_owned()][..])
    );
    let mail = MessageParser::default().parse(&received.data).unwrap();
    assert_eq!(mail.subject(), Some("Votre compte d'envoi fonctionne"));
    assert!(store.received().is_empty());
    shop.mailer
        .verify(&json!({ "account": "sophie", "to": "ami@clients.test" }))
        .unwrap();
    let shown = shop.mailer.settings(&json!({})).unwrap();
    let own = &shown["accounts"]["sophie"];
    assert_eq!(own["sender"]["address"], "sophie@gmail.test");
    assert_eq!(own["smtp"]["password"], "********", "{shown}");
}

#[test]
fn un_compte_suspendu_n_arrete_pas_le_magasin() {
    let store = Scripted::start(Script::plain());
    let own = Scripted::start(Script::plain().reply(support::scripted::Step::Auth, "535 5.7.8 no"));
    let shop = Shop::with(&with_accounts(&store, &own));
    let reply = shop
        .mailer
        .send_message(&message(&json!({ "account": "sophie" })))
        .unwrap();
    let stuck = reply["mails"][0]["id"].as_i64().unwrap();
    support::scratch::wait_until("the account is paused", SOON, || {
        let health = shop.mailer.health(&json!({})).unwrap();
        (health["paused_accounts"].as_array().unwrap().len() == 1).then_some(())
    });
    let sale = shop
        .mailer
        .send_receipt(&receipt("1", "client@clients.test"))
        .unwrap();
    shop.wait(sale["id"].as_i64().unwrap(), SOON).unwrap();
    assert_eq!(shop.mail(stuck)["state"], "queued");
}

#[test]
fn gmail_comme_fournisseur_adresse_du_serveur_et_port_remplis() {
    let shop = Shop::with(&json!({ "accounts": { "sophie": {
        "sender": { "address": "sophie@gmail.com" }, "smtp": { "preset": "gmail" },
    }}}));
    let reply = shop
        .mailer
        .presets(&json!({ "address": "sophie@gmail.com" }))
        .unwrap();
    let guess = &reply["guess"];
    let filled = (
        &guess["host"],
        &guess["port"],
        &guess["security"],
        &guess["user"],
    );
    assert_eq!(
        filled,
        (
            &json!("smtp.gmail.com"),
            &json!(465),
            &json!("tls"),
            &json!("sophie@gmail.com")
        ),
        "{guess}"
    );
    let steps = guess["steps"].to_string();
    assert!(
        steps.contains("2-Step") && steps.contains("app password"),
        "{steps}"
    );
}

#[test]
fn le_mot_de_passe_colle_perd_ses_espaces_superflus() {
    let shop = Shop::with(&json!({}));
    let pasted = " abcd efgh\u{a0}ijkl mnop\u{200b}\r\n";
    let account = |smtp: Value| json!({ "accounts": { "sophie": { "sender": { "address": "s@gmail.com" }, "smtp": smtp } } });
    let gmail = account(json!({ "preset": "gmail", "user": "s@gmail.com", "password": pasted }));
    let reply = shop.mailer.configure(&gmail).unwrap();
    assert_eq!(
        reply["cleaned"],
        json!(["accounts.sophie.smtp.password"]),
        "{reply}"
    );
    let own_server =
        json!({ "smtp": { "host": "mail.test", "user": "u", "password": "mot de passe" } });
    let reply = shop.mailer.configure(&own_server).unwrap();
    assert_eq!(
        reply["cleaned"],
        json!([]),
        "a password that really holds spaces is kept: {reply}"
    );
}

#[test]
fn laissez_l_encodage_sur_utf_8_par_defaut() {
    let cases = [
        (json!({}), "utf-8", "Crème 6,50 €"),
        (
            json!({ "encoding": "iso-8859-15" }),
            "iso-8859-15",
            "Crème 6,50 €",
        ),
        (
            json!({ "encoding": "windows-1252" }),
            "windows-1252",
            "Crème 6,50 €",
        ),
        (json!({ "encoding": "iso-8859-15" }), "utf-8", "Crème 💐"),
    ];
    for (smtp, charset, text) in cases {
        let server = Scripted::start(Script::plain());
        let shop = Shop::with(&and(
            plain_settings(server.port()),
            &json!({ "smtp": smtp }),
        ));
        let sale = and(
            receipt("1", "client@clients.test"),
            &json!({ "text": text }),
        );
        let sent = shop.mailer.send_receipt(&sale).unwrap();
        shop.wait(sent["id"].as_i64().unwrap(), SOON).unwrap();
        let data = server.received()[0].data.clone();
        let named = format!("text/plain; charset={charset}");
        assert!(
            String::from_utf8_lossy(&data).contains(&named),
            "{smtp} {text}"
        );
        let mail = MessageParser::default().parse(&data).unwrap();
        assert_eq!(mail.body_text(0).unwrap().trim_end(), text, "{smtp}");
    }
}

#[test]
fn un_caractere_hors_de_l_encodage_est_signale_si_on_le_veut() {
    let refuse = json!({ "smtp": { "encoding": "iso-8859-15", "encoding_fallback": "refuse" } });
    let shop = Shop::with(&and(plain_settings(25), &refuse));
    let sale = and(
        receipt("1", "client@clients.test"),
        &json!({ "text": "Crème 💐" }),
    );
    let error = shop.mailer.send_receipt(&sale).unwrap_err();
    assert_eq!(
        (error.code, error.field.as_deref()),
        (MAIL_E_VALUE, Some("text"))
    );
    assert!(
        error.sentence(tillmail::Language::French).contains('💐'),
        "{error:?}"
    );
}

#[test]
fn a_mail_through_an_account_that_is_gone_is_told_and_leaves_when_the_account_is_back() {
    let (store, own) = (
        Scripted::start(Script::plain()),
        Scripted::start(Script::plain()),
    );
    let settings = with_accounts(&store, &own);
    let account = settings["accounts"]["sophie"].clone();
    let shop = Shop::with(&settings);
    shop.mailer
        .configure(&json!({ "accounts": { "sophie": { "smtp": { "port": free_port() } } } }))
        .unwrap();
    let through = json!({ "profile": { "name": "sophie" }, "account": "sophie" });
    let reply = shop.mailer.send_message(&message(&through)).unwrap();
    let id = reply["mails"][0]["id"].as_i64().unwrap();
    wait_until("the account cannot be reached", SOON, || {
        (shop.events(id).len() > 1).then_some(())
    });
    shop.mailer
        .configure(&json!({ "accounts": { "sophie": null } }))
        .unwrap();
    let told = shop.wait(id, SOON).unwrap_err();
    assert_eq!(told.code, MAIL_E_NOT_CONFIGURED, "{told:?}");
    assert!(
        told.sentence(Language::French).contains("sophie"),
        "{told:?}"
    );
    shop.mailer
        .configure(&json!({ "accounts": { "sophie": account } }))
        .unwrap();
    shop.mailer.retry(&json!({ "id": id })).unwrap();
    shop.wait(id, SOON).unwrap();
    assert_eq!((store.received().len(), own.received().len()), (0, 1));
}
