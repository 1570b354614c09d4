use super::*;
use crate::draft::Warning;
use crate::error::{
    Error, MAIL_E_CONTROL_CHARACTER, MAIL_E_MISSING_FIELD, MAIL_E_TOO_LARGE, MAIL_E_TYPE,
    MAIL_E_UNKNOWN_FIELD, MAIL_E_VALUE,
};
use crate::json;
use crate::receipt::model::Receipt;
use crate::receipt::printed::{Align, Block, Code, Printed, Style, Symbology};
use crate::receipt::view::View;
use crate::settings::model::Shop;
use crate::text::Language;
use serde_json::{Value, json};
use std::path::Path;
use unicode_width::UnicodeWidthStr;

fn shop() -> Shop {
    json::read(&json!({
        "sign": "Le Fil d'Agathe", "company": "Fil d'Agathe SARL", "address": ["3 rue du Pont", "86000 Poitiers"],
        "phone": "05 49 00 00 00", "siret": "73282932000074", "naf": "4771Z", "vat_number": "FR44732829320",
    }))
    .unwrap()
}

/// A sale whose figures add up, changed as RFC 7396 says.
fn request(change: &Value) -> Value {
    let mut request = json!({
        "number": "T1", "date": "2026-11-22T18:30:00+01:00", "to": "client@example.fr",
        "sale": {
            "lines": [
                { "label": "Pain", "quantity": "2", "unit_price": "1.20", "vat_code": "A", "total": "2.40" },
                { "label": "Café", "vat_code": "B", "total": "2.20" },
            ],
            "total": "4.60",
            "vat": [
                { "code": "A", "rate": "5.5", "net": "2.27", "tax": "0.13", "gross": "2.40" },
                { "code": "B", "rate": "10", "net": "2.00", "tax": "0.20", "gross": "2.20" },
            ],
            "payments": [{ "label": "Espèces", "amount": "5.00" }],
            "change": "0.40",
            "line_count": 2,
        },
    });
    json::merge(&mut request, change);
    request
}

fn doubts_of(receipt: &Receipt) -> Vec<Warning> {
    let kind = receipt.document_type.unwrap_or_default();
    doubts(kind, receipt.sale.as_ref().unwrap())
}

fn read(request: &Value) -> Result<Receipt, Error> {
    let receipt: Receipt = json::read(request)?;
    let kind = receipt.document_type.unwrap_or_default();
    check(kind, receipt.sale.as_ref().unwrap())?;
    Ok(receipt)
}

fn viewed(request: &Value) -> View {
    let receipt = read(request).unwrap_or_else(|error| panic!("{error:?}"));
    let language = receipt.language.unwrap_or_default();
    let sale = receipt.sale.as_ref().unwrap();
    view::view(&receipt, sale, &shop(), "Magasin 1", language).unwrap()
}

/// The printed lines as a page of text: what stands on the paper, codes by their payload.
fn page(printed: &Printed) -> Vec<String> {
    let of_block = |block: &Block| match block {
        Block::Line(line) => {
            let words: String = line.spans.iter().map(|span| span.text.as_str()).collect();
            let free = printed.columns - words.width();
            let before = if line.align == Align::Centre {
                free / 2
            } else {
                0
            };
            format!("{}{words}", " ".repeat(before)).replace('\u{a0}', " ")
        }
        Block::Code { code, .. } => format!("[{:?} {}]", code.symbology, code.payload),
        other => panic!("{other:?}"),
    };
    printed.blocks.iter().map(of_block).collect()
}

fn examples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/receipts");
    let mut examples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let content = std::fs::read_to_string(&path).unwrap();
            (name, serde_json::from_str(&content).unwrap())
        })
        .filter(|(_, request): &(String, Value)| request.get("sale").is_some())
        .collect();
    examples.sort_by(|a, b| a.0.cmp(&b.0));
    examples
}

fn example(name: &str) -> Value {
    let found = examples().into_iter().find(|(one, _)| one == name);
    found.unwrap_or_else(|| panic!("no example {name}")).1
}

