//! "Sauvegarder et Test": saves settings, sends one marked mail, and tells what became of it.

use super::sending::Frozen;
use super::{LONGEST_VERIFY_MS, LOOK_AGAIN, Mailer, VERIFY_MS, configured, unknown_id};
use crate::address::{self, Mailbox};
use crate::clock;
use crate::draft::Draft;
use crate::error::{Error, MAIL_E_NO_SALE, Result};
use crate::json::{self, json};
use crate::message::{self, Again};
use crate::outbox::NewMail;
use crate::receipt::model::Receipt;
use crate::requests::SaveAndTestRequest;
use crate::settings::in_force::InForce;
use crate::settings::model::Charset;
use crate::text;
use serde_json::Value;
use std::time::{Duration, Instant};

impl Mailer {
    /// Saves settings, then sends a marked test and waits for its outcome. The test counts as no emission.
    pub fn save_and_test(&self, request: &Value) -> Result<Value> {
        self.may_configure()?;
        self.running()?;
        let request: SaveAndTestRequest = json::read(request)?;
        let started = Instant::now();
        let limit = request
            .deadline_ms
            .unwrap_or(VERIFY_MS)
            .min(LONGEST_VERIFY_MS);
        let mut reply = json!({});
        if let Some(settings) = &request.settings {
            reply = self
                .configure(settings)
                .map_err(|error| error.inside("settings"))?;
        }
        let saved = |error: Error| error.beside(reply.clone());
        let id = self.accept_test(&request).map_err(saved)?;
        let spent = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let left = Duration::from_millis(limit.saturating_sub(spent));
        let outcome = self.outcome_of_first_try(id, left);
        json::merge(
            &mut reply,
            &match &outcome {
                Ok(mail) => mail.clone(),
                Err(error) => error.details.as_deref().cloned().unwrap_or_default(),
            },
        );
        match outcome {
            Ok(_) => Ok(reply),
            Err(error) => Err(error.beside(reply)),
        }
    }

    /// Waits for the first thing that happens to a mail: a test is not interested in later tries.
    fn outcome_of_first_try(&self, id: i64, limit: Duration) -> Result<Value> {
        let started = Instant::now();
        loop {
            let (state, code) = self.reading().state(id)?.ok_or_else(|| unknown_id(id))?;
            let left = limit.saturating_sub(started.elapsed());
            let tried = code != 0 || !matches!(state.as_str(), "queued" | "sending");
            if !tried && !left.is_zero() {
                self.shared.wait_settled(left.min(LOOK_AGAIN));
                continue;
            }
            let outcome = self.outcome(id, &state);
            let failure = self
                .reading()
                .last_failure(id)?
                .filter(|_| state == "queued");
            return match failure {
                Some(failure) => outcome.map_err(|mut waiting| {
                    let mut failure = failure;
                    failure.details = waiting.details.take();
                    failure
                }),
                None => outcome,
            };
        }
    }

    /// Puts the test into the outbox.
    fn accept_test(&self, request: &SaveAndTestRequest) -> Result<i64> {
        let store = self.store(request.store.as_deref())?;
        let document = self.document()?;
        let in_force = self.in_force(&document, store, request.account.as_deref())?;
        let sender = configured(&in_force)?;
        let to = match &request.to {
            Some(to) => address::check(to).map_err(|error| error.inside("to"))?,
            None => sender.address.clone(),
        };
        let to = Mailbox {
            name: None,
            address: to,
        };
        let (subject, frozen) = match &request.account {
            Some(_) => self.confirmation(&sender, &to, &in_force)?,
            None => self.marked_sale(request, store, &sender, &to, &in_force)?,
        };
        let mail = NewMail {
            test: true,
            recipient: to.address.to_string(),
            account: request.account.clone(),
            ..frozen.into_mail(store, subject)
        };
        Ok(self.accept_one(mail, &in_force)?.id)
    }

    /// The mail that tells a user that their account works.
    fn confirmation(
        &self,
        sender: &Mailbox,
        to: &Mailbox,
        in_force: &InForce,
    ) -> Result<(String, Frozen)> {
        let (subject, words) = text::account_works(in_force.language);
        let draft = Draft {
            to: vec![to.clone()],
            cc: Vec::new(),
            subject: subject.to_owned(),
            text: Some(format!("{words}\n")),
            html: None,
            charset: Charset::default(),
            pictures: Vec::new(),
            attachments: Vec::new(),
            warnings: Vec::new(),
            skipped_commands: None,
        };
        Ok((
            draft.subject.clone(),
            self.freeze(sender, &draft, in_force)?,
        ))
    }

    /// The receipt of the first sale, marked as a test: the host's, or the first one that was sent.
    fn marked_sale(
        &self,
        request: &SaveAndTestRequest,
        store: &str,
        sender: &Mailbox,
        to: &Mailbox,
        in_force: &InForce,
    ) -> Result<(String, Frozen)> {
        let first = match &request.receipt {
            Some(receipt) => Some(self.given_sale(receipt, sender, to, in_force)?),
            None => self.reading().first_sale(store)?,
        };
        let (subject, mime) = first.ok_or_else(|| {
            Error::new(MAIL_E_NO_SALE, text::no_sale()).hint(text::make_a_test_sale())
        })?;
        let mark = text::test_mark(in_force.language);
        let subject = message::marked_subject(&subject, None, mark);
        let message_id = message::new_message_id(sender)?;
        let again = Again {
            to,
            subject: &subject,
            message_id: &message_id,
            mark_before: None,
            mark,
        };
        let mime = message::freeze_again(&mime, &again, clock::now())?;
        let frozen = Frozen {
            sha256: message::sha256(&mime),
            message_id,
            mime,
        };
        Ok((subject, frozen))
    }

    /// Renders the receipt that the host gives; whom it was for plays no part.
    fn given_sale(
        &self,
        receipt: &Value,
        sender: &Mailbox,
        to: &Mailbox,
        in_force: &InForce,
    ) -> Result<(String, Vec<u8>)> {
        let mut receipt = receipt.clone();
        json::merge(&mut receipt, &json!({ "to": to.address.to_string() }));
        let made = json::read::<Receipt>(&receipt)
            .and_then(|receipt| self.make(&receipt, sender, in_force))
            .map_err(|error| error.inside("receipt"))?;
        Ok((made.draft.subject, made.frozen.mime))
    }
}
