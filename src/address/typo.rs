//! Mistyped addresses: near misses of the mail domains that customers in France have.
//!
//! A near miss is only a warning, for `gmial.com` does exist; what cannot exist is refused elsewhere, and
//! `mended` finds what was probably meant.

use crate::json::json;
use crate::text::{self, Language};
use lettre::Address;
use serde_json::Value;

/// Where most private addresses in France are; in the order in which equals are suggested.
const KNOWN: [&str; 20] = [
    "gmail.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "sfr.fr",
    "neuf.fr",
    "laposte.net",
    "hotmail.fr",
    "hotmail.com",
    "outlook.fr",
    "outlook.com",
    "live.fr",
    "yahoo.fr",
    "yahoo.com",
    "icloud.com",
    "gmx.fr",
    "bbox.fr",
    "numericable.fr",
    "club-internet.fr",
    "aol.com",
];

/// Real domains that look like a known one mistyped.
const REAL: [&str; 31] = [
    "aol.fr",
    "box.com",
    "box.fr",
    "cloud.com",
    "email.com",
    "email.fr",
    "fmail.com",
    "free.com",
    "gmx.com",
    "gmx.net",
    "grange.fr",
    "hmail.com",
    "hostmail.com",
    "laposte.fr",
    "live.com",
    "mail.com",
    "mail.fr",
    "me.com",
    "msn.com",
    "neuf.com",
    "orange.com",
    "orange.net",
    "outlook.cn",
    "qmail.com",
    "rmail.com",
    "sfr.com",
    "tmail.com",
    "vmail.com",
    "yahoo.cn",
    "ymail.com",
    "zmail.com",
];

/// Countries one letter away from `.fr` or `.com`, where the big providers have real domains.
const COUNTRIES: [&str; 11] = [
    "ar", "br", "cr", "fi", "gr", "hr", "ir", "kr", "pr", "tr", "om",
];

/// Brands with one domain only: any other ending is a mistake.
const ONE_DOMAIN: [&str; 2] = ["gmail.com", "icloud.com"];

/// Longest domain that is compared; the known ones are far shorter.
const COMPARED_BYTES: usize = 40;

/// Slips of the fingers in one name, at most.
const MOST_SLIPS: usize = 2;

/// Gives the addresses that look mistyped, as `warnings` of a reply; each with the field it stands in.
pub(crate) fn warnings(addresses: &[(&str, &Address)], language: Language) -> Vec<Value> {
    let warnings = addresses.iter().filter_map(|(field, address)| {
        let suggestion = suggestion(address)?;
        let message = text::address_typo(address.domain(), &suggestion);
        Some(json!({
            "field": field,
            "message": message.get(language),
            "suggestion": suggestion,
        }))
    });
    warnings.collect()
}

/// Gives the address that was probably meant, where the domain is a near miss of a known one.
pub(crate) fn suggestion(address: &Address) -> Option<String> {
    near(address.domain()).map(|domain| format!("{}@{domain}", address.user()))
}

/// Gives what was probably meant by something that is no address.
pub(super) fn mended(given: &str) -> Option<String> {
    let mut words = given.trim().to_owned();
    while words.contains("@@") {
        words = words.replace("@@", "@");
    }
    let (local_part, domain) = words.split_once('@')?;
    // Only the domain: some servers tell apart the case of what stands before the @.
    let domain: String = domain
        .to_lowercase()
        .chars()
        .filter(|sign| !sign.is_whitespace())
        .map(|sign| if matches!(sign, ',' | ';') { '.' } else { sign })
        .collect();
    let labels: Vec<&str> = domain
        .split('.')
        .filter(|label| !label.is_empty())
        .collect();
    let domain = labels.join(".");
    let meant = near(&domain).unwrap_or(&domain);
    let address = format!("{}@{meant}", local_part.trim_matches([' ', '.']));
    super::checked(&address).map(|address| address.to_string())
}