#[test]
fn bad_sales_are_refused_with_their_field() {
    let line = |change: Value| {
        let mut line = json!({ "label": "Pain", "total": "1.20" });
        json::merge(&mut line, &change);
        json!({ "lines": [{ "label": "Café", "total": "1.00" }, line] })
    };
    let cases = [
        (json!({"total": "12,50"}), MAIL_E_VALUE, "total"),
        (json!({"total": "NaN"}), MAIL_E_VALUE, "total"),
        (json!({"total": "-Infinity"}), MAIL_E_VALUE, "total"),
        (json!({"total": true}), MAIL_E_TYPE, "total"),
        (json!({"total": null}), MAIL_E_MISSING_FIELD, "total"),
        (json!({"total": "9".repeat(29)}), MAIL_E_TOO_LARGE, "total"),
        (json!({"totla": 1}), MAIL_E_UNKNOWN_FIELD, "totla"),
        (json!({"line_count": -1}), MAIL_E_TYPE, "line_count"),
        (json!({"line_count": 1.5}), MAIL_E_TYPE, "line_count"),
        (json!({"change": "-0.40"}), MAIL_E_VALUE, "change"),
        (json!({"currency": "eur"}), MAIL_E_VALUE, "currency"),
        (json!({"currency": "FRF"}), MAIL_E_VALUE, "currency"),
        (json!({"lines": null}), MAIL_E_MISSING_FIELD, "lines"),
        (json!({"lines": []}), MAIL_E_VALUE, "lines"),
        (json!({"lines": {}}), MAIL_E_TYPE, "lines"),
        (
            line(json!({"label": null})),
            MAIL_E_MISSING_FIELD,
            "lines[1].label",
        ),
        (line(json!({"label": "  "})), MAIL_E_VALUE, "lines[1].label"),
        (
            line(json!({"label": "a\tb"})),
            MAIL_E_CONTROL_CHARACTER,
            "lines[1].label",
        ),
        (
            line(json!({"label": "a\u{1b}@"})),
            MAIL_E_CONTROL_CHARACTER,
            "lines[1].label",
        ),
        (
            line(json!({"label": "a\nb"})),
            MAIL_E_CONTROL_CHARACTER,
            "lines[1].label",
        ),
        (
            line(json!({"label": "a\u{2028}b"})),
            MAIL_E_CONTROL_CHARACTER,
            "lines[1].label",
        ),
        (
            line(json!({"label": "é".repeat(201)})),
            MAIL_E_TOO_LARGE,
            "lines[1].label",
        ),
        (
            line(json!({"note": "a\u{0}"})),
            MAIL_E_CONTROL_CHARACTER,
            "lines[1].note",
        ),
        (
            line(json!({"unit": "k".repeat(17)})),
            MAIL_E_TOO_LARGE,
            "lines[1].unit",
        ),
        (
            line(json!({"vat_code": "A\n"})),
            MAIL_E_CONTROL_CHARACTER,
            "lines[1].vat_code",
        ),
        (
            line(json!({"vat_rate": -20})),
            MAIL_E_VALUE,
            "lines[1].vat_rate",
        ),
        (
            line(json!({"vat_rate": "100.01"})),
            MAIL_E_VALUE,
            "lines[1].vat_rate",
        ),
        (
            line(json!({"total": "1.2.3"})),
            MAIL_E_VALUE,
            "lines[1].total",
        ),
        (
            line(json!({"total": null})),
            MAIL_E_MISSING_FIELD,
            "lines[1].total",
        ),
        (
            line(json!({"quantity": "deux"})),
            MAIL_E_VALUE,
            "lines[1].quantity",
        ),
        (
            line(json!({"discount": {}})),
            MAIL_E_MISSING_FIELD,
            "lines[1].discount.kind",
        ),
        (
            line(json!({"discount": {"kind": "soldes"}})),
            MAIL_E_VALUE,
            "lines[1].discount.kind",
        ),
        (
            line(json!({"discount": {"kind": "solde", "percent": "-30"}})),
            MAIL_E_VALUE,
            "lines[1].discount.percent",
        ),
        (
            json!({"vat": [{"rate": "20"}]}),
            MAIL_E_MISSING_FIELD,
            "vat[0].tax",
        ),
        (
            json!({"vat": [{"rate": "-20", "tax": 1}]}),
            MAIL_E_VALUE,
            "vat[0].rate",
        ),
        (
            json!({"vat": vec![json!({"rate": 20, "tax": 1}); 51]}),
            MAIL_E_TOO_LARGE,
            "vat",
        ),
        (
            json!({"lines": vec![json!({"label": "a", "total": 1}); 2_001]}),
            MAIL_E_TOO_LARGE,
            "lines",
        ),
        (
            json!({"payments": [{"label": "CB"}]}),
            MAIL_E_MISSING_FIELD,
            "payments[0].amount",
        ),
        (
            json!({"payments": [{"label": "", "amount": 1}]}),
            MAIL_E_VALUE,
            "payments[0].label",
        ),
        (
            json!({"subtotals": [{"label": "a\rb", "amount": 1}]}),
            MAIL_E_CONTROL_CHARACTER,
            "subtotals[0].label",
        ),
        (
            json!({"mention": {"kind": "annule"}}),
            MAIL_E_MISSING_FIELD,
            "mention.number",
        ),
        (
            json!({"mention": {"kind": "annule", "number": " "}}),
            MAIL_E_VALUE,
            "mention.number",
        ),
        (
            json!({"mention": {"kind": "efface", "number": "1"}}),
            MAIL_E_VALUE,
            "mention.kind",
        ),
        (
            json!({"customer": {"name": "A", "address": ["a", "b\n"]}}),
            MAIL_E_CONTROL_CHARACTER,
            "customer.address[1]",
        ),
        (
            json!({"voucher": {"value": "-5"}}),
            MAIL_E_VALUE,
            "voucher.value",
        ),
        (
            json!({"voucher": {"value": 5, "valid_until": "2027-02-30"}}),
            MAIL_E_VALUE,
            "voucher.valid_until",
        ),
        (
            json!({"barcode": {"symbology": "ean13", "payload": "12345678901"}}),
            MAIL_E_VALUE,
            "barcode.payload",
        ),
        (
            json!({"barcode": {"symbology": "ean13", "payload": "12345678901a"}}),
            MAIL_E_VALUE,
            "barcode.payload",
        ),
        // The right check digit is 7.
        (
            json!({"barcode": {"symbology": "ean13", "payload": "4006381333932"}}),
            MAIL_E_VALUE,
            "barcode.payload",
        ),
        (
            json!({"barcode": {"symbology": "code128", "payload": "Été"}}),
            MAIL_E_VALUE,
            "barcode.payload",
        ),
        (
            json!({"barcode": {"symbology": "code128", "payload": "1".repeat(49)}}),
            MAIL_E_TOO_LARGE,
            "barcode.payload",
        ),
        (json!({"qr": ""}), MAIL_E_VALUE, "qr"),
        (json!({"qr": "x".repeat(1_001)}), MAIL_E_TOO_LARGE, "qr"),
        (
            json!({"footer": "a\u{7}"}),
            MAIL_E_CONTROL_CHARACTER,
            "footer",
        ),
        (
            json!({"footer": "x".repeat(4_001)}),
            MAIL_E_TOO_LARGE,
            "footer",
        ),
        (
            json!({"till": "1\r\nBcc: x@y.fr"}),
            MAIL_E_CONTROL_CHARACTER,
            "till",
        ),
    ];
    for (change, code, field) in cases {
        let error = read(&request(&json!({ "sale": change }))).expect_err(&change.to_string());
        let field = format!("sale.{field}");
        assert_eq!(
            (error.code, error.field.as_deref()),
            (code, Some(field.as_str())),
            "{change:.300}: {error:?}"
        );
    }
}

