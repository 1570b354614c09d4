//! `mail_sign_in`: starts a sign-in, tells how it stands, ends it.

use super::{LONGEST_VERIFY_MS, LONGEST_WAIT_MS, Mailer, VERIFY_MS, not_configured};
use crate::clock::{self, after, rfc3339};
use crate::delivery::oauth::supply;
use crate::delivery::oauth::waiting::{SignIn, Standing, Waiting};
use crate::delivery::tls::Tls;
use crate::error::{Error, MAIL_E_SIGN_IN, MAIL_E_STATE, MAIL_E_VALUE, Result};
use crate::json::{self, json};
use crate::lock::lock;
use crate::outbox::Event;
use crate::requests::{SignInAction, SignInFlow, SignInRequest};
use crate::settings::in_force::{InForce, Server, Way};
use crate::settings::model::Grant;
use crate::settings::oauth::Tokens;
use crate::text;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Sign-ins that a process remembers; a replication service has fewer accounts.
const MOST: usize = 100;

impl Mailer {
    /// Starts a sign-in of an account with its provider, tells how it stands, or ends it.
    pub fn sign_in(&self, request: &Value) -> Result<Value> {
        let request: SignInRequest = json::read(request)?;
        let store = self.store(request.store.as_deref())?;
        let document = self.document_with(request.settings.as_ref())?;
        let in_force = self.in_force(&document, store, request.account.as_deref())?;
        let (server, tokens) = signs_in(&in_force)?;
        let account = supply::account(server, tokens, None);
        let known = lock(&self.sign_ins).get(&account).cloned();
        let wait = request.wait_ms.unwrap_or(0).min(LONGEST_WAIT_MS);
        let action = match (request.action, &known) {
            (Some(action), _) => action,
            (None, Some(_)) => SignInAction::State,
            (None, None) if self.is_signed_in(&account)? => SignInAction::State,
            (None, None) => SignInAction::Start,
        };
        match (action, known) {
            (SignInAction::Start, _) => {
                self.running()?;
                let waiting = self.start(&request, server, tokens, account)?;
                waiting.wait(Duration::from_millis(wait));
                self.told(&waiting, server)
            }
            (SignInAction::State, Some(waiting)) => {
                waiting.wait(Duration::from_millis(wait));
                self.told(&waiting, server)
            }
            (SignInAction::Cancel, Some(waiting)) => {
                waiting.cancel();
                self.told(&waiting, server)
            }
            (SignInAction::State | SignInAction::Cancel, None) => self.kept_state(&account, server),
            (SignInAction::SignOut, known) => {
                known.iter().for_each(|waiting| waiting.cancel());
                self.sign_out(&account, server)
            }
        }
    }

    /// Ends every sign-in that waits.
    pub(super) fn cancel_sign_ins(&self) {
        lock(&self.sign_ins)
            .values()
            .for_each(|waiting| waiting.cancel());
    }

    fn start(
        &self,
        request: &SignInRequest,
        server: &Server,
        tokens: &Tokens,
        account: String,
    ) -> Result<Arc<Waiting>> {
        let flow = flow(request.flow, tokens)?;
        let limit = request.deadline_ms.unwrap_or(VERIFY_MS);
        let limit = Duration::from_millis(limit.min(LONGEST_VERIFY_MS));
        let sign_in = SignIn {
            server: server.clone(),
            tokens: tokens.clone(),
            folder: self.opening.folder.clone(),
            gate: self.outbox().gate(),
            tls: Tls::new(server.ca_file.as_deref())?,
            language: self.language(),
        };
        let shared = self.shared.clone();
        let waiting = sign_in.start(flow, limit, move || shared.wake())?;
        let mut known = lock(&self.sign_ins);
        if known.len() >= MOST {
            known.retain(|_, waiting| matches!(waiting.standing(), Standing::Waits));
        }
        if let Some(before) = known.insert(account, waiting.clone()) {
            before.cancel();
        }
        Ok(waiting)
    }

    fn is_signed_in(&self, account: &str) -> Result<bool> {
        let kept = self.reading().tokens(account)?;
        Ok(kept.is_some_and(|kept| kept.sealed_refresh_token.is_some()))
    }

