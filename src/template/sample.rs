//! Made-up receipts: the trials of a shop's own template when it is saved, and our tests.

use crate::receipt::model::DocumentType;
use crate::receipt::printed::Symbology;
use crate::receipt::view::{
    CodeView, CustomerView, Figure, LineView, LogoView, ShopView, VatView, View,
};
use crate::text::Language;

/// Gives a receipt that says nothing but what every receipt says.
pub(super) fn bare(document_type: DocumentType, language: Language) -> View {
    View {
        language: code(language),
        document_type: document_type.as_str(),
        title: "Ticket n° T1".to_owned(),
        number: "T1".to_owned(),
        date: "22/11/2026".to_owned(),
        time: "18:30".to_owned(),
        shop: ShopView {
            sign: "Boutique".to_owned(),
            ..ShopView::default()
        },
        shows_prices: document_type != DocumentType::TicketCadeau,
        ..View::default()
    }
}

/// Gives a receipt that says everything, with so many lines.
pub(super) fn full(document_type: DocumentType, language: Language, lines: usize) -> View {
    let priced = document_type != DocumentType::TicketCadeau;
    let figures = |given: &[(&str, &str)]| -> Vec<Figure> {
        let figure = |(label, amount): &(&str, &str)| Figure {
            label: (*label).to_owned(),
            amount: (*amount).to_owned(),
        };
        given.iter().map(figure).collect()
    };
    let some = |given: &str| Some(given.to_owned());
    let price = |given: &str| priced.then(|| given.to_owned());
    View {
        till: some("Caisse 2"),
        cashier: some("Servi par Chloé"),
        shop: shop(),
        mention: some("Ce ticket annule le ticket n° T0"),
        customer: Some(CustomerView {
            name: "Mme Zoë Müller".to_owned(),
            address: vec!["3 rue d'Été".to_owned(), "75001 Paris".to_owned()],
            vat_number: some("N° TVA FR83404833048"),
        }),
        lines: (1..=lines).map(|number| line(number, priced)).collect(),
        subtotals: if priced {
            figures(&[
                ("Sous-total", "1\u{202f}254,50\u{a0}€"),
                ("Remise", "−20,00\u{a0}€"),
            ])
        } else {
            Vec::new()
        },
        total: price("1\u{202f}234,50\u{a0}€"),
        payments: if priced {
            figures(&[
                ("Carte bancaire", "1\u{202f}200,00\u{a0}€"),
                ("Espèces", "40,00\u{a0}€"),
            ])
        } else {
            Vec::new()
        },
        change: price("5,50\u{a0}€"),
        vat: if priced { vat() } else { Vec::new() },
        line_count: Some(format!("{lines} lignes")),
        loyalty: figures(&[("Carte", "1234"), ("Points gagnés", "12")]),
        voucher: figures(&[
            ("Valeur", "20,00\u{a0}€"),
            ("Valable jusqu'au", "22/11/2027"),
        ])
        .into_iter()
        .filter(|_| priced)
        .collect(),
        barcode: Some(picture("barcode", "T1-20261122", 280, 80)),
        qr: Some(picture("qr", "retour T1", 160, 160)),
        signature: some("Signature aB3d-EfGh"),
        software: some("Logiciel Caisse 12.1"),
        footer: vec![
            "Échange sous 30 jours".to_owned(),
            "Merci et à bientôt".to_owned(),
        ],
        privacy_notice: vec!["Votre adresse ne sert qu'à l'envoi de ce ticket.".to_owned()],
        logos: vec![LogoView {
            cid: "logo1".to_owned(),
            alt: "Boutique".to_owned(),
            width: 200,
            height: 60,
        }],
        ..bare(document_type, language)
    }
}

fn code(language: Language) -> &'static str {
    match language {
        Language::French => "fr",
        Language::English => "en",
    }
}

fn shop() -> ShopView {
    ShopView {
        sign: "Café de l'Été".to_owned(),
        company: Some("Été SARL".to_owned()),
        address: vec![
            "1 place de l'Église".to_owned(),
            "67000 Strasbourg".to_owned(),
        ],
        phone: Some("Tél. 03 88 00 00 00".to_owned()),
        siret: Some("SIRET 732 829 320 00074".to_owned()),
        naf: Some("NAF 47.71Z".to_owned()),
        vat_number: Some("N° TVA FR44732829320".to_owned()),
    }
}

fn line(number: usize, priced: bool) -> LineView {
    let price = |given: &str| priced.then(|| given.to_owned());
    LineView {
        label: format!("Chemise en lin à manches longues, col italien, n° {number}"),
        quantity: Some(
            if priced {
                "2\u{a0}× 24,95\u{a0}€"
            } else {
                "2"
            }
            .to_owned(),
        ),
        discount: price("Solde −30\u{a0}%"),
        vat_code: price("A"),
        total: price("34,93\u{a0}€"),
        note: Some("Bleu pétrole, taille 40, retouche de l'ourlet le 24/11".to_owned()),
    }
}

fn vat() -> Vec<VatView> {
    let rate = |code: &str, rate: &str, net: &str, tax: &str, gross: &str| VatView {
        code: Some(code.to_owned()),
        rate: rate.to_owned(),
        net: Some(net.to_owned()),
        tax: tax.to_owned(),
        gross: Some(gross.to_owned()),
    };
    vec![
        rate(
            "A",
            "20\u{a0}%",
            "1\u{202f}000,00\u{a0}€",
            "200,00\u{a0}€",
            "1\u{202f}200,00\u{a0}€",
        ),
        rate(
            "B",
            "5,5\u{a0}%",
            "32,70\u{a0}€",
            "1,80\u{a0}€",
            "34,50\u{a0}€",
        ),
    ]
}

fn picture(cid: &str, payload: &str, width: u32, height: u32) -> CodeView {
    CodeView {
        cid: cid.to_owned(),
        symbology: if cid == "qr" {
            Symbology::Qr
        } else {
            Symbology::Code128
        },
        payload: payload.to_owned(),
        width,
        height,
    }
}
