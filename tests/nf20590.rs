//! NF20590, "Gestion de l'envoi des emails": each sentence that describes behaviour, held by a test that quotes it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use mail_parser::{Addr, Message, MessageParser};
use serde_json::{Value, json};
use std::time::Duration;
use support::postfix::Postfix;
use support::scratch::{Scratch, wait_until};
use support::scripted::{Script, Scripted, Step};
use support::shop::{self, Shop, and, plain_settings, receipt};
use tillmail::error::{MAIL_E_NO_SALE, MAIL_E_ROLE};
use tillmail::{Language, Mailer, Opening, Role};

const SOON: Duration = Duration::from_secs(20);

/// "profil admin : admin@vega-info.fr ; nom "admin" / magasin 1 : magasin1@vega-info.fr ; nom "Vega paris" /
/// magasin 2 : magasin2@vega-info.fr ; nom "Vega bordeaux""
fn example(port: u16) -> Value {
    and(
        plain_settings(port),
        &json!({ "sender": { "address": null, "name": null }, "stores": {
            "1": { "sender": { "address": "magasin1@vega-info.fr", "name": "Vega paris" } },
            "2": { "sender": { "address": "magasin2@vega-info.fr", "name": "Vega bordeaux" } },
        }}),
    )
}

fn message(more: &Value) -> Value {
    and(
        json!({
            "store": "2", "profile": { "name": "admin", "address": "admin@vega-info.fr" },
            "to": ["ami@clients.test"], "subject": "Réunion", "text": "Bonjour",
        }),
        more,
    )
}

fn only_mail(server: &Scripted) -> (support::scripted::Received, Vec<u8>) {
    let received = wait_until("one mail", SOON, || {
        let received = server.received();
        (received.len() == 1 && received[0].acknowledged).then(|| received[0].clone())
    });
    let data = received.data.clone();
    (received, data)
}

fn shown(address: &Addr) -> String {
    format!(
        "\"{}\" <{}>",
        address.name().unwrap_or_default(),
        address.address().unwrap()
    )
}

fn from(mail: &Message) -> String {
    shown(mail.from().unwrap().first().unwrap())
}

#[test]
fn les_tickets_de_caisse_du_magasin_1_partent_avec_from_vega_paris() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&example(server.port()));
    shop.wait(shop.send("1", "client@clients.test"), SOON)
        .unwrap();
    let (received, data) = only_mail(&server);
    let mail = MessageParser::default().parse(&data).unwrap();
    assert_eq!(from(&mail), "\"VEGA PARIS\" <magasin1@vega-info.fr>");
    assert!(mail.reply_to().is_none());
    assert_eq!(received.from, "magasin1@vega-info.fr");
}

#[test]
fn les_messages_envoyes_depuis_la_messagerie_de_l_admin_connecte_sur_magasin_2() {
    // "From : "Admin via VEGA BORDEAUX" <magasin2@vega-info.fr>", "Reply-To: "Admin" <admin@vega-info.fr>"
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&example(server.port()));
    let reply = shop.mailer.send_message(&message(&json!({}))).unwrap();
    let id = reply["mails"][0]["id"].as_i64().unwrap();
    shop.wait(id, SOON).unwrap();
    let (received, data) = only_mail(&server);
    let mail = MessageParser::default().parse(&data).unwrap();
    assert_eq!(
        from(&mail),
        "\"Admin via VEGA BORDEAUX\" <magasin2@vega-info.fr>"
    );
    assert_eq!(
        shown(mail.reply_to().unwrap().first().unwrap()),
        "\"Admin\" <admin@vega-info.fr>"
    );
    assert_eq!(
        received.from, "magasin2@vega-info.fr",
        "the envelope is the store's too"
    );
    assert_eq!(mail.subject(), Some("Réunion"));
}

