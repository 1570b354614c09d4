//! Mail domains as a real name server tells them: who hosts an address, and what the sender's domain says about its mails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use std::net::UdpSocket;
use std::time::{Duration, Instant};
use support::names::NameServer;
use support::postfix::Postfix;
use support::shop::{SENDER, STORE_NAME, Shop, and};
use tillmail::error::{MAIL_E_AUTH, MAIL_E_TYPE, MAIL_E_VALUE};

/// A shop that asks these name servers.
fn shop(servers: &[String]) -> Shop {
    Shop::with(&json!({
        "sender": { "address": SENDER, "name": STORE_NAME },
        "dns": { "servers": servers },
    }))
}

fn asked(shop: &Shop, address: &str) -> Value {
    let request = json!({ "address": address, "lookup": true, "deadline_ms": 10_000 });
    shop.mailer.presets(&request).unwrap()
}

/// Verifies a sender's domain; the mail server is not there, so the call fails, and tells the domain all the same.
fn domain_of(shop: &Shop, address: &str, host: &str, more: &Value) -> Value {
    let request = json!({
        "settings": { "sender": { "address": address },
                      "smtp": { "host": host, "port": 1, "security": "tls", "auth": "none" } },
        "domain": true, "deadline_ms": 10_000,
    });
    let error = shop.mailer.verify(&and(request, more)).unwrap_err();
    error.details.as_ref().unwrap()["domain"].clone()
}

fn states(domain: &Value) -> [&str; 3] {
    ["spf", "dmarc", "dkim"].map(|kind| domain[kind]["state"].as_str().unwrap())
}

#[test]
fn each_provider_is_found_by_its_mail_exchangers() {
    let cases = [
        ("google.exemple.fr", "aspmx.l.google.com", "gworkspace"),
        (
            "google2.exemple.fr",
            "ALT1.ASPMX.L.GOOGLE.COM",
            "gworkspace",
        ),
        ("google3.exemple.fr", "smtp.google.com", "gworkspace"),
        (
            "microsoft.exemple.fr",
            "microsoft-exemple-fr.mail.protection.outlook.com",
            "m365",
        ),
        (
            "microsoft2.exemple.fr",
            "exemple-fr.j-v1.mx.microsoft",
            "m365",
        ),
        ("ovh.exemple.fr", "mx1.mail.ovh.net", "ovh"),
        ("gandi.exemple.fr", "spool.mail.gandi.net", "gandi"),
        ("ionos.exemple.fr", "mx00.ionos.fr", "ionos"),
        (
            "infomaniak.exemple.fr",
            "mta-gw.infomaniak.ch",
            "infomaniak",
        ),
        ("zoho.exemple.fr", "mx2.zoho.eu", "zoho-eu"),
        ("zoho2.exemple.fr", "mx.zoho.com", "zoho-com"),
        ("proton.exemple.fr", "mailsec.protonmail.ch", "proton"),
        ("icloud.exemple.fr", "mx01.mail.icloud.com", "icloud"),
    ];
    let records: Vec<String> = cases
        .iter()
        .map(|(domain, host, _)| format!("mx-host={domain},{host},10"))
        .collect();
    let server = NameServer::start(&records.iter().map(String::as_str).collect::<Vec<_>>());
    let shop = shop(&[server.address()]);
    for (domain, host, preset) in cases {
        let address = format!("contact@{domain}");
        let reply = asked(&shop, &address);
        let guess = &reply["guess"];
        assert_eq!(
            (&guess["preset"], &guess["found_by"], &guess["confirm"]),
            (&json!(preset), &json!("mx"), &json!(false)),
            "{domain}: {reply}"
        );
        assert_eq!(guess["settings"]["smtp"]["preset"], json!(preset));
        assert_eq!(reply["dns"]["checked"], json!(true), "{domain}");
        assert_eq!(reply["dns"]["mx"], json!([host.to_lowercase()]), "{domain}");
        assert!(reply["advice"].is_null(), "{domain}: {reply}");
        let alone = shop.mailer.presets(&json!({ "address": address })).unwrap();
        assert!(
            alone["guess"].is_null() && alone["dns"].is_null(),
            "{alone}"
        );
    }
}

