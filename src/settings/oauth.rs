//! Login with tokens (OAuth 2): what a layer says, what the preset adds, and what is missing.

use super::checks::{line, optional_line};
use super::model::{Grant, OAuth};
use super::presets::Endpoints;
use crate::clock::{self, Millis};
use crate::error::{Error, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::text;
use url::Url;

/// Organization in Microsoft's addresses where none is given: whoever signs in brings theirs.
const ANY_TENANT: &str = "common";
/// Scopes of one account; no provider asks for more than a few.
const MAX_SCOPES: usize = 20;

/// Where an account's tokens come from; secrets still sealed.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) grant: Grant,
    pub(crate) client_id: Option<String>,
    /// The token endpoint is that of one organization, or its provider has no such thing.
    tenant_is_known: bool,
    pub(crate) sealed_client_secret: Option<String>,
    pub(crate) sealed_refresh_token: Option<String>,
    pub(crate) sealed_access_token: Option<String>,
    pub(crate) access_token_expires_at: Option<Millis>,
    pub(crate) scopes: Vec<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) device_url: Option<String>,
    pub(crate) authorization_url: Option<String>,
    /// Host of the redirect to this machine, as the provider takes it.
    pub(crate) redirect_host: String,
}

impl Tokens {
    /// Fills in what the preset knows.
    pub(super) fn of(given: OAuth, preset: Option<&Endpoints>) -> Self {
        let grant = given.grant.unwrap_or(match &given {
            OAuth {
                access_token: Some(_),
                ..
            } => Grant::AccessToken,
            OAuth {
                refresh_token: Some(_),
                ..
            } => Grant::RefreshToken,
            _ => Grant::SignIn,
        });
        let tenant = given.tenant.as_deref().unwrap_or(ANY_TENANT);
        let of_tenant = |url: &String| url.replace("{tenant}", tenant);
        let usual_scopes = preset.map(|preset| match grant {
            Grant::ClientCredentials => &preset.application_scopes,
            _ => &preset.scopes,
        });
        let tenant_is_known = given.tenant.is_some()
            || given.token_url.is_some()
            || preset.is_some_and(|preset| !preset.token_url.contains("{tenant}"));
        let expires_at = given.access_token_expires_at.as_deref();
        Tokens {
            grant,
            client_id: given.client_id,
            tenant_is_known,
            sealed_client_secret: given.client_secret,
            sealed_refresh_token: given.refresh_token,
            sealed_access_token: given.access_token,
            // One that cannot be read is refused when it is saved.
            access_token_expires_at: expires_at.and_then(|at| clock::point_in_time(at).ok()),
            scopes: given.scopes.or(usual_scopes.cloned()).unwrap_or_default(),
            token_url: given
                .token_url
                .or(preset.map(|preset| of_tenant(&preset.token_url))),
            device_url: given
                .device_url
                .or(preset.and_then(|preset| preset.device_url.as_ref().map(of_tenant))),
            authorization_url: given
                .authorization_url
                .or(preset.and_then(|preset| preset.authorization_url.as_ref().map(of_tenant))),
            redirect_host: preset
                .and_then(|preset| preset.redirect_host.clone())
                .unwrap_or_else(|| "127.0.0.1".to_owned()),
        }
    }

    /// Names the field without which there is no token.
    pub(super) fn missing(&self) -> Option<&'static str> {
        let needed: &[(bool, &str)] = match self.grant {
            Grant::AccessToken => &[(
                self.sealed_access_token.is_some(),
                "smtp.oauth.access_token",
            )],
            Grant::SignIn => &[],
            Grant::RefreshToken => &[(
                self.sealed_refresh_token.is_some(),
                "smtp.oauth.refresh_token",
            )],
            Grant::ClientCredentials => &[
                (
                    self.sealed_client_secret.is_some(),
                    "smtp.oauth.client_secret",
                ),
                (self.tenant_is_known, "smtp.oauth.tenant"),
            ],
        };
        let of_all = [
            (self.client_id.is_some(), "smtp.oauth.client_id"),
            (self.token_url.is_some(), "smtp.oauth.token_url"),
        ];
        let of_all = of_all.iter().filter(|_| self.grant != Grant::AccessToken);
        let mut needed = needed.iter().chain(of_all);
        needed.find(|(there, _)| !there).map(|(_, field)| *field)
    }
}

/// Checks what a layer says about tokens.
pub(super) fn check(oauth: &OAuth) -> Result<()> {
    optional_line(oauth.client_id.as_deref(), "client_id")?;
    if let Some(tenant) = &oauth.tenant {
        self::tenant(tenant).map_err(|error| error.inside("tenant"))?;
    }
    for (index, scope) in oauth.scopes.iter().flatten().enumerate() {
        self::scope(scope).map_err(|error| error.inside(&format!("[{index}]")).inside("scopes"))?;
    }
    if oauth
        .scopes
        .as_ref()
        .is_some_and(|scopes| scopes.len() > MAX_SCOPES)
    {
        return Err(Error::at(
            MAIL_E_TOO_LARGE,
            "scopes",
            text::too_many(MAX_SCOPES),
        ));
    }
    if let Some(at) = &oauth.access_token_expires_at {
        clock::point_in_time(at).map_err(|error| error.inside("access_token_expires_at"))?;
    }
    for (url, field) in [
        (&oauth.token_url, "token_url"),
        (&oauth.device_url, "device_url"),
        (&oauth.authorization_url, "authorization_url"),
    ] {
        if let Some(url) = url {
            endpoint(url).map_err(|error| error.inside(field))?;
        }
    }
    Ok(())
}

/// Checks the address of an endpoint: tokens go nowhere without TLS.
pub(super) fn endpoint(given: &str) -> Result<()> {
    line(given)?;
    let refused = || Error::new(MAIL_E_VALUE, text::https_url());
    let url = Url::parse(given).map_err(|_| refused())?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if url.scheme() == "https" && url.host_str().is_some() && plain {
        Ok(())
    } else {
        Err(refused())
    }
}

/// It becomes one segment of an address.
fn tenant(tenant: &str) -> Result<()> {
    let right = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '.');
    if !tenant.is_empty() && tenant.len() <= 253 && tenant.chars().all(right) {
        Ok(())
    } else {
        Err(Error::new(MAIL_E_VALUE, text::tenant()))
    }
}

/// RFC 6749 section 3.3.
pub(super) fn scope(scope: &str) -> Result<()> {
    line(scope)?;
    let right = |sign: char| sign.is_ascii_graphic() && !matches!(sign, '"' | '\\');
    if !scope.is_empty() && scope.chars().all(right) {
        Ok(())
    } else {
        Err(Error::new(MAIL_E_VALUE, text::scope()))
    }
}
