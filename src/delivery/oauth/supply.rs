//! The token for one login: the one that is kept while it is good, else a new one.
//!
//! New tokens are on the disk before anybody uses them, and take the place of the old ones in the same commit. Only one
//! process of a state folder renews at a time: a provider that gives each refresh token once takes a second use for theft.

use super::client::{Ask, Granted, Provider};
use crate::clock::{Millis, after, millis};
use crate::delivery::breaks::Break;
use crate::delivery::fault::Fault;
use crate::delivery::step::Step;
use crate::delivery::tls::Tls;
use crate::error::{Error, Result};
use crate::message::sha256;
use crate::os::fork::LockedFile;
use crate::outbox::KeptTokens;
use crate::settings::in_force::Server;
use crate::settings::model::Grant;
use crate::settings::oauth::Tokens;
use crate::settings::secret::Vault;
use crate::text::Language;
use std::cell::RefCell;
use std::fs::TryLockError;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

/// A token is renewed so long before its end, so that none ends in the middle of a conversation.
const AHEAD: Duration = Duration::from_secs(300);
/// One that lasts less than ten times that is renewed in its last tenth.
const SHARE: u32 = 10;
/// Name of the lock file in the state folder; whoever holds it renews.
const LOCK_FILE: &str = "token.lock";
/// Another process that renews is looked after so often.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Where tokens are kept.
pub(crate) trait Keeper {
    /// Gives what is kept for an account.
    fn kept(&self, account: &str) -> Result<Option<KeptTokens>>;
    /// Keeps tokens; durable when it returns.
    fn keep(&self, account: &str, tokens: &KeptTokens) -> Result<()>;
    /// Seals and opens them.
    fn vault(&self) -> &Vault;
    /// The state folder.
    fn folder(&self) -> &Path;
    /// The time.
    fn now(&self) -> Millis;
}

/// A token to log in with.
pub(crate) struct Token {
    pub(crate) secret: Zeroizing<String>,
    /// It may have been revoked since it was given: where a server refuses it, a new one is worth a try.
    pub(crate) is_kept: bool,
}

/// Gives the tokens of one account; secrets open.
pub(crate) struct Supply<'a> {
    provider: Provider<'a>,
    /// The refresh token of the settings, where they have the say.
    seed: Option<Zeroizing<String>>,
    pushed: Option<Zeroizing<String>>,
    keeper: &'a dyn Keeper,
    account: String,
    /// Tokens that were given.
    used: RefCell<Vec<Zeroizing<String>>>,
}

/// Names the tokens of an account in the outbox: a digest of who asks whom for whom, so that changed settings never
/// use the tokens of others, nor show an address there. `seed` is the refresh token of the settings, where theirs descend
/// from one: another one that is only tried spends none of those in use.
pub(crate) fn account(server: &Server, tokens: &Tokens, seed: Option<&str>) -> String {
    let parts = [
        server.host.as_str(),
        server.user.as_deref().unwrap_or_default(),
        tokens.client_id.as_deref().unwrap_or_default(),
        tokens.token_url.as_deref().unwrap_or_default(),
        match tokens.grant {
            Grant::ClientCredentials => "application",
            _ => "person",
        },
        seed.unwrap_or_default(),
    ];
    sha256(parts.join("\0").as_bytes())
}

/// Seals what a provider gave.
pub(crate) fn sealed(
    granted: &Granted,
    before: Option<&KeptTokens>,
    vault: &Vault,
    now: Millis,
) -> Result<KeptTokens> {
    let seal = |token: &Zeroizing<String>| vault.seal(token);
    let renewed = granted.refresh_token.as_ref().map(seal).transpose()?;
    Ok(KeptTokens {
        // A provider that gives no new one means the old one to be used again (RFC 6749 section 6).
        sealed_refresh_token: renewed
            .or_else(|| before.and_then(|before| before.sealed_refresh_token.clone())),
        sealed_access_token: Some(seal(&granted.access_token)?),
        access_from: Some(now),
        access_until: granted.lasts.map(|lasts| after(now, lasts)),
        refreshed_at: now,
    })
}

