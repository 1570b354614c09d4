//! Tries a shop's own template when it is saved: what could fail at the till is told to the back office.
//!
//! The syntax is read, the names are looked up, and three made-up receipts are rendered: one that says
//! everything, where a name that is not known fails; one that says next to nothing, where a template fails that
//! takes for granted what may be absent; and a long one, where a template fails that works too much.

use super::bounds::too_deep;
use super::engine::{FILTERS, engine, value};
use super::markup::{Piece, Pieces};
use super::message;
use super::{context, sample};
use crate::error::{Error, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::json::nearest;
use crate::receipt::model::DocumentType;
use crate::receipt::view::View;
use crate::text::{self, Language, Text};
use minijinja::{ErrorKind, UndefinedBehavior};
use serde_json::Value;

/// Largest template or message, in bytes: the built-in template has 12 000.
const MAX_BYTES: usize = 64 << 10;

/// Lines of the long receipt.
const MANY_LINES: usize = 500;

/// Checks a template for one document type.
pub(crate) fn check(template: &str, document_type: DocumentType) -> Result<()> {
    size(template)?;
    if template.trim().is_empty() {
        return Err(Error::new(MAIL_E_VALUE, text::empty()));
    }
    let tried = super::apart(|| tried(template, document_type))?;
    tried.map_err(|fault| Error::new(MAIL_E_VALUE, fault))
}

/// Renders a receipt with the shop's own template; what is absent is left out.
pub(super) fn own(
    template: &str,
    view: &View,
    message: Option<&str>,
) -> std::result::Result<String, Text> {
    bounded(template)?;
    rendered(template, view, message, UndefinedBehavior::Chainable)
}

fn tried(template: &str, document_type: DocumentType) -> std::result::Result<(), Text> {
    bounded(template)?;
    let language = Language::French;
    let full = sample::full(document_type, language, 3);
    let engine = engine(UndefinedBehavior::Strict);
    let read = engine
        .template_from_str(template)
        .map_err(|error| fault(template, &error))?;
    if let Some(unknown) = unknown(template, read.undeclared_variables(true), &full) {
        return Err(unknown);
    }
    let bare = sample::bare(document_type, language);
    let long = sample::full(document_type, language, MANY_LINES);
    let trials = [
        (full, UndefinedBehavior::Strict),
        (bare, UndefinedBehavior::SemiStrict),
        (long, UndefinedBehavior::Chainable),
    ];
    for (view, undefined) in trials {
        let html = rendered(template, &view, Some("<b>x</b>"), undefined)?;
        let is_script = |piece| matches!(piece, Piece::Open(tag) if tag.name == "script");
        if Pieces::of(&html).any(is_script) {
            return Err(text::template_script());
        }
    }
    Ok(())
}

fn rendered(
    template: &str,
    view: &View,
    message: Option<&str>,
    undefined: UndefinedBehavior,
) -> std::result::Result<String, Text> {
    engine(undefined)
        .template_from_str(template)
        .and_then(|read| read.render(value(context(view, message))))
        .map_err(|error| fault(template, &error))
}

/// Refuses what would take more stack than there is.
fn bounded(template: &str) -> std::result::Result<(), Text> {
    let Some((start, what)) = too_deep(template) else {
        return Ok(());
    };
    let (line, column) = place(template, start);
    Err(text::template_fault(line, column, &what))
}

/// Checks a message; gives a warning where something of it will not be sent.
pub(crate) fn check_message(given: &str) -> Result<Option<Text>> {
    size(given)?;
    if given.contains('\0') {
        return Err(Error::new(MAIL_E_VALUE, text::nul_character()));
    }
    let taken = message::cleaned(given).taken;
    Ok((!taken.is_empty()).then(|| text::message_cleaned(&taken)))
}

fn size(given: &str) -> Result<()> {
    if given.len() > MAX_BYTES {
        return Err(Error::new(MAIL_E_TOO_LARGE, text::longer_than(MAX_BYTES)));
    }
    Ok(())
}

/// Says what is wrong with a template, and where.
fn fault(template: &str, error: &minijinja::Error) -> Text {
    let range = error.range();
    let start = range.as_ref().map(|range| range.start);
    let (line, column) = match start {
        Some(start) => place(template, start),
        None => (error.line().unwrap_or(1), 1),
    };
    let expression = range
        .and_then(|range| template.get(range))
        .unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::UndefinedError => text::template_undefined(expression),
        ErrorKind::OutOfFuel => text::template_too_much_work(),
        ErrorKind::UnknownFilter => text::template_filter(expression, &FILTERS),
        // The engine's own words: English only, but exact.
        kind => text::template_engine(error.detail().unwrap_or(&kind.to_string())),
    };
    text::template_fault(line, column, &what)
}

/// Finds a name that no receipt has.
fn unknown(template: &str, names: impl IntoIterator<Item = String>, view: &View) -> Option<Text> {
    let known = serde_json::to_value(context(view, None)).unwrap_or_default();
    let mut unknown: Vec<(usize, String, Option<String>)> = names
        .into_iter()
        .filter_map(|path| {
            let meant = missing(&known, &path)?;
            Some((word(template, &path), path, meant))
        })
        .collect();
    unknown.sort();
    let (start, path, meant) = unknown.into_iter().next()?;
    let (line, column) = place(template, start);
    let what = text::template_name(&path, meant.as_deref());
    Some(text::template_fault(line, column, &what))
}

/// Tells that a path leads nowhere, and which one was probably meant.
fn missing(known: &Value, path: &str) -> Option<Option<String>> {
    let mut here = known;
    let mut walked: Vec<&str> = Vec::new();
    for name in path.split('.') {
        // What is no object has no members that we could know of.
        let members = here.as_object()?;
        let Some(next) = members.get(name) else {
            let names: Vec<&str> = members.keys().map(String::as_str).collect();
            let meant = nearest(name, &names);
            return Some(meant.map(|meant| [walked.as_slice(), &[meant]].concat().join(".")));
        };
        walked.push(name);
        here = next;
    }
    None
}

/// Gives the place where a name stands as a word of its own, in bytes.
fn word(template: &str, name: &str) -> usize {
    let of_a_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    template
        .match_indices(name)
        .find(|(start, _)| {
            let before = template.get(..*start).unwrap_or_default();
            let after = template.get(start + name.len()..).unwrap_or_default();
            !before.ends_with(of_a_name) && !after.starts_with(|c: char| of_a_name(c) && c != '.')
        })
        .map_or(0, |(start, _)| start)
}

/// Gives line and column, both from 1, of a place in bytes.
fn place(template: &str, start: usize) -> (usize, usize) {
    let before = template.get(..start).unwrap_or(template);
    let line = before.matches('\n').count() + 1;
    let begun = before.rsplit('\n').next().unwrap_or_default();
    (line, begun.chars().count() + 1)
}
