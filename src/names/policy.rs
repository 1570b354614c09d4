//! Reads what a domain says about its mails: SPF (RFC 7208), DMARC (RFC 7489) and DKIM keys (RFC 6376).
//!
//! Texts go in, what they say comes out. Only what a shop has to know is read; a receiver's check is another matter.

/// What the texts of a domain say about who may send for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spf {
    Missing,
    /// Two records count as none (RFC 7208 section 4.5).
    Several(String),
    /// Everybody may send.
    Open(String),
    Record(String),
}

/// What a domain asks receivers to do with mails that are not its own.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dmarc {
    Missing,
    /// Two records count as none (RFC 7489 section 6.6.3).
    Several(String),
    /// No policy that receivers know.
    Unreadable(String),
    Policy {
        record: String,
        policy: String,
    },
}

/// What stands where a DKIM key should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dkim {
    Missing,
    /// An empty key says that it holds no more (RFC 6376 section 3.6.1).
    Revoked(String),
    Unreadable(String),
    Key(String),
}

/// Reads SPF out of the texts of a domain.
pub(super) fn spf(texts: &[String]) -> Spf {
    let mut records = texts.iter().filter(|text| is_spf(text));
    match (records.next(), records.next()) {
        (None, _) => Spf::Missing,
        (Some(first), Some(_)) => Spf::Several(first.clone()),
        (Some(record), None) if terms(record).any(|term| term == "all") => {
            Spf::Open(record.clone())
        }
        (Some(record), None) => Spf::Record(record.clone()),
    }
}

fn is_spf(text: &str) -> bool {
    text.split(' ')
        .next()
        .is_some_and(|version| version.eq_ignore_ascii_case("v=spf1"))
}

/// The terms of a record, lower case; a plus says what is meant without it.
fn terms(record: &str) -> impl Iterator<Item = String> {
    record.split_ascii_whitespace().skip(1).map(|term| {
        let term = term.to_lowercase();
        term.strip_prefix('+').map_or(term.clone(), str::to_owned)
    })
}

/// Tells whether a record holds a term, or hands the whole question to the same place.
pub(super) fn holds(record: &str, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    let redirect = wanted
        .strip_prefix("include:")
        .map(|place| format!("redirect={place}"));
    terms(record).any(|term| term == wanted || Some(&term) == redirect.as_ref())
}

/// The other domains whose records count as part of this one.
pub(super) fn included(record: &str) -> Vec<String> {
    terms(record)
        .filter_map(|term| {
            let place = term
                .strip_prefix("include:")
                .or_else(|| term.strip_prefix("redirect="));
            // A macro stands for something of each single mail.
            place
                .filter(|place| !place.contains('%'))
                .map(str::to_owned)
        })
        .collect()
}

/// Reads DMARC out of the texts of `_dmarc`; `above` where the record is that of the domain above.
pub(super) fn dmarc(texts: &[String], above: bool) -> Dmarc {
    let is_dmarc = |text: &&String| tags(text).next() == Some(("v", "DMARC1"));
    let mut records = texts.iter().filter(is_dmarc);
    let Some(record) = records.next() else {
        return Dmarc::Missing;
    };
    if records.next().is_some() {
        return Dmarc::Several(record.clone());
    }
    let below = tag(record, "sp").filter(|_| above);
    match below.or_else(|| tag(record, "p")).map(str::to_lowercase) {
        Some(policy) if ["none", "quarantine", "reject"].contains(&policy.as_str()) => {
            Dmarc::Policy {
                record: record.clone(),
                policy,
            }
        }
        _ => Dmarc::Unreadable(record.clone()),
    }
}

/// Reads the key out of the texts of a selector.
pub(super) fn dkim(texts: &[String]) -> Dkim {
    let Some(record) = texts.first() else {
        return Dkim::Missing;
    };
    let version = tag(record, "v").is_none_or(|version| version == "DKIM1");
    match tag(record, "p").filter(|_| version) {
        Some("") => Dkim::Revoked(record.clone()),
        Some(_) => Dkim::Key(record.clone()),
        None => Dkim::Unreadable(record.clone()),
    }
}

/// The tags of a record and their values (RFC 6376 section 3.2).
fn tags(record: &str) -> impl Iterator<Item = (&str, &str)> {
    record
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
}

fn tag<'a>(record: &'a str, wanted: &str) -> Option<&'a str> {
    tags(record)
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

