//! A person signs in with a code on a phone or another computer (RFC 8628).

use super::client::{Granted, Provider, unusable};
use crate::delivery::fault::Fault;
use oauth2::{DeviceAuthorizationUrl, StandardDeviceAuthorizationResponse};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The last look may come so long after the end of the code.
const LAST_LOOK: Duration = Duration::from_secs(30);
/// While the provider cannot be reached, it is asked at least this often.
const LONGEST_BREAK: Duration = Duration::from_secs(60);

/// A code that waits for its owner.
pub(crate) struct Code {
    answer: StandardDeviceAuthorizationResponse,
}

impl Code {
    /// What the owner types.
    pub(crate) fn user_code(&self) -> &str {
        self.answer.user_code().secret()
    }

    /// Where they type it.
    pub(crate) fn address(&self) -> &str {
        self.answer.verification_uri().as_str()
    }

    /// The same with the code in it, where the provider has that.
    pub(crate) fn address_with_code(&self) -> Option<&str> {
        let complete = self.answer.verification_uri_complete();
        complete.map(|address| address.secret().as_str())
    }

    /// How long it is good.
    pub(crate) fn lasts(&self) -> Duration {
        self.answer.expires_in()
    }
}

impl Provider<'_> {
    /// Asks for a code.
    pub(crate) async fn code(&self, until: Instant) -> Result<Code, Fault> {
        let url = self.tokens.device_url.clone().unwrap_or_default();
        let url = DeviceAuthorizationUrl::new(url).map_err(unusable)?;
        let client = self.client()?.set_device_authorization_url(url);
        let http = self.http(until)?;
        let request = client.exchange_device_code().add_scopes(self.scopes());
        match request.request_async(&http).await {
            Ok(answer) => Ok(Code { answer }),
            Err(error) => Err(self.fault(&error, http.heard.get())),
        }
    }

    /// Waits until the owner has agreed or declined, asking no more often than the provider wants.
    pub(crate) async fn wait_for(&self, code: &Code) -> Result<Granted, Fault> {
        let client = self.client()?;
        let http = self.http(Instant::now() + code.lasts() + LAST_LOOK)?;
        let request = client
            .exchange_device_access_token(&code.answer)
            .set_max_backoff_interval(LONGEST_BREAK);
        match request.request_async(&http, sleep, None).await {
            Ok(granted) => Ok(Granted::of(&granted)),
            Err(error) => Err(self.fault(&error, http.heard.get())),
        }
    }
}
