//! Sign-ins that nobody has used for a while: renewed before their provider ends them, and before a customer waits.
//!
//! A refresh token ends unused after 90 days at Microsoft (learn.microsoft.com "Refresh tokens in the Microsoft identity
//! platform") and after six months at Google (developers.google.com "Using OAuth 2.0"): a shop may be closed for a season.

use super::supply::{Keeper, Supply, account};
use crate::clock::millis;
use crate::delivery::desk::Desk;
use crate::delivery::fault::Fault;
use crate::delivery::round::route;
use crate::delivery::step::Class;
use crate::error::Result;
use crate::settings::in_force::{Server, Way};
use crate::settings::model::Grant;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// A sign-in that was not used for so long is renewed.
const UNUSED: Duration = Duration::from_secs(7 * 86_400);

/// Gives the ways out whose tokens nobody has renewed for long.
pub(crate) fn unused(desk: &Desk) -> Result<Vec<Way>> {
    let mut known = HashSet::new();
    let mut unused = Vec::new();
    for way in desk.ways() {
        let Way::Smtp(server) = &way else { continue };
        let Some(tokens) = server.tokens.as_deref() else {
            continue;
        };
        let of_person = matches!(tokens.grant, Grant::SignIn | Grant::RefreshToken);
        if of_person && known.insert(account(server, tokens)) && is_unused(desk, server)? {
            unused.push(way);
        }
    }
    Ok(unused)
}

fn is_unused(desk: &Desk, server: &Server) -> Result<bool> {
    let Some(tokens) = server.tokens.as_deref() else {
        return Ok(false);
    };
    let kept = desk.kept(&account(server, tokens))?;
    let now = desk.now();
    Ok(kept.is_some_and(|kept| {
        kept.sealed_refresh_token.is_some() && now - kept.refreshed_at > millis(UNUSED)
    }))
}

/// Renews the tokens of an account. Where that fails for good, the account is paused as if a mail had met it: the shop
/// is told before a customer waits.
pub(crate) async fn renew(desk: Rc<Desk>, way: Way, probe: Duration) {
    let Way::Smtp(server) = &way else { return };
    let Some(Err(fault)) = desk.keep(ask(&desk, server).await) else {
        return;
    };
    let from = server.user.as_deref().unwrap_or_default();
    let cause = fault.cause(&route(server, from));
    if matches!(cause.class, Class::SignIn | Class::Auth) {
        desk.pause(&way.account(), &fault.to_error(&cause), probe);
    }
}

async fn ask(desk: &Desk, server: &Server) -> Result<std::result::Result<(), Fault>> {
    let Some(tokens) = server.tokens.as_deref() else {
        return Ok(Ok(()));
    };
    let tls = desk.tls(server.ca_file.as_deref())?;
    let supply = Supply::open(server, tokens, desk, tls)?;
    let until = Instant::now() + server.connect + server.reply;
    Ok(supply.renew_unused(until, UNUSED).await)
}
