//! A page of text: headings, pairs, sentences with their cure. Written at once, so that nothing stands half.

use crate::exit::Stop;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::table::{self, wrapped};
use crate::words::{self, say};
use anstyle::{AnsiColor, Style};
use serde_json::Value;
use tillmail::Language;
use tillmail::error::Error;
use unicode_width::UnicodeWidthStr;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const QUIET: Style = Style::new().dimmed();
const HEADING: Style = Style::new().bold();

/// Columns of the names of pairs.
const NAMES: usize = 18;

/// A page that is being written.
pub(crate) struct Page<'a> {
    screen: &'a mut Screen,
    text: String,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(crate) fn new(screen: &'a mut Screen) -> Self {
        Page {
            screen,
            text: String::new(),
        }
    }

    /// The language of the page.
    pub(crate) fn language(&self) -> Language {
        self.screen.language
    }

    /// The width of the page, where it has one.
    pub(crate) fn width(&self) -> Option<usize> {
        self.screen.width
    }

    /// Picks the wording of the page's language.
    pub(crate) fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.language(), fr, en)
    }

    /// A line as it is.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Something that is laid out already.
    pub(crate) fn block(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A beginning and a styled end, one below the other where both do not fit.
    pub(crate) fn styled_line(&mut self, start: &str, end: &str, style: Style) {
        let together = start.width() + 2 + end.width();
        if self.width().is_some_and(|width| together > width) {
            self.line(start);
            self.line(&format!("    {style}{end}{style:#}"));
        } else {
            self.line(&format!("{start}  {style}{end}{style:#}"));
        }
    }

    /// An empty line, but never two of them and none at the beginning.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// The heading of a part.
    pub(crate) fn heading(&mut self, text: &str) {
        self.gap();
        self.line(&format!("{HEADING}{text}{HEADING:#}"));
    }

    /// A name and its value; the value goes on below where it is long.
    pub(crate) fn pair(&mut self, name: &str, value: &str) {
        self.styled_pair(name, value, Style::new());
    }

    /// The same in a colour.
    pub(crate) fn styled_pair(&mut self, name: &str, value: &str, style: Style) {
        let value = clean(value);
        let padding = " ".repeat(NAMES.saturating_sub(name.width()).max(1));
        let room = self.width().map(|width| width.saturating_sub(NAMES + 2));
        // A screen that is too narrow for two columns gets one below the other.
        let widest = value.split(' ').map(UnicodeWidthStr::width).max();
        if room.is_some_and(|room| widest.unwrap_or(0) > room) {
            self.line(&format!("  {name}"));
            self.paragraph(&value, 4, style);
            return;
        }
        let lines = wrapped(&value, room);
        for (index, line) in lines.iter().enumerate() {
            let before = if index == 0 {
                format!("  {name}{padding}")
            } else {
                " ".repeat(NAMES + 2)
            };
            self.line(&format!("{before}{style}{line}{style:#}"));
        }
    }

    /// A sentence, broken to the width and set in.
    pub(crate) fn paragraph(&mut self, text: &str, indent: usize, style: Style) {
        let room = self.width().map(|width| width.saturating_sub(indent));
        for line in wrapped(&clean(text), room) {
            self.line(&format!("{}{style}{line}{style:#}", " ".repeat(indent)));
        }
    }

    /// A sentence behind a sign, its further lines set in.
    pub(crate) fn marked(&mut self, sign: &str, text: &str, indent: usize, style: Style) {
        let deep = indent + sign.width() + 1;
        let room = self.width().map(|width| width.saturating_sub(deep));
        for (index, line) in wrapped(&clean(text), room).iter().enumerate() {
            let before = if index == 0 {
                format!("{}{style}{sign}{style:#} ", " ".repeat(indent))
            } else {
                " ".repeat(deep)
            };
            self.line(&format!("{before}{line}"));
        }
    }

    /// Cause and cure, as replies hold them.
    pub(crate) fn cause(&mut self, holder: &Value, indent: usize) {
        if let Some(message) = holder.at("message").as_str() {
            self.paragraph(message, indent, Style::new());
        }
        if let Some(hint) = holder.at("hint").as_str() {
            self.marked("→", hint, indent, GOOD);
        }
        self.server_words(holder.at("smtp"), indent);
    }

    /// What the server said.
    pub(crate) fn server_words(&mut self, smtp: &Value, indent: usize) {
        let Some(code) = smtp.at("code").as_i64() else {
            return;
        };
        let text = smtp.at("text").as_str().unwrap_or_default();
        let server = self.say("Serveur :", "Server:");
        self.paragraph(&format!("{server} {code} {text}"), indent, QUIET);
    }

    /// Why a command ended: the sentence, the cure, the server's words.
    pub(crate) fn failure(&mut self, error: &Error) {
        let language = self.language();
        let message = words::capitalised(error.message.get(language));
        let message = match &error.field {
            // The command has its own names for what was typed.
            Some(field) => format!("{field} : {}", error.message.get(language)),
            None => message,
        };
        self.marked("!", &message, 0, BAD);
        if let Some(hint) = &error.hint {
            self.marked("→", hint.get(language), 2, GOOD);
        }
        if let Some(smtp) = &error.smtp {
            self.server_words(&smtp.to_json(), 2);
        }
    }

    /// Writes the page.
    pub(crate) fn show(self) -> Result<(), Stop> {
        self.screen.print(&self.text)
    }

    /// Writes the page to the standard error.
    pub(crate) fn show_as_error(self) -> Result<(), Stop> {
        self.screen.print_error(&self.text)
    }
}

/// What a terminal would obey must not come from a server or a receipt.
fn clean(text: &str) -> String {
    table::cut(text, usize::MAX)
}
