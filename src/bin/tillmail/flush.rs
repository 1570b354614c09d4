//! `flush`: sends what waits now, and ends.
//!
//! What waits only because a connection failed is tried at once. Sending limits, a server's "later", the hour
//! between two probes of a paused account, and the wait of a mail in doubt are kept: a scheduler that calls this
//! every five minutes must not do what the library itself would not. Where a till is open, that till sends, and
//! this command watches.

use crate::arguments::Flush;
use crate::exit::{self, Stop};
use crate::interrupt::Interrupt;
use crate::journal::{one_line, print_cut};
use crate::page::{BAD, GOOD, Page, WARNING};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::status::held;
use crate::words;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};
use tillmail::{Language, Mailer};

/// How often it looks how far it is.
const LOOK: Duration = Duration::from_millis(200);
/// Where another process sends and nothing has moved for so long, there is nothing to wait for.
const STUCK: Duration = Duration::from_secs(60);
/// The mail that is being sent when somebody interrupts may take so long.
const STOP: Duration = Duration::from_secs(5);

/// Why the watching ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing is due any more.
    Done,
    Interrupted,
    TimedOut,
    /// Another process sends, and does not get on.
    Stuck,
}

/// How far it is.
#[derive(Debug, Default)]
struct Progress {
    sent: u64,
    failed: u64,
    uncertain: u64,
    seen: i64,
}

/// Sends what waits.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &Flush) -> Result<u8, Stop> {
    let visitor = place.visit(screen)?;
    let interrupt = Interrupt::watch()?;
    visitor.hurry()?;
    let mut progress = Progress {
        seen: visitor.lines(None)?.at("last").as_i64().unwrap_or(0),
        ..Progress::default()
    };
    drop(visitor);
    let mailer = place.open(screen.language)?;
    let watched = watch(&mailer, screen, options, &interrupt, &mut progress);
    mailer.shut_down(STOP)?;
    let end = watched?;
    progress.take_in(&mailer)?;
    let waiting = mailer.waiting()?;
    let code = code(&progress, &waiting, &mailer)?;
    tell(screen, end, &progress, &waiting)?;
    Ok(code)
}

impl Progress {
    /// Reads the journal lines since the last time.
    fn take_in(&mut self, mailer: &Mailer) -> Result<Vec<Value>, Stop> {
        let mut new = Vec::new();
        loop {
            let reply = mailer.lines(Some(self.seen))?;
            let lines = reply.list("lines");
            if lines.is_empty() {
                return Ok(new);
            }
            self.seen = reply.at("last").as_i64().unwrap_or(self.seen);
            for line in lines {
                match line.text("event") {
                    "sent" => self.sent += 1,
                    "refused" | "expired" => self.failed += 1,
                    "uncertain" => self.uncertain += 1,
                    _ => {}
                }
            }
            new.extend(lines.iter().cloned());
        }
    }

    fn finished(&self) -> u64 {
        self.sent + self.failed + self.uncertain
    }
}

fn watch(
    mailer: &Mailer,
    screen: &mut Screen,
    options: &Flush,
    interrupt: &Interrupt,
    progress: &mut Progress,
) -> Result<End, Stop> {
    let bar = bar(screen);
    let started = Instant::now();
    let mut moved = Instant::now();
    let mut last = (0, 0);
    loop {
        // First what is left, then what happened: so that nothing that is done is missed at the end.
        let waiting = mailer.waiting()?;
        let lines = progress.take_in(mailer)?;
        let left = |member: &str| waiting.count(member);
        let open = left("due") + left("sending");
        bar.set_length(progress.finished() + open);
        bar.set_position(progress.finished());
        // Outside: the bar is locked while it is put aside.
        let every_line = bar.is_hidden();
        bar.suspend(|| report(screen, &lines, every_line))?;
        if open == 0 {
            bar.finish_and_clear();
            return Ok(End::Done);
        }
        if (open, progress.seen) != last {
            (last, moved) = ((open, progress.seen), Instant::now());
        }
        let elsewhere = mailer.installation()?.at("sender") != "this_process";
        let stuck = elsewhere && left("sending") == 0 && moved.elapsed() > STUCK;
        let end = if interrupt.within(LOOK) {
            Some(End::Interrupted)
        } else if started.elapsed() >= options.timeout {
            Some(End::TimedOut)
        } else {
            stuck.then_some(End::Stuck)
        };
        if let Some(end) = end {
            bar.finish_and_clear();
            return Ok(end);
        }
    }
}

