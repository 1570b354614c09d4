//! `sign-in`: shows the code and the address, waits for the owner, and says who is signed in.

use crate::arguments::SignIn;
use crate::exit::{self, Stop};
use crate::interrupt::Interrupt;
use crate::page::{BAD, GOOD, Page, QUIET, WARNING};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::table;
use crate::times;
use anstyle::Style;
use serde_json::{Value, json};
use std::time::Duration;
use tillmail::Mailer;
use tillmail::error;

/// How long it waits for the owner at a time: Ctrl-C is heard as soon.
const SLICE_MS: u64 = 1_000;

/// Starts a sign-in and waits for its end, or does the one thing that was asked for.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &SignIn) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    if let Some(action) = options.only() {
        let reply = mailer.sign_in(&request(options, action, 0))?;
        show(screen, &reply)?;
        return Ok(exit::OK);
    }
    let interrupt = Interrupt::watch()?;
    let started = mailer.sign_in(&request(options, "start", 0))?;
    if screen.json {
        screen.print_json_line(&started)?;
    } else {
        show(screen, &started)?;
        invite(screen, &started)?;
        screen.flush()?;
    }
    let ended = watch(&mailer, options, &interrupt, started);
    tell(screen, ended)
}

impl SignIn {
    /// What is to be done in place of signing in.
    fn only(&self) -> Option<&'static str> {
        [
            (self.state, "state"),
            (self.cancel, "cancel"),
            (self.sign_out, "sign_out"),
        ]
        .into_iter()
        .find_map(|(asked, action)| asked.then_some(action))
    }

    fn flow(&self) -> Option<&'static str> {
        [(self.browser, "browser"), (self.device, "device_code")]
            .into_iter()
            .find_map(|(asked, flow)| asked.then_some(flow))
    }
}

fn request(options: &SignIn, action: &str, wait_ms: u64) -> Value {
    let flow = options.flow().filter(|_| action == "start");
    let given = [
        ("action", Some(action)),
        ("account", options.account.as_deref()),
        ("flow", flow),
    ];
    let mut request = json!({ "wait_ms": wait_ms });
    for (name, value) in given {
        if let (Some(value), Some(members)) = (value, request.as_object_mut()) {
            members.insert(name.to_owned(), json!(value));
        }
    }
    request
}

/// Asks until nobody is waited for any more; an interruption ends the sign-in too.
fn watch(
    mailer: &Mailer,
    options: &SignIn,
    interrupt: &Interrupt,
    started: Value,
) -> error::Result<Value> {
    let mut reply = started;
    while reply.at("state") == "waiting" {
        let interrupted = interrupt.within(Duration::ZERO);
        let action = if interrupted { "cancel" } else { "state" };
        reply = mailer.sign_in(&request(options, action, SLICE_MS))?;
        if interrupted {
            break;
        }
    }
    Ok(reply)
}

fn tell(screen: &mut Screen, ended: error::Result<Value>) -> Result<u8, Stop> {
    match ended {
        Ok(reply) => {
            if screen.json {
                screen.print_json_line(&reply)?;
            } else {
                screen.print("\n")?;
                show(screen, &reply)?;
            }
            // An owner may agree in the very moment of Ctrl-C.
            Ok(match reply.text("state") {
                "signed_in" => exit::OK,
                _ => exit::LATER,
            })
        }
        // After the first line, this one is a line too.
        Err(error) if screen.json => {
            screen.print_json_line(&error.to_json(screen.language))?;
            Ok(exit::of(&error))
        }
        Err(error) => Err(error.into()),
    }
}

/// How it stands, in the library's sentence; below it what is to be typed, where.
fn show(screen: &mut Screen, reply: &Value) -> Result<(), Stop> {
    if screen.json {
        return screen.print_json(reply);
    }
    let mut page = Page::new(screen);
    let (sign, style) = match reply.text("state") {
        "signed_in" => ("✓", GOOD),
        "waiting" => ("→", WARNING),
        "none" | "cancelled" => ("–", QUIET),
        _ => ("!", BAD),
    };
    page.marked(sign, reply.text("message"), 0, style);
    if reply.at("state") == "waiting" {
        to_do(&mut page, reply);
    }
    page.show()
}

/// What the owner types, where, and until when.
fn to_do(page: &mut Page, reply: &Value) {
    let until = times::shown(reply.text("expires_at"), page.language());
    let complete = reply.at("verification_uri_complete").as_str();
    let address = complete.unwrap_or(reply.text("verification_uri"));
    for (fr, en, value) in [
        ("Compte", "Account", reply.text("user")),
        ("Code", "Code", reply.text("user_code")),
        ("Adresse", "Address", address),
        ("Valable jusqu'à", "Valid until", until.as_str()),
    ] {
        if !value.is_empty() {
            page.pair(page.say(fr, en), value);
        }
    }
    if let Some(url) = reply.at("browser_url").as_str() {
        page.paragraph(
            page.say("Page à ouvrir :", "Page to open:"),
            2,
            Style::new(),
        );
        // Whole: one that is broken into lines cannot be copied.
        page.line(&table::cut(url, usize::MAX));
    }
}

/// What the command does meanwhile.
fn invite(screen: &mut Screen, reply: &Value) -> Result<(), Stop> {
    if reply.at("state") != "waiting" {
        return Ok(());
    }
    let mut page = Page::new(screen);
    let waits = page.say(
        "En attente du titulaire du compte… Ctrl-C abandonne.",
        "Waiting for the owner of the account… Ctrl-C gives up.",
    );
    page.paragraph(waits, 2, Style::new());
    page.show()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use clap::Parser;

    #[test]
    fn what_was_typed_becomes_the_request() {
        for (typed, only, started) in [
            ("", None, json!({ "action": "start", "wait_ms": 0 })),
            (
                "--device --account sophie",
                None,
                json!({ "action": "start", "wait_ms": 0, "flow": "device_code", "account": "sophie" }),
            ),
            (
                "--browser",
                None,
                json!({ "action": "start", "wait_ms": 0, "flow": "browser" }),
            ),
            (
                "--state",
                Some("state"),
                json!({ "action": "start", "wait_ms": 0 }),
            ),
            (
                "--cancel",
                Some("cancel"),
                json!({ "action": "start", "wait_ms": 0 }),
            ),
            (
                "--sign-out",
                Some("sign_out"),
                json!({ "action": "start", "wait_ms": 0 }),
            ),
        ] {
            let words = ["tillmail", "sign-in"]
                .into_iter()
                .chain(typed.split_whitespace());
            let Command::SignIn(options) = Arguments::parse_from(words).command else {
                panic!("{typed}: another command");
            };
            assert_eq!(options.only(), only, "{typed}");
            assert_eq!(request(&options, "start", 0), started, "{typed}");
            let asked = request(&options, "state", SLICE_MS);
            assert_eq!(asked.at("flow"), &Value::Null, "{typed}");
            assert_eq!(asked.at("account"), started.at("account"), "{typed}");
        }
    }
}