#[test]
fn each_kind_of_document_needs_what_it_is_about() {
    let cases = [
        ("ticket", json!({"total": null}), Some("sale.total")),
        ("facture", json!({"total": null}), Some("sale.total")),
        ("service", json!({"lines": []}), Some("sale.lines")),
        ("bon", json!({"total": null}), Some("sale.voucher")),
        ("carte_prepayee", json!({}), Some("sale.voucher")),
        (
            "bon",
            json!({"lines": [], "total": null, "voucher": {"value": 5}}),
            None,
        ),
        (
            "ticket_cadeau",
            json!({"total": null, "lines": [{"label": "Pull"}]}),
            None,
        ),
    ];
    for (kind, change, field) in cases {
        let found = read(&request(&json!({ "type": kind, "sale": change })));
        let found = found.err().and_then(|error| error.field.clone());
        assert_eq!(found.as_deref(), field, "{kind} {change}");
    }
}

#[test]
fn what_does_not_add_up_is_doubted_and_nothing_else() {
    let cases = [
        (json!({}), vec![]),
        (
            json!({"total": "4.61"}),
            vec!["sale.total", "sale.payments"],
        ),
        (
            json!({"total": "5.60"}),
            vec!["sale.total", "sale.vat", "sale.payments"],
        ),
        (json!({"line_count": 3}), vec!["sale.line_count"]),
        (json!({"change": null}), vec!["sale.payments"]),
        (json!({"payments": null, "change": null}), vec![]),
        (
            json!({"vat": [
                {"code": "A", "rate": "5.5", "net": "2.27", "tax": "0.16", "gross": "2.43"},
                {"code": "B", "rate": "10", "net": "2.00", "tax": "0.20", "gross": "2.20"},
            ]}),
            vec!["sale.vat[0].tax", "sale.vat"],
        ),
        (
            json!({"vat": [{"rate": "10", "net": "4.18", "tax": "0.42", "gross": "4.62"}]}),
            vec!["sale.vat[0].gross", "sale.vat"],
        ),
        // A cent of rounding on a row, and on the sum, is nobody's mistake.
        (
            json!({"vat": [{"rate": "10", "net": "4.18", "tax": "0.43", "gross": "4.61"}]}),
            vec![],
        ),
        (json!({"vat": [{"rate": "10", "tax": "0.42"}]}), vec![]),
        // Lines before VAT.
        (
            json!({"total": "4.93", "payments": null, "change": null, "vat": [
                {"code": "A", "rate": "5.5", "net": "2.40", "tax": "0.13", "gross": "2.53"},
                {"code": "B", "rate": "10", "net": "2.20", "tax": "0.20", "gross": "2.40"},
            ]}),
            vec!["sale.vat[1].tax"],
        ),
        (
            json!({"total": "4.95", "payments": null, "change": null, "vat": [
                {"code": "A", "rate": "5.5", "net": "2.40", "tax": "0.13", "gross": "2.53"},
                {"code": "B", "rate": "10", "net": "2.20", "tax": "0.22", "gross": "2.42"},
            ]}),
            vec![],
        ),
        // A gift card beside the goods is outside VAT.
        (
            json!({
                "lines": [{"label": "Pull", "vat_rate": 20, "total": 12}, {"label": "Carte cadeau", "total": 50}],
                "vat": [{"rate": 20, "net": 10, "tax": 2, "gross": 12}], "total": 62,
                "payments": [{"label": "CB", "amount": 62}], "change": null,
            }),
            vec![],
        ),
        // The sum has too many digits to be compared.
        (
            json!({
                "lines": vec![json!({"label": "a", "total": "9".repeat(28)}); 12], "vat": null,
                "payments": null, "change": null, "line_count": 12,
            }),
            vec![],
        ),
    ];
    for (change, expected) in cases {
        let change = json!({ "sale": change });
        let receipt = read(&request(&change)).unwrap();
        let found = doubts_of(&receipt);
        let fields: Vec<&str> = found.iter().map(|doubt| doubt.field.as_str()).collect();
        assert_eq!(fields, expected, "{change:.300}");
    }
}

