//! Logins by token (XOAUTH2, OAUTHBEARER) that a mail server refuses. Its words in the 334 are behind those of the final
//! answer: JSON with a status, and the scope it wants (developers.google.com "OAuth 2.0 mechanism"; RFC 7628 3.2.2).
//!
//! What a provider means by a code for both kinds of login stands in its own family, which comes first. A kept token was
//! renewed before this is judged: so it is not its age.

use super::{ANY, Row};
use crate::delivery::step::{Class, Step};

const REFUSED: Row = Row {
    id: "token_login_refused",
    steps: &[Step::AuthToken],
    codes: &[5],
    class: Class::SignIn,
    message: (
        "Le serveur {host} refuse la connexion de {user}.",
        "The server {host} refuses the login of {user}.",
    ),
    hint: (
        "Reconnectez ce compte dans les réglages des mails, avec l'adresse {user}.",
        "Sign this account in again in the mail settings, as {user}.",
    ),
    ..ANY
};

/// Rows of this family, the narrower before the wider.
pub(crate) static ROWS: &[Row] = &[
    Row {
        id: "token_scope",
        steps: &[Step::AuthToken],
        codes: &[5],
        says: &["insufficient_scope", "\"status\":\"403\""],
        class: Class::SignIn,
        message: (
            "La connexion de {user} ne permet pas d'envoyer des mails par {host}.",
            "The sign-in of {user} does not allow sending mail through {host}.",
        ),
        hint: (
            "Reconnectez ce compte dans les réglages des mails, en acceptant l'envoi de mails ; si cela se répète, \
             prévenez l'éditeur du logiciel de caisse.",
            "Sign this account in again in the mail settings and accept sending mail; if it happens again, tell the maker \
             of the till software.",
        ),
        ..ANY
    },
    Row {
        id: "token_refused_by_server",
        says: &["\"status\""],
        ..REFUSED
    },
    // Postfix and Dovecot, whom the authorization server does not answer: without a word about the token.
    Row {
        id: "token_check_unavailable",
        steps: &[Step::AuthToken],
        codes: &[5],
        says: &["reason unavailable", "temporar", "internal error"],
        class: Class::Transient,
        message: (
            "Le serveur {host} ne peut pas vérifier la connexion de {user} pour le moment.",
            "The server {host} cannot check the login of {user} for the moment.",
        ),
        hint: (
            "Rien à faire : l'envoi sera retenté automatiquement.",
            "Nothing to do: it is tried again automatically.",
        ),
        of_account: true,
        ..ANY
    },
    Row {
        id: "microsoft_token_login",
        steps: &[Step::AuthToken],
        codes: &[5],
        hosts: &["outlook.com", "office365.com"],
        class: Class::SignIn,
        message: (
            "Microsoft refuse la connexion de {user} à l'envoi de mails.",
            "Microsoft refuses the login of {user} for sending mail.",
        ),
        hint: (
            "La personne qui se connecte doit avoir accès à cette boîte, et « SMTP authentifié » doit y être activé par \
             l'administrateur Microsoft 365 ; puis reconnectez le compte.",
            "Whoever signs in must have access to this mailbox, and the Microsoft 365 administrator must have enabled \
             “Authenticated SMTP” for it; then sign the account in again.",
        ),
        ..ANY
    },
    REFUSED,
];
