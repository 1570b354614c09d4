//! The command's own words, French and English, side by side.

use crate::page::{BAD, GOOD, QUIET, WARNING};
use anstyle::Style;
use tillmail::Language;

/// Picks the wording of a language.
pub(crate) fn say(language: Language, fr: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::French => fr,
        Language::English => en,
    }
}

/// A word of the library, its French and its English name, and its colour.
type Row = (&'static str, &'static str, &'static str, Style);

const PLAIN: Style = Style::new();

const STATES: [Row; 6] = [
    ("queued", "en attente", "waiting", WARNING),
    ("sending", "en cours", "sending", PLAIN),
    ("sent", "envoyé", "sent", GOOD),
    ("failed", "échec", "failed", BAD),
    ("uncertain", "incertain", "uncertain", WARNING),
    ("cancelled", "annulé", "cancelled", QUIET),
];

const EVENTS: [Row; 19] = [
    ("accepted", "accepté", "accepted", PLAIN),
    ("sent", "envoyé", "sent", GOOD),
    ("later", "reporté", "put off", WARNING),
    ("refused", "refusé", "refused", BAD),
    ("blocked", "compte bloqué", "account blocked", BAD),
    ("unsure", "sans confirmation", "unconfirmed", WARNING),
    ("uncertain", "incertain", "uncertain", WARNING),
    ("interrupted", "interrompu", "interrupted", WARNING),
    ("cancelled", "annulé", "cancelled", QUIET),
    ("expired", "abandonné", "given up", BAD),
    (
        "settings_saved",
        "paramètres enregistrés",
        "settings saved",
        PLAIN,
    ),
    ("account_paused", "compte suspendu", "account paused", BAD),
    ("account_resumed", "compte rétabli", "account resumed", GOOD),
    ("erased", "données effacées", "data erased", PLAIN),
    ("fault", "défaut", "fault", BAD),
    ("clock_moved", "horloge réglée", "clock set", PLAIN),
    (
        "set_aside",
        "fichier endommagé mis de côté",
        "damaged file set aside",
        WARNING,
    ),
    ("retried", "relancé", "retried", PLAIN),
    ("resent", "renvoyé", "resent", PLAIN),
];

const STEPS: [Row; 15] = [
    ("name", "nom du serveur", "server's name", PLAIN),
    ("connect", "connexion", "connection", PLAIN),
    ("proxy", "proxy", "proxy", PLAIN),
    ("greeting", "accueil", "greeting", PLAIN),
    ("ehlo", "présentation", "introduction", PLAIN),
    ("starttls", "STARTTLS", "STARTTLS", PLAIN),
    ("tls", "chiffrement", "encryption", PLAIN),
    ("token", "jeton de connexion", "login token", PLAIN),
    ("auth", "identification", "login", PLAIN),
    ("mail_from", "expéditeur", "sender", PLAIN),
    ("rcpt_to", "destinataire", "recipient", PLAIN),
    ("data", "début d'envoi", "start of the mail", PLAIN),
    ("body", "envoi du mail", "mail", PLAIN),
    ("reset", "remise à zéro", "reset", PLAIN),
    ("folder", "dossier", "folder", PLAIN),
];

const STATUSES: [Row; 3] = [
    ("ok", "TOUT VA BIEN", "ALL IS WELL", GOOD),
    ("warning", "À VÉRIFIER", "LOOK AT THIS", WARNING),
    ("error", "EN PANNE", "OUT OF ORDER", BAD),
];

const SENDERS: [Row; 3] = [
    ("this_process", "par ce programme", "by this program", PLAIN),
    (
        "another_process",
        "par une caisse ouverte",
        "by a till that is open",
        GOOD,
    ),
    (
        "nobody",
        "personne : aucune caisse n'est ouverte",
        "nobody: no till is open",
        WARNING,
    ),
];

const REASONS: [Row; 6] = [
    (
        "not_configured",
        "l'envoi n'est pas paramétré",
        "mailing is not set up",
        BAD,
    ),
    ("paused", "compte suspendu", "account paused", BAD),
    ("account", "panne passagère", "passing trouble", WARNING),
    (
        "limit",
        "limite d'envoi atteinte",
        "sending limit reached",
        WARNING,
    ),
    (
        "unsure",
        "peut-être déjà arrivé, un dernier essai suivra",
        "may have arrived, one more try follows",
        WARNING,
    ),
    ("later", "à réessayer", "to be tried again", PLAIN),
];

fn word(table: &[Row], name: &str, language: Language) -> (String, Style) {
    match table.iter().find(|row| row.0 == name) {
        Some((_, fr, en, style)) => (say(language, fr, en).to_owned(), *style),
        None => (name.to_owned(), PLAIN),
    }
}

pub(crate) fn state(name: &str, language: Language) -> (String, Style) {
    word(&STATES, name, language)
}

pub(crate) fn event(name: &str, language: Language) -> (String, Style) {
    word(&EVENTS, name, language)
}

pub(crate) fn step(name: &str, language: Language) -> String {
    word(&STEPS, name, language).0
}

pub(crate) fn status(name: &str, language: Language) -> (String, Style) {
    word(&STATUSES, name, language)
}

pub(crate) fn sender(name: &str, language: Language) -> (String, Style) {
    word(&SENDERS, name, language)
}

pub(crate) fn reason(name: &str, language: Language) -> (String, Style) {
    word(&REASONS, name, language)
}

/// `3 mails`, `1 mail`.
pub(crate) fn mails(count: u64) -> String {
    format!("{count} mail{}", if count > 1 { "s" } else { "" })
}

/// Sizes as people read them.
pub(crate) fn bytes(count: u64, language: Language) -> String {
    let unit = say(language, "o", "B");
    match count {
        ..1_024 => format!("{count} {unit}"),
        1_024..1_048_576 => format!("{} K{unit}", count / 1_024),
        _ => format!("{} M{unit}", count / 1_048_576),
    }
}

/// Sentences of the library begin small where a field stands before them.
pub(crate) fn capitalised(sentence: &str) -> String {
    let mut signs = sentence.chars();
    match signs.next() {
        Some(first) => first.to_uppercase().chain(signs).collect(),
        None => String::new(),
    }
}

/// An account as people name it; the library writes `smtp:user@host:port`.
pub(crate) fn account(name: &str, language: Language) -> String {
    let Some(rest) = name.strip_prefix("smtp:") else {
        return name.to_owned();
    };
    match rest.rsplit_once('@') {
        Some(("-", server)) => server.to_owned(),
        Some((user, server)) => match language {
            Language::French => format!("{user} par {server}"),
            Language::English => format!("{user} through {server}"),
        },
        None => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that a CHECK of the schema allows.
    fn allowed(schema: &'static str, after: &str) -> Vec<&'static str> {
        let (_, rest) = schema.split_once(after).unwrap();
        let (list, _) = rest.split_once("))").unwrap();
        list.split('\'').skip(1).step_by(2).collect()
    }

    #[test]
    fn every_state_and_every_event_of_the_outbox_has_its_word() {
        let states = allowed(
            include_str!("../../outbox/schema_1.sql"),
            "CHECK (state IN (",
        );
        let events = allowed(
            include_str!("../../outbox/schema_2.sql"),
            "CHECK (event IN (",
        );
        assert!(
            states.len() == STATES.len() && events.len() > 15,
            "the schema was not read"
        );
        // Events that came after the schema stopped listing them.
        let later = ["clock_moved", "set_aside"];
        let events: Vec<&str> = events.into_iter().chain(later).collect();
        for (names, table) in [(states, &STATES[..]), (events, &EVENTS[..])] {
            for name in names {
                assert!(table.iter().any(|row| row.0 == name), "{name} has no word");
            }
        }
    }

    #[test]
    fn sizes_are_told_in_the_unit_of_the_language() {
        assert_eq!(bytes(512, Language::French), "512 o");
        assert_eq!(bytes(4_096, Language::English), "4 KB");
        assert_eq!(bytes(3 << 20, Language::French), "3 Mo");
    }
}
