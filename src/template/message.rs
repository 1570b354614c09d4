//! The shop's own words above a receipt: HTML, written anew from a list of what is allowed.
//!
//! Nothing of the input is copied as markup: each tag and attribute comes from the lists below, each value is
//! checked and escaped, every element is closed. So there are no scripts, forms, event handlers, remote
//! pictures or styles that load, whatever the input looks like. It is cleaned whenever it is used, not when it
//! is saved: what the shop typed stays as it is in its editor, and a better list holds for saved messages too.

use super::engine::escape;
use super::markup::{Piece, Pieces, Tag, UNREAD, decoded};
use super::style;
use std::collections::BTreeSet;

/// Elements inside each other; a message of a shop has a handful.
const MAX_DEPTH: usize = 40;

/// Things taken away that one warning names.
const MAX_NAMED: usize = 10;

/// How an element stands among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inline,
    /// Ends a paragraph.
    Block,
    /// Has no content.
    Void,
    /// A part of a list or of a table: only inside one of these.
    Part(&'static [&'static str]),
}

const ELEMENTS: &[(&str, Kind)] = &[
    ("a", Kind::Inline),
    ("b", Kind::Inline),
    ("strong", Kind::Inline),
    ("i", Kind::Inline),
    ("em", Kind::Inline),
    ("u", Kind::Inline),
    ("s", Kind::Inline),
    ("small", Kind::Inline),
    ("big", Kind::Inline),
    ("sub", Kind::Inline),
    ("sup", Kind::Inline),
    ("span", Kind::Inline),
    ("bdi", Kind::Inline),
    ("font", Kind::Inline),
    ("br", Kind::Void),
    ("hr", Kind::Void),
    ("img", Kind::Void),
    ("p", Kind::Block),
    ("div", Kind::Block),
    ("center", Kind::Block),
    ("blockquote", Kind::Block),
    ("h1", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("ul", Kind::Block),
    ("ol", Kind::Block),
    ("li", Kind::Part(&["ul", "ol"])),
    ("table", Kind::Block),
    ("thead", Kind::Part(&["table"])),
    ("tbody", Kind::Part(&["table"])),
    ("tr", Kind::Part(&["table", "thead", "tbody"])),
    ("td", Kind::Part(&["tr"])),
    ("th", Kind::Part(&["tr"])),
];

/// Tags of a whole page around the message: nothing is lost with them.
const OF_A_PAGE: [&str; 5] = ["html", "head", "body", "meta", "title"];

/// Attributes without effect once styles and scripts are gone: nothing is lost with them.
const NO_LOSS: [&str; 3] = ["class", "id", "name"];

/// A message that may stand in a mail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) html: String,
    /// What was taken away, for a warning: `<script>`, `onclick`.
    pub(crate) taken: Vec<String>,
}

/// Cleans a message.
pub(crate) fn cleaned(given: &str) -> Cleaned {
    let has_tags = Pieces::of(given).any(|piece| !matches!(piece, Piece::Letters(_)));
    let mut writer = Writer {
        breaks_lines: !has_tags,
        ..Writer::default()
    };
    for piece in Pieces::of(given.trim()) {
        match piece {
            Piece::Letters(letters) => writer.letters(letters),
            Piece::Open(tag) => writer.open(&tag),
            Piece::Close(name) => writer.close(&name),
            Piece::Aside => {}
        }
    }
    writer.close_down_to(0);
    Cleaned {
        html: writer.html,
        taken: writer.taken.into_iter().take(MAX_NAMED).collect(),
    }
}

#[derive(Default)]
struct Writer {
    html: String,
    open: Vec<&'static str>,
    taken: BTreeSet<String>,
    /// Plain words without any tag: a line stays a line.
    breaks_lines: bool,
}

impl Writer {
    fn letters(&mut self, given: &str) {
        let letters = decoded(given);
        if !self.breaks_lines {
            return escape(&letters, &mut self.html);
        }
        for (index, line) in letters.lines().enumerate() {
            if index > 0 {
                self.html.push_str("<br>\n");
            }
            escape(line, &mut self.html);
        }
    }

