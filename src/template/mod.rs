//! The HTML part of a sale's receipt, made from its [`View`]: by the built-in template, or by the shop's own.
//!
//! One built-in layout serves every document type and both languages. It is made for mail programs: tables and
//! inline styles, pictures by cid, nothing that loads, right also where `<style>` is taken away. It stays below
//! what Gmail shows of a mail: a long receipt gets a shorter form, a very long one says what it leaves out.

mod bounds;
mod check;
mod engine;
mod markup;
mod message;
mod palette;
mod sample;
mod style;
pub(crate) mod subject;
pub(crate) mod words;

pub(crate) use check::{check, check_message};

use crate::error::{Error, Result};
use crate::os::stack;
use crate::receipt::view::View;
use crate::text::{self, Text};
use engine::{engine, value};
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;
use std::sync::LazyLock;

/// Largest HTML part that the built-in template makes, in bytes. Gmail cuts a part at 102 KB; a mark of a
/// copy or a test comes on top.
const MAX_BYTES: usize = 98_000;

/// Lines from which the airy form, with some 400 bytes of markup each, cannot fit.
const MOST_AIRY: usize = 250;
/// Lines from which the compact form, with some 90 bytes of markup each, cannot fit.
const MOST_SHOWN: usize = 1_100;

const BUILT_IN: &str = include_str!("receipt.html");
const NAME: &str = "receipt";

/// The built-in template, read once: it is the same for every receipt.
static COMPILED: LazyLock<Environment> = LazyLock::new(|| {
    let mut engine = engine(UndefinedBehavior::SemiStrict);
    // Where it cannot be read, the first receipt says so, and every test.
    let _ = engine.add_template(NAME, &PAINTED);
    engine
});

static PAINTED: LazyLock<String> = LazyLock::new(|| palette::painted(BUILT_IN));

/// What the shop has worded itself for a document type.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wording<'a> {
    /// Its own words above the receipt, HTML as it was typed.
    pub(crate) message: Option<&'a str>,
    /// Its own template, instead of the built-in one.
    pub(crate) template: Option<&'a str>,
}

/// The HTML part of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) html: String,
    /// Why the shop's own template was not used: the customer got the built-in one.
    pub(crate) warning: Option<Text>,
}

/// Everything a template may name: the view's fields at the top, and these beside them.
#[derive(Serialize)]
struct Context<'a> {
    #[serde(flatten)]
    view: &'a View,
    /// The shop's own words, cleaned; HTML already.
    message: Option<Value>,
    words: Value,
}

/// What only the built-in template names.
#[derive(Serialize)]
struct BuiltIn<'a> {
    #[serde(flatten)]
    context: Context<'a>,
    form: Form,
    /// Says how many lines are not shown.
    more: Option<String>,
}

/// How the lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Form {
    /// Few attributes a row, for long receipts.
    compact: bool,
    /// Lines that are shown.
    shown: usize,
}

/// Makes the HTML part. `has_pdf`: the mail also carries the receipt as a PDF.
pub(crate) fn html(view: &View, wording: Wording, has_pdf: bool) -> Result<Page> {
    let Some(own) = wording.template else {
        return built_in(view, wording.message, has_pdf);
    };
    // What the check could not foresee must not cost the customer the receipt.
    match apart(|| check::own(own, view, wording.message))? {
        Ok(html) => Ok(Page {
            html,
            warning: None,
        }),
        Err(fault) => Ok(Page {
            warning: Some(text::template_not_used(&fault)),
            ..built_in(view, wording.message, has_pdf)?
        }),
    }
}

/// Works on a shop's own template: the engine reads it by recursion, and a host's thread may have little stack.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    stack::apart(work).map_err(Error::no_resources)
}

/// Gives the shop's own words for the text part: above the receipt, without markup.
pub(crate) fn message_text(message: &str) -> String {
    message::plain(message)
}

fn context<'a>(view: &'a View, message: Option<&str>) -> Context<'a> {
    let message = message
        .map(|message| message::cleaned(message).html)
        .filter(|html| !html.trim().is_empty());
    Context {
        view,
        message: message.map(Value::from_safe_string),
        words: words::words(view.language),
    }
}

fn built_in(view: &View, message: Option<&str>, has_pdf: bool) -> Result<Page> {
    let all = view.lines.len();
    let mut form = Form {
        compact: all > MOST_AIRY,
        shown: all.min(MOST_SHOWN),
    };
    loop {
        let html = in_form(view, message, has_pdf, form)?;
        // What is too large without a single line is so by the till's own footers: nothing left to shorten.
        if html.len() <= MAX_BYTES || (form.compact && form.shown == 0) {
            return Ok(Page {
                html,
                warning: None,
            });
        }
        if form.compact {
            // In proportion, and a little less, so that few turns are needed.
            form.shown = (form.shown * MAX_BYTES / html.len() * 15 / 16).min(form.shown - 1);
        }
        form.compact = true;
    }
}

fn in_form(view: &View, message: Option<&str>, has_pdf: bool, form: Form) -> Result<String> {
    let hidden = view.lines.len() - form.shown;
    let context = value(BuiltIn {
        context: context(view, message),
        form,
        more: (hidden > 0).then(|| words::more_lines(hidden, has_pdf, view.language)),
    });
    COMPILED
        .get_template(NAME)
        .and_then(|template| template.render(context))
        .map_err(Error::bug)
}

#[cfg(test)]
mod tests;