#[test]
fn jusqu_en_version_11_02_l_envoi_des_mails_utilisait_l_adresse_mail_du_profil() {
    let server = Scripted::start(Script::plain());
    let old = json!({ "stores": { "2": { "sender": { "profile_from": "own_address" } } } });
    let shop = Shop::with(&and(example(server.port()), &old));
    shop.mailer.send_message(&message(&json!({}))).unwrap();
    let (received, data) = only_mail(&server);
    let mail = MessageParser::default().parse(&data).unwrap();
    assert_eq!(from(&mail), "\"Admin\" <admin@vega-info.fr>");
    assert_eq!(received.from, "admin@vega-info.fr", "in the envelope too");
}

#[test]
fn des_noms_difficiles_restent_des_en_tetes_valides() {
    let long = "É".repeat(200);
    for name in [
        "L'ÉTÉ, S.A.",
        "\"Chez\" @Nous",
        "Fleurs 💐 & Cie",
        long.as_str(),
    ] {
        let server = Scripted::start(Script::plain());
        let own = json!({ "stores": { "2": { "sender": { "name": name } } } });
        let shop = Shop::with(&and(example(server.port()), &own));
        shop.mailer
            .send_message(&message(
                &json!({ "profile": { "name": "o'Neil, \"Bob\"" } }),
            ))
            .unwrap();
        let (_, data) = only_mail(&server);
        let mail = MessageParser::default().parse(&data).unwrap();
        let expected = format!("O'Neil, \"Bob\" via {}", name.to_uppercase());
        assert_eq!(
            mail.from().unwrap().first().unwrap().name(),
            Some(expected.as_str())
        );
        let shown = shop.mailer.settings(&json!({ "store": "2" })).unwrap();
        assert_eq!(
            shown["settings"]["sender"]["name"], name,
            "a setting keeps the case as typed"
        );
    }
}

#[test]
fn to_cc_et_bcc_sans_que_le_bcc_se_voie() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&example(server.port()));
    let many = json!({ "to": ["a@clients.test", "b@clients.test"], "cc": ["c@clients.test"], "bcc": ["secret@clients.test", "a@clients.test"] });
    let reply = shop.mailer.send_message(&message(&many)).unwrap();
    let mails = reply["mails"].as_array().unwrap();
    assert_eq!(mails.len(), 4, "{reply}");
    for mail in mails {
        shop.wait(mail["id"].as_i64().unwrap(), SOON).unwrap();
    }
    let received = server.received();
    let mut recipients: Vec<&str> = received
        .iter()
        .flat_map(|mail| mail.to.iter().map(String::as_str))
        .collect();
    recipients.sort_unstable();
    assert_eq!(
        recipients,
        [
            "a@clients.test",
            "b@clients.test",
            "c@clients.test",
            "secret@clients.test"
        ]
    );
    for mail in &received {
        assert!(!String::from_utf8_lossy(&mail.data).contains("secret"));
        let parsed = MessageParser::default().parse(&mail.data).unwrap();
        assert_eq!(parsed.to().unwrap().as_list().unwrap().len(), 2);
        assert_eq!(
            parsed.cc().unwrap().first().unwrap().address(),
            Some("c@clients.test")
        );
    }
}

/// "(Obsolète) Configuration de la messagerie internet": the older scheme's six fields.
fn legacy(port: u16) -> Value {
    json!({ "legacy": {
        "address": "ancien@vega-info.fr", "server": "127.0.0.1", "port": port, "ssl": false,
        "user": "ancien", "password": "vieux",
    }})
}