#[test]
fn a_wrong_total_is_shown_as_given_and_said_in_both_languages() {
    let wrong = request(
        &json!({ "sale": { "total": "1004.6", "payments": null, "change": null, "vat": null } }),
    );
    assert_eq!(viewed(&wrong).total.unwrap(), "1\u{a0}004,60\u{a0}€");
    let [doubt] = doubts_of(&read(&wrong).unwrap()).try_into().unwrap();
    let Warning { field, message } = doubt;
    assert_eq!(field, "sale.total");
    assert_eq!(
        message.get(Language::French).replace('\u{a0}', " "),
        "le total est de 1 004,60 €, la somme des lignes de 4,60 € ; envoyé tel quel."
    );
    assert_eq!(
        message.get(Language::English),
        "the total is €1,004.60, the sum of the lines €4.60; sent as given."
    );
}

#[test]
fn invoices_may_be_paid_in_part_and_tickets_may_not() {
    let part = json!({"payments": [{"label": "Acompte", "amount": "2.00"}], "change": null});
    for (kind, doubts) in [("facture", 0), ("ticket", 1), ("service", 1)] {
        let receipt = read(&request(&json!({ "type": kind, "sale": part }))).unwrap();
        assert_eq!(doubts_of(&receipt).len(), doubts, "{kind}");
    }
}

