//! The calls by which a person decides about mails: retry, cancel, resend, erase.

use super::{Mailer, configured, taken};
use crate::address::{self, Mailbox};
use crate::clock::{self, Millis};
use crate::error::{Error, MAIL_E_MISSING_FIELD, MAIL_E_ROLE, MAIL_E_VALUE, Result};
use crate::json::{self, json};
use crate::message::{self, Again};
use crate::opening::Role;
use crate::outbox::{MOST_RETRIED, NewMail, Original};
use crate::requests::{CancelRequest, EraseRequest, ResendRequest, RetryRequest};
use crate::settings::checks::store_id;
use crate::settings::in_force::InForce;
use crate::text;
use serde_json::Value;

impl Mailer {
    /// Sends mails on their way again that failed, may have arrived, or wait.
    pub fn retry(&self, request: &Value) -> Result<Value> {
        self.running()?;
        let request: RetryRequest = json::read(request)?;
        let now = clock::now();
        let (mails, more) = match (request.id, &request.ids, request.state, &request.store) {
            (Some(id), None, None, None) => {
                self.outbox().retry(&[id], |_| "id".to_owned(), now)?;
                (1, false)
            }
            (None, Some(ids), None, None) => {
                several(ids)?;
                let place = |index| format!("ids[{index}]");
                self.outbox().retry(ids, place, now)?;
                (ids.len(), false)
            }
            (None, None, Some(state), store) => {
                let store = store.as_deref();
                store
                    .map_or(Ok(()), store_id)
                    .map_err(|error| error.inside("store"))?;
                let retried = self.outbox().retry_all(state.as_str(), store, now)?;
                (retried.mails, retried.more)
            }
            _ => return Err(Error::at(MAIL_E_MISSING_FIELD, "id", text::retry_which())),
        };
        self.shared.wake();
        Ok(json!({ "mails": mails, "more": more }))
    }

    /// Takes a waiting mail back.
    pub fn cancel(&self, request: &Value) -> Result<Value> {
        self.running()?;
        let request: CancelRequest = json::read(request)?;
        self.outbox().cancel(request.id, clock::now())?;
        self.shared.tell_settled();
        self.shared.wake();
        Ok(json!({ "id": request.id, "state": "cancelled" }))
    }

    /// Keeps a second sending of a mail, marked as such.
    pub fn resend(&self, request: &Value) -> Result<Value> {
        self.running()?;
        let request: ResendRequest = json::read(request)?;
        let now = clock::now();
        let to = request.to.as_deref().map(address::check).transpose();
        let to = to.map_err(|error| error.inside("to"))?;
        let document = self.document()?;
        let bounds = InForce::of(&document, "").bounds();
        let build = |original: Original, emission: i64| {
            let account = original.account.as_deref();
            let sender = configured(&self.in_force(&document, &original.store, account)?)?;
            let to = match &to {
                Some(to) => to.clone(),
                None => address::check(&original.recipient)?,
            };
            again(
                original,
                emission,
                Mailbox {
                    name: None,
                    address: to,
                },
                &sender,
                now,
            )
        };
        let accepted = self.outbox().resend(request.id, &bounds, now, build)?;
        self.shared.wake();
        Ok(taken(&accepted))
    }

    /// Forgets a customer's address, and cancels what waits for it.
    pub fn erase(&self, request: &Value) -> Result<Value> {
        if self.opening.role == Role::Till {
            return Err(Error::new(MAIL_E_ROLE, text::role_till_erase()));
        }
        self.running()?;
        let request: EraseRequest = json::read(request)?;
        let to = address::check(&request.to).map_err(|error| error.inside("to"))?;
        let erased = self.outbox().erase(to.as_ref(), clock::now())?;
        self.shared.tell_settled();
        self.shared.wake();
        Ok(json!({ "mails": erased.mails, "cancelled": erased.cancelled, "wiped": erased.wiped }))
    }
}

fn several(ids: &[i64]) -> Result<()> {
    let most = usize::try_from(MOST_RETRIED).unwrap_or(usize::MAX);
    if (1..=most).contains(&ids.len()) {
        return Ok(());
    }
    Err(Error::at(MAIL_E_VALUE, "ids", text::list_length(1, most)))
}

/// Makes the mail of a further emission: the first copy is DUPLICATA 1.
fn again(
    original: Original,
    emission: i64,
    to: Mailbox,
    sender: &Mailbox,
    now: Millis,
) -> Result<NewMail> {
    let mark = text::duplicate_mark(emission - 1);
    let before = (original.emission > 1).then(|| text::duplicate_mark(original.emission - 1));
    let subject = message::marked_subject(&original.subject, before.as_deref(), &mark);
    let message_id = message::new_message_id(sender)?;
    let new = Again {
        to: &to,
        subject: &subject,
        message_id: &message_id,
        mark_before: before.as_deref(),
        mark: &mark,
    };
    let mime = message::freeze_again(&original.mime, &new, now)?;
    Ok(NewMail {
        kind: original.kind,
        store: original.store,
        number: original.number,
        document_type: original.document_type,
        recipient: to.address.to_string(),
        // The copies of a receipt are counted together, wherever they go.
        once: original.once,
        test: original.test,
        message_id,
        subject,
        sha256: message::sha256(&mime),
        mime,
        profile: original.profile,
        account: original.account,
    })
}
