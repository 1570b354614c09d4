use super::in_force::{self, InForce, Way};
use super::*;
use crate::error::{
    MAIL_E_ADDRESS, MAIL_E_CONTROL_CHARACTER, MAIL_E_TOO_LARGE, MAIL_E_TYPE, MAIL_E_UNKNOWN_FIELD,
    MAIL_E_VALUE,
};
use crate::settings::model::Security;
use crate::text::Language;
use std::path::PathBuf;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("tillmail-settings-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn saved(vault: &Vault, changes: &[Value]) -> (Value, Document) {
    let mut answer = (json!({}), Document::default());
    for change in changes {
        let (document, made) = changed(&answer.0, change, vault, &Presets::default()).unwrap();
        answer = (document, made.document);
    }
    answer
}

fn server(document: &Document, store: &str) -> in_force::Server {
    match InForce::of(document, store).way {
        Some(Way::Smtp(server)) => *server,
        other => panic!("no server for {store}: {other:?}"),
    }
}

#[test]
fn what_is_refused_is_named_and_changes_nothing() {
    let folder = Folder::new("refused");
    let vault = Vault::open(&folder.0).unwrap();
    let cases = [
        (
            json!({"smtp": {"prot": 1}}),
            MAIL_E_UNKNOWN_FIELD,
            "smtp.prot",
            "did you mean `port`?",
        ),
        (
            json!({"smtp": {"port": "465"}}),
            MAIL_E_TYPE,
            "smtp.port",
            "whole number",
        ),
        (
            json!({"smtp": {"port": 0}}),
            MAIL_E_VALUE,
            "smtp.port",
            "from 1",
        ),
        (
            json!({"smtp": {"security": "ssl"}}),
            MAIL_E_VALUE,
            "smtp.security",
            "`tls`",
        ),
        (
            json!({"smtp": {"preset": "gmial"}}),
            MAIL_E_VALUE,
            "smtp.preset",
            "did you mean `gmail`?",
        ),
        (
            json!({"smtp": {"host": "smtp exemple.fr"}}),
            MAIL_E_VALUE,
            "smtp.host",
            "server name",
        ),
        (
            json!({"smtp": {"host": "smtp.a.fr:465"}}),
            MAIL_E_VALUE,
            "smtp.host",
            "server name",
        ),
        (
            json!({"smtp": {"host": "https://smtp.a.fr"}}),
            MAIL_E_VALUE,
            "smtp.host",
            "server name",
        ),
        (
            json!({"smtp": {"host": "a.fr\r\nx"}}),
            MAIL_E_CONTROL_CHARACTER,
            "smtp.host",
            "line break",
        ),
        (
            json!({"smtp": {"host": "a.fr", "security": "none"}}),
            MAIL_E_VALUE,
            "smtp.security",
            "encryption",
        ),
        (
            json!({"smtp": {"ca_file": std::env::temp_dir().join("nowhere/ca.pem")}}),
            MAIL_E_VALUE,
            "smtp.ca_file",
            "certificate",
        ),
        (
            json!({"smtp": {"ca_file": "ca.pem"}}),
            MAIL_E_VALUE,
            "smtp.ca_file",
            "full path",
        ),
        (
            json!({"smtp": {"url": "https://a.fr"}}),
            MAIL_E_VALUE,
            "smtp.url",
            "smtps://",
        ),
        (
            json!({"smtp": {"proxy": {"url": "ftp://a.fr"}}}),
            MAIL_E_VALUE,
            "smtp.proxy.url",
            "socks5://",
        ),
        (
            json!({"smtp": {"proxy": {"url": "http://u:p@a.fr:1"}}}),
            MAIL_E_VALUE,
            "smtp.proxy.url",
            "fields of their own",
        ),
        (
            json!({"smtp": {"timeouts": {"reply_ms": 1}}}),
            MAIL_E_VALUE,
            "smtp.timeouts.reply_ms",
            "from 100",
        ),
        (
            json!({"sender": {"address": "magasin"}}),
            MAIL_E_ADDRESS,
            "sender.address",
            "valid e-mail",
        ),
        (
            json!({"sender": {"name": "a\nb"}}),
            MAIL_E_CONTROL_CHARACTER,
            "sender.name",
            "line break",
        ),
        (
            json!({"folder": {"path": "mails"}}),
            MAIL_E_VALUE,
            "folder.path",
            "full path",
        ),
        (
            json!({"delivery": {"retry_s": []}}),
            MAIL_E_VALUE,
            "delivery.retry_s",
            "from 1 to",
        ),
        (
            json!({"delivery": {"retry_s": [1, 0]}}),
            MAIL_E_VALUE,
            "delivery.retry_s[1]",
            "from 1 to",
        ),
        (
            json!({"delivery": {"max_mail_bytes": 1}}),
            MAIL_E_VALUE,
            "delivery.max_mail_bytes",
            "from 1000",
        ),
        (
            json!({"journal": {"content_days": -1}}),
            MAIL_E_TYPE,
            "journal.content_days",
            "whole number",
        ),
        (
            json!({"stores": {"2": {"smtp": {"port": 0}}}}),
            MAIL_E_VALUE,
            "stores.2.smtp.port",
            "from 1",
        ),
        (
            json!({"documents": {"tickets": {}}}),
            MAIL_E_UNKNOWN_FIELD,
            "documents.tickets",
            "did you mean `ticket`?",
        ),
        (
            json!({"documents": {"ticket": {"sujet": "x"}}}),
            MAIL_E_UNKNOWN_FIELD,
            "documents.ticket.sujet",
            "unknown",
        ),
        (
            json!({"documents": {"facture": {"subject": "Facture {4}"}}}),
            MAIL_E_VALUE,
            "documents.facture.subject",
            "`{4}` at character 9",
        ),
        (
            json!({"documents": {"bon": {"template": "<p>\n{{ totl }}"}}}),
            MAIL_E_VALUE,
            "documents.bon.template",
            "line 2, column 4: the variable `totl` is unknown, did you mean `total`?",
        ),
        (
            json!({"documents": {"bon": {"template": "x".repeat(65_537)}}}),
            MAIL_E_TOO_LARGE,
            "documents.bon.template",
            "65536 bytes",
        ),
        (
            json!({"documents": {"bon": {"message": "x".repeat(65_537)}}}),
            MAIL_E_TOO_LARGE,
            "documents.bon.message",
            "65536 bytes",
        ),
        (
            json!({"documents": {"bon": {"message": "a\u{0}"}}}),
            MAIL_E_VALUE,
            "documents.bon.message",
            "NUL",
        ),
        (
            json!({"documents": {"bon": {"pdf": "a5"}}}),
            MAIL_E_VALUE,
            "documents.bon.pdf",
            "`roll`",
        ),
        (
            json!({"shop": {"sign": "a\nb"}}),
            MAIL_E_CONTROL_CHARACTER,
            "shop.sign",
            "line break",
        ),
        (
            json!({"shop": {"siret": "732 829 320 00075"}}),
            MAIL_E_VALUE,
            "shop.siret",
            "14 digits",
        ),
        (
            json!({"shop": {"address": ["1 rue", "a\u{1b}"]}}),
            MAIL_E_CONTROL_CHARACTER,
            "shop.address[1]",
            "line break",
        ),
        (
            json!({"shop": {"address": vec!["x"; 9]}}),
            MAIL_E_TOO_LARGE,
            "shop.address",
            "at most 8",
        ),
        (
            json!({"shop": {"logos": ["pas du base64"]}}),
            MAIL_E_VALUE,
            "shop.logos[0]",
            "base64",
        ),
        (
            json!({"shop": {"logos": ["R0lGODdhAwACAIIAAGbMMwAAZmYAZv8AZgDMZv/MZgAAAAAAACwAAAAAAwACAAAICQADCBhAAECBgAA7", "QkM="]}}),
            MAIL_E_VALUE,
            "shop.logos[1]",
            "PNG",
        ),
        (
            json!({"shop": {"logos": vec!["R0lGODdhAwACAIIAAGbMMwAAZmYAZv8AZgDMZv/MZgAAAAAAACwAAAAAAwACAAAICQADCBhAAECBgAA7"; 6]}}),
            MAIL_E_TOO_LARGE,
            "shop.logos",
            "at most 5",
        ),
        (
            json!({"stores": {"2": {"shop": {"vat_number": "FR"}}}}),
            MAIL_E_VALUE,
            "stores.2.shop.vat_number",
            "VAT number",
        ),
        (
            json!({"stores": {"2": {"delivery": {}}}}),
            MAIL_E_UNKNOWN_FIELD,
            "stores.2.delivery",
            "unknown",
        ),
    ];
    let before = saved(
        &vault,
        &[json!({"smtp": {"preset": "gmail", "user": "a@gmail.com"}})],
    )
    .0;
    for (change, code, field, words) in cases {
        let error = changed(&before, &change, &vault, &Presets::default()).unwrap_err();
        assert_eq!(
            (error.code, error.field.as_deref()),
            (code, Some(field)),
            "{change}"
        );
        let sentence = error.sentence(Language::English);
        assert!(sentence.contains(words), "{change}: {sentence}");
    }
}

