//! The words of a receipt made from a sale, and what is said about a sale that is wrong; French and English together.

use super::model::{DiscountKind, MentionKind};
use crate::receipt::model::DocumentType;
use crate::text::{Language, Text, quoted};

/// One wording in both languages.
pub(crate) struct Words(pub(crate) &'static str, pub(crate) &'static str);

impl Words {
    /// Gives the wording in one language.
    pub(crate) fn get(&self, language: Language) -> &'static str {
        match language {
            Language::French => self.0,
            Language::English => self.1,
        }
    }
}

pub(crate) const NUMBER: Words = Words("n°", "No.");
pub(crate) const TILL: Words = Words("Caisse", "Till");
pub(crate) const CASHIER: Words = Words("Servi par", "Served by");
pub(crate) const CUSTOMER: Words = Words("Client", "Customer");
pub(crate) const PHONE: Words = Words("Tél.", "Tel.");
pub(crate) const SIRET: Words = Words("SIRET", "SIRET");
pub(crate) const NAF: Words = Words("NAF", "NAF");
pub(crate) const VAT_NUMBER: Words = Words("N°\u{a0}TVA", "VAT No.");
pub(crate) const QUANTITY: Words = Words("Qté", "Qty");
pub(crate) const TOTAL: Words = Words("TOTAL", "TOTAL");
pub(crate) const TOTAL_WITH_VAT: Words = Words("TOTAL TTC", "TOTAL incl. VAT");
pub(crate) const CHANGE: Words = Words("Rendu", "Change");
pub(crate) const RATE: Words = Words("Taux", "Rate");
pub(crate) const NET: Words = Words("HT", "Net");
pub(crate) const TAX: Words = Words("TVA", "VAT");
pub(crate) const GROSS: Words = Words("TTC", "Gross");
pub(crate) const LOYALTY_CARD: Words = Words("Carte de fidélité", "Loyalty card");
pub(crate) const POINTS_EARNED: Words = Words("Points gagnés", "Points earned");
pub(crate) const POINTS: Words = Words("Solde de points", "Points balance");
pub(crate) const VALUE: Words = Words("Valeur", "Value");
pub(crate) const CARD_BALANCE: Words = Words("Solde de la carte", "Balance of the card");
pub(crate) const VALID_UNTIL: Words = Words("Valable jusqu'au", "Valid until");
pub(crate) const CODE: Words = Words("Code", "Code");
pub(crate) const SIGNATURE: Words = Words("Signature", "Signature");
pub(crate) const SOFTWARE: Words = Words("Logiciel", "Software");

/// What a document is called in its title.
pub(crate) fn title(kind: DocumentType) -> Words {
    match kind {
        DocumentType::Ticket => Words("Ticket", "Receipt"),
        DocumentType::TicketCadeau => Words("Ticket cadeau", "Gift receipt"),
        DocumentType::Bon => Words("Bon d'achat", "Voucher"),
        DocumentType::CartePrepayee => Words("Carte prépayée", "Prepaid card"),
        DocumentType::Service => Words("Note", "Bill"),
        DocumentType::Facture => Words("Facture", "Invoice"),
    }
}

pub(crate) fn discount(kind: DiscountKind) -> Words {
    match kind {
        DiscountKind::Solde => Words("Solde", "Sale"),
        DiscountKind::Promo => Words("Promo", "Promotion"),
    }
}

/// `Ce ticket est annulé par le ticket n° 12`, as NF525 has it in the first line.
pub(crate) fn mention(
    kind: MentionKind,
    document: DocumentType,
    number: &str,
    language: Language,
) -> String {
    let (this, other, feminine) = match document {
        DocumentType::Facture => ("Cette facture", "la facture", "e"),
        DocumentType::Service => ("Cette note", "la note", "e"),
        DocumentType::Bon => ("Ce bon", "le bon", ""),
        _ => ("Ce ticket", "le ticket", ""),
    };
    let noun = match document {
        DocumentType::Facture => "invoice",
        DocumentType::Service => "bill",
        DocumentType::Bon => "voucher",
        _ => "receipt",
    };
    let verb = match kind {
        MentionKind::AnnulePar => Words("est annulé", "is cancelled by"),
        MentionKind::Annule => Words("annule", "cancels"),
        MentionKind::Modifie => Words("modifie", "changes"),
    }
    .get(language);
    let by = match kind {
        MentionKind::AnnulePar => format!("{feminine} par"),
        _ => String::new(),
    };
    match language {
        Language::French => format!("{this} {verb}{by} {other} n°\u{a0}{number}"),
        Language::English => format!("This {noun} {verb} {noun} No.\u{a0}{number}"),
    }
}

