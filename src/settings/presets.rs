//! The mail providers we know: their server, and what they expect as user and password.
//!
//! Facts gathered 2026-11 from Thunderbird's ISPDB, nodemailer's list and the providers' public
//! pages, each row with its source; re-typed here, no one's file copied. A provider whose server
//! has no fixed name is not here, nor one nobody could check. Port 25 never is: access providers
//! block it.

use super::model::Security;

/// What the login name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserForm {
    /// The whole e-mail address.
    Full,
    /// What stands before the @.
    Local,
    /// A name that the provider gives, unlike the address.
    Other,
}

/// What the password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretForm {
    /// The mailbox's own password.
    Mailbox,
    /// A password made for one program in the provider's account pages.
    AppPassword,
    /// A key or token made for SMTP in the provider's account pages.
    Key,
    /// No password at all: the provider wants OAuth.
    OAuthOnly,
}

/// One provider.
#[derive(Debug)]
#[allow(
    dead_code,
    reason = "the list of providers for a settings form shows the rest"
)]
pub(crate) struct Preset {
    /// Name that the settings use.
    pub(crate) id: &'static str,
    /// Name that people use.
    pub(crate) label: &'static str,
    /// Mail domains that are always this provider's.
    pub(crate) domains: &'static [&'static str],
    /// Name of the server.
    pub(crate) host: &'static str,
    /// TCP port.
    pub(crate) port: u16,
    /// How the connection is encrypted.
    pub(crate) security: Security,
    /// What the login name is.
    pub(crate) user: UserForm,
    /// What the password is.
    pub(crate) secret: SecretForm,
    /// Day of the last check.
    pub(crate) checked: &'static str,
    /// Where the facts come from; says so where one is unverified.
    pub(crate) source: &'static str,
}

/// Finds a preset by its id.
pub(crate) fn find(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

/// Gives the id of every preset, for the sentence that refuses an unknown one.
pub(crate) fn ids() -> Vec<&'static str> {
    PRESETS.iter().map(|preset| preset.id).collect()
}

const CHECKED: &str = "2026-11-22";