    fn open(&mut self, tag: &Tag) {
        let Some((name, kind)) = ELEMENTS.iter().find(|(name, _)| *name == tag.name) else {
            return self.refuse(&tag.name);
        };
        if !self.make_room(name, *kind) {
            return;
        }
        let source = tag.attributes.iter().find(|(name, _)| name == "src");
        if *name == "img" && !source.is_some_and(|(_, value)| is_logo(&decoded(value))) {
            self.take("<img src>");
            let alt = tag.attributes.iter().find(|(name, _)| name == "alt");
            return alt.map_or((), |(_, words)| self.letters(words));
        }
        self.html.push('<');
        self.html.push_str(name);
        let mut written = BTreeSet::new();
        for (attribute, value) in &tag.attributes {
            // The first of its name holds, as in every reader of HTML.
            if written.insert(attribute) {
                self.attribute(name, attribute, value);
            }
        }
        if *name == "img" && !tag.attributes.iter().any(|(name, _)| name == "alt") {
            self.html.push_str(" alt=\"\"");
        }
        self.html.push('>');
        if *kind != Kind::Void {
            self.open.push(name);
        }
    }

    fn refuse(&mut self, name: &str) {
        let lost = !OF_A_PAGE.contains(&name);
        if lost || (UNREAD.contains(&name) && name != "title") {
            self.take(&format!("<{}>", named(name)));
        }
    }

    /// Closes what an element ends by itself; tells whether the element may stand here.
    fn make_room(&mut self, name: &str, kind: Kind) -> bool {
        if self.open.len() >= MAX_DEPTH {
            self.take(&format!("<{name}>"));
            return false;
        }
        match kind {
            Kind::Block => self.end_in_cell("p"),
            Kind::Part(parents) => {
                // Nothing of an outer table or list is ended from inside a cell of another one.
                let barrier = self.open.iter().rposition(|open| *open == "table");
                let place = self.open.iter().rposition(|open| parents.contains(open));
                let Some(place) = place.filter(|place| barrier.is_none_or(|at| *place >= at))
                else {
                    return false;
                };
                self.close_down_to(place + 1);
            }
            Kind::Inline if name == "a" => self.end_in_cell("a"),
            Kind::Inline | Kind::Void => {}
        }
        true
    }

    /// Closes the innermost of these elements and what is in it, but not from inside a cell of a table.
    fn end_in_cell(&mut self, name: &str) {
        let place = self.open.iter().rposition(|open| *open == name);
        let barrier = self
            .open
            .iter()
            .rposition(|open| matches!(*open, "td" | "th" | "table"));
        if let Some(place) = place.filter(|place| barrier.is_none_or(|at| *place >= at)) {
            self.close_down_to(place);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "table" | "tr" | "thead" | "tbody" | "td" | "th" => {
                let place = self.open.iter().rposition(|open| *open == name);
                let barrier = self.open.iter().rposition(|open| *open == "table");
                if let Some(place) = place.filter(|place| barrier.is_none_or(|at| *place >= at)) {
                    self.close_down_to(place);
                }
            }
            _ => self.end_in_cell(name),
        }
    }

    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(name) = self.open.pop() {
                self.html.push_str("</");
                self.html.push_str(name);
                self.html.push('>');
            }
        }
    }

    fn attribute(&mut self, element: &str, name: &str, given: &str) {
        let value = decoded(given);
        let value = value.trim();
        let kept = match name {
            "style" => {
                let (kept, refused) = style::cleaned(value);
                for property in refused {
                    self.take(&format!("style: {}", named(&property)));
                }
                Some(kept).filter(|kept| !kept.is_empty())
            }
            _ => is_allowed(element, name, value).then(|| value.to_owned()),
        };
        match kept {
            Some(value) => {
                self.html.push(' ');
                self.html.push_str(name);
                self.html.push_str("=\"");
                escape(&value, &mut self.html);
                self.html.push('"');
            }
            None if name == "style" || NO_LOSS.contains(&name) || name.starts_with("data-") => {}
            None => self.take(&named(name)),
        }
    }

    fn take(&mut self, what: &str) {
        if self.taken.len() <= MAX_NAMED {
            self.taken.insert(what.to_owned());
        }
    }
}

/// Gives a name of the caller's as a warning can bear it.
fn named(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(20).collect()
}

