//! E-mail addresses as RFC 5321 allows them, and no more.

pub(crate) mod masked;
pub(crate) mod typo;

use crate::error::{Error, MAIL_E_ADDRESS, MAIL_E_CONTROL_CHARACTER, Result};
use crate::text;
use lettre::Address;

/// RFC 5321 4.5.3.1.3: a path of 256 octets with its brackets.
const MAX_ADDRESS_BYTES: usize = 254;
/// RFC 5321 4.5.3.1.1.
const MAX_LOCAL_PART_BYTES: usize = 64;

/// A name and an address, as in From and To.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub(crate) name: Option<String>,
    pub(crate) address: Address,
}

/// Reads an address; anything but `local@domain` is refused, with what was probably meant as a hint.
/// The domain comes out in ASCII (IDNA).
pub(crate) fn check(address: &str) -> Result<Address> {
    if address.chars().any(char::is_control) {
        return Err(Error::new(
            MAIL_E_CONTROL_CHARACTER,
            text::control_character(),
        ));
    }
    checked(address).ok_or_else(|| {
        let refused = Error::new(MAIL_E_ADDRESS, text::address(address));
        match typo::mended(address) {
            Some(meant) => refused.hint(text::did_you_mean_address(&meant)),
            None => refused,
        }
    })
}

fn checked(address: &str) -> Option<Address> {
    let (local_part, domain) = address.rsplit_once('@')?;
    if address.len() > MAX_ADDRESS_BYTES || local_part.len() > MAX_LOCAL_PART_BYTES {
        return None;
    }
    Address::new(local_part, ascii_domain(domain)?).ok()
}

/// A domain a receipt can be sent to has a dot and letters, or is an address literal in brackets.
/// No top-level domain has a single letter.
fn ascii_domain(domain: &str) -> Option<String> {
    if domain.starts_with('[') {
        return Some(domain.to_owned());
    }
    match url::Host::parse(domain).ok()? {
        url::Host::Domain(ascii) => {
            let right = ascii
                .rsplit_once('.')
                .is_some_and(|(_, top)| top.len() >= 2);
            right.then_some(ascii)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_rfc_5321_and_no_others() {
        let long_local = format!("{}@example.fr", "a".repeat(65));
        let longest = format!("{}@{}.fr", "a".repeat(64), "b".repeat(190));
        let cases = [
            ("client@example.fr", true),
            ("jean.d'arc+tickets@sous.domaine.example.fr", true),
            ("été@example.fr", true),
            ("client@été.fr", true),
            ("client@[127.0.0.1]", true),
            ("", false),
            ("client", false),
            ("@example.fr", false),
            ("client@", false),
            ("client@@example.fr", false),
            ("client@example.fr.", false),
            ("client@localhost", false),
            ("client@orange.f", false),
            ("client@127.0.0.1", false),
            ("client example@example.fr", false),
            ("client@exam ple.fr", false),
            ("client@example_shop.fr/x", false),
            ("Client <client@example.fr>", false),
            ("a@example.fr, b@example.fr", false),
            (long_local.as_str(), false),
            (longest.as_str(), false),
        ];
        for (address, right) in cases {
            assert_eq!(check(address).is_ok(), right, "{address:?}");
        }
        assert_eq!(
            check("a@example.fr\r\nRCPT TO:<b@c.fr>").unwrap_err().code,
            MAIL_E_CONTROL_CHARACTER
        );
    }

    #[test]
    fn an_accented_domain_travels_in_ascii() {
        assert_eq!(
            check("client@Été.fr").unwrap().to_string(),
            "client@xn--t-9fab.fr"
        );
    }
}
