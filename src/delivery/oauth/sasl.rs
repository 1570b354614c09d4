//! What is said to the mail server to log in with a token, and what it answers when it takes none.

use crate::delivery::breaks::Break;
use crate::settings::model::Auth;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// A mechanism that carries a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// Google's and Microsoft's own (developers.google.com: "OAuth 2.0 mechanism").
    XOAuth2,
    /// RFC 7628.
    OAuthBearer,
}

impl Mechanism {
    /// Picks one that the server offers and the settings want.
    pub(crate) fn of(wanted: Auth, offered: String) -> Result<Self, Break> {
        let acceptable: &[Mechanism] = match wanted {
            Auth::XOAuth2 => &[Mechanism::XOAuth2],
            Auth::OAuthBearer => &[Mechanism::OAuthBearer],
            _ => &[Mechanism::XOAuth2, Mechanism::OAuthBearer],
        };
        let is_offered = |mechanism: &&Mechanism| {
            let name = mechanism.as_str();
            offered
                .split_whitespace()
                .any(|offered| offered.eq_ignore_ascii_case(name))
        };
        match acceptable.iter().find(is_offered) {
            Some(mechanism) => Ok(*mechanism),
            None => Err(Break::TokenMechanism { offered }),
        }
    }

    /// Gives the name that EHLO offers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Mechanism::XOAuth2 => "XOAUTH2",
            Mechanism::OAuthBearer => "OAUTHBEARER",
        }
    }

    /// Gives the AUTH command with its initial response. RFC 4954 allows it 12,288 bytes.
    pub(crate) fn command(
        self,
        user: &str,
        host: &str,
        port: u16,
        token: &str,
    ) -> Zeroizing<String> {
        let said = Zeroizing::new(match self {
            Mechanism::XOAuth2 => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
            Mechanism::OAuthBearer => {
                // RFC 5801: a comma and an equals sign in the name are written so.
                let user = user.replace('=', "=3D").replace(',', "=2C");
                format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
            }
        });
        let said = Zeroizing::new(STANDARD.encode(said.as_bytes()));
        Zeroizing::new(format!("AUTH {} {}\r\n", self.as_str(), *said))
    }

    /// Gives the answer to a refusal, after which the server says its final word.
    pub(crate) fn acknowledgement(self) -> &'static str {
        match self {
            Mechanism::XOAuth2 => "\r\n",
            // RFC 7628 3.2.3: one 0x01.
            Mechanism::OAuthBearer => "AQ==\r\n",
        }
    }
}

/// Reads what a server says in its 334 when it takes no token: JSON in base64, as both mechanisms have it.
pub(crate) fn challenge(text: &str) -> String {
    let text = text.trim();
    // A long one was cut by our wire; what is there is worth reading.
    let whole = text.len() - text.len() % 4;
    let words = text
        .get(..whole)
        .and_then(|text| STANDARD.decode(text).ok());
    words.map_or_else(
        || text.to_owned(),
        |words| String::from_utf8_lossy(&words).trim().to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(command: &str) -> String {
        let coded = command.trim().rsplit(' ').next().unwrap();
        String::from_utf8(STANDARD.decode(coded).unwrap()).unwrap()
    }

    #[test]
    fn the_words_are_those_of_the_standards() {
        // The example of developers.google.com.
        let google = "AUTH XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==\r\n";
        let token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
        let command = Mechanism::XOAuth2.command("someuser@example.com", "h", 1, token);
        assert_eq!(*command, google);
        let command = Mechanism::OAuthBearer.command("a=b,c@example.com", "mail.test", 587, "t");
        assert!(command.starts_with("AUTH OAUTHBEARER "), "{}", *command);
        assert_eq!(
            said(&command),
            "n,a=a=3Db=2Cc@example.com,\x01host=mail.test\x01port=587\x01auth=Bearer t\x01\x01"
        );
    }

    #[test]
    fn what_a_server_says_in_its_challenge_is_read_also_where_it_was_cut() {
        let json = r#"{"status":"400","schemes":"bearer","scope":"mail"}"#;
        let coded = STANDARD.encode(json);
        assert_eq!(challenge(&coded), json);
        assert_eq!(challenge(&coded[..21]), &json[..15]);
        assert_eq!(challenge("Not base64!"), "Not base64!");
        assert_eq!(challenge(""), "");
    }
}