#[test]
fn ce_parametrage_devient_obsolete_mais_est_conserve_tant_que_le_nouveau_n_a_pas_ete_renseigne() {
    let old = Scripted::start(Script::plain());
    let new = Scripted::start(Script::plain());
    let shop = Shop::with(&legacy(old.port()));
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(
        (&health["legacy"], &health["configured"]),
        (&json!("in_use"), &json!(true)),
        "{health}"
    );
    shop.wait(shop.send("1", "client@clients.test"), SOON)
        .unwrap();
    assert_eq!(old.received()[0].from, "ancien@vega-info.fr");
    assert!(
        old.commands()
            .iter()
            .any(|command| command.starts_with("AUTH")),
        "with its login"
    );

    let form = and(
        plain_settings(new.port()),
        &json!({ "sender": { "address": "neuf@vega-info.fr" } }),
    );
    shop.mailer.configure(&form).unwrap();
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(health["legacy"], "obsolete", "{health}");
    shop.wait(shop.send("2", "client@clients.test"), SOON)
        .unwrap();
    assert_eq!(new.received()[0].from, "neuf@vega-info.fr");
    assert_eq!(old.received().len(), 1, "the new ones count from now on");
    let shown = shop.mailer.settings(&json!({})).unwrap();
    assert_eq!(
        shown["settings"]["legacy"]["server"], "127.0.0.1",
        "it still shows: {shown}"
    );
    assert_eq!(shown["settings"]["legacy"]["password"], "********");
}

#[test]
fn le_programme_reprend_l_email_le_serveur_le_port_et_le_ssl_mais_pas_l_utilisateur_et_le_mot_de_passe()
 {
    for (port, security) in [(465, "tls"), (587, "starttls"), (25, "starttls")] {
        let old = json!({ "legacy": {
            "address": "ancien@vega-info.fr", "server": "smtp.vega-info.fr", "port": port, "ssl": true,
            "user": "ancien", "password": "vieux",
        }});
        let shop = Shop::with(&old);
        let shown = shop.mailer.settings(&json!({})).unwrap();
        let expected = json!({
            "sender": { "address": "ancien@vega-info.fr" },
            "smtp": { "host": "smtp.vega-info.fr", "port": port, "security": security },
        });
        assert_eq!(shown["proposal"], expected, "{shown}");
        shop.mailer
            .configure(&json!({ "folder": { "path": shop.folder() } }))
            .unwrap();
        assert_eq!(
            shop.mailer.settings(&json!({})).unwrap()["proposal"],
            Value::Null
        );
    }
}

#[test]
fn tant_que_les_nouveaux_parametres_ne_sont_pas_renseignes_le_message_apparait_dans_l_etat_de_sante()
 {
    let scratch = Scratch::new("notice");
    for (language, title, action) in [
        (
            Language::French,
            "Fin de l'impression",
            "Paramétrer l'envoi des tickets par e-mail",
        ),
        (
            Language::English,
            "End of the systematic printing",
            "Set up sending receipts by e-mail",
        ),
    ] {
        let folder = scratch.path().join(format!("{language:?}"));
        let mailer = Mailer::open(Opening {
            folder,
            store: "1".to_owned(),
            role: Role::BackOffice,
            language: Some(language),
        })
        .unwrap();
        let offer = json!({ "offer": { "label": "Acheter un pack « DOMAINE + MAIL »", "price": "49 € HT", "link": "https://example.fr" } });
        mailer.configure(&offer).unwrap();
        let health = mailer.health(&json!({})).unwrap();
        let notice = &health["notices"][0];
        assert_eq!(notice["id"], "end_of_printing", "{health}");
        assert!(
            notice["title"].as_str().unwrap().starts_with(title),
            "{notice}"
        );
        assert!(
            notice["reference"]
                .as_str()
                .unwrap()
                .contains("L.541-15-10"),
            "{notice}"
        );
        assert_eq!(notice["action"]["label"], action);
        assert_eq!(notice["offer"], offer["offer"]);
        assert_eq!(health["force_email_receipt"], false);

        // "Lorsque le paramètre est enregistré : le message disparaît … Forcer l'édition des ticket par
        // email est automatiquement coché."
        mailer.configure(&plain_settings(25)).unwrap();
        let health = mailer.health(&json!({})).unwrap();
        assert!(health["notices"].as_array().unwrap().is_empty(), "{health}");
        assert_eq!(health["force_email_receipt"], true);
        mailer
            .configure(&json!({ "force_email_receipt": false }))
            .unwrap();
        assert_eq!(
            mailer.health(&json!({})).unwrap()["force_email_receipt"],
            false,
            "the host can set it off"
        );
    }
}