#[test]
fn the_preferred_exchanger_decides_and_what_is_found_can_be_saved() {
    let server = NameServer::start(&[
        "mx-host=maboutique.fr,mx.inconnu.example,5",
        "mx-host=maboutique.fr,fb.mail.gandi.net,50",
        "mx-host=maboutique.fr,mx1.mail.ovh.net,10",
    ]);
    let shop = shop(&[server.address()]);
    let reply = asked(&shop, "contact@MaBoutique.fr");
    assert_eq!(reply["guess"]["preset"], json!("ovh"), "{reply}");
    let hosts = [
        "mx.inconnu.example",
        "mx1.mail.ovh.net",
        "fb.mail.gandi.net",
    ];
    assert_eq!(reply["dns"]["mx"], json!(hosts));
    shop.mailer.configure(&reply["guess"]["settings"]).unwrap();
    let saved = shop.mailer.settings(&json!({})).unwrap();
    assert_eq!(saved["settings"]["smtp"]["host"], json!("ssl0.ovh.net"));
}

#[test]
fn a_domain_that_names_its_server_is_proposed_and_a_foreign_one_is_for_a_person_to_confirm() {
    let server = NameServer::start(&[
        "mx-host=propre.fr,mx.propre.fr,10",
        "srv-host=_submissions._tcp.propre.fr,smtp2.propre.fr,465,20,0",
        "srv-host=_submissions._tcp.propre.fr,smtp.propre.fr,465,10,5",
        "srv-host=_submissions._tcp.propre.fr,petit.propre.fr,465,10,1",
        "srv-host=_submissions._tcp.ailleurs.fr",
        "srv-host=_submission._tcp.ailleurs.fr,smtp.hebergeur.example,2587,0,0",
    ]);
    let shop = shop(&[server.address()]);
    let cases = [
        ("propre.fr", "smtp.propre.fr", 465, "tls", false),
        (
            "ailleurs.fr",
            "smtp.hebergeur.example",
            2587,
            "starttls",
            true,
        ),
    ];
    for (domain, host, port, security, confirm) in cases {
        let address = format!("contact@{domain}");
        let reply = asked(&shop, &address);
        let guess = &reply["guess"];
        assert_eq!(
            (&guess["found_by"], &guess["confirm"], &guess["preset"]),
            (&json!("srv"), &json!(confirm), &Value::Null),
            "{reply}"
        );
        let srv = json!({ "host": host, "port": port, "security": security });
        assert_eq!(reply["dns"]["srv"], srv, "{reply}");
        assert_eq!(
            guess["settings"]["smtp"],
            and(srv, &json!({ "user": address })),
            "{reply}"
        );
        let warned = guess["notes"]
            .to_string()
            .contains("not part of the address's domain");
        assert_eq!(warned, confirm, "{reply}");
        shop.mailer.configure(&guess["settings"]).unwrap();
    }
}

#[test]
fn a_domain_without_an_answer_gets_a_sentence() {
    let server = NameServer::start(&[
        "mx-host=inconnu.fr,mx.hebergeur.example,10",
        "srv-host=_submissions._tcp.inconnu.fr",
        "txt-record=muet.fr,texte",
        "dns-rr=sansmail.fr,15,000000",
    ]);
    let shop = shop(&[server.address()]);
    for (domain, mx, says) in [
        (
            "inconnu.fr",
            json!(["mx.hebergeur.example"]),
            "arrives at mx.hebergeur.example",
        ),
        ("muet.fr", json!([]), "does not say who takes its mail"),
        ("sansmail.fr", json!([]), "takes no mail"),
        ("nullepart.fr", json!([]), "does not exist"),
    ] {
        let reply = asked(&shop, &format!("contact@{domain}"));
        assert!(reply["guess"].is_null(), "{reply}");
        assert!(reply["advice"].is_string(), "{reply}");
        assert_eq!(
            (&reply["dns"]["checked"], &reply["dns"]["mx"]),
            (&json!(true), &mx),
            "{domain}"
        );
        let message = reply["dns"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{domain}: {message}");
    }
}

#[test]
fn a_silent_server_costs_no_more_than_the_deadline_and_the_next_one_is_asked() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = socket.local_addr().unwrap().to_string();
    let refusing = NameServer::refusing();
    let knowing = NameServer::start(&["mx-host=maboutique.fr,mx1.mail.ovh.net,10"]);

    let alone = shop(std::slice::from_ref(&silent));
    let request = json!({ "address": "a@maboutique.fr", "lookup": true, "deadline_ms": 400 });
    let started = Instant::now();
    let reply = alone.mailer.presets(&request).unwrap();
    let took = started.elapsed();
    assert!(
        took >= Duration::from_millis(390) && took < Duration::from_millis(900),
        "{took:?}"
    );
    assert_eq!(reply["dns"]["checked"], json!(false), "{reply}");
    assert!(
        reply["guess"].is_null() && reply["advice"].is_string(),
        "{reply}"
    );
    let message = reply["dns"]["message"].as_str().unwrap();
    assert!(
        message.contains("no name server (DNS) answered in time"),
        "{message}"
    );

    let nobody = shop(&["127.0.0.1:1".to_owned(), refusing.address()]);
    let started = Instant::now();
    let reply = asked(&nobody, "a@maboutique.fr");
    assert_eq!(reply["dns"]["checked"], json!(false), "{reply}");
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "refusals are answers"
    );

    let several = shop(&[
        silent,
        "127.0.0.1:1".to_owned(),
        refusing.address(),
        knowing.address(),
    ]);
    let reply = asked(&several, "a@maboutique.fr");
    assert_eq!(reply["guess"]["preset"], json!("ovh"), "{reply}");
}