impl<'a> Supply<'a> {
    /// Opens the secrets of an account; nothing is asked yet.
    pub(crate) fn open(
        server: &'a Server,
        tokens: &'a Tokens,
        keeper: &'a dyn Keeper,
        tls: Tls,
    ) -> Result<Self> {
        let vault = keeper.vault();
        let seed = tokens.sealed_refresh_token.as_ref();
        let seed = seed.filter(|_| tokens.grant == Grant::RefreshToken);
        let seed = vault.open_field(seed, "smtp.oauth.refresh_token")?;
        let pushed = tokens.sealed_access_token.as_ref();
        Ok(Supply {
            pushed: vault.open_field(pushed, "smtp.oauth.access_token")?,
            account: account(server, tokens, seed.as_deref().map(String::as_str)),
            seed,
            keeper,
            provider: Provider::open(server, tokens, vault, tls)?,
            used: RefCell::default(),
        })
    }

    /// Names the tokens in the outbox.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Gives the secrets that no conversation may show.
    pub(crate) fn secrets(&self) -> Vec<Zeroizing<String>> {
        self.used.borrow().clone()
    }

    /// Gives a token. `refused` is one that the mail server has just refused.
    pub(crate) async fn token(
        &self,
        refused: Option<&str>,
        until: Instant,
    ) -> std::result::Result<Token, Fault> {
        let token = self.find(refused, until).await?;
        self.used.borrow_mut().push(token.secret.clone());
        Ok(token)
    }

    async fn find(
        &self,
        refused: Option<&str>,
        until: Instant,
    ) -> std::result::Result<Token, Fault> {
        if self.provider.tokens.grant == Grant::AccessToken {
            return self.pushed(refused);
        }
        if let Some(token) = self.good(self.kept()?.as_ref(), refused) {
            return Ok(token);
        }
        let _alone = self.alone(until).await?;
        // Whoever was before us may have renewed it.
        let kept = self.kept()?;
        match self.good(kept.as_ref(), refused) {
            Some(token) => Ok(token),
            None => self.renew(kept, until).await,
        }
    }

    /// Tells whether there is a sign-in that was not renewed for so long.
    pub(crate) fn is_unused(&self, unused: Duration) -> std::result::Result<bool, Fault> {
        let now = self.keeper.now();
        Ok(self.kept()?.is_some_and(|kept| {
            kept.sealed_refresh_token.is_some() && now - kept.refreshed_at > millis(unused)
        }))
    }

    /// Renews what was not renewed for so long.
    pub(crate) async fn renew_unused(
        &self,
        until: Instant,
        unused: Duration,
    ) -> std::result::Result<(), Fault> {
        let _alone = self.alone(until).await?;
        if self.is_unused(unused)? {
            self.renew(self.kept()?, until).await?;
        }
        Ok(())
    }

    /// The host's own. Where the server refuses it, only the host has another.
    fn pushed(&self, refused: Option<&str>) -> std::result::Result<Token, Fault> {
        let ends = self.provider.tokens.access_token_expires_at;
        let ended = ends.is_some_and(|ends| ends <= self.keeper.now());
        match &self.pushed {
            Some(token) if !ended && Some(token.as_str()) != refused => Ok(Token {
                secret: token.clone(),
                is_kept: true,
            }),
            _ => Err(Fault::broken(Step::Token, Break::PushedTokenEnded)),
        }
    }

    fn kept(&self) -> std::result::Result<Option<KeptTokens>, Fault> {
        self.keeper.kept(&self.account).map_err(not_kept)
    }

    /// Gives the token that is kept, where it is good for a while and was not refused.
    fn good(&self, kept: Option<&KeptTokens>, refused: Option<&str>) -> Option<Token> {
        let kept = kept?;
        if !lasts(kept, self.keeper.now()) {
            return None;
        }
        let secret = self.opened(kept.sealed_access_token.as_ref())?;
        (Some(secret.as_str()) != refused).then_some(Token {
            secret,
            is_kept: true,
        })
    }