#[test]
fn pas_disponible_avec_un_jeton_caisse() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&plain_settings(server.port()));
    let till = Mailer::open(Opening {
        folder: shop.folder().join("state"),
        store: "1".to_owned(),
        role: Role::Till,
        language: Some(Language::French),
    })
    .unwrap();
    let before = shop.mailer.settings(&json!({})).unwrap();
    let change = json!({ "sender": { "name": "Autre" } });
    let refusals = [
        till.configure(&change),
        till.save_and_test(&json!({ "settings": change })),
        till.verify(&json!({ "settings": change })),
    ];
    for refused in refusals {
        let error = refused.unwrap_err();
        assert_eq!(error.code, MAIL_E_ROLE);
        assert!(
            error.sentence(Language::French).contains("caisse"),
            "{error:?}"
        );
    }
    assert_eq!(
        shop.mailer.settings(&json!({})).unwrap(),
        before,
        "nothing has changed"
    );
    let id = till
        .send_receipt(&receipt("1", "client@clients.test"))
        .unwrap()["id"]
        .clone();
    till.wait(&json!({ "id": id })).unwrap();
    till.health(&json!({})).unwrap();
    till.journal(&json!({ "id": id })).unwrap();
}

#[test]
fn ces_parametres_concernent_tous_les_utilisateurs_du_service_de_replication() {
    let first = Scripted::start(Script::plain());
    let second = Scripted::start(Script::plain());
    let shop = Shop::with(&plain_settings(first.port()));
    let other = shop::open(&shop.folder().join("state"));
    other
        .configure(&json!({ "smtp": { "port": second.port() } }))
        .unwrap();
    shop.wait(shop.send("1", "client@clients.test"), SOON)
        .unwrap();
    assert_eq!(
        (first.connections(), second.received().len()),
        (0, 1),
        "saved once, used at once by all"
    );
}

#[test]
fn sauvegarder_et_test_envoie_le_ticket_du_premier_debit_a_l_adresse_de_test() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&json!({}));
    let request = json!({
        "settings": plain_settings(server.port()),
        "to": "moi@clients.test",
        "receipt": receipt("D-1", "ignoree@clients.test"),
    });
    let reply = shop.mailer.save_and_test(&request).unwrap();
    assert_eq!(
        (&reply["mail"]["state"], &reply["mail"]["test"]),
        (&json!("sent"), &json!(true)),
        "{reply}"
    );
    assert_eq!(reply["configured"], true, "it is saved: {reply}");
    let (received, data) = only_mail(&server);
    assert_eq!(received.to, ["moi@clients.test"]);
    let mail = MessageParser::default().parse(&data).unwrap();
    assert!(
        mail.subject().unwrap().starts_with("TEST – sans valeur"),
        "{:?}",
        mail.subject()
    );
    assert!(mail.body_text(0).unwrap().starts_with("TEST – sans valeur"));
    assert!(
        mail.body_html(0)
            .unwrap()
            .contains("TEST – sans valeur</p>")
    );
    let sale = shop
        .mailer
        .send_receipt(&receipt("D-1", "moi@clients.test"))
        .unwrap();
    assert_eq!(
        (&sale["emission"], &sale["duplicate"]),
        (&json!(1), &json!(false)),
        "the test counts as no emission"
    );
}

