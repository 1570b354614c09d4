//! The folder account: writes each mail as files instead of sending it.
//!
//! A file appears whole under its name or not at all, so another program may watch the folder.

use crate::message;
use crate::os::standard;
use crate::outbox::Claimed;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Characters of a receipt number that go into a file name.
const NAME_CHARACTERS: usize = 60;

/// Writes `.eml`, and beside it `.html` and `.txt` with the parts a customer sees and the pictures the HTML shows;
/// gives the path of the `.eml`.
pub(super) fn write(folder: &Path, claimed: &Claimed, mail: &[u8]) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let stem = format!("{:08}-{}", claimed.id, file_name(&claimed.number));
    let mut parts = message::read(mail).unwrap_or_default();
    for picture in parts
        .pictures
        .iter()
        .filter_map(|piece| message::picture(piece))
    {
        // A browser knows no cid: the page points at the files beside it.
        let name = picture_name(&stem, &picture);
        put(&folder.join(&name), &picture.bytes)?;
        let html = parts.html.take();
        parts.html = html.map(|html| html.replace(&format!("cid:{}", picture.id), &name));
    }
    for (part, ending) in [(parts.html, "html"), (parts.text, "txt")] {
        if let Some(part) = part {
            put(&folder.join(format!("{stem}.{ending}")), part.as_bytes())?;
        }
    }
    let path = folder.join(format!("{stem}.eml"));
    put(&path, mail)?;
    Ok(path)
}

/// `00000012-T1-logo1.png`: what stands before the first dot of an id is the picture's own name.
fn picture_name(stem: &str, picture: &message::ReadPicture) -> String {
    let own = picture.id.split('.').next().unwrap_or_default();
    let ending = match picture.content_type.as_str() {
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        _ => "png",
    };
    format!("{stem}-{}.{ending}", file_name(own))
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".part");
    let mut file = File::create(&draft).and_then(standard::above)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(draft, path)
}

fn file_name(number: &str) -> String {
    number
        .chars()
        .take(NAME_CHARACTERS)
        .map(|character| {
            if character.is_alphanumeric() || "-_".contains(character) {
                character
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{self, Mailbox};
    use crate::draft::{Draft, Inline};
    use crate::picture::Picture;
    use crate::settings::model::Charset;

    #[test]
    fn the_page_shows_the_pictures_beside_it() {
        let picture = |cid: &str, content_type| Inline {
            cid: cid.to_owned(),
            name: format!("{cid}.x"),
            picture: Picture {
                content_type,
                width: 1,
                height: 1,
                bytes: cid.as_bytes().to_vec().into(),
            },
        };
        let draft = Draft {
            to: vec![Mailbox {
                name: None,
                address: address::check("client@example.fr").unwrap(),
            }],
            cc: Vec::new(),
            subject: "Reçu".to_owned(),
            text: None,
            html: Some("<img src=\"cid:logo1\"><img src=\"cid:logo10\">".to_owned()),
            charset: Charset::default(),
            pictures: vec![
                picture("logo1", "image/png"),
                picture("logo10", "image/jpeg"),
            ],
            attachments: Vec::new(),
            warnings: Vec::new(),
            skipped_commands: None,
        };
        let mail = message::freeze(&draft, "<a@example.fr>", 0).unwrap();
        let claimed = Claimed {
            id: 7,
            store: "1".to_owned(),
            number: "T/1".to_owned(),
            recipient: "client@example.fr".to_owned(),
            tries: 1,
            unsure_tries: 0,
            accepted_at: 0,
            profile: None,
            account: None,
        };
        let folder = std::env::temp_dir().join(format!("tillmail-folder-{}", std::process::id()));
        let eml = write(&folder, &claimed, &mail).unwrap();
        let page = std::fs::read_to_string(eml.with_extension("html")).unwrap();
        let names = ["00000007-T_1-logo1.png", "00000007-T_1-logo10.jpg"];
        assert_eq!(
            page.trim_end(),
            format!("<img src=\"{}\"><img src=\"{}\">", names[0], names[1])
        );
        for (name, bytes) in names.iter().zip(["logo1", "logo10"]) {
            assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), bytes);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
