use super::*;
use crate::address;
use mail_parser::{MessageParser, MimeHeaders};

fn mailbox(name: Option<&str>, address: &str) -> Mailbox {
    Mailbox {
        name: name.map(str::to_owned),
        address: address::check(address).unwrap(),
    }
}

fn draft(text: Option<&str>, html: Option<&str>) -> Draft {
    Draft {
        to: mailbox(None, "client@example.fr"),
        subject: "Reçu".to_owned(),
        text: text.map(str::to_owned),
        html: html.map(str::to_owned),
        attachments: Vec::new(),
    }
}

fn whole(sender: &Mailbox, draft: &Draft) -> Vec<u8> {
    with_sender(
        sender,
        &freeze(draft, "<1@example.fr>", 1_795_363_200_123).unwrap(),
    )
}

#[test]
fn names_of_every_kind_stay_valid_headers() {
    let long = "É".repeat(200);
    let names = [
        "VEGA PARIS",
        "L'ÉTÉ, S.A.",
        "\"Chez\" @Nous",
        "a\\b",
        "Fleurs 💐 & Cie",
        "<b@c.fr>",
        "=?utf-8?q?x?=",
        long.as_str(),
    ];
    for name in names {
        let bytes = whole(
            &mailbox(Some(name), "m@example.fr"),
            &draft(Some("x"), None),
        );
        assert!(bytes.is_ascii(), "{name}");
        assert!(
            bytes
                .split(|byte| *byte == b'\n')
                .all(|line| line.len() <= 998),
            "{name}: a line is too long"
        );
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let from = mail.from().unwrap();
        assert_eq!(
            from.as_list().map_or(1, <[_]>::len),
            1,
            "{name}: one author"
        );
        let author = from.first().unwrap();
        assert_eq!(
            (author.name(), author.address()),
            (Some(name), Some("m@example.fr"))
        );
    }
}

#[test]
fn long_lines_and_dots_come_back_as_they_were() {
    let long = "x".repeat(2_000);
    for text in [
        ".\r\n..\r\n.x\r\n",
        "é\n",
        long.as_str(),
        "From here\n",
        "trailing  \n\ttab\n",
        "=3D=\n",
    ] {
        let bytes = whole(
            &mailbox(None, "m@example.fr"),
            &draft(Some(text), Some(text)),
        );
        assert!(bytes.is_ascii());
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let lines = |text: &str| text.replace("\r\n", "\n").trim_end_matches('\n').to_owned();
        assert_eq!(
            lines(&mail.body_text(0).unwrap()),
            lines(text),
            "{text:.40}"
        );
        assert_eq!(
            lines(&mail.body_html(0).unwrap()),
            lines(text),
            "{text:.40}"
        );
        assert_eq!(
            lines(&part(&bytes, "text/html").unwrap()),
            lines(text),
            "our own reader: {text:.40}"
        );
        assert_eq!(
            lines(&part(&bytes, "text/plain").unwrap()),
            lines(text),
            "our own reader: {text:.40}"
        );
    }
}

#[test]
fn attachments_stand_beside_the_alternative() {
    let mut draft = draft(Some("texte"), Some("<p>texte</p>"));
    draft.attachments.push(Attached {
        name: "Reçu n°12 – été.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        bytes: vec![0, 255, 13, 10, 46],
    });
    let bytes = whole(&mailbox(None, "m@example.fr"), &draft);
    assert!(bytes.is_ascii());
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.content_type().unwrap().subtype(), Some("mixed"));
    let attached = mail.attachment(0).unwrap();
    assert_eq!(attached.attachment_name(), Some("Reçu n°12 – été.pdf"));
    assert_eq!(attached.contents(), [0, 255, 13, 10, 46]);
    assert_eq!(
        part(&bytes, "text/html").unwrap().trim_end(),
        "<p>texte</p>"
    );
}

#[test]
fn each_header_is_there_once_and_the_sender_is_free_until_delivery() {
    let frozen = freeze(&draft(Some("x"), None), "<1@example.fr>", 1_795_363_200_123).unwrap();
    assert!(!String::from_utf8_lossy(&frozen).contains("From:"));
    let bytes = with_sender(&mailbox(Some("A"), "a@example.fr"), &frozen);
    let text = String::from_utf8(bytes).unwrap();
    let (headers, _) = text.split_once("\r\n\r\n").unwrap();
    for name in [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Auto-Submitted",
        "Content-Type",
    ] {
        let count = headers
            .lines()
            .filter(|line| {
                line.to_lowercase()
                    .starts_with(&format!("{}:", name.to_lowercase()))
            })
            .count();
        assert_eq!(count, 1, "{name} in {headers}");
    }
    assert!(
        headers.contains("Date: Sun, 22 Nov 2026 16:00:00 +0000"),
        "{headers}"
    );
}

#[test]
fn message_ids_are_new_each_time_in_the_senders_domain() {
    let sender = mailbox(None, "m@été.fr");
    let (first, second) = (
        new_message_id(&sender).unwrap(),
        new_message_id(&sender).unwrap(),
    );
    assert_ne!(first, second);
    assert!(
        first.starts_with('<') && first.ends_with("@xn--t-9fab.fr>"),
        "{first}"
    );
}
