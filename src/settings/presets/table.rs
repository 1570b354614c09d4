//! The mail providers we know: their server, and what they expect as user and password.
//!
//! Facts gathered 2026-11 from Thunderbird's ISPDB, nodemailer's list and the providers' public
//! pages, each row with its source; re-typed here, no one's file copied. A provider whose server
//! has no fixed name is not here, nor one nobody could check. Port 25 never is: access providers
//! block it. A limit stands here only where it holds for every account of that provider and somebody
//! could check it; the others are told as notes (`advice.rs`).
//!
//! The mail exchangers and SPF terms were read 2026-11 in zones that customers of these providers have published; of the
//! providers' own pages, Gandi's (helpdesk.gandi.net, "What is an SPF record?") and Infomaniak's (faq/2199) say the same, and
//! Microsoft lists both kinds of its hosts (endpoints.office.com). Unverified: every other country of IONOS, and whether
//! `*.kundenserver.de` is always a customer of IONOS. Services that only send have no mail exchanger; their SPF term
//! stands in the envelope's own domain, so none is asked for.

use super::{Alternative, Endpoints, Limits, Preset, SecretForm, UserForm};
use crate::settings::model::Security;

/// One provider, as the program carries it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: &'static str,
    label: &'static str,
    domains: &'static [&'static str],
    /// Hosts that take the mail of the domains it hosts.
    mx: &'static [&'static str],
    /// What a domain's SPF record has to hold.
    spf: Option<&'static str>,
    host: &'static str,
    port: u16,
    security: Security,
    user_form: UserForm,
    secret_form: SecretForm,
    /// Day on which passwords stop being taken, as a rule.
    password_ends: Option<&'static str>,
    /// Other ports of the same server.
    alternatives: &'static [(u16, Security)],
    /// Recipients in a day.
    day: Option<u32>,
    /// Where its tokens come from.
    oauth: Option<&'static KnownEndpoints>,
    checked: &'static str,
    source: &'static str,
}

impl Known {
    /// Gives the row in the form that a file's rows have too.
    pub(super) fn preset(&self) -> Preset {
        Preset {
            id: self.id.to_owned(),
            label: self.label.to_owned(),
            domains: self.domains.iter().map(|name| (*name).to_owned()).collect(),
            mx: self.mx.iter().map(|name| (*name).to_owned()).collect(),
            spf: self.spf.map(str::to_owned),
            host: self.host.to_owned(),
            port: self.port,
            security: self.security,
            user_form: self.user_form,
            secret_form: self.secret_form,
            password_ends: self.password_ends.map(str::to_owned),
            alternatives: self.alternatives.iter().map(alternative).collect(),
            limits: Limits {
                hour: None,
                day: self.day,
                connections: None,
            },
            oauth: self.oauth.map(KnownEndpoints::endpoints),
            steps: None,
            notes: None,
            checked: Some(self.checked.to_owned()),
            source: Some(self.source.to_owned()),
        }
    }
}

fn alternative((port, security): &(u16, Security)) -> Alternative {
    Alternative {
        port: *port,
        security: *security,
    }
}

/// Where a provider gives tokens, as the table writes it.
#[derive(Debug)]
struct KnownEndpoints {
    name: &'static str,
    token_url: &'static str,
    device_url: Option<&'static str>,
    authorization_url: &'static str,
    scopes: &'static [&'static str],
    application_scopes: &'static [&'static str],
    redirect_host: &'static str,
}

impl KnownEndpoints {
    fn endpoints(&self) -> Endpoints {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Endpoints {
            name: self.name.to_owned(),
            token_url: self.token_url.to_owned(),
            device_url: self.device_url.map(str::to_owned),
            authorization_url: Some(self.authorization_url.to_owned()),
            scopes: owned(self.scopes),
            application_scopes: owned(self.application_scopes),
            redirect_host: Some(self.redirect_host.to_owned()),
        }
    }
}