pub(crate) fn line_count(count: u32, language: Language) -> String {
    match (language, count) {
        (Language::French, 0 | 1) => format!("{count} ligne"),
        (Language::French, _) => format!("{count} lignes"),
        (Language::English, 1) => format!("{count} line"),
        (Language::English, _) => format!("{count} lines"),
    }
}

// What is refused.

pub(crate) fn no_lines() -> Text {
    Text::new(
        "une ligne au moins est attendue.",
        "at least one line is needed.",
    )
}

pub(crate) fn unknown_currency(code: &str) -> Text {
    let code = quoted(code);
    Text::new(
        format!("« {code} » n'est pas un code de devise ISO 4217 (exemple : EUR)."),
        format!("\"{code}\" is not a currency code of ISO 4217 (for instance EUR)."),
    )
}

pub(crate) fn negative() -> Text {
    Text::new(
        "un montant négatif n'est pas permis ici.",
        "a negative amount is not allowed here.",
    )
}

pub(crate) fn control_character() -> Text {
    Text::new(
        "un caractère de contrôle autre qu'un retour à la ligne n'est pas permis ici.",
        "a control character other than a line break is not allowed here.",
    )
}

pub(crate) fn not_ean13(payload: &str) -> Text {
    let payload = quoted(payload);
    Text::new(
        format!("un EAN-13 a 12 chiffres, ou 13 avec sa clé ; « {payload} » a été trouvé."),
        format!("an EAN-13 has 12 digits, or 13 with the check digit; found \"{payload}\"."),
    )
}

pub(crate) fn ean13_check_digit(payload: &str, right: u32) -> Text {
    Text::new(
        format!("la clé de l'EAN-13 {payload} est fausse : le dernier chiffre serait {right}."),
        format!(
            "the check digit of the EAN-13 {payload} is wrong: the last digit would be {right}."
        ),
    )
}

pub(crate) fn not_in_code128(sign: char) -> Text {
    let shown = quoted(&sign.to_string());
    Text::new(
        format!(
            "un Code 128 n'a que des lettres sans accent, des chiffres et des signes ; « {shown} » a été trouvé."
        ),
        format!(
            "a Code 128 has only letters without accents, digits and signs; found \"{shown}\"."
        ),
    )
}

// What does not add up: the receipt is sent as given.

pub(crate) fn lines_and_total(sum: &[String; 2], total: &[String; 2]) -> Text {
    let ([sum_fr, sum_en], [total_fr, total_en]) = (sum, total);
    Text::new(
        format!("le total est de {total_fr}, la somme des lignes de {sum_fr} ; envoyé tel quel."),
        format!("the total is {total_en}, the sum of the lines {sum_en}; sent as given."),
    )
}

pub(crate) fn vat_of_rate(right: &[String; 2], tax: &[String; 2]) -> Text {
    let ([right_fr, right_en], [tax_fr, tax_en]) = (right, tax);
    Text::new(
        format!(
            "la TVA est de {tax_fr}, le taux appliqué au HT donne {right_fr} ; envoyé tel quel."
        ),
        format!("the VAT is {tax_en}, the rate on the net amount makes {right_en}; sent as given."),
    )
}

pub(crate) fn net_and_tax(right: &[String; 2], gross: &[String; 2]) -> Text {
    let ([right_fr, right_en], [gross_fr, gross_en]) = (right, gross);
    Text::new(
        format!("le TTC est de {gross_fr}, HT et TVA font {right_fr} ; envoyé tel quel."),
        format!("the gross amount is {gross_en}, net and VAT make {right_en}; sent as given."),
    )
}

pub(crate) fn vat_and_total(sum: &[String; 2], total: &[String; 2]) -> Text {
    let ([sum_fr, sum_en], [total_fr, total_en]) = (sum, total);
    Text::new(
        format!(
            "le tableau de TVA fait {sum_fr} TTC, le total est de {total_fr} ; envoyé tel quel."
        ),
        format!("the VAT table makes {sum_en} gross, the total is {total_en}; sent as given."),
    )
}

pub(crate) fn payments_and_total(paid: &[String; 2], total: &[String; 2]) -> Text {
    let ([paid_fr, paid_en], [total_fr, total_en]) = (paid, total);
    Text::new(
        format!(
            "les paiements moins le rendu font {paid_fr}, le total est de {total_fr} ; envoyé tel quel."
        ),
        format!(
            "the payments less the change make {paid_en}, the total is {total_en}; sent as given."
        ),
    )
}

pub(crate) fn count_of_lines(given: u32, lines: usize) -> Text {
    Text::new(
        format!("{given} lignes sont annoncées, le ticket en a {lines} ; envoyé tel quel."),
        format!("{given} lines are announced, the receipt has {lines}; sent as given."),
    )
}
