//! What a list of mails is narrowed to, and the query that finds its first page at once, however many mails there are.
//!
//! One filter leads through its index, the one that usually leaves the fewest mails; the others only look at what it
//! finds, or SQLite would have to guess.

use super::journal::MAIL_COLUMNS;
use crate::clock::Millis;
use crate::error::{MAIL_OK, mail_code};
use rusqlite::types::Value as Sql;

/// What a list of mails is narrowed to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) store: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) recipient: Option<String>,
    /// Codes of the last failure; empty for any.
    pub(crate) codes: Vec<mail_code>,
    pub(crate) since: Option<Millis>,
    pub(crate) until: Option<Millis>,
    /// Only mails with a smaller id: the next page.
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

/// Conditions with the values of their places; the first place is the length of the page.
struct Narrowed {
    conditions: Vec<String>,
    values: Vec<Sql>,
    /// Some condition leads already.
    is_led: bool,
}

impl Narrowed {
    /// Adds a condition, where there is a value for it.
    fn by(&mut self, condition: &str, value: Option<Sql>) {
        let Some(value) = value else { return };
        self.values.push(value);
        // A plus keeps SQLite from the index.
        let plus = match std::mem::replace(&mut self.is_led, true) {
            true => "+",
            false => "",
        };
        let condition = condition.replace('?', &format!("?{}", self.values.len()));
        self.conditions.push(format!("{plus}{condition}"));
    }
}

impl Filter {
    /// Gives the query with its values.
    pub(super) fn query(&self) -> (String, Vec<Sql>) {
        let codes_lead = self.number.is_none() && self.recipient.is_none();
        let mut narrowed = Narrowed {
            // The index by state asks for these words.
            conditions: vec!["id > 0".to_owned()],
            values: vec![Sql::Integer(self.limit.into())],
            is_led: codes_lead && !self.codes.is_empty(),
        };
        let text = |given: &Option<String>| given.clone().map(Sql::Text);
        let state = ("state = ?", text(&self.state));
        let store = ("store = ?", text(&self.store));
        // Most mails are sent.
        let (first, second) = match self.state.as_deref() {
            Some("sent") => (store, state),
            _ => (state, store),
        };
        narrowed.by("number = ?", text(&self.number));
        narrowed.by("recipient = ? COLLATE NOCASE", text(&self.recipient));
        narrowed.by(first.0, first.1);
        narrowed.by(second.0, second.1);
        narrowed.by("accepted_at >= ?", self.since.map(Sql::Integer));
        narrowed.by("accepted_at < ?", self.until.map(Sql::Integer));
        if let Some(before) = self.before {
            narrowed.is_led = false;
            narrowed.by("id < ?", Some(Sql::Integer(before)));
        }
        let legs = self.legs(codes_lead);
        let pages: Vec<String> = legs
            .iter()
            .map(|leg| page(&narrowed.conditions, leg))
            .collect();
        let query = format!(
            "SELECT {MAIL_COLUMNS} FROM mail WHERE id IN ({}) ORDER BY id DESC LIMIT ?1",
            pages.join(" UNION ALL ")
        );
        (query, narrowed.values)
    }

    /// Where codes lead, each finds a page of its own: together they would find all of them, to be sorted.
    fn legs(&self, codes_lead: bool) -> Vec<String> {
        let of_code = |code: &mail_code| match *code {
            // Most mails have not failed: no index.
            MAIL_OK => "+code = 0".to_owned(),
            code => format!("code = {code} AND code <> 0"),
        };
        if codes_lead && !self.codes.is_empty() {
            return self.codes.iter().map(of_code).collect();
        }
        let codes: Vec<String> = self.codes.iter().map(mail_code::to_string).collect();
        match codes.is_empty() {
            true => vec!["1 = 1".to_owned()],
            false => vec![format!("+code IN ({})", codes.join(", "))],
        }
    }
}

/// The numbers of the newest mails that fit.
fn page(conditions: &[String], leg: &str) -> String {
    let conditions = conditions.join(" AND ");
    format!(
        "SELECT id FROM (SELECT id FROM mail WHERE {conditions} AND {leg} ORDER BY id DESC LIMIT ?1)"
    )
}
