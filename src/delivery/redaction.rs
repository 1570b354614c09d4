//! A conversation as it is kept for support: without secrets, and without the addresses of customers.
//!
//! The wire has already left out what follows AUTH and the mail itself. Here goes what a server's words may
//! repeat: the password, in clear or as AUTH encodes it, and everybody's address but the sender's and the login's.

use super::oauth::supply::Supply;
use super::session::Login;
use crate::address::masked::{masked_in, without_names};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Longest conversation that is kept; its middle goes first.
const KEPT_BYTES: usize = 16_384;
/// A password so short is part of too many words; no provider takes one.
const SHORTEST_SECRET: usize = 4;

/// Gives a conversation in one text, its lines ended by LF; nothing where nothing was said.
pub(super) fn redacted(lines: &[String], login: &Login<'_>) -> Option<String> {
    if lines.is_empty() {
        return None;
    }
    let user = login.server.user.as_deref().unwrap_or_default();
    let own: Vec<String> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("> MAIL FROM:<"))
        .filter_map(|rest| rest.split('>').next())
        .chain([user])
        .map(str::to_owned)
        .collect();
    let customers: Vec<String> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("> RCPT TO:<"))
        .filter_map(|rest| rest.split('>').next())
        .filter(|to| !own.iter().any(|own| own == to))
        .map(str::to_owned)
        .collect();
    let secrets = secrets(login, user);
    let clean = |line: &String| {
        let line = secrets.iter().fold(line.clone(), |line, secret| {
            line.replace(secret.as_str(), "***")
        });
        let line = masked_in(&line, &own);
        if line.starts_with('<') {
            without_names(&line, &customers)
        } else {
            line
        }
    };
    Some(bounded(lines.iter().map(clean).collect()))
}

fn secrets(login: &Login<'_>, user: &str) -> Vec<Zeroizing<String>> {
    let mut secrets = Vec::new();
    for password in [&login.password, &login.proxy_password]
        .into_iter()
        .flatten()
        .filter(|password| password.len() >= SHORTEST_SECRET)
    {
        let plain = Zeroizing::new(format!("\0{user}\0{}", **password));
        secrets.push(Zeroizing::new(STANDARD.encode(plain.as_bytes())));
        secrets.push(Zeroizing::new(STANDARD.encode(password.as_bytes())));
        secrets.push(password.clone());
    }
    secrets.extend(login.tokens.iter().flat_map(Supply::secrets));
    secrets
}

fn bounded(mut lines: Vec<String>) -> String {
    let mut bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    let mut left_out = 0;
    while bytes > KEPT_BYTES && lines.len() > 2 {
        bytes -= lines.remove(lines.len() / 2).len() + 1;
        left_out += 1;
    }
    if left_out > 0 {
        lines.insert(lines.len().div_ceil(2), format!("… ({left_out})"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_conversation_keeps_its_beginning_and_its_end() {
        let lines: Vec<String> = (0..1_000)
            .map(|n| format!("< {n:04} {}", "x".repeat(93)))
            .collect();
        let kept = bounded(lines);
        assert!(kept.len() <= KEPT_BYTES + 20, "{} bytes", kept.len());
        assert!(kept.starts_with("< 0000 "), "the beginning is lost");
        assert!(
            kept.lines().last().unwrap().starts_with("< 0999 "),
            "the end is lost"
        );
        assert_eq!(kept.matches('…').count(), 1);
        assert_eq!(bounded(vec!["< 220".to_owned()]), "< 220");
    }
}