#[test]
fn a_preset_fills_what_is_not_given() {
    let folder = Folder::new("preset");
    let vault = Vault::open(&folder.0).unwrap();
    let cases = [
        (
            json!({"preset": "gmail"}),
            ("smtp.gmail.com", 465, Security::Tls),
        ),
        (
            json!({"preset": "m365"}),
            ("smtp.office365.com", 587, Security::StartTls),
        ),
        (
            json!({"preset": "gmail", "port": 587, "security": "starttls"}),
            ("smtp.gmail.com", 587, Security::StartTls),
        ),
        (
            json!({"host": "mail.boutique.fr"}),
            ("mail.boutique.fr", 465, Security::Tls),
        ),
        (
            json!({"host": "mail.boutique.fr", "port": 587}),
            ("mail.boutique.fr", 587, Security::StartTls),
        ),
        (
            json!({"host": "mail.boutique.fr", "security": "starttls"}),
            ("mail.boutique.fr", 587, Security::StartTls),
        ),
        (
            json!({"url": "smtps://u%40a.fr:p%26w@smtp.a.fr"}),
            ("smtp.a.fr", 465, Security::Tls),
        ),
        (
            json!({"url": "smtp://smtp.a.fr:2525"}),
            ("smtp.a.fr", 2525, Security::StartTls),
        ),
    ];
    for (smtp, (host, port, security)) in cases {
        let (_, document) = saved(&vault, &[json!({ "smtp": smtp })]);
        let server = server(&document, "1");
        assert_eq!(
            (server.host.as_str(), server.port, server.security),
            (host, port, security),
            "{smtp}"
        );
    }
}

