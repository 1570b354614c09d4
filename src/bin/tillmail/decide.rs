//! What a person decides about mails: `retry`, `cancel`, `resend`, `erase`.

use crate::arguments::{Cancel, Erase, Resend, Retry, RetryState};
use crate::exit::{self, Stop};
use crate::page::{GOOD, Page, WARNING};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::words;
use serde_json::{Value, json};
use tillmail::{Language, Mailer};

/// Puts mails back into the queue.
pub(crate) fn retry(place: &Place, screen: &mut Screen, options: &Retry) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let request = match options.state {
        None => json!({ "ids": options.ids }),
        Some(state) => {
            let state = match state {
                RetryState::Failed => "failed",
                RetryState::Uncertain => "uncertain",
            };
            match place.named_store() {
                Some(store) => json!({ "state": state, "store": store }),
                None => json!({ "state": state }),
            }
        }
    };
    // One call takes a thousand mails; those it has taken are not in the state any more.
    let mut mails = 0;
    loop {
        let reply = mailer.retry(&request)?;
        mails += reply.count("mails");
        if reply.at("more") != true {
            break;
        }
    }
    let sentence = match screen.language {
        Language::French => format!("Remis en file d'attente : {}.", words::mails(mails)),
        Language::English => format!("Waiting to be sent again: {}.", words::mails(mails)),
    };
    done(
        screen,
        &mailer,
        &json!({ "mails": mails }),
        &sentence,
        mails > 0,
    )
}

/// Takes waiting mails back, as many as can be.
pub(crate) fn cancel(place: &Place, screen: &mut Screen, options: &Cancel) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let mut cancelled = Vec::new();
    let mut failure = None;
    for id in &options.ids {
        match mailer.cancel(&json!({ "id": id })) {
            Ok(_) => cancelled.push(*id),
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    let count = u64::try_from(cancelled.len()).unwrap_or(u64::MAX);
    let sentence = match screen.language {
        Language::French => format!("Annulé : {}.", words::mails(count)),
        Language::English => format!("Cancelled: {}.", words::mails(count)),
    };
    match failure {
        None => done(
            screen,
            &mailer,
            &json!({ "cancelled": cancelled }),
            &sentence,
            false,
        ),
        Some(error) => {
            if !cancelled.is_empty() && !screen.json {
                screen.print(&format!("{sentence}\n"))?;
            }
            Err(error.into())
        }
    }
}

/// Sends a mail a second time.
pub(crate) fn resend(place: &Place, screen: &mut Screen, options: &Resend) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let request = match &options.to {
        Some(to) => json!({ "id": options.id, "to": to }),
        None => json!({ "id": options.id }),
    };
    let reply = mailer.resend(&request)?;
    let (id, copy) = (
        &reply.at("id"),
        reply.at("emission").as_i64().unwrap_or(1) - 1,
    );
    let sentence = match screen.language {
        Language::French => format!("DUPLICATA {copy} mis en file d'attente : mail {id}."),
        Language::English => format!("DUPLICATA {copy} waits to be sent: mail {id}."),
    };
    done(screen, &mailer, &reply, &sentence, true)
}

/// Forgets a customer; only when it is meant.
pub(crate) fn erase(place: &Place, screen: &mut Screen, options: &Erase) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    if !options.yes {
        return ask(screen, &mailer, &options.address);
    }
    let reply = mailer.erase(&json!({ "to": options.address }))?;
    let count = |member: &str| reply.count(member);
    let (erased, cancelled) = (words::mails(count("mails")), count("cancelled"));
    let sentence = match screen.language {
        Language::French => {
            format!("Données effacées : {erased}, dont {cancelled} annulé(s) avant l'envoi.")
        }
        Language::English => {
            format!("Data erased: {erased}, {cancelled} of them cancelled before they left.")
        }
    };
    done(screen, &mailer, &reply, &sentence, false)
}

fn ask(screen: &mut Screen, mailer: &Mailer, address: &str) -> Result<u8, Stop> {
    let most = 500;
    let reply = mailer.journal(&json!({ "to": address, "limit": most }))?;
    let found = reply.list("mails").len();
    let found = u64::try_from(found).unwrap_or(u64::MAX);
    let more = if found == most { "+" } else { "" };
    if screen.json {
        screen.print_json(&json!({ "would_erase": found }))?;
        return Ok(exit::USAGE);
    }
    let mut page = Page::new(screen);
    let sentence = match page.language() {
        Language::French => format!(
            "{}{more} à cette adresse. Rien n'est effacé : ajoutez --yes pour effacer définitivement.",
            words::mails(found)
        ),
        Language::English => format!(
            "{}{more} to this address. Nothing is erased: add --yes to erase them for good.",
            words::mails(found)
        ),
    };
    page.marked("!", &sentence, 0, WARNING);
    page.show_as_error()?;
    Ok(exit::USAGE)
}

/// Says what was done, and what is to be done where no till is there to send it.
fn done(
    screen: &mut Screen,
    mailer: &Mailer,
    reply: &Value,
    sentence: &str,
    waits: bool,
) -> Result<u8, Stop> {
    if screen.json {
        screen.print_json(reply)?;
        return Ok(exit::OK);
    }
    let nobody_sends = waits && mailer.installation()?.at("sender") == "nobody";
    let mut page = Page::new(screen);
    page.marked("✓", sentence, 0, GOOD);
    if nobody_sends {
        let cure = page.say(
            "Aucune caisse n'est ouverte : tillmail flush envoie maintenant.",
            "No till is open: tillmail flush sends it now.",
        );
        page.marked("→", cure, 2, GOOD);
    }
    page.show()?;
    Ok(exit::OK)
}
