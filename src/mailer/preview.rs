//! The mail that a receipt would become, for a program that shows it and for the editor of the shop's words.
//!
//! It is made by the same walk as one that is sent, as far as its bytes; nothing is stored and nobody is told.

use super::sending::Made;
use super::{Mailer, sender};
use crate::address::{self, Mailbox};
use crate::draft::{Attached, Inline};
use crate::error::Result;
use crate::json::{self, json};
use crate::message;
use crate::receipt::model::Receipt;
use crate::requests::PreviewOptions;
use crate::settings::in_force::InForce;
use crate::settings::sender::Origin;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Stands for a customer or a sender that is not known yet (RFC 2606); no reply shows it.
const NOBODY: &str = "nobody@example.com";

impl Mailer {
    /// Shows the mail that a receipt would become.
    pub fn preview(&self, request: &Value) -> Result<Value> {
        let (receipt, options) = taken_apart(request)?;
        let store = self.store(receipt.store.as_deref())?;
        let document = self.document_with(options.settings.as_ref())?;
        let in_force = InForce::of(&document, store);
        let sender = sender_or_nobody(&in_force)?;
        let made = self.make(&receipt, &sender, &in_force)?;
        // A large attachment is in memory once more while the reply is made: the till's own text may go.
        drop(receipt);
        Ok(shown(
            made,
            sender,
            options.attachment_content.unwrap_or(false),
        ))
    }
}

/// Separates a receipt from the options beside its fields; without a customer it is for nobody.
fn taken_apart(request: &Value) -> Result<(Receipt, PreviewOptions)> {
    let Some(members) = request.as_object() else {
        return Ok((json::read(request)?, PreviewOptions::default()));
    };
    let (options, mut receipt): (Map<_, _>, Map<_, _>) = members
        .clone()
        .into_iter()
        .partition(|(name, _)| PreviewOptions::FIELDS.contains(&name.as_str()));
    if receipt.get("to").is_none_or(Value::is_null) {
        receipt.insert("to".to_owned(), json!(NOBODY));
    }
    Ok((
        json::read(&Value::Object(receipt))?,
        json::read(&Value::Object(options))?,
    ))
}

/// Who the mail would be from; nobody as long as no sender is configured.
fn sender_or_nobody(in_force: &InForce) -> Result<Mailbox> {
    match in_force.sender_address {
        Some(_) => sender::of_store(in_force),
        None => Ok(Mailbox {
            name: None,
            address: address::check(NOBODY)?,
        }),
    }
}

fn shown(made: Made, sender: Mailbox, with_content: bool) -> Value {
    let Made {
        draft,
        frozen,
        told,
    } = made;
    let origin = Origin {
        from: sender,
        reply_to: None,
    };
    // From is written in front when the mail leaves.
    let size = message::with_origin(&origin, &[]).len() + frozen.mime.len();
    drop(frozen);
    let attachments = draft.attachments.into_iter();
    let mut reply = json!({
        "subject": draft.subject,
        "text": draft.text,
        "html": draft.html,
        "pictures": draft.pictures.iter().map(picture).collect::<Vec<_>>(),
        "attachments": attachments.map(|one| attachment(&one, with_content)).collect::<Vec<_>>(),
        "size": size,
    });
    json::merge(&mut reply, &told);
    reply
}

fn picture(inline: &Inline) -> Value {
    json!({
        "cid": inline.cid,
        "name": inline.name,
        "content_type": inline.picture.content_type,
        "width": inline.picture.width,
        "height": inline.picture.height,
        "base64": STANDARD.encode(&*inline.picture.bytes),
    })
}

fn attachment(attached: &Attached, with_content: bool) -> Value {
    let mut shown = json!({
        "name": attached.name,
        "content_type": attached.content_type,
        "size": attached.bytes.len(),
    });
    if with_content {
        json::merge(
            &mut shown,
            &json!({ "base64": STANDARD.encode(&attached.bytes) }),
        );
    }
    shown
}