#[test]
fn the_network_is_touched_only_where_the_table_has_no_answer() {
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let shop = shop(&[listener.local_addr().unwrap().to_string()]);
    for request in [
        json!({ "address": "a@maboutique.fr" }),
        json!({ "address": "a@maboutique.fr", "lookup": false }),
        json!({ "address": "a@gmail.com", "lookup": true }),
        json!({ "address": "a@maboutique.fr", "id": "ovh", "lookup": true }),
        json!({ "lookup": true }),
    ] {
        let reply = shop.mailer.presets(&request).unwrap();
        assert!(reply["dns"].is_null(), "{request}: {reply}");
        let found_by = &reply["guess"]["found_by"];
        let expected = match (request["id"].as_str(), request["address"].as_str()) {
            (Some(_), _) => json!("id"),
            (None, Some("a@gmail.com")) => json!("domain"),
            _ => Value::Null,
        };
        assert_eq!(*found_by, expected, "{request}");
        assert!(
            listener.recv(&mut [0; 512]).is_err(),
            "{request} asked the network"
        );
    }
    let request = json!({ "address": "a@maboutique.fr", "lookup": true, "deadline_ms": 50 });
    shop.mailer.presets(&request).unwrap();
    assert!(listener.recv(&mut [0; 512]).is_ok(), "nothing was asked");
}

#[test]
fn a_sound_domain_is_told_so() {
    let many: Vec<String> = (0..60)
        .map(|number| {
            format!(
                "txt-record=maboutique.fr,verification-{number}={}",
                "x".repeat(80)
            )
        })
        .collect();
    let (before, after) = many.split_at(30);
    // Too much for UDP, and the record that counts is in the middle: the whole comes over TCP. It has two parts.
    let mut records: Vec<&str> = before.iter().map(String::as_str).collect();
    records.push("txt-record=maboutique.fr,\"v=spf1 include:mx.\",\"ovh.com ~all\"");
    records.extend(after.iter().map(String::as_str));
    records.extend([
        "txt-record=_dmarc.maboutique.fr,\"v=DMARC1; p=quarantine; rua=mailto:a@maboutique.fr\"",
        "cname=s1._domainkey.maboutique.fr,s1.dkim.hebergeur.example",
        "txt-record=s1.dkim.hebergeur.example,\"v=DKIM1; k=rsa; p=MIGfMA0\"",
    ]);
    let server = NameServer::start(&records);
    let shop = shop(&[server.address()]);
    let more = json!({ "dkim_selector": "s1",
        "settings": { "smtp": { "host": "ssl0.ovh.net", "proxy": { "url": "http://127.0.0.1:1" } } } });
    let domain = domain_of(&shop, "contact@maboutique.fr", "ssl0.ovh.net", &more);
    assert_eq!(states(&domain), ["ok", "ok", "ok"], "{domain}");
    assert_eq!(domain["name"], json!("maboutique.fr"));
    assert_eq!(
        domain["spf"]["record"],
        json!("v=spf1 include:mx.ovh.com ~all")
    );
    assert!(
        domain["spf"]["message"]
            .as_str()
            .unwrap()
            .contains("OVHcloud"),
        "{domain}"
    );
    assert_eq!(domain["dkim"]["record"], json!("v=DKIM1; k=rsa; p=MIGfMA0"));
}