    /// Opens what is kept. What was sealed on another machine is as good as none: somebody has to sign in again.
    fn opened(&self, sealed: Option<&String>) -> Option<Zeroizing<String>> {
        self.keeper.vault().open_secret(sealed?).ok()
    }

    /// Waits for the right to renew; dropping what it gives hands it on.
    async fn alone(&self, until: Instant) -> std::result::Result<LockedFile, Fault> {
        let path = self.keeper.folder().join(LOCK_FILE);
        let unusable = |error: std::io::Error| {
            Fault::broken(Step::Token, Break::TokenNotKept(error.to_string()))
        };
        let lock = LockedFile::open(&path).map_err(unusable)?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                    return Err(Fault::broken(Step::Token, Break::TimedOut));
                }
                Err(TryLockError::WouldBlock) => sleep(LOOK_AGAIN).await,
            }
        }
    }

    async fn renew(
        &self,
        kept: Option<KeptTokens>,
        until: Instant,
    ) -> std::result::Result<Token, Fault> {
        let refresh = self.refresh_with(kept.as_ref());
        let ask = match (self.provider.tokens.grant, &refresh) {
            (Grant::ClientCredentials, _) => Ask::ClientCredentials,
            (_, Some(token)) => Ask::Refresh(token),
            (_, None) => return Err(Fault::broken(Step::Token, Break::NotSignedIn)),
        };
        // What a provider gives once must not meet a disk that keeps nothing: that is tried first.
        self.keep(&kept.clone().unwrap_or_default())?;
        let granted = self.provider.ask(ask, until).await?;
        let vault = self.keeper.vault();
        let renewed =
            sealed(&granted, kept.as_ref(), vault, self.keeper.now()).map_err(not_kept)?;
        self.keep(&renewed)?;
        Ok(Token {
            secret: granted.access_token,
            is_kept: false,
        })
    }

    /// The newest refresh token there is: the kept one, else that of the settings.
    fn refresh_with(&self, kept: Option<&KeptTokens>) -> Option<Zeroizing<String>> {
        let kept = kept.and_then(|kept| kept.sealed_refresh_token.as_ref());
        self.opened(kept).or_else(|| self.seed.clone())
    }

    fn keep(&self, tokens: &KeptTokens) -> std::result::Result<(), Fault> {
        self.keeper.keep(&self.account, tokens).map_err(not_kept)
    }
}

/// Tells whether a kept token is good for a while. Where the clock was set back behind its beginning, nobody knows.
fn lasts(kept: &KeptTokens, now: Millis) -> bool {
    let Some(from) = kept.access_from.filter(|from| *from <= now) else {
        return false;
    };
    kept.access_until.is_none_or(|until| {
        let span = Duration::from_millis(u64::try_from(until - from).unwrap_or(0));
        until - now > millis(AHEAD.min(span / SHARE))
    })
}

fn not_kept(error: Error) -> Fault {
    let why = error.message.get(Language::English).to_owned();
    Fault::broken(Step::Token, Break::TokenNotKept(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_ahead_of_its_end_and_after_the_clock_was_set_back() {
        let kept = |from: Millis, until: Option<Millis>| KeptTokens {
            access_from: Some(from),
            access_until: until,
            ..KeptTokens::default()
        };
        let hour = 3_600_000;
        let cases = [
            (kept(0, Some(hour)), 0, true),
            (kept(0, Some(hour)), hour - 300_001, true),
            (kept(0, Some(hour)), hour - 300_000, false),
            (kept(0, Some(2_000)), 1_799, true),
            (kept(0, Some(2_000)), 1_800, false),
            (kept(0, None), 1_000 * hour, true),
            (kept(hour, Some(2 * hour)), hour - 1, false),
            (KeptTokens::default(), 0, false),
        ];
        for (kept, now, good) in cases {
            assert_eq!(lasts(&kept, now), good, "{kept:?} {now}");
        }
    }
}