#[test]
fn a_url_is_taken_apart_and_its_password_sealed() {
    let folder = Folder::new("url");
    let vault = Vault::open(&folder.0).unwrap();
    let (document, parsed) = saved(
        &vault,
        &[json!({"smtp": {"url": "smtps://u%40a.fr:p%26w=%C3%A9+1@smtp.a.fr:4650"}})],
    );
    let text = document.to_string();
    assert!(
        !text.contains("p&w") && !text.contains("p%26") && !text.contains("\"url\""),
        "{text}"
    );
    let server = server(&parsed, "1");
    assert_eq!(
        (server.user.as_deref(), server.port),
        (Some("u@a.fr"), 4650)
    );
    assert_eq!(
        vault
            .open_secret(server.sealed_password.as_deref().unwrap())
            .unwrap()
            .as_str(),
        "p&w=é+1"
    );
}

#[test]
fn secrets_are_sealed_masked_and_kept_by_their_mask() {
    let folder = Folder::new("secrets");
    let vault = Vault::open(&folder.0).unwrap();
    let first = json!({
        "smtp": {"host": "a.fr", "user": "u", "password": "geheim", "proxy": {"url": "http://p.fr:1", "password": "auch"}},
        "stores": {"2": {"smtp": {"host": "b.fr", "user": "v", "password": "zwei"}}},
    });
    let (document, parsed) = saved(&vault, &[first]);
    for secret in ["geheim", "auch", "zwei"] {
        assert!(!document.to_string().contains(secret), "{document}");
        assert!(!format!("{parsed:?}").contains(secret));
    }
    let (shown, _) = shown::shown(&document, &parsed, "1");
    assert_eq!(
        (
            &shown["smtp"]["password"],
            &shown["smtp"]["proxy"]["password"]
        ),
        (&json!(MASK), &json!(MASK))
    );

    let form = json!({"smtp": {"host": "a.fr", "user": "u", "password": MASK, "proxy": {"url": "http://p.fr:1", "password": MASK}}});
    let (again, made) = changed(&document, &form, &vault, &Presets::default()).unwrap();
    let parsed = made.document;
    assert_eq!(again["smtp"]["password"], document["smtp"]["password"]);
    assert_eq!(
        vault
            .open_secret(server(&parsed, "1").sealed_password.as_deref().unwrap())
            .unwrap()
            .as_str(),
        "geheim"
    );
}

