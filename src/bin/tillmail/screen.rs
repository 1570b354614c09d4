//! The output: a terminal with colours, a plain file, or JSON.
//!
//! All text is UTF-8. On a Windows console the standard library hands it over as UTF-16, so the code page plays no
//! part; a redirected output there is UTF-8, as `type` under `chcp 65001` and every editor read it.

use crate::arguments::{Arguments, Color};
use crate::exit::Stop;
use crate::place;
use anstream::{AutoStream, ColorChoice};
use serde_json::Value;
use std::io::{self, IsTerminal, Write};
use terminal_size::Width;
use tillmail::Language;

/// Narrower terminals are written to as if they had so many columns.
const NARROWEST: usize = 24;

/// Where a command writes.
pub(crate) struct Screen {
    out: AutoStream<io::Stdout>,
    errors: AutoStream<io::Stderr>,
    pub(crate) json: bool,
    pub(crate) language: Language,
    /// Columns of the terminal; none where the output goes elsewhere, and is never cut.
    pub(crate) width: Option<usize>,
}

impl Screen {
    /// Looks at where the output goes.
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let choice = match arguments.color {
            Color::Auto => None,
            Color::Always => Some(ColorChoice::Always),
            Color::Never => Some(ColorChoice::Never),
        };
        let (out, errors) = (io::stdout(), io::stderr());
        let width = out.is_terminal().then(columns);
        Screen {
            out: match choice {
                Some(choice) => AutoStream::new(out, choice),
                None => AutoStream::auto(out),
            },
            errors: match choice {
                Some(choice) => AutoStream::new(errors, choice),
                None => AutoStream::auto(errors),
            },
            json: arguments.json,
            language: place::first_language(arguments),
            width,
        }
    }

    /// Writes text as it is.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Stop> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Writes text to the standard error.
    pub(crate) fn print_error(&mut self, text: &str) -> Result<(), Stop> {
        Ok(self.errors.write_all(text.as_bytes())?)
    }

    /// Writes a reply as JSON, for people and programs.
    pub(crate) fn print_json(&mut self, value: &Value) -> Result<(), Stop> {
        self.print(&format!("{value:#}\n"))
    }

    /// Writes a reply as one line of JSON, at once.
    pub(crate) fn print_json_line(&mut self, value: &Value) -> Result<(), Stop> {
        self.print(&format!("{value}\n"))?;
        self.flush()
    }

    /// Hands over what was written so far.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        Ok(self.out.flush()?)
    }

    /// Says what cannot be said on the standard output; there is nobody left to tell where that fails too.
    pub(crate) fn complain(&mut self, what: &str) {
        let _ = writeln!(self.errors, "tillmail: {what}");
    }
}

/// Columns of the terminal, as it says, else as COLUMNS says.
fn columns() -> usize {
    let told = terminal_size::terminal_size().map(|(Width(width), _)| usize::from(width));
    let of_environment = || std::env::var("COLUMNS").ok()?.parse().ok();
    told.filter(|width| *width > 0)
        .or_else(of_environment)
        .unwrap_or(80)
        .max(NARROWEST)
}