#[test]
fn titles_and_mentions_are_worded_for_the_document_and_the_language() {
    let said = |kind: &str, mention: &str, language: &str| {
        let view = viewed(&request(&json!({
            "type": kind, "language": language,
            "sale": { "mention": { "kind": mention, "number": "T0" }, "voucher": { "value": 5 } },
        })));
        [view.title, view.mention.unwrap()].map(|words| words.replace('\u{a0}', " "))
    };
    let cases = [
        (
            "ticket",
            "annule_par",
            "fr",
            "Ticket n° T1",
            "Ce ticket est annulé par le ticket n° T0",
        ),
        (
            "ticket",
            "annule",
            "fr",
            "Ticket n° T1",
            "Ce ticket annule le ticket n° T0",
        ),
        (
            "ticket",
            "modifie",
            "fr",
            "Ticket n° T1",
            "Ce ticket modifie le ticket n° T0",
        ),
        (
            "ticket_cadeau",
            "annule",
            "fr",
            "Ticket cadeau n° T1",
            "Ce ticket annule le ticket n° T0",
        ),
        (
            "carte_prepayee",
            "annule",
            "fr",
            "Carte prépayée n° T1",
            "Ce ticket annule le ticket n° T0",
        ),
        (
            "bon",
            "annule",
            "fr",
            "Bon d'achat n° T1",
            "Ce bon annule le bon n° T0",
        ),
        (
            "service",
            "annule_par",
            "fr",
            "Note n° T1",
            "Cette note est annulée par la note n° T0",
        ),
        (
            "facture",
            "annule_par",
            "fr",
            "Facture n° T1",
            "Cette facture est annulée par la facture n° T0",
        ),
        (
            "facture",
            "modifie",
            "fr",
            "Facture n° T1",
            "Cette facture modifie la facture n° T0",
        ),
        (
            "ticket",
            "annule_par",
            "en",
            "Receipt No. T1",
            "This receipt is cancelled by receipt No. T0",
        ),
        (
            "ticket_cadeau",
            "annule",
            "en",
            "Gift receipt No. T1",
            "This receipt cancels receipt No. T0",
        ),
        (
            "bon",
            "annule",
            "en",
            "Voucher No. T1",
            "This voucher cancels voucher No. T0",
        ),
        (
            "service",
            "modifie",
            "en",
            "Bill No. T1",
            "This bill changes bill No. T0",
        ),
        (
            "facture",
            "annule",
            "en",
            "Invoice No. T1",
            "This invoice cancels invoice No. T0",
        ),
        (
            "carte_prepayee",
            "annule",
            "en",
            "Prepaid card No. T1",
            "This receipt cancels receipt No. T0",
        ),
    ];
    for (kind, mention, language, title, words) in cases {
        assert_eq!(
            said(kind, mention, language),
            [title, words],
            "{kind} {mention} {language}"
        );
    }
}

#[test]
fn lines_say_how_many_at_which_price_and_what_was_taken_off() {
    let cases = [
        (json!({}), None, None),
        (json!({"quantity": 1, "unit_price": 10}), None, None),
        (json!({"quantity": 2}), Some("2"), None),
        (
            json!({"quantity": "-1", "unit_price": 10}),
            Some("−1 × 10,00 €"),
            None,
        ),
        (
            json!({"quantity": "0.354", "unit": "kg", "unit_price": "12"}),
            Some("0,354 kg × 12,00 €/kg"),
            None,
        ),
        (json!({"quantity": "1", "unit": "h"}), Some("1 h"), None),
        (json!({"unit": " "}), None, None),
        (
            json!({"unit_price": "14.29", "discount": {"kind": "solde", "percent": 30}}),
            Some("1 × 14,29 €"),
            Some("Solde −30 %"),
        ),
        (
            json!({"discount": {"kind": "promo", "percent": "10.00"}}),
            None,
            Some("Promo −10 %"),
        ),
        (
            json!({"discount": {"kind": "promo", "amount": "-5"}}),
            None,
            Some("Promo −5,00 €"),
        ),
        (
            json!({"discount": {"kind": "promo", "amount": "5", "percent": "2.5"}}),
            None,
            Some("Promo −2,5 % (−5,00 €)"),
        ),
        (json!({"discount": {"kind": "solde"}}), None, Some("Solde")),
    ];
    for (change, quantity, discount) in cases {
        let mut line = json!({ "label": "Pull", "total": "10.00" });
        json::merge(&mut line, &change);
        let view = viewed(&request(&json!({ "sale": { "lines": [line] } })));
        let words =
            |given: &Option<String>| given.as_ref().map(|words| words.replace('\u{a0}', " "));
        let found = (
            words(&view.lines[0].quantity),
            words(&view.lines[0].discount),
        );
        assert_eq!(
            (found.0.as_deref(), found.1.as_deref()),
            (quantity, discount),
            "{change}"
        );
    }
}