#[test]
fn a_store_with_its_own_server_inherits_no_login() {
    let folder = Folder::new("stores");
    let vault = Vault::open(&folder.0).unwrap();
    let (document, parsed) = saved(
        &vault,
        &[json!({
            "sender": {"address": "magasin1@vega-info.fr", "name": "Vega paris"},
            "smtp": {"preset": "gmail", "user": "a@gmail.com", "password": "p", "timeouts": {"reply_ms": 5000}},
            "stores": {
                "2": {"sender": {"address": "magasin2@vega-info.fr"}, "smtp": {"host": "mail.autre.fr"}},
                "3": {"smtp": {"user": "b@gmail.com", "timeouts": {"connect_ms": 700}}},
            },
        })],
    );
    let two = server(&parsed, "2");
    assert_eq!(
        (two.host.as_str(), two.user, two.sealed_password.is_none()),
        ("mail.autre.fr", None, true)
    );
    assert_eq!(
        two.reply.as_millis(),
        5_000,
        "what is not of one server is inherited"
    );
    let three = server(&parsed, "3");
    assert_eq!(
        (three.connect.as_millis(), three.reply.as_millis()),
        (700, 5_000)
    );
    assert_eq!(
        (three.host.as_str(), three.user.as_deref()),
        ("smtp.gmail.com", Some("b@gmail.com"))
    );

    let (shown, sources) = shown::shown(&document, &parsed, "2");
    assert_eq!(shown["sender"]["name"], "Vega paris");
    assert!(
        shown["smtp"].get("user").is_none() && shown["smtp"].get("password").is_none(),
        "{shown}"
    );
    for (field, source) in [
        ("sender.address", "store"),
        ("sender.name", "application"),
        ("smtp.host", "store"),
        ("smtp.port", "default"),
        ("smtp.timeouts.reply_ms", "application"),
        ("smtp.timeouts.connect_ms", "default"),
        ("delivery.batch", "default"),
    ] {
        assert_eq!(sources[field], source, "{field}: {sources}");
    }
    let (_, sources) = shown::shown(&document, &parsed, "1");
    assert_eq!(
        (&sources["smtp.host"], &sources["smtp.preset"]),
        (&json!("preset"), &json!("application"))
    );
}

