//! What a provider means that gives no token: its words in, class, sentence and cure out.
//!
//! The twin of `replies` for the token endpoint; the first row that matches decides.

mod table;

use self::table::{CLOCK, OTHER, ROWS, Row};
use super::http::Heard;
use crate::delivery::step::{Cause, Class, Route};
use crate::error::SmtpReply;
use std::time::SystemTime;

/// Most characters kept of a provider's words.
const WORDS: usize = 400;
/// Clocks that differ by more are worth a word: tokens and certificates are good for a span of time.
const SKEW_S: i64 = 300;

/// Longest wait that a provider may ask for.
const LONGEST_WAIT_S: u32 = 4 * 3_600;

/// A provider's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Status of HTTP; 0 where the refusal did not come as one.
    status: u16,
    /// Word of the standard; empty where there was none.
    error: String,
    /// The provider's words.
    description: String,
    retry_after_s: Option<u32>,
    /// Seconds by which this machine's clock is ahead.
    clock_ahead_s: i64,
}

impl Refusal {
    /// Makes it of an answer.
    pub(super) fn of(heard: Heard, error: String, description: &str) -> Self {
        let now = SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(0, |age| age.as_secs());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let words: Vec<&str> = description.split_whitespace().collect();
        Refusal {
            status: heard.status,
            error,
            description: words.join(" ").chars().take(WORDS).collect(),
            retry_after_s: heard.retry_after_s,
            clock_ahead_s: heard.date.map_or(0, |date| now.saturating_sub(date)),
        }
    }

    /// Gives the provider's words as the journal keeps a server's.
    pub(crate) fn words(&self) -> SmtpReply {
        let parts = [self.error.as_str(), self.description.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        SmtpReply {
            code: self.status,
            enhanced: None,
            text: parts.join(": "),
        }
    }
}

/// Judges a refusal.
pub(crate) fn judge(refusal: &Refusal, route: &Route) -> Cause {
    if refusal.clock_ahead_s.abs() > SKEW_S && !refusal.is_temporary() {
        let minutes = (refusal.clock_ahead_s / 60).to_string();
        return CLOCK.cause(route, &[("minutes", minutes.as_str())]);
    }
    let row = ROWS.iter().find(|row| refusal.fits(row)).unwrap_or(&OTHER);
    let words = refusal.words().text;
    let mut cause = row.advice().cause(route, &[("detail", words.as_str())]);
    if cause.class == Class::Transient {
        cause.wait_s = refusal.retry_after_s.map(|wait| wait.min(LONGEST_WAIT_S));
    }
    cause
}

impl Refusal {
    fn fits(&self, row: &Row) -> bool {
        let words = self.description.to_lowercase();
        let any = |wanted: &[&str], fits: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|word| fits(word))
        };
        let status = row.statuses.is_empty()
            || row.statuses.contains(&self.status)
            || row.statuses.contains(&(self.status / 100));
        status
            && any(row.errors, &|error| error == self.error)
            && any(row.says, &|fragment| words.contains(fragment))
    }

    fn is_temporary(&self) -> bool {
        self.status >= 500 || self.status == 429
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::model::Security;

    fn judged(status: u16, error: &str, description: &str) -> Cause {
        let heard = Heard {
            status,
            ..Heard::default()
        };
        let refusal = Refusal {
            clock_ahead_s: 0,
            ..Refusal::of(heard, error.to_owned(), description)
        };
        judge(&refusal, &ROUTE)
    }

    const ROUTE: Route = Route {
        host: "login.microsoftonline.com",
        port: 443,
        security: Security::Tls,
        user: "contact@boutique.test",
        from: "contact@boutique.test",
        owner_signs_in: true,
    };

    #[test]
    fn providers_are_understood() {
        let cases = [
            (
                400,
                "invalid_grant",
                "AADSTS700082: The refresh token has expired due to inactivity.",
                "token_expired",
                Class::SignIn,
            ),
            (
                400,
                "invalid_grant",
                "AADSTS50173: The provided grant has expired due to it being revoked",
                "token_revoked",
                Class::SignIn,
            ),
            (
                400,
                "invalid_grant",
                "Token has been expired or revoked.",
                "token_revoked",
                Class::SignIn,
            ),
            (
                400,
                "invalid_grant",
                "Bad Request",
                "token_not_valid",
                Class::SignIn,
            ),
            (
                400,
                "invalid_grant",
                "AADSTS65001: The user or administrator has not consented",
                "token_consent_missing",
                Class::Auth,
            ),
            (
                400,
                "admin_policy_enforced",
                "",
                "token_consent_missing",
                Class::Auth,
            ),
            (
                400,
                "invalid_grant",
                "AADSTS53003: Access has been blocked by Conditional Access policies.",
                "token_tenant_forbids",
                Class::Auth,
            ),
            (
                400,
                "invalid_grant",
                "AADSTS50020: User account from identity provider does not exist in tenant",
                "token_other_organization",
                Class::Auth,
            ),
            (
                400,
                "invalid_grant",
                "AADSTS50076: Due to a configuration change made by your administrator",
                "token_second_factor",
                Class::SignIn,
            ),
            (
                400,
                "invalid_grant",
                "AADSTS50057: The user account is disabled.",
                "token_account_disabled",
                Class::SignIn,
            ),
            (
                401,
                "invalid_client",
                "AADSTS7000222: The provided client secret keys are expired.",
                "token_program_secret",
                Class::Auth,
            ),
            (
                401,
                "invalid_client",
                "The OAuth client was not found.",
                "token_program_refused",
                Class::Auth,
            ),
            (400, "access_denied", "", "sign_in_declined", Class::SignIn),
            (
                400,
                "authorization_declined",
                "",
                "sign_in_declined",
                Class::SignIn,
            ),
            (400, "expired_token", "", "sign_in_too_late", Class::SignIn),
            (
                503,
                "",
                "<html>Service Unavailable</html>",
                "token_server_busy",
                Class::Transient,
            ),
            (
                429,
                "invalid_request",
                "slow",
                "token_server_busy",
                Class::Transient,
            ),
            (
                400,
                "temporarily_unavailable",
                "",
                "token_server_busy",
                Class::Transient,
            ),
            (
                200,
                "",
                "<html>Bienvenue au Wi-Fi</html>",
                "token_answer_strange",
                Class::Network,
            ),
            (400, "words_of_next_year", "x", "token_refused", Class::Auth),
        ];
        for (status, error, description, id, class) in cases {
            let cause = judged(status, error, description);
            assert_eq!(
                (cause.id, cause.class),
                (id, class),
                "{error} {description}"
            );
        }
    }

    #[test]
    fn a_wrong_clock_is_named_and_a_wait_is_taken() {
        let heard = Heard {
            status: 400,
            date: Some(1_000_000),
            retry_after_s: None,
        };
        let refusal = Refusal::of(heard, "invalid_grant".to_owned(), "");
        assert_eq!(judge(&refusal, &ROUTE).id, "token_clock");
        let busy = Heard {
            status: 503,
            retry_after_s: Some(120),
            date: Some(1_000_000),
        };
        let refusal = Refusal::of(busy, String::new(), "");
        let cause = judge(&refusal, &ROUTE);
        assert_eq!((cause.id, cause.wait_s), ("token_server_busy", Some(120)));
    }
}
