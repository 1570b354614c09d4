//! `preview`: the mail that a receipt would become, on the screen or as files that a browser shows.

use crate::arguments::Preview;
use crate::exit::{self, Stop};
use crate::page::{GOOD, Page, WARNING};
use crate::place::Place;
use crate::reply::Reply;
use crate::screen::Screen;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tillmail::Text;
use tillmail::error::{
    Error, MAIL_E_ATTACHMENT, MAIL_E_BUG, MAIL_E_FOLDER, MAIL_E_JSON, MAIL_E_TOO_LARGE, MAIL_E_TYPE,
};

/// Longest file that is read: the longest request that the library takes.
const MOST_BYTES: u64 = 160 << 20;
/// Subfolder of the attachments: their names are the till's, and must not be those of the parts.
const ATTACHMENTS: &str = "attachments";

/// Shows or writes a preview.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &Preview) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let mut request = document(&options.receipt)?;
    let settings = options.settings.as_deref().map(document).transpose()?;
    let members = request.as_object_mut().ok_or_else(|| no_object(options))?;
    members.insert(
        "attachment_content".to_owned(),
        json!(options.out.is_some()),
    );
    if let Some(settings) = settings {
        members.insert("settings".to_owned(), settings);
    }
    let reply = mailer.preview(&request)?;
    match (&options.out, part(options)) {
        (Some(folder), _) => written(screen, folder, &reply)?,
        (None, _) if screen.json => screen.print_json(&reply)?,
        (None, Some(part)) => {
            let text = with_line_end(reply.text(part));
            screen.print(&match screen.width {
                Some(_) => harmless(&text),
                None => text,
            })?;
        }
        (None, None) => shown(screen, &reply)?,
    }
    Ok(exit::OK)
}

/// The one part that is asked for.
fn part(options: &Preview) -> Option<&'static str> {
    [
        (options.html, "html"),
        (options.text, "text"),
        (options.subject, "subject"),
    ]
    .into_iter()
    .find_map(|(asked, part)| asked.then_some(part))
}

fn with_line_end(text: &str) -> String {
    match text.is_empty() || text.ends_with('\n') {
        true => text.to_owned(),
        false => format!("{text}\n"),
    }
}

/// A terminal would obey control characters of a receipt.
fn harmless(text: &str) -> String {
    let kept = |sign: &char| matches!(sign, '\n' | '\t') || !sign.is_control();
    text.chars().filter(kept).collect()
}

/// Reads a JSON file, or the standard input.
fn document(path: &Path) -> Result<Value, Stop> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    let read = read.map_err(|error| unreadable(path, &error))?;
    if u64::try_from(read).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err(too_large(path));
    }
    // Notepad writes a mark in front of UTF-8.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(text).map_err(|error| not_json(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Stop {
    let path = path.display();
    let message = Text::new(
        format!("le fichier « {path} » ne peut pas être lu ({error})."),
        format!("the file \"{path}\" cannot be read ({error})."),
    );
    Error::new(MAIL_E_ATTACHMENT, message).into()
}

fn too_large(path: &Path) -> Stop {
    let path = path.display();
    let message = Text::new(
        format!("le fichier « {path} » fait plus de {MOST_BYTES} octets."),
        format!("the file \"{path}\" has more than {MOST_BYTES} bytes."),
    );
    Error::new(MAIL_E_TOO_LARGE, message).into()
}

fn not_json(path: &Path, error: &dyn Display) -> Stop {
    let path = path.display();
    let message = Text::new(
        format!("le fichier « {path} » n'est pas du JSON valide en UTF-8 ({error})."),
        format!("the file \"{path}\" is not valid JSON in UTF-8 ({error})."),
    );
    Error::new(MAIL_E_JSON, message).into()
}

fn no_object(options: &Preview) -> Error {
    let path = options.receipt.display();
    let message = Text::new(
        format!("le fichier « {path} » n'est pas un ticket : un objet JSON est attendu."),
        format!("the file \"{path}\" is no receipt: a JSON object is needed."),
    );
    Error::new(MAIL_E_TYPE, message)
}

