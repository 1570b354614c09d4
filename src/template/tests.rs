use super::*;
use crate::error::{MAIL_E_TOO_LARGE, MAIL_E_VALUE};
use crate::receipt::model::DocumentType;
use crate::receipt::view::{CodeView, Figure, LineView};
use crate::text::Language;
use std::io::Write;
use std::process::{Command, Stdio};

const LANGUAGES: [Language; 2] = [Language::French, Language::English];
const EXAMPLE: &str = include_str!("../../examples/templates/ticket.html");
const MESSAGE: &str = "<p>Merci de votre <b>visite</b> !</p><ul><li>Soldes dès lundi</li></ul>";

fn rendered(view: &View) -> String {
    page(view, Wording::default()).html
}

fn page(view: &View, wording: Wording) -> Page {
    html(view, wording, false).unwrap()
}

fn own(template: &str) -> Wording<'_> {
    Wording {
        template: Some(template),
        ..Wording::default()
    }
}

/// Every kind of document in both languages, saying all and saying next to nothing, with and without a message.
fn every_page() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for document_type in DocumentType::ALL {
        for language in LANGUAGES {
            for (name, view) in [
                ("full", sample::full(document_type, language, 12)),
                ("bare", sample::bare(document_type, language)),
                ("long", sample::full(document_type, language, 300)),
                ("endless", sample::full(document_type, language, 3_000)),
            ] {
                let messages = [None, Some(MESSAGE)];
                for message in messages
                    .into_iter()
                    .take(if view.lines.len() > 12 { 1 } else { 2 })
                {
                    let wording = Wording {
                        message,
                        ..Wording::default()
                    };
                    let case = format!(
                        "{}-{}-{name}-{}",
                        document_type.as_str(),
                        view.language,
                        message.is_some()
                    );
                    pages.push((case, page(&view, wording).html));
                }
            }
        }
    }
    pages
}

