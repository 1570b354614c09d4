//! `presets`: the providers that are known, and what an address needs.

use crate::arguments::Presets;
use crate::exit::{self, Stop};
use crate::page::{Page, WARNING};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use crate::table::{Cell, Column, laid_out};
use serde_json::{Value, json};

/// Lists the providers, or shows one of them, or the one of an address.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &Presets) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let request = match &options.which {
        Some(address) if address.contains('@') => {
            json!({ "address": address, "lookup": options.lookup })
        }
        Some(id) => json!({ "id": id }),
        None => json!({}),
    };
    let reply = mailer.presets(&request)?;
    if screen.json {
        screen.print_json(&reply)?;
        return Ok(exit::OK);
    }
    let mut page = Page::new(screen);
    if let Some(warning) = reply.at("warning").at("message").as_str() {
        page.marked("!", warning, 0, WARNING);
        page.gap();
    }
    for warning in reply.list("warnings") {
        page.marked("!", warning.text("message"), 0, WARNING);
        page.gap();
    }
    if let Some(message) = reply.at("dns").at("message").as_str() {
        page.paragraph(message, 0, anstyle::Style::new());
        page.gap();
    }
    match (&options.which, reply.list("presets")) {
        (Some(address), _) if address.contains('@') => match &reply.at("guess") {
            Value::Null => page.paragraph(reply.text("advice"), 0, anstyle::Style::new()),
            guess => one(&mut page, guess),
        },
        (Some(_), [preset]) => one(&mut page, preset),
        (_, presets) => all(&mut page, presets),
    }
    page.show()?;
    Ok(exit::OK)
}

fn one(page: &mut Page, preset: &Value) {
    page.line(preset.text("label"));
    page.gap();
    page.pair(page.say("serveur", "server"), preset.text("host"));
    page.pair("port", &preset.at("port").to_string());
    page.pair(page.say("sécurité", "security"), preset.text("security"));
    if let Some(user) = preset.at("user").as_str() {
        page.pair(page.say("identifiant", "user"), user);
    }
    for (name, sentences) in [
        (
            page.say("À faire d'abord", "To do first"),
            preset.list("steps"),
        ),
        (page.say("À savoir", "To know"), preset.list("notes")),
    ] {
        if !sentences.is_empty() {
            page.heading(name);
        }
        for sentence in sentences.iter().filter_map(Value::as_str) {
            page.marked("·", sentence, 2, anstyle::Style::new());
        }
    }
}

fn all(page: &mut Page, presets: &[Value]) {
    let columns = [
        Column::whole(page.say("NOM", "NAME"), 0),
        Column::cut(page.say("FOURNISSEUR", "PROVIDER"), 10, 2),
        Column::cut(page.say("SERVEUR", "SERVER"), 12, 0),
        Column::whole("PORT", 1).right(),
        Column::whole(page.say("SÉCURITÉ", "SECURITY"), 1),
    ];
    let rows: Vec<Vec<Cell>> = presets
        .iter()
        .map(|preset| {
            vec![
                Cell::plain(preset.text("id")),
                Cell::plain(preset.text("label")),
                Cell::plain(preset.text("host")),
                Cell::plain(preset.at("port").to_string()),
                Cell::plain(preset.text("security")),
            ]
        })
        .collect();
    let table = laid_out(&columns, &rows, page.width());
    page.block(&table);
}