static PRESETS: &[Preset] = &[
    Preset {
        id: "gmail",
        label: "Gmail",
        domains: &["gmail.com", "googlemail.com"],
        host: "smtp.gmail.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::AppPassword,
        checked: CHECKED,
        source: "ISPDB googlemail.com",
    },
    Preset {
        id: "gworkspace",
        label: "Google Workspace",
        domains: &[],
        host: "smtp.gmail.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::AppPassword,
        checked: CHECKED,
        source: "ISPDB googlemail.com",
    },
    Preset {
        id: "gworkspace-relay",
        label: "Google Workspace (relais SMTP)",
        domains: &[],
        host: "smtp-relay.gmail.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::AppPassword,
        checked: CHECKED,
        source: "nodemailer services.json; kind of password unverified",
    },
    Preset {
        id: "m365",
        label: "Microsoft 365",
        domains: &["onmicrosoft.com"],
        host: "smtp.office365.com",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB office365.com; Microsoft MC786329 (2026-01-27): from the end of 2026 a \
                 password works only where the administrator allows it",
    },
    Preset {
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
        host: "smtp-mail.outlook.com",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Full,
        secret: SecretForm::OAuthOnly,
        checked: CHECKED,
        source: "ISPDB hotmail.com; provider-db (2024-11)",
    },
    Preset {
        id: "ovh",
        label: "OVHcloud MX Plan",
        domains: &[],
        host: "ssl0.ovh.net",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB ovh.net",
    },
    Preset {
        id: "orange",
        label: "Orange",
        domains: &["orange.fr", "wanadoo.fr"],
        host: "smtp.orange.fr",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB orange.fr",
    },
    Preset {
        id: "free",
        label: "Free",
        domains: &["free.fr"],
        host: "smtp.free.fr",
        port: 465,
        security: Security::Tls,
        user: UserForm::Local,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB free.fr",
    },
    Preset {
        id: "sfr",
        label: "SFR",
        domains: &["sfr.fr", "neuf.fr", "club-internet.fr"],
        host: "smtp.sfr.fr",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB sfr.fr",
    },
    Preset {
        id: "laposte",
        label: "La Poste",
        domains: &["laposte.net"],
        host: "smtp.laposte.net",
        port: 465,
        security: Security::Tls,
        user: UserForm::Local,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB laposte.net",
    },
    Preset {
        id: "ionos",
        label: "IONOS",
        domains: &[],
        host: "smtp.ionos.fr",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB has smtp.1und1.de; host smtp.ionos.fr unverified",
    },
    Preset {
        id: "gandi",
        label: "Gandi",
        domains: &[],
        host: "mail.gandi.net",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB gandi.net; postmaster.gandi.net",
    },
    Preset {
        id: "infomaniak",
        label: "Infomaniak",
        domains: &[],
        host: "mail.infomaniak.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "infomaniak.com/en/support/faq/admin2/email-service",
    },
    Preset {
        id: "yahoo",
        label: "Yahoo",
        domains: &["yahoo.fr", "yahoo.com", "ymail.com"],
        host: "smtp.mail.yahoo.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::AppPassword,
        checked: CHECKED,
        source: "ISPDB yahoo.com",
    },
    Preset {
        id: "aol",
        label: "AOL",
        domains: &["aol.com"],
        host: "smtp.aol.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::AppPassword,
        checked: CHECKED,
        source: "ISPDB aol.com",
    },
    Preset {
        id: "icloud",
        label: "iCloud",
        domains: &["icloud.com", "me.com", "mac.com"],
        host: "smtp.mail.me.com",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Full,
        secret: SecretForm::AppPassword,
        checked: CHECKED,
        source: "ISPDB me.com; provider-db",
    },
    Preset {
        id: "zoho-eu",
        label: "Zoho Mail (Europe)",
        domains: &["zoho.eu"],
        host: "smtp.zoho.eu",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB zoho.eu; zoho.com/mail/help/zoho-smtp.html",
    },
    Preset {
        id: "zoho-com",
        label: "Zoho Mail (zoho.com)",
        domains: &["zoho.com"],
        host: "smtp.zoho.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "zoho.com/mail/help/zoho-smtp.html",
    },
    Preset {
        id: "gmx",
        label: "GMX",
        domains: &["gmx.fr", "gmx.com"],
        host: "mail.gmx.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "ISPDB gmx.com; provider-db",
    },
    Preset {
        id: "gmx-net",
        label: "GMX (gmx.net)",
        domains: &["gmx.net"],
        host: "mail.gmx.net",
        port: 465,
        security: Security::Tls,
        user: UserForm::Full,
        secret: SecretForm::Mailbox,
        checked: CHECKED,
        source: "provider-db",
    },
    Preset {
        id: "proton",
        label: "Proton Mail",
        domains: &[],
        host: "smtp.protonmail.ch",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Full,
        secret: SecretForm::Key,
        checked: CHECKED,
        source: "nodemailer services.json; user and token unverified",
    },
    Preset {
        id: "brevo",
        label: "Brevo",
        domains: &[],
        host: "smtp-relay.brevo.com",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Other,
        secret: SecretForm::Key,
        checked: CHECKED,
        source: "developers.brevo.com/docs/smtp-integration",
    },
    Preset {
        id: "mailjet",
        label: "Mailjet",
        domains: &[],
        host: "in-v3.mailjet.com",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Other,
        secret: SecretForm::Key,
        checked: CHECKED,
        source: "smtptester.org mailjet; captaindns.com mailjet (2026-01)",
    },
    Preset {
        id: "sendgrid",
        label: "SendGrid",
        domains: &[],
        host: "smtp.sendgrid.net",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Other,
        secret: SecretForm::Key,
        checked: CHECKED,
        source: "twilio.com smtp-errors; codeopx.com",
    },
    Preset {
        id: "ses-eu-west-3",
        label: "Amazon SES (Paris)",
        domains: &[],
        host: "email-smtp.eu-west-3.amazonaws.com",
        port: 465,
        security: Security::Tls,
        user: UserForm::Other,
        secret: SecretForm::Key,
        checked: CHECKED,
        source: "nodemailer services.json; docs.aws.amazon.com/ses troubleshoot-smtp",
    },
    Preset {
        id: "mailgun",
        label: "Mailgun",
        domains: &[],
        host: "smtp.mailgun.org",
        port: 465,
        security: Security::Tls,
        user: UserForm::Other,
        secret: SecretForm::Key,
        checked: CHECKED,
        source: "nodemailer services.json; port unverified",
    },
    Preset {
        id: "postmark",
        label: "Postmark",
        domains: &[],
        host: "smtp.postmarkapp.com",
        port: 587,
        security: Security::StartTls,
        user: UserForm::Other,
        secret: SecretForm::Key,
        checked: CHECKED,
        source: "nodemailer services.json; port unverified",
    },
    Preset {
        id: "smtp2go",
        label: "SMTP2GO",
        domains: &[],
        host: "mail.smtp2go.com",
        port: 2525,
        security: Security::StartTls,
        user: UserForm::Other,
        secret: SecretForm::Key,
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
        let ids: HashSet<_> = ids().into_iter().collect();
        assert_eq!(ids.len(), PRESETS.len());
        let domains: Vec<_> = PRESETS.iter().flat_map(|preset| preset.domains).collect();
        let distinct: HashSet<_> = domains.iter().collect();
        assert_eq!(distinct.len(), domains.len());
    }

    #[test]
    fn every_host_is_a_name_and_no_port_is_25() {
        for preset in PRESETS {
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
        for preset in PRESETS {
            let expected = match preset.port {
                465 => Security::Tls,
                587 | 2525 => Security::StartTls,
                other => panic!("{}: port {other}", preset.id),
            };
            let same =
                std::mem::discriminant(&preset.security) == std::mem::discriminant(&expected);
            assert!(same, "{}", preset.id);
        }
    }

    #[test]
    fn every_domain_is_lower_case_and_every_row_says_its_source() {
        for preset in PRESETS {
            for domain in preset.domains {
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

    #[test]
    fn a_preset_is_found_by_its_id_only() {
        assert_eq!(
            find("gmail").map(|preset| preset.host),
            Some("smtp.gmail.com")
        );
        assert!(find("Gmail").is_none());
        assert!(find("").is_none());
    }
}
