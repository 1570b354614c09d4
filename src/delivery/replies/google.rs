//! What Gmail and Google Workspace answer.
//!
//! Facts gathered 2026-11 from Google's support pages (answers 22839 and 3726730) and public
//! threads. Google uses one sentence under several enhanced codes, so its words decide first.

use super::{ANY, Row};
use crate::delivery::step::{Class, Step};

const GMAIL: &[&str] = &["gmail.com", "googlemail.com"];

const QUOTA: Row = Row {
    id: "gmail_quota",
    codes: &[4, 5],
    says: &[
        "daily user sending",
        "daily sending quota exceeded",
        "daily smtp relay limit exceeded",
    ],
    class: Class::Quota,
    message: (
        "Le nombre de mails que Google permet d'envoyer par jour est atteint.",
        "The number of mails that Google lets this account send in a day is reached.",
    ),
    hint: (
        "Rien à faire : les mails en attente partiront d'eux-mêmes, dans un délai de 1 à 24 \
         heures.",
        "Nothing to do: the waiting mails leave by themselves, within 1 to 24 hours.",
    ),
    wait_s: Some(3600),
    ..ANY
};

/// Rows of this family, the narrower before the wider.
pub(crate) static ROWS: &[Row] = &[
    Row {
        id: "gmail_app_password",
        steps: &[Step::Auth],
        codes: &[534, 535],
        says: &["application-specific password required"],
        class: Class::Auth,
        message: (
            "Google refuse le mot de passe habituel du compte {user} et exige un mot de passe \
             d'application.",
            "Google refuses the usual password of {user} and demands an app password.",
        ),
        hint: (
            "Créez-le sur myaccount.google.com/apppasswords et collez-le ici ; les espaces sont \
             ignorés.",
            "Make one at myaccount.google.com/apppasswords and paste it here; spaces are ignored.",
        ),
        ..ANY
    },
    Row {
        id: "gmail_browser",
        steps: &[Step::Auth],
        codes: &[534, 535],
        says: &["log in*web browser"],
        class: Class::Auth,
        message: (
            "Google bloque cette connexion au compte {user}, qui lui paraît inhabituelle.",
            "Google blocks this login to {user} because it looks unusual.",
        ),
        hint: (
            "Connectez-vous une fois à ce compte Google avec un navigateur, puis réessayez.",
            "Sign in to this Google account once with a browser, then try again.",
        ),
        ..ANY
    },
    Row {
        id: "gmail_password",
        steps: &[Step::Auth],
        codes: &[5],
        says: &["username and password not accepted", "badcredentials"],
        hosts: GMAIL,
        class: Class::Auth,
        message: (
            "Google refuse le mot de passe du compte {user}.",
            "Google refuses the password of {user}.",
        ),
        hint: (
            "Utilisez l'adresse principale du compte et un mot de passe d'application. Si le \
             mot de passe Google a été changé récemment, recréez le mot de passe d'application.",
            "Use the account's main address and an app password. If the Google password was \
             changed recently, make a new app password.",
        ),
        ..ANY
    },
    Row {
        id: "gmail_mechanism",
        steps: &[Step::Auth],
        codes: &[501, 504],
        says: &[
            "unrecognized authentication type",
            "xoauth is no longer supported",
            "cannot decode response",
        ],
        hosts: GMAIL,
        class: Class::Auth,
        message: (
            "Google n'accepte pas la méthode de connexion employée pour le compte {user}.",
            "Google does not accept the login method used for {user}.",
        ),
        hint: (
            "Utilisez un mot de passe d'application, sur le port 465 avec SSL/TLS.",
            "Use an app password, on port 465 with SSL/TLS.",
        ),
        ..ANY
    },
    QUOTA,
    // The same limit, should Google change its words once more.
    Row {
        id: "gmail_quota_code",
        enhanced: &["5.4.5"],
        says: &[],
        hosts: GMAIL,
        ..QUOTA
    },
    Row {
        id: "gmail_same_message",
        codes: &[4],
        says: &["same message-id"],
        class: Class::Transient,
        message: (
            "Google a déjà reçu trop souvent ce même mail.",
            "Google has already received this same mail too often.",
        ),
        hint: (
            "Le mail sera retenté plus tard. Pour l'envoyer une seconde fois, demandez un \
             nouvel envoi (duplicata).",
            "The mail is tried again later. To send it a second time, ask for a new sending \
             (duplicate).",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "gmail_rate_later",
        codes: &[4],
        enhanced: &["4.7.28"],
        class: Class::Transient,
        message: (
            "Google trouve que trop de mails partent en peu de temps et demande d'attendre.",
            "Google finds that too many mails leave in a short time and asks to wait.",
        ),
        hint: (
            "Rien à faire : l'envoi reprend de lui-même dans quelques heures.",
            "Nothing to do: sending goes on by itself in a few hours.",
        ),
        wait_s: Some(7200),
        of_account: true,
        ..ANY
    },
    Row {
        id: "gmail_rate_blocked",
        codes: &[5],
        enhanced: &["5.7.28"],
        class: Class::Account,
        message: (
            "Google bloque les envois parce que trop de mails partent en peu de temps.",
            "Google blocks sending because too many mails leave in a short time.",
        ),
        hint: (
            "Attendez quelques heures et vérifiez qu'aucun autre programme n'envoie des mails \
             en masse avec ce compte.",
            "Wait a few hours and make sure that no other program sends mass mail with this \
             account.",
        ),
        ..ANY
    },
    Row {
        id: "gmail_busy",
        codes: &[421, 451],
        enhanced: &["4.7.0", "4.3.0", "4.4.5"],
        hosts: GMAIL,
        class: Class::Transient,
        message: (
            "Le serveur de Google est occupé et demande de réessayer plus tard.",
            "Google's server is busy and asks to try again later.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        of_account: true,
        ..ANY
    },
    Row {
        id: "gmail_recipient_rate",
        codes: &[450],
        enhanced: &["4.2.1"],
        hosts: GMAIL,
        class: Class::Transient,
        message: (
            "Le destinataire reçoit trop de mails en ce moment.",
            "The recipient is receiving too many mails at the moment.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        ..ANY
    },
    Row {
        id: "header_duplicated",
        codes: &[5],
        says: &[
            "duplicate headers",
            "valid address in the from",
            "addresses in from",
            "addresses in the from",
        ],
        class: Class::Content,
        message: (
            "Le serveur {host} juge les en-têtes du mail mal formés.",
            "The server {host} finds the headers of the mail malformed.",
        ),
        hint: (
            "C'est un défaut du programme : signalez-le à son éditeur avec le texte du serveur.",
            "This is a fault of the program: report it to its publisher with the server's words.",
        ),
        ..ANY
    },
];