/// learn.microsoft.com: "Authenticate an IMAP, POP or SMTP connection using OAuth", "OAuth 2.0 device authorization grant flow".
/// The port of a redirect to localhost is not compared.
static MICROSOFT: KnownEndpoints = KnownEndpoints {
    name: "Microsoft",
    token_url: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    device_url: Some("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode"),
    authorization_url: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
    scopes: &["https://outlook.office.com/SMTP.Send", "offline_access"],
    application_scopes: &["https://outlook.office365.com/.default"],
    redirect_host: "localhost",
};

/// developers.google.com: "OAuth 2.0 for mobile & desktop apps", "OAuth 2.0 mechanism" of Gmail. Its device flow does not allow
/// the scope of mail. Without those two words it gives a refresh token only the first time.
static GOOGLE: KnownEndpoints = KnownEndpoints {
    name: "Google",
    token_url: "https://oauth2.googleapis.com/token",
    device_url: None,
    authorization_url: "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
    scopes: &["https://mail.google.com/"],
    application_scopes: &[],
    redirect_host: "127.0.0.1",
};

const CHECKED: &str = "2026-11-22";

pub(super) static KNOWN: &[Known] = &[
    Known {
        id: "gmail",
        label: "Gmail",
        domains: &["gmail.com", "googlemail.com"],
        mx: &[],
        spf: Some("include:_spf.google.com"),
        host: "smtp.gmail.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::AppPassword,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: Some(500),
        oauth: Some(&GOOGLE),
        checked: CHECKED,
        source: "ISPDB googlemail.com; limit: support.google.com/mail/answer/22839",
    },
    Known {
        id: "gworkspace",
        label: "Google Workspace",
        domains: &[],
        mx: &[
            "smtp.google.com",
            "aspmx.l.google.com",
            "*.aspmx.l.google.com",
            "*.googlemail.com",
        ],
        spf: Some("include:_spf.google.com"),
        host: "smtp.gmail.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::AppPassword,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: Some(2_000),
        oauth: Some(&GOOGLE),
        checked: CHECKED,
        source: "ISPDB googlemail.com; limit: support.google.com/mail/answer/22839",
    },
    Known {
        id: "gworkspace-relay",
        label: "Google Workspace (relais SMTP)",
        domains: &[],
        mx: &[],
        spf: Some("include:_spf.google.com"),
        host: "smtp-relay.gmail.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::AppPassword,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: Some(10_000),
        oauth: None,
        checked: CHECKED,
        source: "nodemailer services.json; limit: emailwarmup.com; kind of password unverified",
    },
    Known {
        id: "m365",
        label: "Microsoft 365",
        domains: &["*.onmicrosoft.com"],
        mx: &["*.mail.protection.outlook.com", "*.mx.microsoft"],
        spf: Some("include:spf.protection.outlook.com"),
        host: "smtp.office365.com",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: Some("2026-12-31"),
        alternatives: &[],
        day: Some(10_000),
        oauth: Some(&MICROSOFT),
        checked: CHECKED,
        source: "ISPDB office365.com; Microsoft MC786329 (2026-01-27): from the end of 2026 a \
                 password works only where the administrator allows it",
    },
    Known {
        id: "outlook",
        label: "Outlook.com, Hotmail, Live",
        domains: &[
            "outlook.com",
            "outlook.fr",
            "hotmail.com",
            "hotmail.fr",
            "live.com",
            "live.fr",
            "msn.com",
        ],
        mx: &[],
        spf: None,
        host: "smtp-mail.outlook.com",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Full,
        secret_form: SecretForm::OAuthOnly,
        password_ends: Some("2024-09-16"),
        alternatives: &[],
        day: None,
        oauth: Some(&MICROSOFT),
        checked: CHECKED,
        source: "ISPDB hotmail.com; provider-db (2024-11)",
    },
    Known {
        id: "ovh",
        label: "OVHcloud MX Plan",
        domains: &[],
        mx: &["*.mail.ovh.net"],
        spf: Some("include:mx.ovh.com"),
        host: "ssl0.ovh.net",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB ovh.net",
    },
    Known {
        id: "orange",
        label: "Orange",
        domains: &["orange.fr", "wanadoo.fr"],
        mx: &[],
        spf: None,
        host: "smtp.orange.fr",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB orange.fr",
    },
    Known {
        id: "free",
        label: "Free",
        domains: &["free.fr"],
        mx: &[],
        spf: None,
        host: "smtp.free.fr",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Local,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB free.fr",
    },
    Known {
        id: "sfr",
        label: "SFR",
        domains: &["sfr.fr", "neuf.fr", "club-internet.fr"],
        mx: &[],
        spf: None,
        host: "smtp.sfr.fr",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB sfr.fr",
    },
    Known {
        id: "laposte",
        label: "La Poste",
        domains: &["laposte.net"],
        mx: &[],
        spf: None,
        host: "smtp.laposte.net",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Local,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB laposte.net",
    },
    Known {
        id: "ionos",
        label: "IONOS",
        domains: &[],
        mx: &["*.ionos.fr", "*.kundenserver.de"],
        spf: Some("include:_spf-eu.ionos.com"),
        host: "smtp.ionos.fr",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB has smtp.1und1.de; host smtp.ionos.fr unverified",
    },
    Known {
        id: "gandi",
        label: "Gandi",
        domains: &[],
        mx: &["*.mail.gandi.net"],
        spf: Some("include:_mailcust.gandi.net"),
        host: "mail.gandi.net",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB gandi.net; postmaster.gandi.net",
    },
    Known {
        id: "infomaniak",
        label: "Infomaniak",
        domains: &[],
        mx: &["*.infomaniak.ch"],
        spf: Some("include:spf.infomaniak.ch"),
        host: "mail.infomaniak.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "infomaniak.com/en/support/faq/admin2/email-service",
    },
    Known {
        id: "yahoo",
        label: "Yahoo",
        domains: &["yahoo.fr", "yahoo.com", "ymail.com"],
        mx: &[],
        spf: None,
        host: "smtp.mail.yahoo.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::AppPassword,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB yahoo.com",
    },
    Known {
        id: "aol",
        label: "AOL",
        domains: &["aol.com"],
        mx: &[],
        spf: None,
        host: "smtp.aol.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::AppPassword,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB aol.com",
    },
    Known {
        id: "icloud",
        label: "iCloud",
        domains: &["icloud.com", "me.com", "mac.com"],
        mx: &["*.mail.icloud.com"],
        spf: Some("include:icloud.com"),
        host: "smtp.mail.me.com",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Full,
        secret_form: SecretForm::AppPassword,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB me.com; provider-db",
    },
    Known {
        id: "zoho-eu",
        label: "Zoho Mail (Europe)",
        domains: &["zoho.eu"],
        mx: &["*.zoho.eu"],
        spf: None,
        host: "smtp.zoho.eu",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB zoho.eu; zoho.com/mail/help/zoho-smtp.html",
    },
    Known {
        id: "zoho-com",
        label: "Zoho Mail (zoho.com)",
        domains: &["zoho.com"],
        mx: &["*.zoho.com"],
        spf: None,
        host: "smtp.zoho.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "zoho.com/mail/help/zoho-smtp.html",
    },
    Known {
        id: "gmx",
        label: "GMX",
        domains: &["gmx.fr", "gmx.com"],
        mx: &[],
        spf: None,
        host: "mail.gmx.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "ISPDB gmx.com; provider-db",
    },
    Known {
        id: "gmx-net",
        label: "GMX (gmx.net)",
        domains: &["gmx.net"],
        mx: &[],
        spf: None,
        host: "mail.gmx.net",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Mailbox,
        password_ends: None,
        alternatives: &[(587, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "provider-db",
    },
    Known {
        id: "proton",
        label: "Proton Mail",
        domains: &[],
        mx: &["mail.protonmail.ch", "mailsec.protonmail.ch"],
        spf: Some("include:_spf.protonmail.ch"),
        host: "smtp.protonmail.ch",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Full,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "nodemailer services.json; user and token unverified",
    },
    Known {
        id: "brevo",
        label: "Brevo",
        domains: &[],
        mx: &[],
        spf: None,
        host: "smtp-relay.brevo.com",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Other,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[(465, Security::Tls), (2525, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "developers.brevo.com/docs/smtp-integration",
    },
    Known {
        id: "mailjet",
        label: "Mailjet",
        domains: &[],
        mx: &[],
        spf: None,
        host: "in-v3.mailjet.com",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Other,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[(465, Security::Tls), (2525, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "smtptester.org mailjet; captaindns.com mailjet (2026-01)",
    },
    Known {
        id: "sendgrid",
        label: "SendGrid",
        domains: &[],
        mx: &[],
        spf: None,
        host: "smtp.sendgrid.net",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Other,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[(465, Security::Tls), (2525, Security::StartTls)],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "twilio.com smtp-errors; codeopx.com",
    },
    Known {
        id: "ses-eu-west-3",
        label: "Amazon SES (Paris)",
        domains: &[],
        mx: &[],
        spf: None,
        host: "email-smtp.eu-west-3.amazonaws.com",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Other,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[
            (587, Security::StartTls),
            (2465, Security::Tls),
            (2587, Security::StartTls),
        ],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "nodemailer services.json; docs.aws.amazon.com/ses troubleshoot-smtp",
    },
    Known {
        id: "mailgun",
        label: "Mailgun",
        domains: &[],
        mx: &[],
        spf: None,
        host: "smtp.mailgun.org",
        port: 465,
        security: Security::Tls,
        user_form: UserForm::Other,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "nodemailer services.json; port unverified",
    },
    Known {
        id: "postmark",
        label: "Postmark",
        domains: &[],
        mx: &[],
        spf: None,
        host: "smtp.postmarkapp.com",
        port: 587,
        security: Security::StartTls,
        user_form: UserForm::Other,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "nodemailer services.json; port unverified",
    },
    Known {
        id: "smtp2go",
        label: "SMTP2GO",
        domains: &[],
        mx: &[],
        spf: None,
        host: "mail.smtp2go.com",
        port: 2525,
        security: Security::StartTls,
        user_form: UserForm::Other,
        secret_form: SecretForm::Key,
        password_ends: None,
        alternatives: &[],
        day: None,
        oauth: None,
        checked: CHECKED,
        source: "nodemailer services.json; port unverified",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_and_domains_are_unique() {
        let ids: HashSet<_> = KNOWN.iter().map(|preset| preset.id).collect();
        assert_eq!(ids.len(), KNOWN.len());
        let domains: Vec<_> = KNOWN.iter().flat_map(|preset| preset.domains).collect();
        let distinct: HashSet<_> = domains.iter().collect();
        assert_eq!(distinct.len(), domains.len());
        let hosts: Vec<_> = KNOWN.iter().flat_map(|preset| preset.mx).collect();
        let distinct: HashSet<_> = hosts.iter().collect();
        assert_eq!(distinct.len(), hosts.len());
    }

    #[test]
    fn every_host_is_a_name_and_no_port_is_25() {
        for preset in KNOWN {
            let id = preset.id;
            assert!(preset.host.split('.').count() >= 3, "{id}: {}", preset.host);
            for label in preset.host.split('.') {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(
                    !label.is_empty() && label.chars().all(plain),
                    "{id}: {}",
                    preset.host
                );
            }
            assert_ne!(preset.port, 25, "{id}");
        }
    }

    #[test]
    fn every_preset_is_encrypted_as_its_port_wants() {
        for preset in KNOWN {
            let usual = (preset.port, preset.security);
            for (port, security) in preset.alternatives.iter().copied().chain([usual]) {
                let expected = match port {
                    465 | 2465 => Security::Tls,
                    587 | 2525 | 2587 => Security::StartTls,
                    other => panic!("{}: port {other}", preset.id),
                };
                assert_eq!(security, expected, "{}", preset.id);
            }
        }
    }

    #[test]
    fn every_domain_is_lower_case_and_every_row_says_its_source() {
        for preset in KNOWN {
            for domain in preset.domains.iter().chain(preset.mx) {
                assert_eq!(*domain, domain.to_lowercase(), "{}", preset.id);
                assert!(!domain.contains('@'), "{}", preset.id);
            }
            assert!(
                !preset.label.is_empty() && !preset.source.is_empty(),
                "{}",
                preset.id
            );
        }
    }
}