/// A bar on a terminal; elsewhere lines, or nothing where JSON is wanted.
fn bar(screen: &Screen) -> ProgressBar {
    if screen.json || screen.width.is_none() || !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let template = match screen.language {
        Language::French => "Envoi [{wide_bar}] {pos}/{len}",
        Language::English => "Sending [{wide_bar}] {pos}/{len}",
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

/// Above a bar only what went wrong; without one every line.
fn report(screen: &mut Screen, lines: &[Value], every_line: bool) -> Result<(), Stop> {
    if screen.json {
        return Ok(());
    }
    for line in lines {
        let trouble = line.at("code") != 0;
        if trouble || every_line {
            let parts = one_line(line, screen.language);
            print_cut(screen, &parts)?;
        }
    }
    screen.flush()
}

/// What a scheduler wants to know: all left, some wait, or somebody must look.
fn code(progress: &Progress, waiting: &Value, mailer: &Mailer) -> Result<u8, Stop> {
    if progress.failed + progress.uncertain > 0 {
        return Ok(exit::UNAVAILABLE);
    }
    let held = waiting.list("held");
    if held
        .iter()
        .any(|hold| hold.at("reason") == "not_configured")
    {
        return Ok(exit::CONFIG);
    }
    let health = mailer.health(&json!({}))?;
    let notices = health.list("notices");
    if notices.iter().any(|notice| notice.at("id") == "worker") {
        return Ok(exit::IO);
    }
    let open = ["due", "sending"]
        .iter()
        .any(|member| waiting.count(member) > 0);
    Ok(if open || !held.is_empty() {
        exit::LATER
    } else {
        exit::OK
    })
}

fn waiting_mails(waiting: &Value) -> u64 {
    let held = waiting.list("held").iter();
    let held: u64 = held.filter_map(|hold| hold.at("mails").as_u64()).sum();
    held + ["due", "sending"]
        .iter()
        .filter_map(|member| waiting.at(member).as_u64())
        .sum::<u64>()
}

fn tell(screen: &mut Screen, end: End, progress: &Progress, waiting: &Value) -> Result<(), Stop> {
    if screen.json {
        return screen.print_json(&json!({
            "sent": progress.sent,
            "failed": progress.failed,
            "uncertain": progress.uncertain,
            "waiting": waiting,
            "interrupted": end == End::Interrupted,
            "timed_out": end == End::TimedOut,
            "stuck": end == End::Stuck,
        }));
    }
    let left = waiting_mails(waiting);
    let Progress {
        sent,
        failed,
        uncertain,
        ..
    } = progress;
    let mut page = Page::new(screen);
    let sentence = match page.language() {
        Language::French => {
            format!(
                "Partis : {sent}. En échec : {failed}. Incertains : {uncertain}. En attente : {left}."
            )
        }
        Language::English => {
            format!(
                "Left: {sent}. Failed: {failed}. Uncertain: {uncertain}. Still waiting: {left}."
            )
        }
    };
    let (sign, style) = match (failed + uncertain, left) {
        (0, 0) => ("✓", GOOD),
        (0, _) => ("!", WARNING),
        _ => ("!", BAD),
    };
    page.marked(sign, &sentence, 0, style);
    let why = match end {
        End::Done => None,
        End::Interrupted => Some(page.say(
            "Interrompu ; rien n'est perdu, le reste attend.",
            "Interrupted; nothing is lost, the rest waits.",
        )),
        End::TimedOut => Some(page.say(
            "Le temps accordé est écoulé ; le reste attend.",
            "The time given is over; the rest waits.",
        )),
        End::Stuck => Some(page.say(
            "Une caisse ouverte tient l'envoi et n'avance pas : fermez-la ou redémarrez-la.",
            "A till that is open does the sending and does not get on: close or restart it.",
        )),
    };
    if let Some(why) = why {
        page.paragraph(why, 2, anstyle::Style::new());
    }
    if failed + uncertain > 0 {
        let cure = words::say(
            page.language(),
            "tillmail journal, puis tillmail show ID",
            "tillmail journal, then tillmail show ID",
        );
        page.marked("→", cure, 2, GOOD);
    }
    held(&mut page, waiting);
    page.show()
}
