//! What Microsoft 365, Outlook.com and Exchange answer.
//!
//! Facts gathered 2026-11 from learn.microsoft.com, techcommunity and public threads. The day limit
//! (554 5.2.0) and the blocked sender (550 5.1.8) are not verified; their sentences say "seems".

use super::{ANY, Row};
use crate::delivery::step::{Class, Step};

const MICROSOFT: &[&str] = &["outlook.com", "office365.com"];

const LOGIN: Row = Row {
    id: "microsoft_login",
    steps: &[Step::Auth],
    codes: &[5],
    enhanced: &["5.7.139"],
    class: Class::Auth,
    message: (
        "Microsoft refuse la connexion du compte {user}.",
        "Microsoft refuses the login of {user}.",
    ),
    hint: (
        "Vérifiez l'adresse et le mot de passe. S'ils sont justes, l'administrateur Microsoft \
         365 doit vérifier que « SMTP authentifié » est activé.",
        "Check the address and the password. If they are right, the Microsoft 365 administrator \
         must check that “Authenticated SMTP” is enabled.",
    ),
    ..ANY
};

const THROTTLED: Row = Row {
    id: "microsoft_throttled",
    codes: &[5],
    says: &["sender throttled"],
    class: Class::Account,
    message: (
        "Microsoft a suspendu l'envoi à cause d'erreurs répétées.",
        "Microsoft has suspended sending because of repeated errors.",
    ),
    hint: (
        "Corrigez l'erreur précédente indiquée dans le journal, puis réessayez dans quelques \
         heures.",
        "Mend the earlier error shown in the journal, then try again in a few hours.",
    ),
    ..ANY
};

const SEND_AS: Row = Row {
    id: "microsoft_send_as",
    codes: &[5],
    says: &["sendasdenied", "permissions to send as"],
    class: Class::Sender,
    message: (
        "Le compte {user} n'a pas le droit d'envoyer avec l'adresse {from}.",
        "The account {user} may not send from the address {from}.",
    ),
    hint: (
        "Mettez l'adresse du compte comme adresse d'expédition, et {from} comme adresse de \
         réponse.",
        "Use the account's own address as sender, and {from} as reply address.",
    ),
    ..ANY
};

/// Rows of this family, the narrower before the wider.
pub(crate) static ROWS: &[Row] = &[
    Row {
        id: "microsoft_basic_closed",
        codes: &[5],
        says: &[
            "basic authentication is disabled",
            "basic authentication is not supported",
        ],
        class: Class::Auth,
        message: (
            "Microsoft n'accepte plus la connexion par mot de passe pour le compte {user}.",
            "Microsoft no longer accepts login by password for {user}.",
        ),
        hint: (
            "Connectez ce compte dans les réglages des mails : « Se connecter avec Microsoft ».",
            "Sign this account in in the mail settings: \"Sign in with Microsoft\".",
        ),
        ..ANY
    },
    Row {
        id: "microsoft_smtp_disabled",
        codes: &[5],
        says: &["smtpclientauthentication is disabled"],
        class: Class::Auth,
        message: (
            "L'envoi par SMTP est désactivé chez Microsoft pour le compte {user}.",
            "Sending by SMTP is disabled at Microsoft for {user}.",
        ),
        hint: (
            "L'administrateur Microsoft 365 doit activer « SMTP authentifié » pour cette boîte.",
            "The Microsoft 365 administrator must enable “Authenticated SMTP” for this mailbox.",
        ),
        ..ANY
    },
    Row {
        id: "microsoft_policy",
        codes: &[5],
        says: &["did not meet the criteria"],
        class: Class::Auth,
        message: (
            "Les règles de sécurité de Microsoft bloquent la connexion du compte {user}.",
            "Microsoft's security rules block the login of {user}.",
        ),
        hint: (
            "L'administrateur Microsoft 365 doit revoir les paramètres de sécurité par défaut \
             ou l'accès conditionnel.",
            "The Microsoft 365 administrator must review the security defaults or conditional \
             access.",
        ),
        ..ANY
    },
    LOGIN,
    // Exchange servers elsewhere say 5.7.3 as well.
    Row {
        id: "microsoft_login_code",
        enhanced: &["5.7.3"],
        hosts: MICROSOFT,
        ..LOGIN
    },
    Row {
        id: "microsoft_not_logged_in",
        codes: &[5],
        enhanced: &["5.7.57"],
        class: Class::Auth,
        message: (
            "Le serveur {host} refuse l'envoi parce que la connexion au compte n'a pas eu lieu.",
            "The server {host} refuses to send because nobody is logged in.",
        ),
        hint: (
            "Renseignez l'adresse et le mot de passe du compte d'envoi.",
            "Enter the address and the password of the sending account.",
        ),
        ..ANY
    },
    // First: its words quote the repeated error, which may be the next row's.
    THROTTLED,
    SEND_AS,
    Row {
        id: "microsoft_throttled_code",
        codes: &[550],
        enhanced: &["5.2.251", "5.2.252", "5.2.253", "5.2.254", "5.2.255"],
        says: &[],
        ..THROTTLED
    },
    Row {
        id: "microsoft_send_as_code",
        enhanced: &["5.2.252", "5.7.60"],
        says: &[],
        ..SEND_AS
    },
    Row {
        id: "microsoft_connections",
        codes: &[432],
        enhanced: &["4.3.2"],
        class: Class::Transient,
        message: (
            "Trop de connexions à la fois sur le compte {user} : Microsoft n'en admet que \
             quelques-unes.",
            "Too many connections at once on {user}: Microsoft admits only a few.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté. Si cela revient souvent, évitez que plusieurs \
             caisses envoient ensemble avec la même boîte.",
            "Nothing to do: the mail is tried again. If it happens often, avoid several tills \
             sending at once with one mailbox.",
        ),
        wait_s: Some(60),
        of_account: true,
        ..ANY
    },
    Row {
        id: "microsoft_mailbox_full",
        codes: &[554],
        enhanced: &["5.2.2"],
        says: &["storedrv"],
        class: Class::Account,
        message: (
            "La boîte du magasin est pleine.",
            "The store's own mailbox is full.",
        ),
        hint: (
            "Videz-la, en commençant par les « Éléments envoyés » : chaque mail envoyé y est \
             copié.",
            "Empty it, beginning with “Sent Items”: every mail sent is copied there.",
        ),
        ..ANY
    },
    Row {
        id: "microsoft_quota",
        codes: &[554],
        enhanced: &["5.2.0"],
        says: &["store"],
        hosts: MICROSOFT,
        class: Class::Quota,
        message: (
            "Le nombre de mails que Microsoft permet d'envoyer par jour semble atteint.",
            "The number of mails that Microsoft lets this account send in a day seems to be \
             reached.",
        ),
        hint: (
            "Rien à faire : les mails en attente partiront d'eux-mêmes.",
            "Nothing to do: the waiting mails leave by themselves.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "microsoft_sender_blocked",
        codes: &[550],
        enhanced: &["5.1.8"],
        hosts: MICROSOFT,
        class: Class::Account,
        message: (
            "Microsoft semble avoir bloqué l'envoi depuis l'adresse {from}.",
            "Microsoft seems to have blocked sending from {from}.",
        ),
        hint: (
            "L'administrateur Microsoft 365 doit vérifier si cette boîte figure parmi les \
             utilisateurs bloqués, et la débloquer.",
            "The Microsoft 365 administrator must check whether this mailbox is among the \
             restricted users, and release it.",
        ),
        ..ANY
    },
];