/// The domains whose `_dmarc` may speak for a domain: itself, and those above it that are no top-level domain.
pub(super) fn dmarc_places(domain: &str) -> Vec<&str> {
    let above = domain.match_indices('.');
    let above = above.filter_map(|(dot, _)| domain.get(dot + 1..));
    let mut places = vec![domain];
    places.extend(above.filter(|place| place.contains('.')));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(given: &[&str]) -> Vec<String> {
        given.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn spf_is_one_record_that_does_not_let_everybody_send() {
        let one = |record: &str| Spf::Record(record.to_owned());
        let open = |record: &str| Spf::Open(record.to_owned());
        let ovh = "v=spf1 include:mx.ovh.com ~all";
        for (given, expected) in [
            (&[][..], Spf::Missing),
            (&["google-site-verification=x"], Spf::Missing),
            (&["v=spf10 -all"], Spf::Missing),
            (&["v=spf1"], one("v=spf1")),
            (&["V=SPF1 -ALL"], one("V=SPF1 -ALL")),
            (&["x", ovh], one(ovh)),
            (&[ovh, "v=spf1 -all"], Spf::Several(ovh.to_owned())),
            (&["v=spf1 +all"], open("v=spf1 +all")),
            (&["v=spf1 mx ALL"], open("v=spf1 mx ALL")),
            (&["v=spf1 ?all"], one("v=spf1 ?all")),
        ] {
            assert_eq!(spf(&texts(given)), expected, "{given:?}");
        }
    }

    #[test]
    fn a_provider_is_found_by_its_include_or_a_redirect_to_it() {
        for (record, expected) in [
            ("v=spf1 include:mx.ovh.com ~all", true),
            ("v=spf1  +Include:MX.ovh.com -all", true),
            ("v=spf1 redirect=mx.ovh.com", true),
            ("v=spf1 include:mx.ovh.com.example ~all", false),
            ("v=spf1 -include:mx.ovh.com ~all", false),
            ("v=spf1 mx ~all", false),
        ] {
            assert_eq!(holds(record, "include:mx.ovh.com"), expected, "{record}");
        }
        assert_eq!(
            included("v=spf1 include:a.fr mx redirect=B.fr include:%{i}.c.fr ~all"),
            ["a.fr", "b.fr"]
        );
    }

    #[test]
    fn dmarc_is_one_record_with_a_known_policy() {
        let policy = |record: &str, policy: &str| Dmarc::Policy {
            record: record.to_owned(),
            policy: policy.to_owned(),
        };
        let strict = "v=DMARC1; p=Reject; sp=none";
        for (given, above, expected) in [
            (&[][..], false, Dmarc::Missing),
            (&["v=spf1 -all"], false, Dmarc::Missing),
            (&["p=none; v=DMARC1"], false, Dmarc::Missing),
            (&[strict], false, policy(strict, "reject")),
            (&[strict], true, policy(strict, "none")),
            (
                &["v = DMARC1;p=quarantine"],
                true,
                policy("v = DMARC1;p=quarantine", "quarantine"),
            ),
            (
                &["v=DMARC1; p="],
                false,
                Dmarc::Unreadable("v=DMARC1; p=".to_owned()),
            ),
            (
                &["v=DMARC1"],
                false,
                Dmarc::Unreadable("v=DMARC1".to_owned()),
            ),
            (&[strict, strict], false, Dmarc::Several(strict.to_owned())),
        ] {
            assert_eq!(dmarc(&texts(given), above), expected, "{given:?}");
        }
    }

    #[test]
    fn a_key_is_there_or_revoked() {
        for (given, expected) in [
            (&[][..], Dkim::Missing),
            (
                &["v=DKIM1; k=rsa; p=MIGf"],
                Dkim::Key("v=DKIM1; k=rsa; p=MIGf".to_owned()),
            ),
            (&["k=rsa;p=MIGf"], Dkim::Key("k=rsa;p=MIGf".to_owned())),
            (&["v=DKIM1; p="], Dkim::Revoked("v=DKIM1; p=".to_owned())),
            (&["v=spf1 -all"], Dkim::Unreadable("v=spf1 -all".to_owned())),
            (
                &["v=DKIM2; p=x"],
                Dkim::Unreadable("v=DKIM2; p=x".to_owned()),
            ),
        ] {
            assert_eq!(dkim(&texts(given)), expected, "{given:?}");
        }
    }

    #[test]
    fn dmarc_is_looked_for_upwards_but_not_in_a_top_level_domain() {
        assert_eq!(
            dmarc_places("caisse.maboutique.fr"),
            ["caisse.maboutique.fr", "maboutique.fr"]
        );
        assert_eq!(dmarc_places("maboutique.fr"), ["maboutique.fr"]);
        assert_eq!(dmarc_places("localhost"), ["localhost"]);
    }
}