#[test]
fn what_is_missing_is_named() {
    let folder = Folder::new("missing");
    let vault = Vault::open(&folder.0).unwrap();
    let cases = [
        (json!({}), vec!["sender.address", "smtp.host"]),
        (json!({"sender": {"address": "a@b.fr"}}), vec!["smtp.host"]),
        (
            json!({"sender": {"address": "a@b.fr"}, "smtp": {"preset": "gmail", "user": "a@b.fr"}}),
            vec!["smtp.password"],
        ),
        (
            json!({"sender": {"address": "a@b.fr"}, "smtp": {"host": "localhost", "security": "none"}}),
            vec![],
        ),
        (
            json!({"sender": {"address": "a@b.fr"}, "folder": {"path": std::env::temp_dir()}}),
            vec![],
        ),
    ];
    for (change, missing) in cases {
        let (_, document) = saved(&vault, std::slice::from_ref(&change));
        assert_eq!(InForce::of(&document, "1").missing(), missing, "{change}");
    }
}

#[test]
fn the_usual_retries_are_quick_then_hourly_for_a_day_then_slow() {
    let rules = InForce::of(&Document::default(), "1").delivery;
    assert_eq!(rules.retry_s[..6], [10, 30, 120, 300, 900, 1_800]);
    assert!(
        rules.retry_s[6..rules.retry_s.len() - 1]
            .iter()
            .all(|wait| *wait == 3_600)
    );
    assert_eq!(rules.retry_s.last(), Some(&14_400));
    let before_slow: u32 = rules.retry_s[..rules.retry_s.len() - 1].iter().sum();
    assert!(
        (23 * 3_600..=25 * 3_600).contains(&before_slow),
        "{before_slow} s"
    );
}

#[test]
fn proxies_are_read() {
    let address = |socks, host: &str, port| ProxyAddress {
        socks,
        host: host.to_owned(),
        port,
    };
    let cases = [
        ("socks5://proxy.fr", address(true, "proxy.fr", 1080)),
        ("socks5://[::1]:99", address(true, "::1", 99)),
        ("http://proxy.fr", address(false, "proxy.fr", 3128)),
        ("http://proxy.fr:80", address(false, "proxy.fr", 80)),
        ("http://proxy.fr:8080/", address(false, "proxy.fr", 8080)),
    ];
    for (given, expected) in cases {
        assert_eq!(proxy_address(given).unwrap(), expected, "{given}");
    }
}