/// What HTML Tidy, which knows the standard and not us, has to say.
fn tidied(html: &str) -> String {
    let mut tidy = Command::new("tidy")
        .args(["-quiet", "-errors", "-utf8", "--doctype", "html5"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tidy is missing: run sh tests/setup-debian.sh");
    tidy.stdin
        .take()
        .unwrap()
        .write_all(html.as_bytes())
        .unwrap();
    let told = tidy.wait_with_output().unwrap();
    String::from_utf8_lossy(&told.stderr).into_owned()
}

#[test]
fn every_page_is_html_as_it_should_be() {
    for (case, html) in every_page() {
        assert_eq!(tidied(&html), "", "{case}");
        assert!(html.starts_with("<!DOCTYPE html>"), "{case}: {html}");
    }
    // The checker does find what is wrong.
    assert!(tidied("<!DOCTYPE html><title>x</title><td>").contains("Warning"));
}

#[test]
fn no_page_loads_anything_or_is_cut_by_gmail() {
    for (case, html) in every_page() {
        for word in [
            "http:", "https:", "data:", "url(", "@import", "<script", "<link", "none\"", "None",
        ] {
            assert!(!html.contains(word), "{case}: {word} in {html}");
        }
        let sources: Vec<&str> = html.split("src=\"").skip(1).collect();
        assert!(
            sources.iter().all(|source| source.starts_with("cid:")),
            "{case}"
        );
        assert_eq!(
            html.matches("<img").count(),
            html.matches(" alt=\"").count(),
            "{case}"
        );
        assert!(html.len() <= MAX_BYTES, "{case} has {} bytes", html.len());
    }
}

#[test]
fn every_page_says_all_that_the_receipt_says() {
    for document_type in DocumentType::ALL {
        for language in LANGUAGES {
            let view = sample::full(document_type, language, 12);
            let html = rendered(&view);
            let whole = serde_json::to_value(&view).unwrap();
            let mut said = Vec::new();
            strings(&whole, &mut said);
            for words in said {
                let mut escaped = String::new();
                engine::escape(&words, &mut escaped);
                assert!(
                    html.contains(&escaped)
                        || [document_type.as_str(), "code128"].contains(&words.as_str()),
                    "{document_type:?}: {words} is missing"
                );
            }
        }
    }
}

fn strings(value: &serde_json::Value, said: &mut Vec<String>) {
    match value {
        serde_json::Value::String(words) => said.push(words.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, said)),
        serde_json::Value::Object(members) => members.values().for_each(|item| strings(item, said)),
        _ => {}
    }
}

#[test]
fn a_long_receipt_is_whole_and_a_very_long_one_says_what_it_leaves_out() {
    let shown = |lines: usize, has_pdf: bool| {
        let view = sample::full(DocumentType::Facture, Language::French, lines);
        let html = html(&view, Wording::default(), has_pdf).unwrap().html;
        let last = (1..=lines).rfind(|number| html.contains(&format!("col italien, n° {number}<")));
        (last.unwrap_or(0), html)
    };
    let (usual, html) = shown(60, false);
    assert!(
        usual == 60 && html.contains("<div dir=\"auto\">Chemise"),
        "the airy form"
    );
    let (long, html) = shown(300, false);
    assert_eq!(long, 300, "{} bytes", html.len());
    assert!(html.contains("<bdi>Chemise") && !html.contains("autres lignes"));
    let (some, html) = shown(5_000, false);
    assert!(some > 250, "{some} lines shown");
    let more = format!(
        "Et {} autres lignes : elles figurent dans la version texte",
        5_000 - some
    );
    assert!(html.contains(&more), "{more}");
    assert!(html.contains("1\u{202f}234,50"), "the total is there");
    assert!(shown(5_000, true).1.contains("dans le PDF joint"));
}

#[test]
fn a_gift_receipt_shows_no_price_whatever_the_view_holds() {
    let mut view = sample::full(DocumentType::TicketCadeau, Language::French, 12);
    assert!(!rendered(&view).contains('€'));
    view.total = Some("99,99 €".to_owned());
    view.lines[0].total = Some("99,99 €".to_owned());
    view.payments = vec![Figure {
        label: "Espèces".to_owned(),
        amount: "99,99 €".to_owned(),
    }];
    let html = rendered(&view);
    assert!(!html.contains("99,99") && !html.contains("TOTAL"), "{html}");
    assert!(html.contains("Qté\u{a0}: 2"), "{html}");
}

#[test]
fn markup_in_a_receipt_comes_out_as_words() {
    let hostile = "<script>alert(1)</script>\"'&<b>\u{1b}[1m\u{0}";
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;b&gt;[1m";
    let figure = Figure {
        label: hostile.to_owned(),
        amount: hostile.to_owned(),
    };
    let mut view = sample::bare(DocumentType::Ticket, Language::French);
    view.title = hostile.to_owned();
    view.shop.sign = hostile.to_owned();
    view.mention = Some(hostile.to_owned());
    view.lines = vec![LineView {
        label: hostile.to_owned(),
        note: Some(hostile.to_owned()),
        ..LineView::default()
    }];
    view.loyalty = vec![figure.clone()];
    view.payments = vec![figure];
    view.footer = vec![hostile.to_owned()];
    view.barcode = Some(CodeView {
        payload: hostile.to_owned(),
        ..CodeView::default()
    });
    for template in [None, Some(EXAMPLE)] {
        let wording = Wording {
            template,
            ..Wording::default()
        };
        let html = page(&view, wording).html;
        assert!(html.contains(escaped), "{html}");
        assert!(
            !html.contains("<script") && !html.contains("\"'&"),
            "{html}"
        );
        assert!(!html.contains(['\u{1b}', '\0']), "{html}");
    }
}

#[test]
fn arabic_and_emoji_are_kept_and_keep_their_direction() {
    let mut view = sample::bare(DocumentType::Ticket, Language::French);
    view.lines = vec![LineView {
        label: "خبز طازج 🥖".to_owned(),
        ..LineView::default()
    }];
    assert!(rendered(&view).contains("<div dir=\"auto\">خبز طازج 🥖</div>"));
}

#[test]
fn the_mark_of_a_copy_finds_its_place() {
    let html = rendered(&sample::full(DocumentType::Ticket, Language::French, 2));
    let body = html.find("<body").unwrap();
    let top = html[body..].find('>').unwrap() + body + 1;
    assert!(html[top..].trim_start().starts_with("<!--[if mso]><table"));
    assert_eq!(html.matches("<body").count(), 1);
}

#[test]
fn the_shops_words_stand_above_the_receipt() {
    let view = sample::full(DocumentType::Ticket, Language::French, 2);
    let wording = Wording {
        message: Some(MESSAGE),
        ..Wording::default()
    };
    let html = page(&view, wording).html;
    assert!(html.find("<b>visite</b>").unwrap() < html.find("Chemise").unwrap());
    let with_example = Wording {
        template: Some(EXAMPLE),
        ..wording
    };
    assert!(page(&view, with_example).html.contains("<b>visite</b>"));
}

#[test]
fn the_example_is_accepted_for_every_document_and_is_right() {
    for document_type in DocumentType::ALL {
        check(EXAMPLE, document_type).unwrap();
        let view = sample::full(document_type, Language::French, 3);
        let page = page(&view, own(EXAMPLE));
        assert_eq!(page.warning, None);
        assert_eq!(tidied(&page.html), "", "{document_type:?}");
    }
}

#[test]
fn wrong_templates_are_refused_with_line_and_column() {
    let nested = format!("{}x{}", "(".repeat(400), ")".repeat(400));
    let deep = format!(
        "{}{}",
        "{% if total %}".repeat(400),
        "{% endif %}".repeat(400)
    );
    let nested = format!("{{{{ {nested} }}}}");
    let mut otherwise = Vec::new();
    for (template, words) in [
        (
            "<p>\n  é {{ total </p>",
            "line 2, column 15: the template is not understood",
        ),
        ("{% for line in lines %}", "line 1, column"),
        ("{% endif %}", "line 1, column 4"),
        (
            "x\n{{ totl }}",
            "line 2, column 4: the variable `totl` is unknown, did you mean `total`?",
        ),
        (
            "{{ shop.sing }}",
            "line 1, column 4: the variable `shop.sing` is unknown, did you mean `shop.sign`?",
        ),
        (
            "{% if false %}{{ qqq }}{% endif %}",
            "column 18: the variable `qqq` is unknown.",
        ),
        (
            "{% for line in lines %}\n{{ line.labl }}{% endfor %}",
            "line 2, column 4: `line.labl` is unknown",
        ),
        (
            "{% for line in lines %}{% if line.labl %}x{% endif %}{% endfor %}",
            "`line.labl` is unknown",
        ),
        (
            "{{ customer.name }}",
            "column 4: `customer.name` is unknown, or absent from some receipts",
        ),
        (
            "{{ lines[0].label }}",
            "is unknown, or absent from some receipts",
        ),
        (
            "{{ total | euros }}",
            "the filters are default, join, length, upper.",
        ),
        ("{{ total | upper(1) }}", "not understood"),
        ("{{ total() }}", "not understood"),
        ("{{ 1 // 0 }}", "line 1, column 4"),
        ("{% include 'x' %}", "not understood"),
        ("{% extends 'x' %}", "not understood"),
        ("{% import 'x' as y %}", "not understood"),
        ("{{ range(9) }}", "`range` is unknown"),
        ("{{ 'x' * 999999999 }}", "works too much"),
        (
            "{% for a in lines %}{% for b in lines %}{% for c in lines %}{{ c.label }}{% endfor %}{% endfor %}{% endfor %}",
            "works too much",
        ),
        (&nested, "this expression is too long"),
        (&deep, "not understood"),
        ("<body><ScRipt src=x></script>", "no <script>"),
        ("{{ message }}{{ '<script>'|upper }}<p\n", "accepted"),
        (" \n", "empty"),
    ] {
        let found = match check(template, DocumentType::Ticket) {
            Ok(()) => "accepted".to_owned(),
            Err(error) if error.code == MAIL_E_VALUE => error.sentence(Language::English),
            Err(error) => format!("{error:?}"),
        };
        if !found.contains(words) || found.len() > 400 {
            otherwise.push(format!("{template:.60}: {found}"));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
    let large = "x".repeat((64 << 10) + 1);
    assert_eq!(
        check(&large, DocumentType::Ticket).unwrap_err().code,
        MAIL_E_TOO_LARGE
    );
}

/// Each of these ended the process before expressions had a length: accepted or refused, the till lives on.
#[test]
fn a_template_fits_on_the_stack_that_a_call_may_have() {
    let tried = std::thread::Builder::new()
        .stack_size(384 << 10)
        .spawn(move || {
            let view = sample::full(DocumentType::Ticket, Language::French, 2);
            let mut accepted = Vec::new();
            for (index, template) in deep_templates().iter().enumerate() {
                let right = check(template, DocumentType::Ticket).is_ok();
                assert_eq!(
                    page(&view, own(template)).warning.is_none(),
                    right,
                    "{index}"
                );
                accepted.push(right);
            }
            accepted
        });
    let accepted = tried.unwrap().join().unwrap();
    assert_eq!(
        accepted,
        [
            false, false, false, false, true, true, true, false, false, false
        ]
    );
}

fn deep_templates() -> Vec<String> {
    let deep = |open: &str, close: &str, count| [open.repeat(count), close.repeat(count)].concat();
    let sets = "{% set a = [a] %}";
    vec![
        format!("{{{{ {}1 }}}}", "-".repeat(60_000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(10_000)),
        format!("{{{{ 1{} }}}}", " + 1".repeat(10_000)),
        format!("{{{{ total{} }}}}", ".a".repeat(10_000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(83)),
        deep("{% if total %}", "{% endif %}", 140),
        format!("{{% set a = [] %}}{}{{{{ a }}}}", sets.repeat(49)),
        format!("{{% set a = [] %}}{}{{{{ a }}}}", sets.repeat(3_000)),
        deep("{% for a in lines %}", "{% endfor %}", 140),
        "{% for a in lines recursive %}{{ loop(lines) }}{% endfor %}".to_owned(),
    ]
}

#[test]
fn a_template_that_fails_at_the_till_costs_nobody_the_receipt() {
    let mut view = sample::full(DocumentType::Ticket, Language::French, 3_000);
    view.number = "T99".to_owned();
    for template in [
        "{% for a in lines %}{% for b in lines %}{{ a.label }}{% endfor %}{% endfor %}",
        "{{ number * 'x' }}",
    ] {
        let page = page(&view, own(template));
        assert!(
            page.html.contains("autres lignes"),
            "the built-in template is used"
        );
        let warning = page.warning.expect(template);
        let words = warning.get(Language::French);
        assert!(
            words.contains("Le modèle du magasin a échoué") && words.contains("ligne 1, colonne"),
            "{words}"
        );
    }
    let unguarded = page(
        &sample::bare(DocumentType::Ticket, Language::French),
        own("a{{ customer.name }}b"),
    );
    assert_eq!(
        (unguarded.html.as_str(), unguarded.warning),
        ("ab", None),
        "what is absent is left out"
    );
}