    fn kept_state(&self, account: &str, server: &Server) -> Result<Value> {
        let user = server.user.as_deref().unwrap_or_default();
        let (state, message) = if self.is_signed_in(account)? {
            ("signed_in", text::signed_in(user))
        } else {
            ("none", text::signed_out(user))
        };
        Ok(json!({
            "state": state,
            "user": server.user,
            "message": message.get(self.language()),
        }))
    }

    fn sign_out(&self, account: &str, server: &Server) -> Result<Value> {
        let user = server.user.as_deref().unwrap_or_default();
        let event = Event {
            message: Some(text::signed_out(user)),
            ..Event::plain("settings_saved")
        };
        let mut outbox = self.outbox();
        outbox.change_sign_in(account, None, &event, clock::now())?;
        drop(outbox);
        lock(&self.sign_ins).remove(account);
        self.shared.wake();
        self.kept_state(account, server)
    }

    /// Tells how a sign-in stands; one that ended without tokens is an error, so that its sentence can be shown.
    fn told(&self, waiting: &Waiting, server: &Server) -> Result<Value> {
        let shown = &waiting.shown;
        let user = server.user.as_deref().unwrap_or_default();
        let standing = waiting.standing();
        let (state, message) = match &standing {
            Standing::Waits => ("waiting", what_to_do(waiting)),
            Standing::SignedIn => ("signed_in", text::signed_in(user)),
            Standing::Cancelled => ("cancelled", text::sign_in_cancelled()),
            Standing::Failed(error) => (ended(error), error.message.clone()),
        };
        let reply = json!({
            "state": state,
            "flow": waiting.flow,
            "user": server.user,
            "message": message.get(self.language()),
            "user_code": shown.user_code,
            "verification_uri": shown.address,
            "verification_uri_complete": shown.address_with_code,
            "browser_url": shown.browser_url,
            "expires_at": rfc3339(after(waiting.started, shown.lasts)),
        });
        match standing {
            Standing::Failed(error) => Err(error.beside(reply)),
            _ => Ok(reply),
        }
    }
}

/// The server and the tokens of an account that a person signs in.
fn signs_in(in_force: &InForce) -> Result<(&Server, &Tokens)> {
    let Some(Way::Smtp(server)) = &in_force.way else {
        return Err(not_configured("smtp.oauth"));
    };
    let tokens = server
        .tokens
        .as_deref()
        .filter(|tokens| tokens.grant == Grant::SignIn)
        .ok_or_else(|| Error::at(MAIL_E_STATE, "smtp.oauth.grant", text::no_owner_signs_in()))?;
    match server.missing() {
        Some(field) => Err(not_configured(field)),
        None => Ok((server, tokens)),
    }
}

/// The flow that was asked for, else the one that needs nothing on this machine.
fn flow(wanted: Option<SignInFlow>, tokens: &Tokens) -> Result<SignInFlow> {
    let flow = wanted.unwrap_or(match tokens.device_url {
        Some(_) => SignInFlow::DeviceCode,
        None => SignInFlow::Browser,
    });
    let url = match flow {
        SignInFlow::DeviceCode => &tokens.device_url,
        SignInFlow::Browser => &tokens.authorization_url,
    };
    match (url, wanted) {
        (Some(_), _) => Ok(flow),
        (None, Some(_)) => Err(Error::at(MAIL_E_VALUE, "flow", text::no_such_flow())),
        (None, None) => Err(not_configured("smtp.oauth.authorization_url")),
    }
}

fn what_to_do(waiting: &Waiting) -> text::Text {
    let shown = &waiting.shown;
    let minutes = shown.lasts.as_secs().div_ceil(60);
    match (&shown.address, &shown.user_code) {
        (Some(address), Some(code)) => text::sign_in_with_code(address, code, minutes),
        _ => text::sign_in_with_browser(minutes),
    }
}

/// One word for how a sign-in ended without tokens.
fn ended(error: &Error) -> &'static str {
    match error.smtp.as_ref().map(|words| words.text.as_str()) {
        _ if error.code != MAIL_E_SIGN_IN => "failed",
        Some(words) if words.starts_with("expired_token") || words.starts_with("code_expired") => {
            "expired"
        }
        Some(words)
            if words.starts_with("access_denied")
                || words.starts_with("authorization_declined") =>
        {
            "declined"
        }
        _ => "failed",
    }
}
