//! The template engine (MiniJinja), as far as templates may use it: letters are always escaped, work is bounded.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, filters, tests};
use serde::Serialize;

/// Work of one rendering: an instruction, or 64 bytes made. A receipt of 300 lines takes 23 000; a million is
/// less than a tenth of a second on a quick machine, and 64 MB at worst.
const FUEL: u64 = 1_000_000;

/// Blocks inside each other. Each takes stack, and a call may have 384 KB in all.
const MAX_DEPTH: usize = 40;

/// Makes an engine. It reads no file and knows no include: a template is one text.
///
/// The environment begins empty: each filter costs the library 10 KB, and all of them cost 0.3 MB.
pub(super) fn engine<'a>(undefined: UndefinedBehavior) -> Environment<'a> {
    let mut engine = Environment::empty();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_formatter(write);
    engine.set_undefined_behavior(undefined);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(MAX_DEPTH);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    if let Ok(syntax) = syntax.build() {
        engine.set_syntax(syntax);
    }
    engine.add_filter("default", filters::default);
    engine.add_filter("join", filters::join);
    engine.add_filter("length", filters::length);
    engine.add_filter("upper", filters::upper);
    engine.add_test("none", tests::is_none);
    engine
}

/// Names of the filters, for a misspelt one.
pub(super) const FILTERS: [&str; 4] = ["default", "join", "length", "upper"];

/// Gives anything to a template.
pub(super) fn value(of: impl Serialize) -> Value {
    Value::from(Serde(of))
}

/// Writes a value: nothing where it is absent, as it is where it is HTML already, else escaped.
fn write(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(());
    }
    let letters = value.to_string();
    if value.is_safe() {
        return Ok(out.write_str(&letters)?);
    }
    let mut escaped = String::with_capacity(letters.len() + 16);
    escape(&letters, &mut escaped);
    Ok(out.write_str(&escaped)?)
}

/// Escapes letters for HTML text and quoted attributes. What a printer obeys is not for a mail: it is left out.
pub(super) fn escape(letters: &str, html: &mut String) {
    for character in letters.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(character),
            other if other.is_control() => {}
            other => html.push(other),
        }
    }
}
