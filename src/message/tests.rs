use super::*;
use crate::address;
use crate::draft::{Attached, Inline};
use crate::outside::read_back;
use crate::picture::Picture;
use mail_parser::{MessageParser, MimeHeaders};

fn mailbox(name: Option<&str>, address: &str) -> Mailbox {
    Mailbox {
        name: name.map(str::to_owned),
        address: address::check(address).unwrap(),
    }
}

fn draft(text: Option<&str>, html: Option<&str>) -> Draft {
    Draft {
        to: vec![mailbox(None, "client@example.fr")],
        cc: Vec::new(),
        subject: "Reçu".to_owned(),
        text: text.map(str::to_owned),
        html: html.map(str::to_owned),
        charset: Charset::default(),
        pictures: Vec::new(),
        attachments: Vec::new(),
        warnings: Vec::new(),
        skipped_commands: None,
    }
}

fn whole_of(sender: &Mailbox, frozen: &[u8]) -> Vec<u8> {
    with_origin(
        &Origin {
            from: sender.clone(),
            reply_to: None,
        },
        frozen,
    )
}

fn whole(sender: &Mailbox, draft: &Draft) -> Vec<u8> {
    with_origin(
        &Origin {
            from: sender.clone(),
            reply_to: None,
        },
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
            lines(&read(&bytes).unwrap().html.unwrap()),
            lines(text),
            "our own reader: {text:.40}"
        );
        assert_eq!(
            lines(&read(&bytes).unwrap().text.unwrap()),
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
        read(&bytes).unwrap().html.unwrap().trim_end(),
        "<p>texte</p>"
    );
}

