//! `show`: one mail with every try and the server's words.

use crate::arguments::Show;
use crate::exit::{self, Stop};
use crate::journal::history_line;
use crate::page::Page;
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::times;
use crate::words;
use serde_json::{Value, json};

/// Lines of the history that are shown.
const LINES: u32 = 500;

/// Shows one mail.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &Show) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let reply = mailer.journal(&json!({ "id": options.id, "limit": LINES }))?;
    if screen.json {
        screen.print_json(&reply)?;
        return Ok(exit::OK);
    }
    let mut page = Page::new(screen);
    mail(&mut page, reply.at("mail"));
    page.heading(page.say("Ce qui s'est passé", "What happened"));
    for event in reply.list("events") {
        history_line(&mut page, event);
    }
    page.show()?;
    Ok(exit::OK)
}

fn mail(page: &mut Page, mail: &Value) {
    let language = page.language();
    let (state, style) = words::state(mail.text("state"), language);
    page.line(&format!("Mail {} — {style}{state}{style:#}", mail.at("id")));
    let kind = match (mail.at("test") == true, mail.at("emission").as_i64()) {
        (true, _) => " (TEST)".to_owned(),
        (false, Some(emission)) if emission > 1 => format!(" (DUPLICATA {})", emission - 1),
        _ => String::new(),
    };
    let number = format!("{} {}{kind}", mail.text("type"), mail.text("number"));
    page.pair(page.say("destinataire", "to"), mail.text("to"));
    page.pair(page.say("document", "document"), &number);
    page.pair(page.say("objet", "subject"), mail.text("subject"));
    page.pair(page.say("magasin", "store"), mail.text("store"));
    for (name, member) in [
        (page.say("reçu", "taken"), "accepted_at"),
        (page.say("prochain essai", "next try"), "next_at"),
        (page.say("terminé", "finished"), "settled_at"),
    ] {
        if let Some(at) = mail.at(member).as_str() {
            page.pair(name, &times::exact(at, language));
        }
    }
    page.pair(page.say("essais", "tries"), &mail.at("tries").to_string());
    let size = words::bytes(mail.count("size"), language);
    page.pair(page.say("taille", "size"), &size);
    page.pair("Message-ID", mail.text("message_id"));
}
