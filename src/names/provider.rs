//! Finds who hosts the mail of a domain: by its mail exchangers, else by the submission server that it names itself.

use super::{Nothing, Resolver, Service};
use crate::settings::checks::host_name;
use crate::settings::model::Security;
use crate::settings::presets::{Discovery, Found, Presets};
use crate::text::{self, Text};

/// Services of RFC 8314 and RFC 6186 in the order of RFC 8314: TLS from the first byte before STARTTLS.
const SERVICES: [(&str, Security); 2] = [
    ("_submissions._tcp", Security::Tls),
    ("_submission._tcp", Security::StartTls),
];

/// Looks a domain up; no answer is an answer too, with a sentence that says so.
pub(crate) async fn find(resolver: &Resolver, domain: &str, presets: &Presets) -> Discovery {
    let domain = &domain.to_lowercase();
    let mx = match resolver.mail_exchangers(domain).await {
        Err(why @ (Nothing::NoAnswer | Nothing::NoServer)) => {
            return nothing(
                false,
                text::names_not_checked(domain, why == Nothing::NoServer),
            );
        }
        Err(Nothing::NameMissing) => return nothing(true, text::no_such_domain(domain)),
        Err(Nothing::RecordMissing) => Vec::new(),
        Ok(hosts) if hosts.is_empty() => return nothing(true, text::takes_no_mail(domain)),
        Ok(hosts) => hosts,
    };
    if let Some(preset) = mx.iter().find_map(|host| presets.of_mail_exchanger(host)) {
        let message = text::hosted_by(domain, &preset.label);
        return discovery(mx, Some(Found::Provider(Box::new(preset))), message);
    }
    match named_server(resolver, domain).await {
        Some((service, security)) => {
            let message = text::names_its_server(domain, &service.host);
            discovery(mx, Some(server(service, security, domain)), message)
        }
        None => {
            let message = text::host_not_known(domain, mx.first().map(String::as_str));
            discovery(mx, None, message)
        }
    }
}

/// The first submission service that the domain offers.
async fn named_server(resolver: &Resolver, domain: &str) -> Option<(Service, Security)> {
    for (service, security) in SERVICES {
        let offered = resolver.service(&format!("{service}.{domain}")).await;
        if let Ok(Some(offered)) = offered
            && host_name(&offered.host).is_ok()
        {
            return Some((offered, security));
        }
    }
    None
}

/// Nothing proves that the record is the domain owner's, so a server elsewhere is a person's decision (RFC 6186 section 6).
fn server(service: Service, security: Security, domain: &str) -> Found {
    Found::Server {
        confirm: !is_within(&service.host, domain),
        host: service.host,
        port: service.port,
        security,
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    let rest = host.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn nothing(checked: bool, message: Text) -> Discovery {
    Discovery {
        checked,
        mx: Vec::new(),
        found: None,
        message,
    }
}

fn discovery(mx: Vec<String>, found: Option<Found>, message: Text) -> Discovery {
    Discovery {
        checked: true,
        mx,
        found,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_domain_and_what_is_below_it_is_within() {
        for (host, within) in [
            ("maboutique.fr", true),
            ("smtp.maboutique.fr", true),
            ("autremaboutique.fr", false),
            ("smtp.maboutique.fr.example", false),
            ("smtp.hebergeur.example", false),
            ("fr", false),
        ] {
            assert_eq!(is_within(host, "maboutique.fr"), within, "{host}");
        }
    }
}