/// Tells whether an attribute may stay; its name is then one of these, so it needs no escaping.
fn is_allowed(element: &str, name: &str, value: &str) -> bool {
    match (element, name) {
        ("a", "href") => is_link(value),
        ("img", "src") => is_logo(value),
        (_, "title" | "alt") => !value.chars().any(char::is_control),
        (_, "dir") => one_of(value, &["ltr", "rtl", "auto"]),
        (_, "lang") => {
            value.len() <= 35 && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        }
        (_, "align") => one_of(value, &["left", "right", "center", "justify"]),
        (_, "valign") => one_of(value, &["top", "middle", "bottom", "baseline"]),
        (_, "bgcolor") | ("font", "color") => style::is_plain(value),
        ("font", "face") => style::is_plain(value),
        ("font", "size") | (_, "colspan" | "rowspan") => is_number(value, 2, &[]),
        ("ol", "start" | "type") | ("ul" | "li", "type") => {
            value.len() <= 6 && value.chars().all(|c| c.is_ascii_alphanumeric())
        }
        ("table" | "td" | "th" | "img" | "hr", "width" | "height") => is_number(value, 4, &["%"]),
        ("table" | "img", "border" | "cellpadding" | "cellspacing" | "hspace" | "vspace") => {
            is_number(value, 2, &[])
        }
        ("table", "role") => value == "presentation",
        _ => false,
    }
}

fn one_of(value: &str, known: &[&str]) -> bool {
    known.iter().any(|one| one.eq_ignore_ascii_case(value))
}

fn is_number(value: &str, digits: usize, units: &[&str]) -> bool {
    let number = units
        .iter()
        .find_map(|unit| value.strip_suffix(unit))
        .unwrap_or(value);
    (1..=digits).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

/// Tells whether a link leads to a page, a mailbox or a telephone.
fn is_link(value: &str) -> bool {
    let schemes = ["http://", "https://", "mailto:", "tel:"];
    let starts = |scheme: &str| {
        value
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    schemes.into_iter().any(starts) && !value.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// Tells whether a picture is one of the shop's logos, which the mail carries.
fn is_logo(value: &str) -> bool {
    let number = value.trim().strip_prefix("cid:logo");
    number.is_some_and(|number| is_number(number, 2, &[]))
}

/// Gives a message as words for the text part.
pub(crate) fn plain(given: &str) -> String {
    let clean = cleaned(given).html;
    let mut words = Words::default();
    let mut links: Vec<(String, usize)> = Vec::new();
    for piece in Pieces::of(&clean) {
        match piece {
            Piece::Letters(letters) => words.write(&decoded(letters)),
            Piece::Open(tag) => {
                words.before(&tag.name);
                let value = |name: &str| {
                    let found = tag.attributes.iter().find(|(known, _)| known == name);
                    found.map_or(String::new(), |(_, value)| decoded(value))
                };
                match tag.name.as_str() {
                    "img" => words.write(&value("alt")),
                    "a" => links.push((value("href"), words.text.len())),
                    _ => {}
                }
            }
            Piece::Close(name) if name == "a" => {
                if let Some((target, from)) = links.pop() {
                    words.link(&target, from);
                }
            }
            Piece::Close(name) => words.after(&name),
            Piece::Aside => {}
        }
    }
    words.text.trim().to_owned()
}

/// Words with the line breaks between them.
#[derive(Default)]
struct Words {
    text: String,
    /// Line breaks before the next word.
    breaks: usize,
    space: bool,
}

impl Words {
    fn write(&mut self, letters: &str) {
        self.space |= letters.starts_with(|c: char| c.is_ascii_whitespace());
        for word in letters.split_ascii_whitespace() {
            if self.breaks > 0 && !self.text.is_empty() {
                self.text.extend(std::iter::repeat_n('\n', self.breaks));
            } else if self.space && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.breaks = 0;
            self.text.push_str(word);
            self.space = true;
        }
        self.space &= letters.is_empty() || letters.ends_with(|c: char| c.is_ascii_whitespace());
    }

    fn before(&mut self, name: &str) {
        match name {
            "br" => self.breaks += 1,
            "hr" => {
                self.at_least(1);
                self.write("----------");
                self.at_least(1);
            }
            "li" => {
                self.at_least(1);
                self.write("- ");
            }
            "td" | "th" => self.space = true,
            name => self.after(name),
        }
    }

    fn after(&mut self, name: &str) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "blockquote" | "table" | "ul" | "ol" => {
                self.at_least(2);
            }
            "div" | "center" | "tr" | "li" => self.at_least(1),
            _ => {}
        }
    }

    fn at_least(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.space = false;
    }

    fn link(&mut self, target: &str, from: usize) {
        let shown = self.text.get(from..).unwrap_or_default();
        let bare = target
            .trim_start_matches("mailto:")
            .trim_start_matches("tel:");
        if !bare.is_empty() && !shown.contains(bare) {
            self.space = true;
            self.write(&format!("({bare})"));
        }
    }
}

#[cfg(test)]
mod tests;
