//! docs/FAULTS.md: the tables as a person reads them.

use super::providers::Words;
use super::row::{Again, Expect, Row};
use super::words::{At, FAULTS, Fault, SENSELESS, STEPS, fault_name, senseless, step_name};
use std::fmt::Write;

const HEAD: &str = "\
# What the shop reads when sending fails

For the support technician: find the step and the fault, or the words of the provider, and read what the library
makes of it. Both tables are tests: `cargo test --test faults` drives every line over a real conversation with a
scripted server (a scripted name server, a TLS 1.0 server) and compares all that stands here. The sentences are those that
`mail_wait` and `mail_journal` give in French; `smtp.exemple.fr` stands for the server, `PORT` for its port and
`boutique@exemple.fr` for the sender.

| outcome | the mail | the account | again |
|---|---|---|---|
| sent | `sent`, once | goes on | – |
| later | `queued`, the try counts | waits as long where the fault is not about this mail | after 10 s, then 30 s, 2, 5, 15, 30 min, hourly, every 4 h; longer where the server names a time; given up after three days |
| limit | `queued`, the try counts | waits as long | after an hour |
| refused | `failed`: a person corrects it and calls `mail_resend` or `mail_retry` | goes on | – |
| paused | `queued`, the try is given back | paused until somebody saves settings or retries a mail | one mail an hour asks again |
| unsure | `queued`, the try counts | goes on | once more after ten minutes with the same Message-ID, then `uncertain`: a person decides (`delivery.unsure` = `hold`: at once) |

A wait may be up to a tenth longer, so that many tills do not come back at once. Times are those of the settings'
defaults. Whether the server offers PIPELINING or not, and where it matters whether TLS stands from the start or
after STARTTLS, comes to the same unless a line says otherwise.

When the line is lost with one mail, the next one is tried on a fresh line, because something in between may cut one
mail only. When it is lost with two in a row, it is the line: the others wait, untouched.

";

/// The whole document.
pub fn document(rows: &[Row], words: &[Words]) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("## Every fault at every step\n\n");
    text.push_str(&matrix(rows));
    text.push_str(&list(rows));
    text.push_str("## Providers, by their own words\n\n");
    text.push_str(
        "Words gathered 2026-11 from the providers' public pages and public threads. Providers change their wording: a \
         row of the library matches code, enhanced code and a short fragment. `/` marks where a server breaks the line. \
         The account is `caisse@exemple.fr`.\n\n",
    );
    text.push_str(&provider_list(words));
    text
}

fn outcome(expect: &Expect) -> &'static str {
    match (expect.state, expect.class) {
        ("sent", _) => "sent",
        ("failed", _) => "refused",
        _ if expect.paused => "paused",
        (_, "uncertain") => "unsure",
        (_, "quota") => "limit",
        _ => "later",
    }
}

/// Steps across, faults down: every pair has an outcome or a letter that says why it has none.
pub fn matrix(rows: &[Row]) -> String {
    let mut text = String::from("| |");
    for (_, step) in STEPS {
        let _ = write!(text, " {step} |");
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(STEPS.len()));
    text.push('\n');
    for (fault, name) in FAULTS {
        let _ = write!(text, "| **{name}** |");
        for (at, _) in STEPS {
            let _ = write!(text, " {} |", cell(rows, *at, *fault));
        }
        text.push('\n');
    }
    text.push_str("\nA letter: the pair means nothing.\n\n");
    for (index, (_, _, reason)) in SENSELESS.iter().enumerate() {
        let _ = writeln!(text, "- {}: {reason}.", letter(index));
    }
    text.push('\n');
    text
}

fn letter(index: usize) -> char {
    char::from(b'a' + u8::try_from(index).expect("few reasons"))
}

fn cell(rows: &[Row], at: At, fault: Fault) -> String {
    let mut outcomes: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.at == at && row.fault == fault) {
        let outcome = outcome(&row.expect);
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    if !outcomes.is_empty() {
        return outcomes.join(" / ");
    }
    let reason = senseless(at, fault);
    let index = SENSELESS
        .iter()
        .position(|(_, _, one)| Some(*one) == reason);
    index.map_or("?".to_owned(), |index| format!("– {}", letter(index)))
}

/// One table a step, with all that is expected.
pub fn list(rows: &[Row]) -> String {
    let mut text = String::new();
    for (at, step) in STEPS {
        let _ = writeln!(text, "### At {step}\n");
        text.push_str("| fault | outcome | code, class | state, tries | account | again | what the shop reads |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for row in rows.iter().filter(|row| row.at == *at) {
            let note = match row.note {
                "" => String::new(),
                note => format!(": {}", plain(note)),
            };
            let fault = fault_name(row.fault);
            let _ = writeln!(text, "| **{fault}**{note} | {}", columns(&row.expect));
        }
        text.push('\n');
    }
    text
}

fn provider_list(words: &[Words]) -> String {
    let mut text = String::new();
    let mut providers: Vec<&str> = Vec::new();
    for one in words {
        if !providers.contains(&one.who) {
            providers.push(one.who);
        }
    }
    for who in providers {
        let _ = writeln!(text, "### {who}\n");
        text.push_str("| step | words | outcome | code, class | state, tries | account | again | what the shop reads |\n");
        text.push_str("|---|---|---|---|---|---|---|---|\n");
        for one in words.iter().filter(|one| one.who == who) {
            let step = step_name(one.at);
            let line = plain(&one.line.replace('|', " / "));
            let _ = writeln!(text, "| {step} | {line} | {}", columns(&one.expect));
        }
        text.push('\n');
    }
    text
}

fn columns(expect: &Expect) -> String {
    let account = if expect.paused { "paused" } else { "works" };
    let reads = match (expect.says, expect.cure) {
        ("", _) => "–".to_owned(),
        (says, cure) => format!("{} *{}*", plain(says), plain(cure)),
    };
    format!(
        "{} | `{}`, {} | {}, {} | {account} | {} | {reads} |",
        outcome(expect),
        expect.code,
        expect.class,
        expect.state,
        expect.tries,
        again(expect.again),
    )
}

fn again(again: Again) -> String {
    let time = |seconds: u32| match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    };
    match again {
        Again::Never => "–".to_owned(),
        Again::After(seconds) => format!("in {}", time(seconds)),
        Again::Probe(seconds) => format!("asked in {}", time(seconds)),
    }
}

/// What stands in angle brackets or between stars is text here.
fn plain(text: &str) -> String {
    text.replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('*', "\\*")
}
