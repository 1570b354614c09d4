//! Receipts and users' messages on their way into the outbox.

use super::{Mailer, configured, taken};
use crate::address::{Mailbox, typo};
use crate::clock;
use crate::draft::Draft;
use crate::error::{Error, MAIL_E_TOO_LARGE, Result};
use crate::json::{self, json};
use crate::message;
use crate::outbox::NewMail;
use crate::receipt;
use crate::receipt::model::Receipt;
use crate::settings::in_force::InForce;
use crate::settings::sender;
use crate::text;
use crate::user_message::{self, UserMessage};
use serde_json::Value;

impl Mailer {
    /// Takes a receipt into the outbox; durable when it returns.
    pub fn send_receipt(&self, request: &Value) -> Result<Value> {
        self.running()?;
        let receipt: Receipt = json::read(request)?;
        let store = self.store(receipt.store.as_deref())?;
        let in_force = self.in_force_of(store)?;
        let sender = configured(&in_force)?;
        let made = self.make(&receipt, &sender, &in_force)?;
        let document_type = receipt.document_type.unwrap_or_default().as_str();
        let recipient = made
            .draft
            .to
            .first()
            .map(|to| to.address.to_string())
            .unwrap_or_default();
        let mail = NewMail {
            kind: "receipt",
            once: once(store, &receipt.number, document_type, &recipient),
            number: receipt.number.clone(),
            document_type: document_type.to_owned(),
            recipient,
            ..made.frozen.into_mail(store, made.draft.subject)
        };
        let accepted = self.accept_one(mail, &in_force)?;
        let mut reply = taken(&accepted);
        json::merge(&mut reply, &made.told);
        Ok(reply)
    }

    /// Checks a receipt, renders it and makes its bytes: what is sent, tested and previewed is made here.
    pub(super) fn make(
        &self,
        receipt: &Receipt,
        sender: &Mailbox,
        in_force: &InForce,
    ) -> Result<Made> {
        let draft = receipt::draft(receipt, in_force)?;
        let frozen = self.freeze(sender, &draft, in_force)?;
        let told = json!({
            "warnings": self.warnings(&draft, in_force),
            // Null is left out by the merge.
            "skipped_commands": draft.skipped_commands,
        });
        Ok(Made {
            draft,
            frozen,
            told,
        })
    }

    /// Takes a user's message into the outbox, one mail a recipient; durable when it returns.
    pub fn send_message(&self, request: &Value) -> Result<Value> {
        self.running()?;
        let message: UserMessage = json::read(request)?;
        let store = self.store(message.store.as_deref())?;
        let document = self.document()?;
        let in_force = self.in_force(&document, store, message.account.as_deref())?;
        configured(&in_force)?;
        let checked = user_message::check(&message, &in_force)?;
        let origin = sender::origin(&in_force, checked.profile.as_ref())?;
        let frozen = self.freeze(&origin.from, &checked.draft, &in_force)?;
        let mails: Vec<NewMail> = checked
            .recipients
            .iter()
            .map(|recipient| NewMail {
                recipient: recipient.address.to_string(),
                once: format!("{} {}", frozen.message_id, recipient.address),
                profile: checked.profile.clone(),
                account: message.account.clone(),
                ..frozen
                    .clone()
                    .into_mail(store, checked.draft.subject.clone())
            })
            .collect();
        let accepted = self.accept(mails, &in_force)?;
        let of_recipients = accepted.iter().zip(&checked.recipients);
        Ok(json!({
            "message_id": frozen.message_id,
            "sha256": frozen.sha256,
            "warnings": self.typos(&checked.recipients, &in_force),
            "mails": of_recipients
                .map(|(accepted, recipient)| json!({ "id": accepted.id, "to": recipient.address.to_string(), "state": accepted.state }))
                .collect::<Vec<_>>(),
        }))
    }

    /// Warns of addresses that look mistyped.
    fn typos(&self, mailboxes: &[Mailbox], in_force: &InForce) -> Vec<Value> {
        let addresses: Vec<_> = mailboxes.iter().map(|one| ("to", &one.address)).collect();
        typo::warnings(
            &addresses,
            self.opening.language.unwrap_or(in_force.language),
        )
    }

    /// What a till should hear of a receipt that is taken: an address that looks mistyped, and what its making found.
    fn warnings(&self, draft: &Draft, in_force: &InForce) -> Vec<Value> {
        let language = self.opening.language.unwrap_or(in_force.language);
        let mut warnings = self.typos(&draft.to, in_force);
        warnings.extend(draft.warnings.iter().map(|warning| {
            json!({
                "field": warning.field,
                "message": warning.message.get(language),
                "suggestion": null,
            })
        }));
        warnings
    }

    /// Makes the bytes of a mail, within the size that the settings allow.
    pub(super) fn freeze(
        &self,
        sender: &Mailbox,
        draft: &Draft,
        in_force: &InForce,
    ) -> Result<Frozen> {
        let message_id = message::new_message_id(sender)?;
        let mime = message::freeze(draft, &message_id, clock::now())?;
        let size = u64::try_from(mime.len()).unwrap_or(u64::MAX);
        let most = in_force.delivery.max_mail_bytes;
        if size > most {
            return Err(Error::new(
                MAIL_E_TOO_LARGE,
                text::mail_too_large(size, most),
            ));
        }
        Ok(Frozen {
            sha256: message::sha256(&mime),
            message_id,
            mime,
        })
    }
}

/// A receipt that is ready to go.
pub(super) struct Made {
    pub(super) draft: Draft,
    pub(super) frozen: Frozen,
    /// What the making has found, as members of the reply: `warnings`.
    pub(super) told: Value,
}

/// The bytes of a mail with what names them.
#[derive(Clone)]
pub(super) struct Frozen {
    pub(super) message_id: String,
    pub(super) sha256: String,
    pub(super) mime: Vec<u8>,
}

impl Frozen {
    /// Fills a row of the outbox; what a receipt has besides is set by its caller.
    pub(super) fn into_mail(self, store: &str, subject: String) -> NewMail {
        NewMail {
            kind: "message",
            store: store.to_owned(),
            number: String::new(),
            document_type: "message".to_owned(),
            recipient: String::new(),
            once: self.message_id.clone(),
            test: false,
            message_id: self.message_id,
            subject,
            sha256: self.sha256,
            mime: self.mime,
            profile: None,
            account: None,
        }
    }
}

/// The key that makes a receipt one mail, whatever the case of the address.
fn once(store: &str, number: &str, document_type: &str, recipient: &str) -> String {
    let recipient = recipient.to_lowercase();
    message::sha256(
        [store, number, document_type, &recipient]
            .join("\0")
            .as_bytes(),
    )
}
