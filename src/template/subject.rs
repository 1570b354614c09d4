//! Subjects: a pattern with places for the day, the time, the store, the company and the number.
//!
//! A value never brings a line break, a control character or a mark of direction into the subject.

use crate::error::{Error, MAIL_E_CONTROL_CHARACTER, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::receipt::model::DocumentType;
use crate::text::{self, Language};

/// Longest subject, in characters: mail programs show far less.
const MAX_CHARACTERS: usize = 255;

/// What a pattern may name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Values<'a> {
    /// `{0:d}`
    pub(crate) day: &'a str,
    /// `{0:t}`
    pub(crate) time: &'a str,
    /// `{1}`
    pub(crate) store: &'a str,
    /// `{2}`
    pub(crate) company: &'a str,
    /// `{3}`
    pub(crate) number: &'a str,
}

/// A piece of a pattern.
enum Piece<'a> {
    Letter(char),
    Place(&'a str),
}

/// Checks a pattern; a place that is not known is refused with its position.
pub(crate) fn check(pattern: &str) -> Result<()> {
    if pattern.chars().any(is_unfit) {
        return Err(Error::new(
            MAIL_E_CONTROL_CHARACTER,
            text::control_character(),
        ));
    }
    if pattern.chars().count() > MAX_CHARACTERS {
        let message = text::longer_than_characters(MAX_CHARACTERS);
        return Err(Error::new(MAIL_E_TOO_LARGE, message));
    }
    if pattern.trim().is_empty() {
        return Err(Error::new(MAIL_E_VALUE, text::empty()));
    }
    walk(pattern, &mut |piece| match piece {
        Piece::Place(name) => Values::default().get(name).is_some(),
        Piece::Letter(_) => true,
    })
    .map_err(|(position, found)| Error::new(MAIL_E_VALUE, text::subject_place(position, &found)))
}

/// Fills a pattern, or the usual one of the document type and language.
pub(crate) fn fill(
    pattern: Option<&str>,
    document_type: DocumentType,
    language: Language,
    values: &Values,
) -> String {
    let pattern = pattern.unwrap_or_else(|| usual(document_type, language));
    let mut filled = String::with_capacity(pattern.len() + 60);
    let told = walk(pattern, &mut |piece| {
        match piece {
            Piece::Letter(letter) => filled.push(letter),
            Piece::Place(name) => filled.push_str(values.get(name).unwrap_or_default()),
        }
        true
    });
    // Saved patterns are checked; one that an older version saved is still better than no subject.
    if told.is_err() {
        filled.push_str(pattern);
    }
    shortened(&one_line(&filled))
}

impl<'a> Values<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        Some(match name {
            "0:d" => self.day,
            "0:t" => self.time,
            "1" => self.store,
            "2" => self.company,
            "3" => self.number,
            _ => return None,
        })
    }
}

/// The usual pattern.
fn usual(document_type: DocumentType, language: Language) -> &'static str {
    match (language, document_type) {
        (Language::French, DocumentType::Ticket) => "Votre ticket de {1} du {0:d}",
        (Language::French, DocumentType::TicketCadeau) => "Votre ticket cadeau de {1} du {0:d}",
        (Language::French, DocumentType::Bon) => "Votre bon d'achat de {1} du {0:d}",
        (Language::French, DocumentType::CartePrepayee) => "Votre carte prépayée de {1} du {0:d}",
        (Language::French, DocumentType::Service) => "Votre note de {1} du {0:d}",
        (Language::French, DocumentType::Facture) => "Votre facture {3} de {1} du {0:d}",
        (Language::English, DocumentType::Ticket) => "Your receipt from {1} of {0:d}",
        (Language::English, DocumentType::TicketCadeau) => "Your gift receipt from {1} of {0:d}",
        (Language::English, DocumentType::Bon) => "Your voucher from {1} of {0:d}",
        (Language::English, DocumentType::CartePrepayee) => "Your prepaid card from {1} of {0:d}",
        (Language::English, DocumentType::Service) => "Your bill from {1} of {0:d}",
        (Language::English, DocumentType::Facture) => "Your invoice {3} from {1} of {0:d}",
    }
}

/// Gives a pattern's pieces one after the other; ends with the position (from 1) and the text of the first wrong one.
fn walk<'a>(
    pattern: &'a str,
    take: &mut dyn FnMut(Piece<'a>) -> bool,
) -> std::result::Result<(), (usize, String)> {
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let position = pattern.chars().count() - rest.chars().count() + 1;
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        let (piece, next) = match first {
            '{' | '}' if after.starts_with(first) => (Piece::Letter(first), after.get(1..)),
            '{' => {
                let Some(end) = after.find('}') else {
                    return Err((position, rest.to_owned()));
                };
                let name = after.get(..end).unwrap_or_default();
                (Piece::Place(name), after.get(end + 1..))
            }
            '}' => return Err((position, "}".to_owned())),
            letter => (Piece::Letter(letter), Some(after)),
        };
        let next = next.unwrap_or_default();
        let shown = rest.get(..rest.len() - next.len()).unwrap_or_default();
        if !take(piece) {
            return Err((position, shown.to_owned()));
        }
        rest = next;
    }
    Ok(())
}