#[test]
fn a_saved_password_does_not_follow_to_another_server() {
    let folder = Folder::new("follow");
    let vault = Vault::open(&folder.0).unwrap();
    let first = json!({
        "smtp": {"host": "a.fr", "user": "u", "password": "geheim", "proxy": {"url": "http://p.fr:1", "password": "auch"}},
        "stores": {"2/~": {"smtp": {"preset": "ovh", "user": "v", "password": "zwei"}}},
    });
    let (document, _) = saved(&vault, &[first]);
    let kept = |change: &Value| {
        let (after, _) = changed(&document, change, &vault, &Presets::default()).unwrap();
        let has = |path| after.pointer(path).is_some();
        (
            has("/smtp/password"),
            has("/smtp/proxy/password"),
            has("/stores/2~1~0/smtp/password"),
        )
    };
    let cases = [
        (json!({"smtp": {"port": 587}}), (true, true, true)),
        (
            json!({"smtp": {"host": "a.fr", "password": MASK}}),
            (true, true, true),
        ),
        (json!({"smtp": {"host": "b.fr"}}), (false, true, true)),
        (
            json!({"smtp": {"host": "b.fr", "password": MASK}}),
            (false, true, true),
        ),
        (
            json!({"smtp": {"host": "b.fr", "password": "neu"}}),
            (true, true, true),
        ),
        (
            json!({"smtp": {"url": "smtps://b.fr"}}),
            (false, true, true),
        ),
        (
            json!({"smtp": {"preset": "gmail", "host": null}}),
            (false, true, true),
        ),
        (
            json!({"smtp": {"proxy": {"url": "http://q.fr:1"}}}),
            (true, false, true),
        ),
        (
            json!({"stores": {"2/~": {"smtp": {"host": "b.fr"}}}}),
            (true, true, false),
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(kept(&change), expected, "{change}");
    }
}

#[test]
fn pasted_passwords_are_cleaned_as_their_provider_needs() {
    let folder = Folder::new("pasted");
    let vault = Vault::open(&folder.0).unwrap();
    let gmail = json!({"smtp": {"preset": "gmail", "user": "a@gmail.com"}});
    let (saved, _) = saved(&vault, &[gmail]);
    let groups = "abcd efgh\u{a0}ijkl mnop\r\n";
    let cases = [
        (
            json!({"smtp": {"password": groups}}),
            "1",
            "abcdefghijklmnop",
            vec!["smtp.password"],
        ),
        (
            json!({"smtp": {"password": "abcdefghijklmnop"}}),
            "1",
            "abcdefghijklmnop",
            vec![],
        ),
        (
            json!({"smtp": {"preset": "ovh", "password": "\u{feff}deux mots\u{200b}"}}),
            "1",
            "deux mots",
            vec!["smtp.password"],
        ),
        (
            json!({"smtp": {"preset": null, "host": "mail.a.fr", "password": "deux mots"}}),
            "1",
            "deux mots",
            vec![],
        ),
        (
            json!({"smtp": {"url": "smtps://u:deux%20mots@mail.a.fr"}}),
            "1",
            "deux mots",
            vec![],
        ),
        (
            json!({"stores": {"2": {"smtp": {"user": "b", "password": groups}}}}),
            "2",
            "abcdefghijklmnop",
            vec!["stores.2.smtp.password"],
        ),
        (
            json!({"stores": {"2": {"smtp": {"host": "b.fr", "user": "b", "password": " deux mots"}}}}),
            "2",
            "deux mots",
            vec!["stores.2.smtp.password"],
        ),
    ];
    for (change, store, kept, cleaned) in cases {
        let (_, made) = changed(&saved, &change, &vault, &Presets::default()).unwrap();
        let sealed = server(&made.document, store).sealed_password.unwrap();
        assert_eq!(
            vault.open_secret(&sealed).unwrap().as_str(),
            kept,
            "{change}"
        );
        assert_eq!(made.cleaned, cleaned, "{change}");
    }
    for (password, code) in [
        ("two\nlines", MAIL_E_CONTROL_CHARACTER),
        (" \u{a0}\n", MAIL_E_VALUE),
    ] {
        let change = json!({"smtp": {"preset": "ovh", "password": password}});
        let error = changed(&saved, &change, &vault, &Presets::default()).unwrap_err();
        let field = error.field.as_deref();
        assert_eq!((error.code, field), (code, Some("smtp.password")));
    }
}

#[test]
fn nor_does_a_password_of_the_older_scheme() {
    let folder = Folder::new("follow-legacy");
    let vault = Vault::open(&folder.0).unwrap();
    let first =
        json!({"legacy": {"server": "a.fr", "ssl": true, "user": "u", "password": "geheim"}});
    let (document, _) = saved(&vault, &[first]);
    for (change, kept) in [
        (json!({"legacy": {"port": 587}}), true),
        (
            json!({"legacy": {"server": "a.fr", "password": MASK}}),
            true,
        ),
        (json!({"legacy": {"server": "b.fr"}}), false),
        (
            json!({"legacy": {"server": "b.fr", "password": MASK}}),
            false,
        ),
        (
            json!({"legacy": {"server": "b.fr", "password": "neu"}}),
            true,
        ),
    ] {
        let (after, _) = changed(&document, &change, &vault, &Presets::default()).unwrap();
        assert_eq!(
            after.pointer("/legacy/password").is_some(),
            kept,
            "{change}"
        );
    }
}

#[test]
fn a_store_says_of_its_shop_what_it_has_otherwise() {
    let folder = Folder::new("shop");
    let vault = Vault::open(&folder.0).unwrap();
    let (_, document) = saved(
        &vault,
        &[json!({
            "sender": {"address": "a@b.fr", "name": "Vega"},
            "shop": {"company": "Vega SARL", "phone": "01", "logos": ["R0lGODdhAwACAIIAAGbMMwAAZmYAZv8AZgDMZv/MZgAAAAAAACwAAAAAAwACAAAICQADCBhAAECBgAA7"], "siret": "732 829 320 00074"},
            "documents": {"facture": {"subject": "Facture {3}", "message": "Merci", "template": "{{ title }}", "pdf": "a4"}},
            "stores": {"2": {"shop": {"sign": "Vega Lyon", "phone": "04", "address": ["2 rue", "Lyon"]}}},
        })],
    );
    let (one, two) = (InForce::of(&document, "1"), InForce::of(&document, "2"));
    assert_eq!(
        (one.sign(), one.company()),
        (Some("Vega"), Some("Vega SARL"))
    );
    assert_eq!(
        (two.sign(), two.company()),
        (Some("Vega Lyon"), Some("Vega SARL"))
    );
    assert_eq!(
        (one.shop.phone.as_deref(), two.shop.phone.as_deref()),
        (Some("01"), Some("04"))
    );
    assert_eq!(one.shop.address, None);
    assert_eq!(two.shop.address.unwrap(), ["2 rue", "Lyon"]);
    assert_eq!(
        two.shop.logos.unwrap().as_slice(),
        ["R0lGODdhAwACAIIAAGbMMwAAZmYAZv8AZgDMZv/MZgAAAAAAACwAAAAAAwACAAAICQADCBhAAECBgAA7"]
    );
    let wording = one.wording(crate::receipt::model::DocumentType::Facture);
    assert_eq!(
        (wording.message, wording.template),
        (Some("Merci"), Some("{{ title }}"))
    );
    let nothing = InForce::of(&Document::default(), "1");
    assert_eq!((nothing.sign(), nothing.company()), (None, None));
}

#[test]
fn what_of_a_message_is_not_sent_is_told_and_the_message_stays_as_it_is() {
    let folder = Folder::new("message");
    let vault = Vault::open(&folder.0).unwrap();
    let message = "<p onclick=x>Merci<script>x</script>";
    let change =
        json!({"documents": {"ticket": {"message": message}, "bon": {"message": "<b>Merci</b>"}}});
    let (after, made) = changed(&json!({}), &change, &vault, &Presets::default()).unwrap();
    assert_eq!(after["documents"]["ticket"]["message"], message);
    let [warning] = made.warnings.as_slice() else {
        panic!("{:?}", made.warnings);
    };
    assert_eq!(warning.field, "documents.ticket.message");
    let warning = &warning.message;
    assert!(
        warning.get(Language::French).contains("<script>, onclick"),
        "{warning:?}"
    );
    // Another change says nothing of it again, and null takes a wording away.
    let other = json!({"documents": {"bon": null}});
    let (after, made) = changed(&after, &other, &vault, &Presets::default()).unwrap();
    assert!(
        made.warnings.is_empty() && after["documents"].get("bon").is_none(),
        "{after}"
    );
}

#[test]
fn the_example_of_the_documentation_is_accepted() {
    let folder = Folder::new("example");
    let vault = Vault::open(&folder.0).unwrap();
    let example = include_str!("../../examples/templates/settings.json");
    let (_, document) = saved(&vault, &[serde_json::from_str(example).unwrap()]);
    assert_eq!(
        InForce::of(&document, "2").shop.address.unwrap()[1],
        "69003 Lyon"
    );
    assert!(include_str!("../../docs/TEMPLATES.md").contains(example));
}
