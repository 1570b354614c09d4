//! Who a mail is from.
//!
//! A receipt is from the store: its name in capitals and its own address, whoever stands at the till.

use super::in_force::InForce;
use crate::address::{self, Mailbox};
use crate::error::{Error, MAIL_E_NOT_CONFIGURED, Result};
use crate::text;

/// Gives the From of a receipt.
pub(crate) fn of_store(settings: &InForce) -> Result<Mailbox> {
    let address = settings.sender_address.as_deref().ok_or_else(|| {
        Error::at(
            MAIL_E_NOT_CONFIGURED,
            "sender.address",
            text::not_configured(),
        )
    })?;
    Ok(Mailbox {
        name: settings
            .sender_name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_uppercase),
        address: address::check(address)?,
    })
}