/// Finds the known domain that another one is a near miss of.
fn near(domain: &str) -> Option<&'static str> {
    if domain.len() > COMPARED_BYTES || KNOWN.contains(&domain) || REAL.contains(&domain) {
        return None;
    }
    KNOWN
        .into_iter()
        .filter_map(|known| Some((distance(domain, known)?, known)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Counts the slips between two domains; nothing where they are too many for a slip of the fingers.
fn distance(domain: &str, known: &str) -> Option<usize> {
    let (name, ending) = domain.split_once('.').unwrap_or((domain, ""));
    let (known_name, known_ending) = known.split_once('.')?;
    if domain.strip_prefix(known_name) == Some(known_ending) {
        return Some(1);
    }
    let of_name = name_distance(name, known_name)?;
    let of_ending = if of_name == 0 && ONE_DOMAIN.contains(&known) {
        usize::from(ending != known_ending)
    } else {
        ending_distance(ending, known_ending)?
    };
    Some(of_name + of_ending).filter(|sum| *sum <= MOST_SLIPS)
}

fn name_distance(name: &str, known: &str) -> Option<usize> {
    // Each letter too many and each strange one is a slip: most domains need no closer look, which takes long.
    let strange = name.chars().filter(|letter| !known.contains(*letter));
    if name.chars().count().abs_diff(known.len()) > MOST_SLIPS || strange.count() > MOST_SLIPS {
        return None;
    }
    let slips = strsim::osa_distance(name, known);
    let right = match (slips, known.len()) {
        (0, _) => true,
        // Four letters have many real neighbours: only the same letters, swapped or doubled.
        (1, ..=4) => letters(name) == letters(known),
        (1, _) => true,
        (MOST_SLIPS, 7..) => name.chars().next() == known.chars().next(),
        _ => false,
    };
    right.then_some(slips)
}

fn letters(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters
}

fn ending_distance(ending: &str, known: &str) -> Option<usize> {
    if ending == known {
        return Some(0);
    }
    let begun = known.starts_with(ending);
    let slip = strsim::osa_distance(ending, known) == 1 && !COUNTRIES.contains(&ending);
    (begun || slip).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(address: &str) -> Option<String> {
        suggestion(&super::super::check(address).unwrap())
    }

    #[test]
    fn near_misses_are_noticed() {
        let cases = [
            ("client@gmial.com", "client@gmail.com"),
            ("client@gamil.com", "client@gmail.com"),
            ("client@gmai.com", "client@gmail.com"),
            ("client@gmaill.com", "client@gmail.com"),
            ("client@gnail.com", "client@gmail.com"),
            ("client@gmail.fr", "client@gmail.com"),
            ("client@gmail.co", "client@gmail.com"),
            ("client@gmail.con", "client@gmail.com"),
            ("client@gmial.con", "client@gmail.com"),
            ("Jean.Client@Hotmial.FR", "Jean.Client@hotmail.fr"),
            ("client@hotmai.com", "client@hotmail.com"),
            ("client@hotmal.fr", "client@hotmail.fr"),
            ("client@htomial.fr", "client@hotmail.fr"),
            ("client@hotmail.cm", "client@hotmail.com"),
            ("client@outlok.fr", "client@outlook.fr"),
            ("client@outloook.com", "client@outlook.com"),
            ("client@wanado.fr", "client@wanadoo.fr"),
            ("client@wannadoo.fr", "client@wanadoo.fr"),
            ("client@ornage.fr", "client@orange.fr"),
            ("client@oange.fr", "client@orange.fr"),
            ("client@orange.rf", "client@orange.fr"),
            ("client@laposte.ner", "client@laposte.net"),
            ("client@lapotse.net", "client@laposte.net"),
            ("client@yaho.fr", "client@yahoo.fr"),
            ("client@yahou.com", "client@yahoo.com"),
            ("client@iclod.com", "client@icloud.com"),
            ("client@icloud.fr", "client@icloud.com"),
            ("client@freee.fr", "client@free.fr"),
            ("client@fere.fr", "client@free.fr"),
            ("client@free.ft", "client@free.fr"),
            ("client@srf.fr", "client@sfr.fr"),
            ("client@nuef.fr", "client@neuf.fr"),
            ("client@club-internt.fr", "client@club-internet.fr"),
            ("client@clubinternet.fr", "client@club-internet.fr"),
        ];
        for (address, meant) in cases {
            assert_eq!(suggested(address).as_deref(), Some(meant), "{address}");
        }
    }

    #[test]
    fn real_domains_are_left_alone() {
        for known in KNOWN.into_iter().chain(REAL) {
            assert_eq!(suggested(&format!("client@{known}")), None, "{known}");
        }
        let real = [
            "example.fr",
            "vega-info.fr",
            "boutique.fr",
            "gmx.de",
            "gmx.at",
            "gmx.ch",
            "hotmail.be",
            "hotmail.it",
            "hotmail.es",
            "hotmail.de",
            "hotmail.co.uk",
            "hotmail.gr",
            "live.be",
            "live.it",
            "outlook.de",
            "outlook.be",
            "yahoo.de",
            "yahoo.it",
            "yahoo.ca",
            "yahoo.co.uk",
            "yahoo.gr",
            "yahoo.com.br",
            "orange.be",
            "me.com",
            "frei.fr",
            "fret.fr",
            "tree.fr",
            "neuf.be",
            "cfr.fr",
            "ofr.fr",
            "gmp.fr",
            "aol.de",
            "apl.com",
            "love.fr",
            "postmail.fr",
            "webmail.fr",
            "ecloud.fr",
            "proton.me",
            "protonmail.com",
            "tutanota.com",
            "googlemail.com",
            "ac-paris.fr",
            "sncf.fr",
            "edf.fr",
            "ratp.fr",
            "numerique.fr",
            "pro.orange.fr",
            "mail.free.fr",
            "été.fr",
        ];
        for domain in real {
            assert_eq!(suggested(&format!("client@{domain}")), None, "{domain}");
        }
    }

    #[test]
    fn what_cannot_be_an_address_is_mended_where_it_is_clear() {
        let cases = [
            ("client@orange.f", Some("client@orange.fr")),
            ("client@yahoo.f", Some("client@yahoo.fr")),
            ("client@hotmail.c", Some("client@hotmail.com")),
            ("client@gmail.c", Some("client@gmail.com")),
            ("client@gmial.c", Some("client@gmail.com")),
            ("client@gmail", Some("client@gmail.com")),
            ("client@orange", Some("client@orange.fr")),
            ("client@gmailcom", Some("client@gmail.com")),
            ("client@@free.fr", Some("client@free.fr")),
            ("client@free.fr.", Some("client@free.fr")),
            ("client@gmail..com", Some("client@gmail.com")),
            ("client@gmail,com", Some("client@gmail.com")),
            (" Client@Free.fr ", Some("Client@free.fr")),
            ("client @free.fr", Some("client@free.fr")),
            ("client@ex ample.fr", Some("client@example.fr")),
            ("client@boutique.fr.", Some("client@boutique.fr")),
            ("client@boutique.f", None),
            ("client@localhost", None),
            ("client dupont@free.fr", None),
            ("a@example.fr, b@example.fr", None),
            ("client", None),
            ("@", None),
            ("", None),
        ];
        for (given, meant) in cases {
            assert_eq!(mended(given).as_deref(), meant, "{given:?}");
        }
    }
}