#[test]
fn each_header_is_there_once_and_the_sender_is_free_until_delivery() {
    let frozen = freeze(&draft(Some("x"), None), "<1@example.fr>", 1_795_363_200_123).unwrap();
    assert!(!String::from_utf8_lossy(&frozen).contains("From:"));
    let bytes = whole_of(&mailbox(Some("A"), "a@example.fr"), &frozen);
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

/// Subject, text and attachment look like headers and boundaries of a mail.
fn deceiving() -> Draft {
    Draft {
        subject: "Content-Type: text/html".to_owned(),
        attachments: vec![
            Attached {
                name: "Reçu n°12 – été.html".to_owned(),
                content_type: "text/html; charset=utf-8".to_owned(),
                bytes: b"<p>attached</p>\r\n--x\r\n\r\n".to_vec(),
            },
            Attached {
                name: "b.bin".to_owned(),
                content_type: "application/octet-stream".to_owned(),
                bytes: (0..=255).collect(),
            },
        ],
        ..draft(
            Some("Content-Type: text/html\r\n\r\nboundary=\"x\"\r\n--x\r\n"),
            None,
        )
    }
}

#[test]
fn our_own_reader_follows_boundaries_and_not_words() {
    let bytes = whole(&mailbox(None, "m@example.fr"), &deceiving());
    let parts = read(&bytes).unwrap();
    assert_eq!(parts.html, None, "the attachment is not the receipt");
    assert_eq!(parts.text, deceiving().text);
}

#[test]
fn a_mail_frozen_again_differs_only_in_what_is_new() {
    let long = format!("{}\nété  \n.\n", "x".repeat(2_000));
    let texts = [None, Some("texte\n\n"), Some(long.as_str())];
    let pages = [None, Some("<body><p>texte</p>\n"), Some("<p>été</p>")];
    for (plain, html) in texts
        .iter()
        .flat_map(|text| pages.map(|html| (*text, html)))
    {
        if plain.is_none() && html.is_none() {
            continue;
        }
        for attachments in [Vec::new(), deceiving().attachments] {
            let first = Draft {
                attachments,
                ..draft(plain, html)
            };
            let mut frozen = freeze(&first, "<1@example.fr>", 0).unwrap();
            for number in 1..=3 {
                let (mark, before) = (
                    format!("DUPLICATA {number}"),
                    format!("DUPLICATA {}", number - 1),
                );
                let again = Again {
                    to: &mailbox(None, "autre@example.fr"),
                    subject: &marked_subject("Reçu", None, &mark),
                    message_id: "<2@example.fr>",
                    mark_before: (number > 1).then_some(before.as_str()),
                    mark: &mark,
                };
                frozen = freeze_again(&frozen, &again, 1_795_363_200_123).unwrap();
                is_copy(&frozen, &first, number);
            }
        }
    }
}

fn is_copy(frozen: &[u8], first: &Draft, number: i64) {
    let story = format!("{number}: {:.40?} {:.40?}", first.text, first.html);
    assert!(frozen.is_ascii(), "{story}");
    let mail = MessageParser::default().parse(frozen).unwrap();
    assert_eq!(
        mail.subject().unwrap(),
        format!("DUPLICATA {number} – Reçu"),
        "{story}"
    );
    assert_eq!(mail.message_id(), Some("2@example.fr"), "{story}");
    let parts = read(frozen).unwrap();
    let text = parts.text.map(|text| text.replace("\r\n", "\n"));
    let marked = |text: &String| format!("DUPLICATA {number}\n\n{text}");
    assert_eq!(text, first.text.as_ref().map(marked), "{story}");
    let html = parts.html.map(|html| html.replace("\r\n", "\n"));
    assert_eq!(html.is_some(), first.html.is_some(), "{story}");
    if let Some((html, given)) = html.zip(first.html.as_ref()) {
        assert_eq!(html.matches("DUPLICATA").count(), 1, "{story}");
        let start = html.find("<p style").unwrap();
        let end = start + html[start..].find("</p>").unwrap() + 4;
        assert_eq!(
            format!("{}{}", &html[..start], &html[end..]),
            *given,
            "{story}"
        );
        assert!(
            mail.body_html(0)
                .unwrap()
                .contains(&format!(">DUPLICATA {number}<"))
        );
    }
    assert_eq!(mail.attachment_count(), first.attachments.len(), "{story}");
    for (attached, given) in mail.attachments().zip(&first.attachments) {
        assert_eq!(
            attached.attachment_name(),
            Some(given.name.as_str()),
            "{story}"
        );
        assert_eq!(attached.contents(), given.bytes, "{story}");
    }
}

#[test]
fn old_encodings_are_named_and_read_back_also_when_sent_again() {
    for (charset, name) in [
        (Charset::Iso8859_15, "iso-8859-15"),
        (Charset::Windows1252, "windows-1252"),
    ] {
        let text = "Crème brûlée 6,50 €\n.œuf\n";
        let first = Draft {
            charset,
            ..draft(Some(text), Some(text))
        };
        let frozen = freeze(&first, "<1@example.fr>", 0).unwrap();
        assert!(frozen.is_ascii());
        assert_eq!(
            String::from_utf8_lossy(&frozen)
                .matches(&format!("charset={name}"))
                .count(),
            2,
            "{name}"
        );
        let again = Again {
            to: &mailbox(None, "autre@example.fr"),
            subject: "DUPLICATA 1 – Reçu",
            message_id: "<2@example.fr>",
            mark_before: None,
            mark: "DUPLICATA 1",
        };
        for (bytes, expected) in [
            (frozen.clone(), text.to_owned()),
            (
                freeze_again(&frozen, &again, 0).unwrap(),
                format!("DUPLICATA 1\n\n{text}"),
            ),
        ] {
            let own = read(&bytes).unwrap().text.unwrap();
            assert_eq!(own.replace("\r\n", "\n"), expected, "{name}");
        }
        assert!(
            lacks(charset, "à 3 €, bœuf").is_none() && lacks(charset, "fleurs 💐 !") == Some('💐'),
            "{name}"
        );
    }
    assert_eq!(lacks(Charset::Utf8, "fleurs 💐 !"), None);
}

/// Text, HTML with two pictures, and two files, all with accents.
fn full() -> Draft {
    let picture = |cid: &str, name: &str, bytes: &[u8]| Inline {
        cid: cid.to_owned(),
        name: name.to_owned(),
        picture: Picture {
            content_type: "image/png",
            width: 3,
            height: 2,
            bytes: bytes.to_vec().into(),
        },
    };
    let html =
        "<body><img src=\"cid:logo1\" alt=\"é\"><img src='cid:logo10'><p>cid:other, cid: x</p>";
    Draft {
        pictures: vec![
            picture("logo1", "Logo été.png", b"\x89PNG\r\n\x1a\n one"),
            picture("logo10", "logo10.png", &[b'x'; 200]),
        ],
        ..Draft {
            html: Some(html.to_owned()),
            text: Some("Crème brûlée\n".to_owned()),
            ..deceiving()
        }
    }
}

/// A strict reader's view: each part's type, disposition, file name, id and digest, and all defects.
const PYTHON: &str = r#"
import email, email.policy, hashlib, sys
mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
for part in mail.walk():
    defects = list(part.defects)
    for name, value in part.items():
        defects += value.defects
    assert not defects, (part.get_content_type(), defects)
    line = [part.get_content_type(), part.get_content_disposition() or '-', part.get_filename() or '-', part['Content-ID'] or '-']
    if part.get_content_type() == 'multipart/related':
        line.append(part.get_param('type'))
    if not part.is_multipart():
        line.append(hashlib.sha256(part.get_payload(decode=True)).hexdigest()[:12])
    print('|'.join(line))
print('body', mail.get_body(('html',)).get_content_type(), mail.get_body(('plain',)).get_content_type())
"#;

fn python(mail: &[u8]) -> Vec<String> {
    let said = read_back("python3", &["-c", PYTHON, "FILE"], mail);
    said.lines().map(str::to_owned).collect()
}

#[test]
fn pictures_stand_beside_the_html_for_every_reader() {
    let draft = full();
    let frozen = freeze(&draft, "<a1@example.fr>", 0).unwrap();
    let bytes = whole_of(&mailbox(Some("Été"), "m@example.fr"), &frozen);
    assert!(bytes.is_ascii());
    let view = python(&bytes);
    let digest = |bytes: &[u8]| sha256(bytes).get(..12).unwrap().to_owned();
    let expected = [
        "multipart/mixed|-|-|-".to_owned(),
        "multipart/alternative|-|-|-".to_owned(),
        format!("text/plain|-|-|-|{}", digest("Crème brûlée\r\n".as_bytes())),
        "multipart/related|-|-|-|text/html".to_owned(),
        String::new(),
        format!(
            "image/png|inline|Logo été.png|<logo1.a1@example.fr>|{}",
            digest(&draft.pictures[0].picture.bytes)
        ),
        format!(
            "image/png|inline|logo10.png|<logo10.a1@example.fr>|{}",
            digest(&draft.pictures[1].picture.bytes)
        ),
        format!(
            "text/html|attachment|Reçu n°12 – été.html|-|{}",
            digest(&draft.attachments[0].bytes)
        ),
        format!(
            "application/octet-stream|attachment|b.bin|-|{}",
            digest(&draft.attachments[1].bytes)
        ),
        "body text/html text/plain".to_owned(),
    ];
    for (line, expected) in view
        .iter()
        .zip(&expected)
        .filter(|(_, expected)| !expected.is_empty())
    {
        assert_eq!(line, expected);
    }
    assert_eq!(view.len(), expected.len(), "{view:#?}");
    let html = read(&bytes).unwrap().html.unwrap();
    assert!(html.contains("src=\"cid:logo1.a1@example.fr\""), "{html}");
    assert!(html.contains("src='cid:logo10.a1@example.fr'"), "{html}");
    assert!(html.contains("<p>cid:other, cid: x</p>"), "{html}");
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let named = |name: &str| {
        mail.attachments()
            .any(|part| part.attachment_name() == Some(name))
    };
    assert!(named("Logo été.png") && named("Reçu n°12 – été.html"));
}

#[test]
fn a_copy_keeps_pictures_and_files_byte_for_byte() {
    let mut only_html = full();
    only_html.text = None;
    let mut no_files = full();
    no_files.attachments.clear();
    let mut bare = only_html.clone();
    bare.attachments.clear();
    for draft in [full(), only_html, no_files, bare] {
        let first = freeze(&draft, "<a1@example.fr>", 0).unwrap();
        let mut copy = first.clone();
        for number in 1..=2 {
            let (mark, before) = (
                format!("DUPLICATA {number}"),
                format!("DUPLICATA {}", number - 1),
            );
            let again = Again {
                to: &mailbox(None, "autre@example.fr"),
                subject: &marked_subject("Reçu", None, &mark),
                message_id: "<b2@example.fr>",
                mark_before: (number > 1).then_some(before.as_str()),
                mark: &mark,
            };
            copy = freeze_again(&copy, &again, 0).unwrap();
            let (old, new) = (read(&first).unwrap(), read(&copy).unwrap());
            assert_eq!(old.pictures.len(), 2);
            assert_eq!(old.pictures, new.pictures);
            assert_eq!(old.attachments, new.attachments);
            assert_eq!(new.html.unwrap().matches("DUPLICATA").count(), 1);
            assert_eq!(new.text.is_some(), draft.text.is_some());
            let whole = whole_of(&mailbox(None, "m@example.fr"), &copy);
            let said = read_back("python3", &["-c", PYTHON_DEFECTS, "FILE"], &whole);
            assert_eq!(said.trim(), "no defects");
        }
    }
}

const PYTHON_DEFECTS: &str = r#"
import email, email.policy, sys
mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
defects = [defect for part in mail.walk() for defect in [*part.defects, *(d for v in part.values() for d in v.defects)]]
print(defects or 'no defects')
"#;

#[test]
fn without_html_nothing_shows_the_pictures_and_they_stay_away() {
    let mut draft = full();
    draft.html = None;
    let frozen = freeze(&draft, "<a1@example.fr>", 0).unwrap();
    assert!(read(&frozen).unwrap().pictures.is_empty());
    assert!(!String::from_utf8(frozen).unwrap().contains("image/png"));
}