#[test]
fn a_view_says_what_the_law_wants_about_the_shop() {
    let view = viewed(&request(&json!({})));
    assert_eq!(view.shop.sign, "Le Fil d'Agathe");
    assert_eq!(
        view.shop.siret.unwrap(),
        "SIRET\u{a0}732\u{a0}829\u{a0}320\u{a0}00074"
    );
    assert_eq!(view.shop.naf.unwrap(), "NAF\u{a0}4771Z");
    assert_eq!(
        view.shop.vat_number.unwrap(),
        "N°\u{a0}TVA\u{a0}FR44732829320"
    );
    assert_eq!(
        (view.date.as_str(), view.time.as_str()),
        ("22/11/2026", "18:30")
    );
    let receipt = read(&request(&json!({}))).unwrap();
    let sale = receipt.sale.as_ref().unwrap();
    let nameless = view::view(
        &receipt,
        sale,
        &Shop::default(),
        "Magasin 1",
        Language::English,
    );
    assert_eq!(nameless.unwrap().shop.sign, "Magasin 1");
}

#[test]
fn the_check_digit_of_an_ean13_is_added_where_it_is_missing() {
    for payload in ["400638133393", "4006381333931"] {
        let barcode = json!({ "symbology": "ean13", "payload": payload });
        let view = viewed(&request(&json!({ "sale": { "barcode": barcode } })));
        assert_eq!(view.barcode.unwrap().payload, "4006381333931", "{payload}");
    }
}

#[test]
fn html_emoji_and_letters_from_right_to_left_are_kept_as_they_are() {
    for label in [
        "<b>Pain</b> & Cie",
        "Cookie 🍪👩\u{200d}🍳",
        "قهوة عربية",
        "עוגת גבינה",
    ] {
        let line = json!({ "label": label, "total": 1 });
        let view = viewed(&request(&json!({ "sale": { "lines": [line] } })));
        assert_eq!(view.lines[0].label, label);
        let page = page(&printed::printed(&view)).join("\n");
        assert!(page.contains(label), "{page}");
    }
}

#[test]
fn a_ticket_is_printed_in_aligned_columns() {
    let mut clothes = example("clothes");
    let mention = json!({ "kind": "annule", "number": "2026-02-018733" });
    json::merge(&mut clothes, &json!({ "sale": { "mention": mention } }));
    let printed = printed::printed(&viewed(&clothes));
    let expected = "
        Ce ticket annule le ticket
            n° 2026-02-018733

             Le Fil d'Agathe
            Fil d'Agathe SARL
              3 rue du Pont
              86000 Poitiers
           Tél. 05 49 00 00 00
   SIRET 732 829 320 00074 · NAF 4771Z
           N° TVA FR44732829320
------------------------------------------
Ticket n° 2026-02-018734        04/07/2026
Caisse 2 · Servi par Inès            16:05
------------------------------------------
Chemise en lin lavé à manches    62,93 € A
longues, col italien
  1 × 89,90 €
  Solde −30 %
  Taille M, bleu ciel
Jean droit                       79,90 € A
  Taille 40
Chaussettes coton bio            17,82 € A
  3 × 6,60 €
  Promo −10 % (−1,98 €)
  Pointure 39-42
Ceinture cuir tressé             27,50 € A
  1 × 32,50 €
  Promo −5,00 €
Retouche ourlet                  12,00 € A
------------------------------------------
Total avant remises               234,10 €
Vos remises                       −33,95 €
TOTAL TTC                         200,15 €
Carte cadeau                       50,00 €
Carte bancaire sans contact       150,15 €
5 lignes
------------------------------------------
Taux             HT        TVA         TTC
A 20 %     166,79 €    33,36 €    200,15 €
------------------------------------------
Carte de fidélité                **** 4521
Points gagnés                           20
Solde de points                        240
Encore 60 points avant votre bon de 10 €.

[Ean13 2900026041217]

 Échange et remboursement sous 30 jours,
           articles non portés,
      sur présentation de ce ticket.

 Votre adresse ne sert qu'à l'envoi de ce
ticket ; elle est effacée après 30 jours.

        Signature Qm7-x2B-81c-Ka9
         Logiciel Caisse Démo 4.2
";
    assert_eq!(format!("\n{}\n", page(&printed).join("\n")), expected);
}