#[test]
fn sans_ticket_donne_le_test_est_le_premier_ticket_envoye_par_la_bibliotheque() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&plain_settings(server.port()));
    for number in ["PREMIER", "SECOND"] {
        let sale = and(
            receipt(number, "client@clients.test"),
            &json!({ "text": number }),
        );
        let id = shop.mailer.send_receipt(&sale).unwrap()["id"]
            .as_i64()
            .unwrap();
        shop.wait(id, SOON).unwrap();
    }
    shop.mailer
        .save_and_test(&json!({ "to": "moi@clients.test" }))
        .unwrap();
    let test = server.received().pop().unwrap();
    assert_eq!(test.to, ["moi@clients.test"]);
    let mail = MessageParser::default().parse(&test.data).unwrap();
    assert_eq!(
        mail.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
        "TEST – sans valeur\n\nPREMIER"
    );
    assert_eq!(
        mail.to().unwrap().first().unwrap().address(),
        Some("moi@clients.test")
    );
}

#[test]
fn en_cas_de_message_aucune_vente_a_imprimer_creer_un_debit_de_test_puis_re_essayer() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&json!({}));
    let error = shop
        .mailer
        .save_and_test(&json!({ "settings": plain_settings(server.port()) }))
        .unwrap_err();
    assert_eq!(error.code, MAIL_E_NO_SALE);
    assert!(
        error
            .sentence(Language::French)
            .contains("Aucune vente à imprimer"),
        "{error:?}"
    );
    assert!(
        error.sentence(Language::French).contains("vente de test"),
        "{error:?}"
    );
    assert_eq!(
        shop.mailer.settings(&json!({})).unwrap()["configured"],
        true,
        "the settings are saved"
    );
    assert_eq!(server.connections(), 0);
}

#[test]
fn si_vous_ne_recevez_pas_l_email_consulter_les_journaux_pour_connaitre_la_nature_de_l_erreur() {
    let postfix = Postfix::start();
    let shop = Shop::with(&json!({}));
    let settings = json!({
        "sender": { "address": shop::SENDER },
        "smtp": {
            "host": "localhost", "port": postfix.smtp_port, "security": "starttls",
            "user": Postfix::USER, "password": "faux", "ca_file": postfix.ca.ca_pem(),
        },
    });
    let request = json!({ "settings": settings, "to": "moi@clients.test", "receipt": receipt("1", "x@clients.test") });
    let started = std::time::Instant::now();
    let error = shop.mailer.save_and_test(&request).unwrap_err();
    assert!(started.elapsed() < SOON, "the first refusal is the outcome");
    assert_eq!(error.code, tillmail::error::MAIL_E_AUTH);
    assert!(error.hint.is_some(), "{error:?}");
    let id = error.details.as_ref().unwrap()["mail"]["id"].clone();
    let journal = shop.mailer.journal(&json!({ "id": id })).unwrap();
    let blocked = &journal["events"][1];
    assert_eq!(
        (&blocked["event"], &blocked["step"]),
        (&json!("blocked"), &json!("auth")),
        "{journal}"
    );
    assert_eq!(blocked["smtp"]["code"], 535, "{journal}");
    let found = |filter: Value| {
        let page = shop.mailer.journal(&filter).unwrap();
        page["mails"].as_array().unwrap().len()
    };
    let day = |day: &str| format!("{day}T00:00:00+01:00");
    for (filter, count) in [
        (json!({ "class": "auth" }), 1),
        (json!({ "class": "recipient" }), 0),
        (
            json!({ "state": "queued", "store": "1", "to": "MOI@clients.test" }),
            1,
        ),
        (
            json!({ "since": day("2020-01-01"), "until": day("2120-01-01") }),
            1,
        ),
        (json!({ "until": day("2020-01-01") }), 0),
    ] {
        assert_eq!(found(filter.clone()), count, "{filter}");
    }
    let error = shop
        .mailer
        .journal(&json!({ "class": "recipent" }))
        .unwrap_err();
    assert!(
        error
            .sentence(Language::English)
            .contains("did you mean `recipient`"),
        "{error:?}"
    );
    assert!(
        blocked["message"].is_string() && blocked["hint"].is_string(),
        "{journal}"
    );
}

