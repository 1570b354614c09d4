//! One request for tokens: which grant, and what the provider answers.

use super::http::{Heard, Http, OnTheWay};
use super::refusals::Refusal;
use crate::delivery::breaks::Break;
use crate::delivery::dial::Proxy;
use crate::delivery::fault::{Fault, What};
use crate::delivery::session;
use crate::delivery::step::Step;
use crate::delivery::tls::Tls;
use crate::error::Error;
use crate::settings::in_force::Server;
use crate::settings::oauth::Tokens;
use crate::settings::secret::Vault;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ErrorResponseType, RefreshToken,
    RequestTokenError, Scope, StandardErrorResponse, TokenResponse, TokenUrl,
};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// The crate's client, once it knows where tokens are given.
pub(super) type TokenClient =
    BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What is needed to ask a provider; secrets open.
pub(crate) struct Provider<'a> {
    pub(crate) server: &'a Server,
    pub(crate) tokens: &'a Tokens,
    pub(crate) client_secret: Option<Zeroizing<String>>,
    pub(crate) proxy_password: Option<Zeroizing<String>>,
    pub(crate) tls: Tls,
}

/// What a provider gave.
pub(crate) struct Granted {
    pub(crate) access_token: Zeroizing<String>,
    pub(crate) refresh_token: Option<Zeroizing<String>>,
    pub(crate) lasts: Option<Duration>,
}

/// How tokens are asked for.
#[derive(Clone, Copy)]
pub(crate) enum Ask<'a> {
    Refresh(&'a str),
    ClientCredentials,
}

impl<'a> Provider<'a> {
    /// Opens the secrets that it takes.
    pub(crate) fn open(
        server: &'a Server,
        tokens: &'a Tokens,
        vault: &Vault,
        tls: Tls,
    ) -> Result<Self, Error> {
        let proxy = server.proxy.as_ref();
        let of_proxy = proxy.and_then(|proxy| proxy.sealed_password.as_ref());
        let secret = tokens.sealed_client_secret.as_ref();
        Ok(Provider {
            server,
            tokens,
            client_secret: vault.open_field(secret, "smtp.oauth.client_secret")?,
            proxy_password: vault.open_field(of_proxy, "smtp.proxy.password")?,
            tls,
        })
    }

    /// Asks for tokens, until a deadline.
    pub(crate) async fn ask(&self, how: Ask<'_>, until: Instant) -> Result<Granted, Fault> {
        let http = self.http(until)?;
        let client = self.client()?;
        let answer = match how {
            Ask::Refresh(token) => {
                let token = RefreshToken::new(token.to_owned());
                let request = client.exchange_refresh_token(&token);
                request.request_async(&http).await
            }
            Ask::ClientCredentials => {
                let request = client.exchange_client_credentials();
                request.add_scopes(self.scopes()).request_async(&http).await
            }
        };
        match answer {
            Ok(granted) => Ok(Granted::of(&granted)),
            Err(error) => Err(self.fault(&error, http.heard.get())),
        }
    }

    pub(super) fn scopes(&self) -> Vec<Scope> {
        self.tokens.scopes.iter().cloned().map(Scope::new).collect()
    }

    pub(super) fn http(&self, until: Instant) -> Result<Http<'_>, Fault> {
        Ok(Http {
            proxy: self.proxy()?,
            tls: self.tls.clone(),
            each: self.server.connect + self.server.reply,
            until,
            heard: Cell::default(),
        })
    }

    fn proxy(&self) -> Result<Option<Proxy<'_>>, Fault> {
        let password = self.proxy_password.as_deref().map(String::as_str);
        session::proxy(self.server, password)
    }

    pub(super) fn client(&self) -> Result<TokenClient, Fault> {
        let url = self.tokens.token_url.clone().unwrap_or_default();
        let url = TokenUrl::new(url).map_err(unusable)?;
        let id = ClientId::new(self.tokens.client_id.clone().unwrap_or_default());
        let mut client = BasicClient::new(id).set_auth_type(AuthType::RequestBody);
        if let Some(secret) = &self.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.to_string()));
        }
        Ok(client.set_token_uri(url))
    }

    /// Says in our words what the crate reports.
    pub(super) fn fault<T>(
        &self,
        error: &RequestTokenError<OnTheWay, StandardErrorResponse<T>>,
        heard: Heard,
    ) -> Fault
    where
        T: ErrorResponseType + std::fmt::Display + 'static,
    {
        let (error, description) = match error {
            RequestTokenError::Request(OnTheWay(fault)) => return (**fault).clone(),
            RequestTokenError::ServerResponse(answer) => (
                answer.error().to_string(),
                answer.error_description().cloned().unwrap_or_default(),
            ),
            RequestTokenError::Parse(_, body) => {
                (String::new(), String::from_utf8_lossy(body).into_owned())
            }
            RequestTokenError::Other(words) => (String::new(), words.clone()),
        };
        Fault::refusal(Refusal::of(
            heard,
            error,
            &self.without_secrets(description),
        ))
        .of_endpoint(self.tokens.token_url.as_deref())
    }

    /// A server may repeat what it was sent.
    fn without_secrets(&self, words: String) -> String {
        match &self.client_secret {
            Some(secret) if !secret.is_empty() => words.replace(secret.as_str(), "***"),
            _ => words,
        }
    }
}

impl Granted {
    pub(super) fn of(answer: &BasicTokenResponse) -> Self {
        let refresh_token = answer.refresh_token();
        Granted {
            access_token: Zeroizing::new(answer.access_token().secret().clone()),
            refresh_token: refresh_token.map(|token| Zeroizing::new(token.secret().clone())),
            lasts: answer.expires_in(),
        }
    }
}

impl Fault {
    /// Says that it happened at the host of an endpoint.
    pub(super) fn of_endpoint(self, url: Option<&str>) -> Self {
        let url = url.and_then(|url| url::Url::parse(url).ok());
        match &url {
            Some(url) => self.at(
                url.host_str().unwrap_or_default(),
                url.port_or_known_default().unwrap_or(443),
            ),
            None => self,
        }
    }

    /// Gives how a line broke.
    pub(super) fn into_break(self) -> Break {
        match self.what {
            What::Break(what) => what,
            What::Reply(reply) => Break::Garbage(reply.text),
            What::Refusal(refusal) => Break::Garbage(refusal.words().text),
        }
    }
}

/// An address that was right when it was saved.
pub(super) fn unusable(error: impl std::fmt::Display) -> Fault {
    Fault::broken(Step::Token, Break::Garbage(error.to_string()))
}