#[test]
fn the_first_line_the_sign_and_the_total_stand_out() {
    let mention = json!({ "kind": "annule_par", "number": "T2" });
    let view = viewed(&request(&json!({ "sale": { "mention": mention } })));
    let printed = printed::printed(&view);
    let bold = Style {
        bold: true,
        ..Style::default()
    };
    let large = Style {
        double_height: true,
        ..bold
    };
    let style_of = |begin: &str| {
        let found = printed.blocks.iter().find_map(|block| match block {
            Block::Line(line) => line
                .spans
                .first()
                .filter(|span| span.text.starts_with(begin)),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no {begin}")).style
    };
    let Some(Block::Line(first)) = printed.blocks.first() else {
        panic!("{:?}", printed.blocks.first());
    };
    assert!(
        first.spans[0].text.starts_with("Ce ticket est annulé"),
        "{first:?}"
    );
    let styles = [
        ("Ce ticket est", bold),
        ("Le Fil", large),
        ("Ticket n°", bold),
        ("Pain", Style::default()),
        ("TOTAL TTC", large),
        ("Espèces", Style::default()),
    ];
    for (begin, style) in styles {
        assert_eq!(style_of(begin), style, "{begin}");
    }
}

#[test]
fn a_vat_table_too_wide_for_the_paper_is_printed_below_each_other() {
    let huge = "12345678901234567.89";
    let row = json!({ "code": "A", "rate": "20", "net": huge, "tax": huge, "gross": huge });
    let view = viewed(&request(&json!({ "sale": { "vat": [row] } })));
    let lines = page(&printed::printed(&view));
    for line in [
        "Taux                                A 20 %",
        "HT            12 345 678 901 234 567,89 €",
        "TTC           12 345 678 901 234 567,89 €",
    ] {
        let squeezed = |line: &str| line.split_whitespace().collect::<String>();
        let found = lines.iter().find(|one| squeezed(one) == squeezed(line));
        assert_eq!(
            found.map_or(0, |line| line.width()),
            42,
            "{line} in {lines:#?}"
        );
    }
}

#[test]
fn codes_are_printed_as_codes() {
    let barcode = json!({ "symbology": "code128", "payload": "T1-77" });
    let sale = json!({ "barcode": barcode, "qr": "https://www.example.fr/r/T1" });
    let printed = printed::printed(&viewed(&request(&json!({ "sale": sale }))));
    let codes: Vec<&Code> = printed
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Code {
                code,
                align: Align::Centre,
            } => Some(code),
            _ => None,
        })
        .collect();
    let code = |symbology, payload: &str, shows_text| Code {
        symbology,
        payload: payload.to_owned(),
        shows_text,
    };
    assert_eq!(
        codes,
        [
            &code(Symbology::Code128, "T1-77", true),
            &code(Symbology::Qr, "https://www.example.fr/r/T1", false),
        ]
    );
}

/// Every amount of a sale's JSON, in all ways in which a receipt could write it.
fn amounts(value: &Value, found: &mut Vec<String>) {
    const OF_MONEY: [&str; 10] = [
        "total",
        "unit_price",
        "amount",
        "net",
        "tax",
        "gross",
        "change",
        "value",
        "earned",
        "balance",
    ];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let digits = member
                    .as_str()
                    .map_or_else(|| member.to_string(), str::to_owned);
                if OF_MONEY.contains(&name.as_str()) && !digits.is_empty() {
                    let bare = digits.trim_start_matches('-');
                    found.extend([bare.to_owned(), bare.replace('.', ",")]);
                }
                amounts(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| amounts(item, found)),
        _ => {}
    }
}

