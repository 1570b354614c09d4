//! `support-bundle`: one file for whoever helps.
//!
//! One readable text in JSON and not an archive: the shop can read what it hands over before it does, it goes into
//! a mail or a ticket as it is, and no filter for attachments throws it away.

use crate::arguments::SupportBundle;
use crate::exit::{self, Stop};
use crate::page::{GOOD, Page};
use crate::place::Place;
use crate::screen::Screen;
use crate::times;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tillmail::Text;
use tillmail::error::{Error, MAIL_E_FOLDER};

/// Writes the file.
pub(crate) fn run(place: &Place, screen: &mut Screen, options: &SupportBundle) -> Result<u8, Stop> {
    let mailer = place.visit(screen)?;
    let mut document = mailer.support(options.mails)?;
    if let Some(members) = document.as_object_mut() {
        members.insert("system".to_owned(), json!(system()));
    }
    let path = match &options.output {
        Some(path) if path == Path::new("-") => {
            screen.print_json(&document)?;
            return Ok(exit::OK);
        }
        Some(path) => path.clone(),
        None => PathBuf::from(format!("tillmail-support-{}.json", times::for_a_file())),
    };
    write(&path, &document).map_err(|error| {
        let message = Text::new(
            format!(
                "le fichier « {} » ne peut pas être écrit ({error}).",
                path.display()
            ),
            format!(
                "the file \"{}\" cannot be written ({error}).",
                path.display()
            ),
        );
        Stop::As(
            exit::CANNOT_CREATE,
            Box::new(Error::new(MAIL_E_FOLDER, message)),
        )
    })?;
    if screen.json {
        screen.print_json(&json!({ "file": path }))?;
        return Ok(exit::OK);
    }
    let mut page = Page::new(screen);
    page.marked("✓", &path.display().to_string(), 0, GOOD);
    let what = page.say(
        "Sans mots de passe ni contenus ; les adresses des clients y sont masquées. Relisez-le avant de l'envoyer.",
        "Without passwords and contents; customers' addresses are masked. Read it before you send it.",
    );
    page.paragraph(what, 2, anstyle::Style::new());
    page.show()?;
    Ok(exit::OK)
}

/// Never writes over a file, and lets nobody else read it.
fn write(path: &Path, document: &Value) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(format!("{document:#}\n").as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Name and version of the operating system.
#[cfg(not(windows))]
fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .unwrap_or(std::env::consts::OS)
        .trim_matches('"');
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{name} {}", kernel.trim()).trim_end().to_owned()
}

/// Name and version of the operating system, as the command interpreter says it.
#[cfg(windows)]
fn system() -> String {
    let told = std::process::Command::new("cmd")
        .args(["/C", "ver"])
        .output();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    told.unwrap_or_else(|_| std::env::consts::OS.to_owned())
}