#[test]
fn what_is_missing_or_wrong_is_told_with_what_to_ask_for() {
    let server = NameServer::start(&[
        "txt-record=vide.fr,rien",
        "txt-record=double.fr,\"v=spf1 mx -all\"",
        "txt-record=double.fr,\"v=spf1 include:mx.ovh.com ~all\"",
        "txt-record=_dmarc.double.fr,\"v=DMARC1\"",
        "txt-record=s1._domainkey.double.fr,\"v=DKIM1; p=\"",
        "txt-record=ouvert.fr,\"v=spf1 +all\"",
        "txt-record=s1._domainkey.ouvert.fr,\"rien\"",
        "txt-record=autre.fr,\"v=spf1 include:_spf.google.com include:perdu.autre.fr ~all\"",
        "txt-record=indirect.fr,\"v=spf1 include:spf.indirect.fr -all\"",
        "txt-record=spf.indirect.fr,\"v=spf1 include:mx.ovh.com -all\"",
        "txt-record=_dmarc.indirect.fr,\"v=DMARC1; p=reject; sp=none\"",
        "txt-record=caisse.indirect.fr,\"v=spf1 redirect=indirect.fr\"",
    ]);
    let shop = shop(&[server.address()]);
    let through_ovh = json!({ "dkim_selector": "s1",
        "settings": { "smtp": { "proxy": { "url": "http://127.0.0.1:1" } } } });
    for (domain, expected, kind, says) in [
        (
            "vide.fr",
            ["missing", "missing", "missing"],
            "spf",
            "v=spf1 include:mx.ovh.com ~all",
        ),
        (
            "double.fr",
            ["wrong", "wrong", "wrong"],
            "spf",
            "join them into one",
        ),
        (
            "ouvert.fr",
            ["wrong", "missing", "wrong"],
            "spf",
            "replace \"+all\"",
        ),
        (
            "autre.fr",
            ["wrong", "missing", "missing"],
            "spf",
            "add \"include:mx.ovh.com\" (OVHcloud",
        ),
        (
            "indirect.fr",
            ["ok", "ok", "missing"],
            "dkim",
            "Turn DKIM signing on",
        ),
        (
            "caisse.indirect.fr",
            ["ok", "ok", "missing"],
            "dkim",
            "at the mail host",
        ),
        (
            "nullepart.fr",
            ["missing", "missing", "missing"],
            "dmarc",
            "v=DMARC1; p=none",
        ),
    ] {
        let address = format!("contact@{domain}");
        let found = domain_of(&shop, &address, "ssl0.ovh.net", &through_ovh);
        assert_eq!(states(&found), expected, "{domain}: {found}");
        let hint = found[kind]["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(says), "{domain}: {found}");
    }
    let below = domain_of(&shop, "a@caisse.indirect.fr", "ssl0.ovh.net", &through_ovh);
    let message = below["dmarc"]["message"].as_str().unwrap();
    assert!(
        message.contains("p=none"),
        "the policy for domains below: {message}"
    );
}

#[test]
fn a_providers_own_domain_is_its_business_unless_mails_leave_elsewhere() {
    let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let shop = shop(&[listener.local_addr().unwrap().to_string()]);
    let through_proxy =
        json!({ "settings": { "smtp": { "proxy": { "url": "http://127.0.0.1:1" } } } });
    let own = domain_of(
        &shop,
        "boutique@orange.fr",
        "smtp.orange.fr",
        &through_proxy,
    );
    assert_eq!(states(&own), ["ok", "ok", "ok"], "{own}");
    let elsewhere = domain_of(&shop, "boutique@orange.fr", "ssl0.ovh.net", &through_proxy);
    assert_eq!(
        states(&elsewhere),
        ["wrong", "wrong", "wrong"],
        "{elsewhere}"
    );
    let hint = elsewhere["spf"]["hint"].as_str().unwrap();
    assert!(hint.contains("Choose Orange"), "{hint}");
    assert!(
        listener.recv(&mut [0; 512]).is_err(),
        "the network was asked"
    );
}

#[test]
fn verify_tells_the_domain_beside_what_the_mail_server_says() {
    let postfix = Postfix::start();
    let server = NameServer::start(&["txt-record=example.test,\"v=spf1 mx -all\""]);
    let shop = shop(&[server.address()]);
    let smtp = json!({
        "host": "localhost", "port": postfix.smtp_port, "security": "starttls",
        "user": Postfix::USER, "password": Postfix::PASSWORD, "ca_file": postfix.ca.ca_pem(),
    });
    let request = json!({ "settings": { "smtp": smtp }, "to": "client@clients.test" });
    let reply = shop.mailer.verify(&request).unwrap();
    assert!(reply.get("domain").is_none(), "{reply}");

    let with_domain = and(request.clone(), &json!({ "domain": true }));
    let reply = shop.mailer.verify(&with_domain).unwrap();
    assert!(reply["steps"].as_array().unwrap().len() > 5, "{reply}");
    assert_eq!(
        states(&reply["domain"]),
        ["ok", "missing", "not_checked"],
        "{reply}"
    );
    assert_eq!(reply["domain"]["spf"]["record"], json!("v=spf1 mx -all"));

    let wrong = json!({ "settings": { "smtp": { "password": "faux" } } });
    let error = shop.mailer.verify(&and(with_domain, &wrong)).unwrap_err();
    assert_eq!(error.code, MAIL_E_AUTH);
    let details = error.details.as_ref().unwrap();
    assert_eq!(states(&details["domain"]), ["ok", "missing", "not_checked"]);
    assert!(details["steps"].is_array(), "{details}");
}

#[test]
fn a_silent_mail_server_leaves_time_for_the_domain_and_both_keep_the_deadline() {
    let mail = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mail.local_addr().unwrap().port();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = socket.local_addr().unwrap().to_string();
    let unbound = "127.0.0.1:1".to_owned();
    let server = NameServer::start(&["txt-record=example.test,\"v=spf1 -all\""]);
    for (servers, spf) in [
        (vec![server.address()], "ok"),
        (vec![silent], "not_checked"),
        (vec![unbound], "not_checked"),
    ] {
        let shop = shop(&servers);
        let request = json!({
            "settings": { "smtp": { "host": "127.0.0.1", "port": port, "security": "tls", "auth": "none" } },
            "domain": true, "deadline_ms": 1_500,
        });
        let started = Instant::now();
        let error = shop.mailer.verify(&request).unwrap_err();
        let took = started.elapsed();
        assert!(took < Duration::from_millis(2_000), "{servers:?}: {took:?}");
        let details = error.details.as_ref().unwrap();
        assert_eq!(details["domain"]["spf"]["state"], json!(spf), "{details}");
    }
}

#[test]
fn name_servers_and_selectors_are_checked() {
    let shop = shop(&[]);
    let right = json!(["192.0.2.1", "127.0.0.1:5353", "[::1]:53", "2001:db8::1"]);
    shop.mailer
        .configure(&json!({ "dns": { "servers": right } }))
        .unwrap();
    let settings = shop.mailer.settings(&json!({})).unwrap();
    assert_eq!(settings["settings"]["dns"]["servers"], right);
    assert_eq!(settings["sources"]["dns.servers"], json!("application"));
    for (servers, code, field) in [
        (json!(["dns.exemple.fr"]), MAIL_E_VALUE, "dns.servers[0]"),
        (
            json!(["192.0.2.1", "192.0.2.1:0"]),
            MAIL_E_VALUE,
            "dns.servers[1]",
        ),
        (json!(["192.0.2.1:99999"]), MAIL_E_VALUE, "dns.servers[0]"),
        (json!([""]), MAIL_E_VALUE, "dns.servers[0]"),
        (
            json!(["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5"]),
            MAIL_E_VALUE,
            "dns.servers",
        ),
        (json!([53]), MAIL_E_TYPE, "dns.servers[0]"),
    ] {
        let change = json!({ "dns": { "servers": servers } });
        let error = shop.mailer.configure(&change).unwrap_err();
        assert_eq!(
            (error.code, error.field.as_deref()),
            (code, Some(field)),
            "{servers}"
        );
    }
    for selector in ["", "s 1", "s1;x", "é"] {
        let request = json!({ "domain": true, "dkim_selector": selector });
        let error = shop.mailer.verify(&request).unwrap_err();
        assert_eq!(
            (error.code, error.field.as_deref()),
            (MAIL_E_VALUE, Some("dkim_selector")),
            "{selector}"
        );
    }
}