#[test]
fn a_gift_ticket_shows_no_price_anywhere() {
    // Figures that occur nowhere else in the request, so that each of them found is a price shown.
    let mut every_price = request(&json!({ "type": "ticket_cadeau", "sale": {
        "lines": [
            { "label": "Pull", "quantity": "2", "unit_price": "71.31", "total": "142.62", "vat_rate": "20", "vat_code": "A",
              "discount": { "kind": "promo", "percent": "3", "amount": "81.41" } },
            { "label": "Thé", "quantity": "0.355", "unit": "kg", "unit_price": "91.51", "total": "32.49" },
        ],
        "subtotals": [{ "label": "Sous-total", "amount": "61.71" }],
        "total": "175.11",
        "vat": [{ "code": "A", "rate": "20", "net": "51.81", "tax": "41.91", "gross": "31.61" }],
        "payments": [{ "label": "Espèces", "amount": "211.01" }],
        "change": "21.21",
        "loyalty": { "card": "4521", "earned": "171", "balance": "14141", "note": "Encore 1,01 €" },
        "voucher": { "value": "13.31", "code": "BA-1" },
        "barcode": { "symbology": "code128", "payload": "T1-77" },
        "footer": "Échange possible",
    }}));
    let mut as_ticket = every_price.clone();
    as_ticket["type"] = json!("ticket");
    let cases = [every_price.take(), example("gift")];
    for gift in &cases {
        let view = viewed(gift);
        let seen = [
            serde_json::to_string(&view).unwrap(),
            page(&printed::printed(&view)).join("\n"),
        ];
        let mut prices = vec![
            "€".to_owned(),
            "EUR".to_owned(),
            "Solde".to_owned(),
            "Promo".to_owned(),
        ];
        amounts(&gift["sale"], &mut prices);
        assert!(prices.len() > 20, "{prices:?}");
        for (seen, price) in seen
            .iter()
            .flat_map(|seen| prices.iter().map(move |price| (seen, price)))
        {
            assert!(!holds(seen, price), "{price} in {seen}");
        }
        assert!(!view.shows_prices);
    }
    let printed = page(&printed::printed(&viewed(&cases[0])));
    for line in [
        "Pull                                 Qté 2",
        "Thé                           Qté 0,355 kg",
    ] {
        assert!(
            printed.iter().any(|one| one == line),
            "{line} in {printed:#?}"
        );
    }
    let gift = viewed(&cases[0]);
    assert_eq!(gift.lines[0].quantity.as_deref(), Some("2"));
    assert_eq!(gift.lines[1].quantity.as_deref(), Some("0,355\u{a0}kg"));
    assert_eq!(gift.barcode.unwrap().payload, "T1-77");
    // The same search finds all of them on the ticket itself: it would find them on the gift ticket too.
    let ticket = serde_json::to_string(&viewed(&as_ticket)).unwrap();
    let ticket = ticket.replace('\u{a0}', "");
    let mut prices = Vec::new();
    amounts(&as_ticket["sale"], &mut prices);
    for price in prices.iter().filter(|price| !price.contains('.')) {
        assert!(holds(&ticket, price), "{price} in {ticket}");
    }
}

/// Tells whether a figure occurs that is not part of a longer one.
fn holds(text: &str, figure: &str) -> bool {
    text.match_indices(figure).any(|(start, _)| {
        let part_of = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_digit());
        !part_of(text[..start].chars().next_back())
            && !part_of(text[start + figure.len()..].chars().next())
    })
}

#[test]
fn the_examples_are_accepted_without_a_warning_and_fit_the_paper() {
    let examples = examples();
    let names: Vec<&str> = examples.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "bakery",
            "cancelled",
            "clothes",
            "english",
            "gift",
            "hairdresser",
            "invoice",
            "long",
            "prepaid_card",
            "restaurant_sale",
            "voucher",
        ]
    );
    for (name, request) in &examples {
        let receipt = read(request).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(doubts_of(&receipt), [], "{name}");
        assert_eq!(receipt.to, "client@example.fr", "{name}");
        let lines = page(&printed::printed(&viewed(request)));
        for line in lines.iter().filter(|line| !line.starts_with('[')) {
            assert!(line.width() <= 42, "{name}: {line:?}");
        }
    }
}

#[test]
fn a_long_receipt_says_every_line() {
    let long = example("long");
    let view = viewed(&long);
    assert_eq!(view.lines.len(), 300);
    let page = page(&printed::printed(&view));
    for line in &view.lines {
        let total = line.total.as_ref().unwrap().replace('\u{a0}', " ");
        let label: String = line.label.chars().take(12).collect();
        let found = page
            .iter()
            .any(|row| row.starts_with(&label) && row.contains(&total));
        assert!(found, "{line:?}");
    }
}
