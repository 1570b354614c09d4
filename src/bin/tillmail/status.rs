//! `status`: how mailing stands, on one page; the worst first.

use crate::exit::{self, Stop};
use crate::page::{BAD, GOOD, Page, QUIET, WARNING};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::times;
use crate::words;
use anstyle::Style;
use serde_json::{Value, json};

/// Shows health, what waits and why, and the installation.
pub(crate) fn run(place: &Place, screen: &mut Screen) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let health = mailer.health(&json!({}))?;
    let waiting = mailer.waiting()?;
    let installation = mailer.installation()?;
    let status = worst(&health, &waiting, &installation);
    let code = code(status, &health);
    if screen.json {
        screen.print_json(
            &json!({ "status": status, "health": health, "waiting": waiting, "installation": installation }),
        )?;
        return Ok(code);
    }
    let mut page = Page::new(screen);
    head(&mut page, status, &health, &installation);
    if nobody_sends(&waiting, &installation) {
        nobody(&mut page);
    }
    counts(&mut page, &health);
    held(&mut page, &waiting);
    limits(&mut page, &health);
    foot(&mut page, &installation);
    page.show()?;
    Ok(code)
}

/// Health speaks for the shop, which is not told before two hours have passed. Whoever types this command wants
/// to know now: an account that waits, or mails that nobody sends, are worth a look.
fn worst(health: &Value, waiting: &Value, installation: &Value) -> &'static str {
    let held = waiting.list("held").iter();
    let troubled = held
        .filter(|hold| matches!(hold.text("reason"), "account" | "limit"))
        .count();
    match health.text("status") {
        "error" => "error",
        "warning" => "warning",
        _ if troubled > 0 || nobody_sends(waiting, installation) => "warning",
        _ => "ok",
    }
}

fn nobody_sends(waiting: &Value, installation: &Value) -> bool {
    let due = waiting.count("due") + waiting.count("sending");
    due > 0 && installation.at("sender") == "nobody"
}

fn nobody(page: &mut Page) {
    let (message, cure) = (
        page.say(
            "Des mails sont prêts et aucune caisse n'est ouverte pour les envoyer.",
            "Mails are due, and no till is open to send them.",
        ),
        page.say(
            "Ouvrez une caisse, ou tapez tillmail flush",
            "Open a till, or type tillmail flush",
        ),
    );
    page.gap();
    page.marked("!", message, 0, WARNING);
    page.marked("→", cure, 2, GOOD);
}

/// The worst decides; a mailing that was never set up is neither down nor in danger.
fn code(status: &str, health: &Value) -> u8 {
    match status {
        "error" => exit::UNAVAILABLE,
        _ if health.at("configured") == false => exit::CONFIG,
        "warning" => exit::LATER,
        _ => exit::OK,
    }
}

fn head(page: &mut Page, status: &str, health: &Value, installation: &Value) {
    let language = page.language();
    let (status, style) = words::status(status, language);
    page.line(&format!(
        "{style}{status}{style:#}  {QUIET}tillmail {}{QUIET:#}",
        installation.text("version")
    ));
    for notice in health.list("notices") {
        let style = match notice.text("level") {
            "error" => BAD,
            _ => WARNING,
        };
        page.gap();
        page.marked("!", notice.text("message"), 0, style);
        if let Some(hint) = notice.at("hint").as_str() {
            page.marked("→", hint, 2, GOOD);
        }
        if let Some(cure) = cure(notice.text("id"), language) {
            page.marked("→", cure, 2, GOOD);
        }
    }
}

/// What to type next.
fn cure(notice: &str, language: tillmail::Language) -> Option<&'static str> {
    let say = |fr, en| Some(words::say(language, fr, en));
    match notice {
        "failed" => say(
            "tillmail journal --state failed, puis tillmail show ID",
            "tillmail journal --state failed, then tillmail show ID",
        ),
        "uncertain" => say(
            "tillmail journal --state uncertain ; tillmail retry ID si le client n'a rien reçu",
            "tillmail journal --state uncertain; tillmail retry ID where the customer got nothing",
        ),
        "account_paused" => say(
            "tillmail verify montre si le compte marche à nouveau",
            "tillmail verify shows whether the account works again",
        ),
        "nothing_leaves" => say(
            "tillmail verify montre où cela bloque",
            "tillmail verify shows where it is stuck",
        ),
        _ => None,
    }
}

