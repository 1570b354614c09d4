//! `verify`: each step as it is done, then cause and cure, then what the sender's domain says.

use crate::arguments::Verify;
use crate::exit::{self, Stop};
use crate::page::{BAD, GOOD, Page, QUIET, WARNING};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::words;
use anstyle::Style;
use serde_json::{Value, json};
use tillmail::error::Error;

/// Columns that aligned steps take; a narrower screen gets them as they are.
const COLUMNS: usize = 40;

/// Tries the settings in force.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &Verify) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let mut request =
        json!({ "deadline_ms": u64::try_from(options.timeout.as_millis()).unwrap_or(u64::MAX) });
    if let (true, Some(members)) = (options.domain, request.as_object_mut()) {
        members.insert("domain".to_owned(), json!(true));
    }
    for (name, value) in [
        ("to", &options.to),
        ("account", &options.account),
        ("dkim_selector", &options.dkim_selector),
    ] {
        if let (Some(value), Some(members)) = (value, request.as_object_mut()) {
            members.insert(name.to_owned(), json!(value));
        }
    }
    if screen.json {
        screen.print_json(&mailer.verify(&request)?)?;
        return Ok(exit::OK);
    }
    let mut written = Ok(());
    let outcome = mailer.verify_watched(&request, &mut |name, ms| {
        if written.is_ok() {
            written = step(screen, name, ms, true);
        }
    });
    written?;
    match outcome {
        Ok(reply) => {
            told(screen, &reply)?;
            domain(screen, &reply)?;
            transcript(screen, options, &reply)?;
            Ok(exit::OK)
        }
        Err(error) => failed(screen, options, &error),
    }
}

fn step(screen: &mut Screen, name: &str, ms: u64, ok: bool) -> Result<(), Stop> {
    let (word, style) = match ok {
        true => (words::say(screen.language, "ok", "ok"), GOOD),
        false => (words::say(screen.language, "ÉCHEC", "FAILED"), BAD),
    };
    let name = words::step(name, screen.language);
    let line = if screen.width.is_some_and(|width| width < COLUMNS) {
        format!("{style}{word}{style:#} {name} {ms} ms\n")
    } else {
        format!("  {style}{word:<6}{style:#} {name:<20} {ms:>6} ms\n")
    };
    screen.print(&line)?;
    screen.flush()
}

fn told(screen: &mut Screen, reply: &Value) -> Result<(), Stop> {
    // The folder account has one step, which nobody watched.
    let folder = reply
        .list("steps")
        .iter()
        .any(|step| step.at("step") == "folder");
    if folder {
        step(screen, "folder", 0, true)?;
    }
    let mut page = Page::new(screen);
    page.gap();
    let sentence = page.say(
        "Le serveur prendrait un mail maintenant. Rien n'a été envoyé.",
        "The server would take a mail now. Nothing was sent.",
    );
    page.marked("✓", sentence, 0, GOOD);
    page.show()
}

fn failed(screen: &mut Screen, options: &Verify, error: &Error) -> Result<u8, Stop> {
    let reply = error.details.as_deref().unwrap_or(&Value::Null);
    let failing = reply
        .list("steps")
        .iter()
        .find(|step| step.at("ok") == false);
    if let Some(failing) = failing {
        step(screen, failing.text("step"), failing.count("ms"), false)?;
        screen.print("\n")?;
    }
    let mut page = Page::new(screen);
    page.failure(error);
    page.show()?;
    domain(screen, reply)?;
    transcript(screen, options, reply)?;
    Ok(exit::of(error))
}

/// What was found about the sender's domain, and what to ask for.
fn domain(screen: &mut Screen, reply: &Value) -> Result<(), Stop> {
    let domain = reply.at("domain");
    if domain.is_null() {
        return Ok(());
    }
    screen.print("\n")?;
    let mut page = Page::new(screen);
    let heading = page.say("Le domaine", "The domain");
    page.heading(&format!("{heading} {}", domain.text("name")));
    for (kind, name) in [("spf", "SPF"), ("dmarc", "DMARC"), ("dkim", "DKIM")] {
        let found = domain.at(kind);
        let (sign, style) = match found.text("state") {
            "ok" => ("✓", GOOD),
            "not_checked" => ("·", QUIET),
            _ => ("!", WARNING),
        };
        page.marked(
            sign,
            &format!("{name}: {}", found.text("message")),
            2,
            style,
        );
        if let Some(hint) = found.at("hint").as_str() {
            page.marked("→", hint, 4, Style::new());
        }
    }
    page.show()
}

fn transcript(screen: &mut Screen, options: &Verify, reply: &Value) -> Result<(), Stop> {
    if !options.transcript || reply.list("transcript").is_empty() {
        return Ok(());
    }
    screen.print("\n")?;
    let mut page = Page::new(screen);
    page.heading(page.say("La conversation", "The conversation"));
    for line in reply.list("transcript").iter().filter_map(Value::as_str) {
        let style = if line.starts_with('<') {
            QUIET
        } else {
            Style::new()
        };
        page.paragraph(line, 2, style);
    }
    page.show()
}
