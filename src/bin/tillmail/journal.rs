//! `journal`: a list of mails, or the lines as they are written.

use crate::arguments::Journal;
use crate::exit::{self, Stop};
use crate::interrupt::Interrupt;
use crate::page::{Page, QUIET};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::table::{Cell, Column, cut, laid_out};
use crate::times;
use crate::words;
use anstyle::Style;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tillmail::error::{Error, MAIL_E_VALUE};
use tillmail::{Language, Mailer, Text};

/// New lines are looked for so often.
const LOOK: Duration = Duration::from_secs(1);
/// Lines of the past that `--follow` begins with.
const PAST: u32 = 10;

/// Lists mails, or the library's own events, or follows.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &Journal) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    if options.follow {
        return follow(&mailer, screen, options, place.named_store());
    }
    let reply = mailer.journal(&request(options, place)?)?;
    if screen.json {
        screen.print_json(&reply)?;
        return Ok(exit::OK);
    }
    let mut page = Page::new(screen);
    if options.library {
        for event in reply.list("events") {
            history_line(&mut page, event);
        }
    } else {
        table(&mut page, reply.list("mails"));
    }
    page.show()?;
    Ok(exit::OK)
}

fn request(options: &Journal, place: &Place) -> Result<Value, Stop> {
    let mut members = Map::new();
    let since = options.since.as_deref().map(|given| {
        times::since(given).ok_or_else(|| {
            let message = Text::new(
                format!("« {given} » n'est pas un moment ; 2h, 3d ou 2026-11-24 conviennent."),
                format!("\"{given}\" is no time; 2h, 3d or 2026-11-24 are."),
            );
            Error::at(MAIL_E_VALUE, "--since", message)
        })
    });
    if options.library {
        members.insert("library".to_owned(), json!(true));
    }
    for (name, value) in [
        ("state", options.state.map(|state| state.word().to_owned())),
        ("class", options.class.clone()),
        ("since", since.transpose()?),
        ("number", options.number.clone()),
        ("to", options.to.clone()),
        ("store", place.named_store().map(str::to_owned)),
    ] {
        if let Some(value) = value {
            members.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(limit) = options.limit {
        members.insert("limit".to_owned(), json!(limit));
    }
    Ok(Value::Object(members))
}

fn table(page: &mut Page, mails: &[Value]) {
    let language = page.language();
    if mails.is_empty() {
        page.line(page.say("Aucun mail.", "No mail."));
        return;
    }
    let columns = [
        Column::whole("ID", 0).right(),
        Column::whole(page.say("REÇU", "TAKEN"), 3),
        Column::whole(page.say("ÉTAT", "STATE"), 0),
        Column::cut(page.say("TICKET", "RECEIPT"), 6, 2),
        Column::cut(page.say("DESTINATAIRE", "TO"), 10, 0),
        Column::cut(page.say("POURQUOI", "WHY"), 8, 4),
        Column::cut(page.say("OBJET", "SUBJECT"), 8, 5),
    ];
    let rows: Vec<Vec<Cell>> = mails.iter().map(|mail| row(mail, language)).collect();
    let table = laid_out(&columns, &rows, page.width());
    page.block(&table);
}

fn row(mail: &Value, language: Language) -> Vec<Cell> {
    let (state, style) = words::state(mail.text("state"), language);
    vec![
        Cell::plain(mail.at("id").to_string()),
        Cell::plain(times::short(mail.text("accepted_at"), language)),
        Cell(state, style),
        Cell::plain(mail.text("number")),
        Cell::plain(mail.text("to")),
        Cell(why(mail, language), QUIET),
        Cell::plain(mail.text("subject")),
    ]
}

/// Class of the last failure, and when it is tried again.
fn why(mail: &Value, language: Language) -> String {
    let class = match mail.text("class") {
        "ok" => "",
        class => class,
    };
    match mail.at("next_at").as_str().filter(|_| !class.is_empty()) {
        Some(next_at) => format!("{class}, {}", times::short(next_at, language)),
        None => class.to_owned(),
    }
}

/// One line of a history with what it says: also in `show`.
pub(crate) fn history_line(page: &mut Page, event: &Value) {
    let language = page.language();
    let (name, style) = words::event(event.text("event"), language);
    let at = times::exact(event.text("at"), language);
    let more: Vec<String> = [
        event.at("step").as_str().map(|step| {
            let word = words::say(language, "étape", "step");
            format!("{word} {}", words::step(step, language))
        }),
        event
            .at("account")
            .as_str()
            .map(|account| words::account(account, language)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let more = more.join(", ");
    page.styled_line(&format!("  {at}"), &name, style);
    if !more.is_empty() {
        page.paragraph(&more, 6, QUIET);
    }
    page.cause(event, 6);
}

/// Prints lines as they are written, until Ctrl-C or until nobody reads any more.
fn follow(
    mailer: &Mailer,
    screen: &mut Screen,
    options: &Journal,
    store: Option<&str>,
) -> Result<u8, Stop> {
    let interrupt = Interrupt::watch()?;
    let last = mailer.lines(None)?.at("last").as_i64().unwrap_or(0);
    let mut seen = last.saturating_sub(options.limit.unwrap_or(PAST).into());
    loop {
        let reply = mailer.lines(Some(seen))?;
        seen = reply.at("last").as_i64().unwrap_or(seen);
        let lines = reply.list("lines");
        for line in lines.iter().filter(|line| is_wanted(line, options, store)) {
            if screen.json {
                screen.print_json_line(line)?;
            } else {
                let line = one_line(line, screen.language);
                print_cut(screen, &line)?;
            }
        }
        screen.flush()?;
        let wait = if lines.is_empty() {
            LOOK
        } else {
            Duration::ZERO
        };
        if interrupt.within(wait) {
            return Ok(exit::OK);
        }
    }
}

fn is_wanted(line: &Value, options: &Journal, store: Option<&str>) -> bool {
    let mail = &line.at("mail");
    let is = |holder: &Value, member: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| holder.text(member).eq_ignore_ascii_case(wanted))
    };
    is(line, "class", options.class.as_deref())
        && is(mail, "state", options.state.map(|state| state.word()))
        && is(mail, "number", options.number.as_deref())
        && is(mail, "to", options.to.as_deref())
        && is(mail, "store", store)
}

/// One line of what happens: when, which mail, what, whom, why.
pub(crate) fn one_line(line: &Value, language: Language) -> Vec<(String, Style)> {
    let mail = &line.at("mail");
    let (event, style) = words::event(line.text("event"), language);
    let mut parts = vec![(times::exact(line.text("at"), language), QUIET)];
    if let Some(id) = mail.at("id").as_i64() {
        parts.push((format!("#{id}"), Style::new().bold()));
    }
    parts.push((event, style));
    let plain = [mail.text("number"), mail.text("to"), line.text("message")];
    parts.extend(
        plain
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(|text| (text.to_owned(), Style::new())),
    );
    parts
}

/// Prints the parts of a line, cut to the screen.
pub(crate) fn print_cut(screen: &mut Screen, parts: &[(String, Style)]) -> Result<(), Stop> {
    let mut room = screen.width.unwrap_or(usize::MAX);
    let mut line = String::new();
    for (text, style) in parts {
        let gap = if line.is_empty() { 0 } else { 2 };
        if room <= gap + 1 {
            break;
        }
        let text = cut(text, room - gap);
        room = room.saturating_sub(gap + unicode_width::UnicodeWidthStr::width(text.as_str()));
        line.push_str(&" ".repeat(gap));
        line.push_str(&format!("{style}{text}{style:#}"));
    }
    line.push('\n');
    screen.print(&line)
}