fn counts(page: &mut Page, health: &Value) {
    let language = page.language();
    page.heading(words::say(language, "Mails", "Mails"));
    let since = |at: &Value| {
        let at = at.as_str()?;
        let ago = times::distance(at, language)?;
        Some((times::shown(at, language), ago))
    };
    for state in [
        "queued",
        "sending",
        "sent",
        "failed",
        "uncertain",
        "cancelled",
    ] {
        let count = health.at("counts").count(state);
        let (name, style) = words::state(state, language);
        let more = match state {
            "queued" => since(health.at("oldest_waiting")).map(|(at, ago)| match language {
                tillmail::Language::French => format!("  (le plus ancien : {at}, depuis {ago})"),
                tillmail::Language::English => format!("  (the oldest: {at}, for {ago})"),
            }),
            "sent" => since(health.at("last_sent")).map(|(at, ago)| match language {
                tillmail::Language::French => format!("  (le dernier : {at}, il y a {ago})"),
                tillmail::Language::English => format!("  (the last one: {at}, {ago} ago)"),
            }),
            _ => None,
        };
        let style = if count == 0 || state == "sent" {
            Style::new()
        } else {
            style
        };
        page.styled_pair(
            &name,
            &format!("{count}{}", more.unwrap_or_default()),
            style,
        );
    }
}

/// What waits, with the reason and the time; also told by `flush`.
pub(crate) fn held(page: &mut Page, waiting: &Value) {
    let language = page.language();
    if waiting.list("held").is_empty() {
        return;
    }
    page.heading(page.say("Pourquoi des mails attendent", "Why mails wait"));
    for hold in waiting.list("held") {
        let (reason, style) = words::reason(hold.text("reason"), language);
        let mails = words::mails(hold.count("mails"));
        let until = hold.at("until").as_str().map(|at| {
            let at = times::exact(at, language);
            let word = words::say(language, "prochain essai", "next try");
            format!(", {word} {at}")
        });
        let account = hold
            .at("account")
            .as_str()
            .map(|account| format!(" ({})", words::account(account, language)));
        let sentence = format!(
            "{mails} : {reason}{}{}",
            until.unwrap_or_default(),
            account.unwrap_or_default()
        );
        page.marked("·", &sentence, 2, style);
        page.cause(hold, 4);
    }
}

fn limits(page: &mut Page, health: &Value) {
    let language = page.language();
    if health.list("limits").is_empty() {
        return;
    }
    page.heading(page.say(
        "Limites d'envoi du fournisseur",
        "Sending limits of the provider",
    ));
    for limit in health.list("limits") {
        let (sent, most) = (&limit.at("sent"), &limit.at("limit"));
        let hours = limit.count("hours");
        let name = match language {
            tillmail::Language::French => format!("en {hours} h"),
            tillmail::Language::English => format!("in {hours} h"),
        };
        let value = match language {
            tillmail::Language::French => format!("{sent} sur {most}"),
            tillmail::Language::English => format!("{sent} of {most}"),
        };
        page.pair(&name, &value);
    }
}

fn foot(page: &mut Page, installation: &Value) {
    let language = page.language();
    page.heading(page.say("Installation", "Installation"));
    let (sender, style) = words::sender(installation.text("sender"), language);
    let sender = match holder(installation.text("folder")) {
        Some(process) => format!("{sender} ({process})"),
        None => sender,
    };
    page.styled_pair(page.say("envoi", "sending"), &sender, style);
    page.pair(page.say("dossier", "folder"), installation.text("folder"));
    page.pair(page.say("magasin", "store"), installation.text("store"));
    let files: Vec<String> = installation
        .list("files")
        .iter()
        .map(|file| {
            let size = words::bytes(file.count("bytes"), language);
            format!("{} {size}", file.text("name"))
        })
        .collect();
    page.pair(page.say("fichiers", "files"), &files.join(", "));
    let versions = ["sqlite", "rustls", "lettre"]
        .map(|name| format!("{name} {}", installation.text(name)))
        .join(", ");
    page.pair(
        "versions",
        &format!(
            "tillmail {}, {versions}, {} {}",
            installation.text("version"),
            installation.text("os"),
            installation.text("architecture"),
        ),
    );
}

/// Names the process that drains, where the system tells: Linux does, in /proc/locks.
#[cfg(target_os = "linux")]
fn holder(folder: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let inode = std::fs::metadata(std::path::Path::new(folder).join("drain.lock"))
        .ok()?
        .ino();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let ends_with = format!(":{inode}");
    let process: u32 = locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| word.ends_with(&ends_with))?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    })?;
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).ok();
    Some(match name {
        Some(name) => format!("{} {process}", name.trim_end()),
        None => process.to_string(),
    })
}

#[cfg(not(target_os = "linux"))]
fn holder(_folder: &str) -> Option<String> {
    None
}
