//! Sign-ins that nobody has used for a while: renewed before their provider ends them, and before a customer waits.
//!
//! A refresh token ends unused after 90 days at Microsoft (learn.microsoft.com "Refresh tokens in the Microsoft identity
//! platform") and after six months at Google (developers.google.com "Using OAuth 2.0"): a shop may be closed for a season.

use super::supply::Supply;
use crate::delivery::desk::Desk;
use crate::delivery::round::route;
use crate::delivery::step::Class;
use crate::error::Result;
use crate::settings::in_force::Way;
use crate::settings::model::Grant;
use crate::settings::oauth::Tokens;
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
        let Some(supply) = supply(desk, &way)? else {
            continue;
        };
        // One that cannot be read is met by the next mail.
        if known.insert(supply.account().to_owned()) && supply.is_unused(UNUSED).unwrap_or(false) {
            drop(supply);
            unused.push(way);
        }
    }
    Ok(unused)
}

/// Opens the tokens of a way out that somebody has signed in.
fn supply<'a>(desk: &'a Desk, way: &'a Way) -> Result<Option<Supply<'a>>> {
    let Way::Smtp(server) = way else {
        return Ok(None);
    };
    let of_person = |tokens: &&Tokens| matches!(tokens.grant, Grant::SignIn | Grant::RefreshToken);
    let Some(tokens) = server.tokens.as_deref().filter(of_person) else {
        return Ok(None);
    };
    let tls = desk.tls(server.ca_file.as_deref())?;
    Supply::open(server, tokens, desk, tls).map(Some)
}

/// Renews the tokens of an account. Where that fails for good, the account is paused as if a mail had met it: the shop
/// is told before a customer waits.
pub(crate) async fn renew(desk: Rc<Desk>, way: Way, probe: Duration) {
    let (Way::Smtp(server), Ok(Some(supply))) = (&way, supply(&desk, &way)) else {
        return;
    };
    let until = Instant::now() + server.connect + server.reply;
    let Err(fault) = supply.renew_unused(until, UNUSED).await else {
        return;
    };
    let from = server.user.as_deref().unwrap_or_default();
    let cause = fault.cause(&route(server, from));
    if matches!(cause.class, Class::SignIn | Class::Auth) {
        desk.pause(&way.account(), &fault.to_error(&cause), probe);
    }
}