#[test]
fn verifier_le_parametrage_sans_l_enregistrer() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&json!({}));
    let before = shop.mailer.settings(&json!({})).unwrap();
    shop.mailer
        .verify(&json!({ "settings": plain_settings(server.port()) }))
        .unwrap();
    assert_eq!(shop.mailer.settings(&json!({})).unwrap(), before);
    assert!(server.received().is_empty(), "nothing is sent");
}

#[test]
fn un_message_mal_forme_est_refuse_avec_son_champ_et_rien_n_est_envoye() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&example(server.port()));
    let cases = [
        (json!({ "to": [] }), "to"),
        (json!({ "to": "a@clients.test" }), "to"),
        (json!({ "to": ["a@clients.test", "b"] }), "to[1]"),
        (json!({ "cc": ["a@clients.test\r\nBcc: x@y.fr"] }), "cc[0]"),
        (json!({ "bcc": ["@"] }), "bcc[0]"),
        (json!({ "subject": "a\r\nb" }), "subject"),
        (json!({ "text": "" }), "text"),
        (json!({ "text": "a\u{0}" }), "text"),
        (json!({ "profile": { "name": "a\nb" } }), "profile.name"),
        (
            json!({ "profile": { "adress": "a@b.fr" } }),
            "profile.adress",
        ),
        (
            json!({ "profile": { "address": "admin" } }),
            "profile.address",
        ),
        (json!({ "store": "" }), "store"),
        (
            json!({ "attachments": [{ "path": "/nowhere" }] }),
            "attachments[0].path",
        ),
        (json!({ "sujet": "x" }), "sujet"),
    ];
    for (change, field) in cases {
        let error = shop
            .mailer
            .send_message(&message(&change))
            .expect_err(&change.to_string());
        assert_eq!(error.field.as_deref(), Some(field), "{change}: {error:?}");
    }
    let page = shop.mailer.journal(&json!({})).unwrap();
    assert!(page["mails"].as_array().unwrap().is_empty(), "{page}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn l_ancien_parametrage_sans_ssl_ne_va_pas_en_clair_ailleurs_que_sur_ce_poste() {
    let shop = Shop::with(&json!({}));
    let old = json!({ "legacy": { "address": "a@vega-info.fr", "server": "smtp.vega-info.fr", "ssl": false } });
    let error = shop.mailer.configure(&old).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("legacy.ssl"), "{error:?}");
    let allowed = and(old, &json!({ "smtp": { "allow_clear_text": true } }));
    shop.mailer.configure(&allowed).unwrap();
    assert_eq!(shop.mailer.health(&json!({})).unwrap()["legacy"], "in_use");
}

#[test]
fn un_test_n_attend_pas_derriere_un_compte_suspendu_ni_derriere_les_autres_mails() {
    let refuses = Script::plain().reply(Step::Auth, "535 5.7.8 no").times(2);
    let server = Scripted::start(refuses);
    let login =
        json!({ "smtp": { "user": "u", "password": "p" }, "delivery": { "probe_s": 3600 } });
    let shop = Shop::with(&and(plain_settings(server.port()), &login));
    let stuck = shop.send("1", "client@clients.test");
    wait_until("the account is paused", SOON, || {
        let health = shop.mailer.health(&json!({})).unwrap();
        (health["paused_accounts"].as_array().unwrap().len() == 1).then_some(())
    });
    let test = json!({ "to": "moi@clients.test", "receipt": receipt("D-1", "x@clients.test") });
    let refused = shop.mailer.save_and_test(&test).unwrap_err();
    assert_eq!(
        refused.code,
        tillmail::error::MAIL_E_AUTH,
        "its own refusal, at once: {refused:?}"
    );
    shop.mailer.save_and_test(&test).unwrap();
    shop.wait(stuck, SOON).expect("the account works again");
    assert_eq!(
        server.received()[0].to,
        ["moi@clients.test"],
        "the test went first"
    );
}