/// What must not get into a header: control characters, separators of lines, and marks that turn the direction.
fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn one_line(filled: &str) -> String {
    let mut line = String::with_capacity(filled.len());
    for character in filled.chars() {
        let fit = if is_unfit(character) { ' ' } else { character };
        if fit != ' ' || !line.ends_with(' ') {
            line.push(fit);
        }
    }
    line.trim().to_owned()
}

fn shortened(subject: &str) -> String {
    if subject.chars().count() <= MAX_CHARACTERS {
        return subject.to_owned();
    }
    let kept = subject.chars().take(MAX_CHARACTERS - 1);
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values = Values {
        day: "22/11/2026",
        time: "18:30",
        store: "Café de l'Été",
        company: "Été SARL",
        number: "T1",
    };

    fn filled(pattern: &str, values: &Values) -> String {
        let document_type = DocumentType::Ticket;
        fill(Some(pattern), document_type, Language::French, values)
    }

    #[test]
    fn places_are_filled() {
        let long = "x".repeat(255);
        for (pattern, expected) in [
            (
                "Votre ticket de {1} du {0:d}",
                "Votre ticket de Café de l'Été du 22/11/2026",
            ),
            ("{3} {0:t} {2}", "T1 18:30 Été SARL"),
            ("{{{1}}} {{0:d}}", "{Café de l'Été} {0:d}"),
            ("{1}{1}", "Café de l'ÉtéCafé de l'Été"),
            ("Merci", "Merci"),
            (&long, &long),
        ] {
            check(pattern).unwrap();
            assert_eq!(filled(pattern, &VALUES), expected, "{pattern}");
        }
    }

    #[test]
    fn wrong_patterns_are_refused_with_the_position() {
        for (pattern, code, words) in [
            ("Été {4}", MAIL_E_VALUE, "`{4}` at character 5"),
            ("{0}", MAIL_E_VALUE, "`{0}` at character 1"),
            ("{0:D}", MAIL_E_VALUE, "`{0:D}` at character 1"),
            ("{ 1}", MAIL_E_VALUE, "`{ 1}` at character 1"),
            ("a {1", MAIL_E_VALUE, "`{1` at character 3"),
            ("a } b", MAIL_E_VALUE, "`}` at character 3"),
            ("{{1}", MAIL_E_VALUE, "`}` at character 4"),
            ("{}", MAIL_E_VALUE, "`{}` at character 1"),
            ("a\r\nBcc: x", MAIL_E_CONTROL_CHARACTER, "line break"),
            ("a\u{2028}b", MAIL_E_CONTROL_CHARACTER, "line break"),
            (" ", MAIL_E_VALUE, "empty"),
            (&"é".repeat(256), MAIL_E_TOO_LARGE, "255 characters"),
        ] {
            let error = check(pattern).expect_err(pattern);
            let sentence = error.sentence(Language::English);
            assert_eq!(error.code, code, "{pattern}");
            assert!(sentence.contains(words), "{pattern}: {sentence}");
        }
    }

    #[test]
    fn values_bring_no_line_break_and_no_place_of_their_own() {
        for (store, expected) in [
            ("A\r\nBcc: x@y.fr", "« A Bcc: x@y.fr » T1"),
            ("A\u{0}\u{85}\u{2029}B", "« A B » T1"),
            ("\u{202e}retournement", "« retournement » T1"),
            ("{3} }{", "« {3} }{ » T1"),
            ("", "« » T1"),
        ] {
            let values = Values { store, ..VALUES };
            assert_eq!(filled("« {1} » {3}", &values), expected, "{store:?}");
        }
        let long = "é".repeat(1_000);
        let values = Values {
            store: &long,
            ..VALUES
        };
        let subject = filled("{1}", &values);
        assert_eq!(subject.chars().count(), 255);
        assert!(subject.ends_with('…'));
    }

    #[test]
    fn every_document_has_a_usual_subject_in_both_languages() {
        for document_type in DocumentType::ALL {
            for (language, date) in [(Language::French, " du "), (Language::English, " of ")] {
                check(usual(document_type, language)).unwrap();
                let subject = fill(None, document_type, language, &VALUES);
                assert!(
                    subject.contains("Café de l'Été") && subject.contains(date),
                    "{document_type:?}: {subject}"
                );
            }
        }
        let page = include_str!("../../docs/TEMPLATES.md");
        for document_type in DocumentType::ALL {
            let [french, english] = [Language::French, Language::English]
                .map(|language| usual(document_type, language));
            let row = format!("| `{}` | {french} | {english} |", document_type.as_str());
            assert!(page.contains(&row), "docs/TEMPLATES.md lacks {row}");
        }
        let ticket = fill(None, DocumentType::Ticket, Language::French, &VALUES);
        assert_eq!(ticket, "Votre ticket de Café de l'Été du 22/11/2026");
    }
}
