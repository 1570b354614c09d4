//! A person signs in with a browser on this machine: authorization code with PKCE (RFC 7636), and a redirect to a port of
//! this machine that is open for it alone (RFC 8252).

use super::client::{Granted, Provider};
use super::http::Heard;
use super::refusals::Refusal;
use crate::delivery::breaks::Break;
use crate::delivery::fault::Fault;
use crate::delivery::step::Step;
use crate::delivery::wire::break_of;
use crate::error::{Error, Result};
use crate::os::standard;
use crate::text::{self, Language};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::{
    AuthUrl, AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
};
use ring::rand::{SecureRandom, SystemRandom};
use std::borrow::Cow;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

/// The owner has so long to find the password and the telephone.
pub(crate) const LASTS: Duration = Duration::from_secs(900);
/// A browser opens lines in advance and says nothing on them: the next one is listened to after so long.
const SILENCE: Duration = Duration::from_secs(2);
/// Longest request that is read: a code has some hundred characters, Microsoft's some thousand.
const REQUEST_BYTES: usize = 32 << 10;
/// Random bytes of what nobody may guess; PKCE wants 43 characters at least.
const RANDOM: usize = 32;

/// A browser that is waited for.
pub(crate) struct Visit {
    listener: TcpListener,
    redirect: RedirectUrl,
    state: String,
    verifier: PkceCodeVerifier,
    /// Where the browser begins.
    pub(crate) url: String,
    language: Language,
}

/// What the browser brings back.
enum Brought {
    Code(String),
    Refusal { error: String, description: String },
}

impl Provider<'_> {
    /// Opens the port for the redirect, and makes the address for the browser.
    pub(crate) fn visit(&self, language: Language) -> Result<Visit> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(standard::above)
            .map_err(Error::no_resources)?;
        listener
            .set_nonblocking(true)
            .map_err(Error::no_resources)?;
        let port = listener.local_addr().map_err(Error::no_resources)?.port();
        let redirect = format!("http://{}:{port}/", self.tokens.redirect_host);
        let redirect = RedirectUrl::new(redirect).map_err(Error::bug)?;
        let start = self.tokens.authorization_url.clone().unwrap_or_default();
        let start = AuthUrl::new(start).map_err(Error::bug)?;
        let (state, verifier) = (random()?, PkceCodeVerifier::new(random()?));
        let client = self
            .client()
            .map_err(|_| Error::bug("an address that was checked"))?;
        let client = client.set_auth_uri(start);
        let request = client
            .authorize_url(|| CsrfToken::new(state.clone()))
            .add_scopes(self.scopes())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .set_redirect_uri(Cow::Borrowed(&redirect))
            .add_extra_param("login_hint", self.server.user.clone().unwrap_or_default());
        let url = request.url().0.to_string();
        Ok(Visit {
            listener,
            redirect,
            state,
            verifier,
            url,
            language,
        })
    }

    /// Waits for the browser to come back, and asks for the tokens it stands for.
    pub(crate) async fn wait_for_visit(&self, visit: Visit) -> std::result::Result<Granted, Fault> {
        let until = Instant::now() + LASTS;
        let listens = brought(visit.listener, &visit.state, visit.language);
        let brought = timeout_at(until, listens)
            .await
            .unwrap_or_else(|_| {
                Ok(Brought::Refusal {
                    error: "expired_token".to_owned(),
                    description: String::new(),
                })
            })
            .map_err(|what| Fault::broken(Step::Token, what))?;
        let code = match brought {
            Brought::Code(code) => AuthorizationCode::new(code),
            Brought::Refusal { error, description } => {
                let refusal = Refusal::of(Heard::default(), error, &description);
                let of = self.tokens.authorization_url.as_deref();
                return Err(Fault::refusal(refusal).of_endpoint(of));
            }
        };
        let http = self.http(Instant::now() + self.server.connect + self.server.reply)?;
        let client = self.client()?;
        let request = client
            .exchange_code(code)
            .set_pkce_verifier(visit.verifier)
            .set_redirect_uri(Cow::Owned(visit.redirect));
        match request.request_async(&http).await {
            Ok(granted) => Ok(Granted::of(&granted)),
            Err(error) => Err(self.fault(&error, http.heard.get())),
        }
    }
}

/// Listens until the browser brings what belongs to this sign-in; whatever else knocks is told off.
async fn brought(
    listener: TcpListener,
    state: &str,
    language: Language,
) -> std::result::Result<Brought, Break> {
    let listener = tokio::net::TcpListener::from_std(listener).map_err(|error| break_of(&error))?;
    loop {
        let (mut stream, _) = listener.accept().await.map_err(|error| break_of(&error))?;
        let Ok(Some(target)) = timeout(SILENCE, target(&mut stream)).await else {
            continue;
        };
        let brought = read(&target, state);
        let page = match brought {
            Some(Brought::Code(_)) => text::browser_done(),
            Some(Brought::Refusal { .. }) => text::browser_refused(),
            None => text::browser_unknown(),
        };
        let status = if brought.is_some() {
            "200 OK"
        } else {
            "404 Not Found"
        };
        let page = page.get(language);
        let _ = timeout(SILENCE, answer(&mut stream, status, page)).await;
        if let Some(brought) = brought {
            return Ok(brought);
        }
    }
}

/// Reads a request and gives what it asks for.
async fn target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > REQUEST_BYTES || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    head.strip_prefix("GET ")?
        .split(' ')
        .next()
        .map(str::to_owned)
}

/// Takes a redirect apart (RFC 6749 4.1.2). One with another `state` is not for us.
fn read(target: &str, state: &str) -> Option<Brought> {
    let url = Url::parse("http://127.0.0.1").ok()?.join(target).ok()?;
    let value = |name: &str| {
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    };
    if value("state")? != state {
        return None;
    }
    match value("error") {
        Some(error) => Some(Brought::Refusal {
            error,
            description: value("error_description").unwrap_or_default(),
        }),
        None => value("code").map(Brought::Code),
    }
}

async fn answer(stream: &mut TcpStream, status: &str, words: &str) -> std::io::Result<()> {
    let page = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><title>tillmail</title><p style=\"font:1.2em sans-serif;margin:3em\">{words}</p>"
    );
    let length = page.len();
    let whole = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}"
    );
    stream.write_all(whole.as_bytes()).await?;
    stream.shutdown().await
}

fn random() -> Result<String> {
    let mut bytes = [0; RANDOM];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::bug("no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_this_sign_in_is_taken() {
        let code = |target: &str| match read(target, "s1") {
            Some(Brought::Code(code)) => Some(code),
            Some(Brought::Refusal { error, description }) => Some(format!("{error}:{description}")),
            None => None,
        };
        assert_eq!(code("/?code=a%2Fb&state=s1").as_deref(), Some("a/b"));
        assert_eq!(
            code("/?error=access_denied&error_description=No+way&state=s1").as_deref(),
            Some("access_denied:No way")
        );
        for target in [
            "/?code=x&state=s2",
            "/?code=x",
            "/favicon.ico",
            "/?state=s1",
            "",
        ] {
            assert_eq!(code(target), None, "{target}");
        }
    }
}
