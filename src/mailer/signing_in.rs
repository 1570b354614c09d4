//! `mail_sign_in`: starts a sign-in, tells how it stands, ends it.

use super::Mailer;
use crate::error::Result;
use crate::json;
use crate::requests::SignInRequest;
use serde_json::Value;

impl Mailer {
    /// Starts a sign-in of an account with its provider, or tells how it stands.
    pub fn sign_in(&self, request: &Value) -> Result<Value> {
        let request: SignInRequest = json::read(request)?;
        let _ = request;
        Err(crate::error::Error::bug("under construction"))
    }
}