/// What the customer would read, on the screen.
fn shown(screen: &mut Screen, reply: &Value) -> Result<(), Stop> {
    let mut page = Page::new(screen);
    page.pair(page.say("objet", "subject"), reply.text("subject"));
    let bytes = page.say("octets", "bytes");
    page.pair(
        page.say("taille", "size"),
        &format!("{} {bytes}", reply.count("size")),
    );
    for picture in reply.list("pictures") {
        let (cid, name) = (picture.text("cid"), picture.text("name"));
        let (width, height) = (picture.count("width"), picture.count("height"));
        page.pair(
            page.say("image", "picture"),
            &format!("{cid}: {name}, {width} × {height}"),
        );
    }
    for attached in reply.list("attachments") {
        let (name, kind) = (attached.text("name"), attached.text("content_type"));
        page.pair(
            page.say("pièce jointe", "attachment"),
            &format!("{name}, {kind}, {} {bytes}", attached.count("size")),
        );
    }
    warnings(&mut page, reply);
    match reply.at("text").as_str() {
        Some(text) => {
            page.heading(page.say("Le texte", "The text"));
            // As printed: not broken, not cut.
            page.block(&harmless(&with_line_end(text)));
        }
        None => page.heading(page.say("Pas de texte : HTML seul", "No text part: HTML alone")),
    }
    page.show()
}

fn warnings(page: &mut Page, reply: &Value) {
    for warning in reply.list("warnings") {
        let (field, message) = (warning.text("field"), warning.text("message"));
        page.marked("!", &format!("{field}: {message}"), 2, WARNING);
    }
}

/// Writes the parts into a folder and tells their names.
fn written(screen: &mut Screen, folder: &Path, reply: &Value) -> Result<(), Stop> {
    let mut files = Vec::new();
    for (name, bytes) in parts(reply)? {
        let path = folder.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, bytes))
            .map_err(|error| unwritable(&path, &error))?;
        files.push(path);
    }
    if screen.json {
        return screen.print_json(&json!({ "files": files, "warnings": reply.at("warnings") }));
    }
    let mut page = Page::new(screen);
    for path in files {
        page.marked("✓", &path.display().to_string(), 0, GOOD);
    }
    warnings(&mut page, reply);
    page.show()
}

/// The files of a preview: names and bytes.
fn parts(reply: &Value) -> Result<Vec<(PathBuf, Vec<u8>)>, Stop> {
    let mut files = vec![(
        PathBuf::from("subject.txt"),
        with_line_end(reply.text("subject")).into_bytes(),
    )];
    if let Some(text) = reply.at("text").as_str() {
        files.push((PathBuf::from("text.txt"), text.as_bytes().to_vec()));
    }
    let mut html = reply.at("html").as_str().map(str::to_owned);
    for picture in reply.list("pictures") {
        let name = picture_file(picture);
        html = html.map(|html| pointed(&html, picture.text("cid"), &name));
        files.push((PathBuf::from(name), bytes(picture)?));
    }
    if let Some(html) = html {
        files.push((PathBuf::from("mail.html"), html.into_bytes()));
    }
    for (index, attached) in reply.list("attachments").iter().enumerate() {
        // Two attachments may have one name.
        let name = format!("{}-{}", index + 1, file_name(attached.text("name")));
        files.push((Path::new(ATTACHMENTS).join(name), bytes(attached)?));
    }
    Ok(files)
}

/// Points what shows a picture of the mail at its file.
fn pointed(html: &str, cid: &str, file: &str) -> String {
    let quoted = ['"', '\''].into_iter();
    quoted.fold(html.to_owned(), |html, quote| {
        html.replace(&format!("cid:{cid}{quote}"), &format!("{file}{quote}"))
    })
}

fn picture_file(picture: &Value) -> String {
    let ending = match picture.text("content_type") {
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        _ => "png",
    };
    format!("{}.{ending}", file_name(picture.text("cid")))
}

/// A name that every system takes as that of a file in the folder.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|sign| match sign {
            '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '_',
            sign if sign.is_control() => '_',
            sign => sign,
        })
        .collect()
}

fn bytes(holder: &Value) -> Result<Vec<u8>, Stop> {
    let decoded = STANDARD.decode(holder.text("base64"));
    decoded.map_err(|error| {
        let words = error.to_string();
        Error::new(MAIL_E_BUG, Text::new(words.clone(), words)).into()
    })
}

fn unwritable(path: &Path, error: &io::Error) -> Stop {
    let path = path.display();
    let message = Text::new(
        format!("le fichier « {path} » ne peut pas être écrit ({error})."),
        format!("the file \"{path}\" cannot be written ({error})."),
    );
    Error::new(MAIL_E_FOLDER, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_folder() {
        for (given, file) in [
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("C:\\x\u{0}.pdf", "C__x_.pdf"),
            ("Conditions d'été.pdf", "Conditions d'été.pdf"),
        ] {
            assert_eq!(file_name(given), file);
        }
    }

    #[test]
    fn pictures_are_pointed_at_whole_names_only() {
        let html = "<img src=\"cid:logo1\"><img src='cid:logo10'>";
        assert_eq!(
            pointed(html, "logo1", "logo1.png"),
            "<img src=\"logo1.png\"><img src='cid:logo10'>"
        );
    }
}
