//! The table of `refusals`: a provider's words, and what a shop owner reads, French and English.
//!
//! `error` is a word of RFC 6749 5.2 and 4.1.2.1 or RFC 8628 3.5; Microsoft says the reason in a number (AADSTS…,
//! learn.microsoft.com "Microsoft Entra authentication and authorization error codes"), Google in its description. Gathered
//! 2026-11.

use crate::delivery::step::{Advice, Class, Wording};

/// One row; an empty member matches anything.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) statuses: &'static [u16],
    pub(super) errors: &'static [&'static str],
    /// Fragments of the words, lower case.
    pub(super) says: &'static [&'static str],
    pub(super) class: Class,
    pub(super) message: Wording,
    pub(super) hint: Wording,
}

impl Row {
    /// Gives what it says.
    pub(super) fn advice(&self) -> Advice {
        Advice {
            id: self.id,
            class: self.class,
            message: self.message,
            hint: self.hint,
        }
    }
}

const SIGN_IN_AGAIN: Wording = (
    "Reconnectez ce compte dans les réglages des mails (« Se connecter avec… »).",
    "Sign this account in again in the mail settings (\"Sign in with…\").",
);
const BUSY: Wording = (
    "Le service de connexion {host} est momentanément indisponible.",
    "The sign-in service {host} is unavailable for the moment.",
);
const IS_TRIED_AGAIN: Wording = (
    "Rien à faire : l'envoi sera retenté automatiquement.",
    "Nothing to do: it is tried again automatically.",
);
const DECLINED: Wording = (
    "La connexion de {user} a été refusée par la personne qui devait l'accepter.",
    "The sign-in of {user} was declined by the person who had to accept it.",
);
const START_AGAIN: Wording = (
    "Recommencez, et acceptez l'envoi de mails par ce logiciel.",
    "Start again, and accept that this software sends mail.",
);
const TELL_THE_MAKER: Wording = (
    "Prévenez l'éditeur du logiciel de caisse : l'inscription de son programme chez le fournisseur ne convient pas.",
    "Tell the maker of the till software: its program is not registered rightly with the provider.",
);
const ASK_THE_ADMINISTRATOR: Wording = (
    "Demandez à l'administrateur de l'organisation d'accepter ce logiciel (« accorder le consentement ») pour l'envoi de mails.",
    "Ask the organization's administrator to accept this software (\"grant consent\") for sending mail.",
);

pub(super) static CLOCK: Advice = Advice {
    id: "token_clock",
    class: Class::Auth,
    message: (
        "L'horloge de ce poste diffère de {minutes} minutes de celle de {host}, qui refuse la connexion de {user}.",
        "This machine's clock differs by {minutes} minutes from that of {host}, which refuses the login of {user}.",
    ),
    hint: (
        "Mettez la date et l'heure de ce poste à l'heure, puis réessayez.",
        "Set this machine's date and time right, then try again.",
    ),
};

pub(super) static OTHER: Row = Row {
    id: "token_refused",
    statuses: &[],
    errors: &[],
    says: &[],
    class: Class::Auth,
    message: (
        "Le service {host} refuse de donner un jeton pour {user} : {detail}",
        "The service {host} gives no token for {user}: {detail}",
    ),
    hint: (
        "Transmettez ce message à l'assistance.",
        "Pass this message on to support.",
    ),
};

/// Rows, the narrower before the wider.
pub(super) static ROWS: &[Row] = &[
    Row {
        id: "token_server_busy",
        statuses: &[429, 5],
        errors: &[],
        says: &[],
        class: Class::Transient,
        message: BUSY,
        hint: IS_TRIED_AGAIN,
    },
    Row {
        id: "token_server_busy",
        statuses: &[],
        errors: &["temporarily_unavailable", "server_error", "slow_down"],
        says: &[],
        class: Class::Transient,
        message: BUSY,
        hint: IS_TRIED_AGAIN,
    },
    Row {
        id: "sign_in_declined",
        statuses: &[],
        errors: &["access_denied", "authorization_declined"],
        says: &[],
        class: Class::SignIn,
        message: DECLINED,
        hint: START_AGAIN,
    },
    Row {
        id: "sign_in_too_late",
        statuses: &[],
        errors: &["expired_token", "code_expired"],
        says: &[],
        class: Class::SignIn,
        message: (
            "Le code de connexion de {user} n'a pas été saisi à temps.",
            "The sign-in code of {user} was not entered in time.",
        ),
        hint: (
            "Recommencez : un nouveau code sera affiché.",
            "Start again: a new code will be shown.",
        ),
    },
    Row {
        id: "sign_in_declined",
        statuses: &[],
        errors: &[],
        says: &["aadsts65004"],
        class: Class::SignIn,
        message: DECLINED,
        hint: START_AGAIN,
    },
    Row {
        id: "token_consent_missing",
        statuses: &[],
        errors: &[],
        says: &[
            "aadsts65001",
            "aadsts90094",
            "aadsts90095",
            "aadsts90097",
            "aadsts65005",
        ],
        class: Class::Auth,
        message: (
            "Microsoft attend l'accord de l'organisation pour que ce logiciel envoie les mails de {user}.",
            "Microsoft wants the organization's consent that this software sends the mail of {user}.",
        ),
        hint: ASK_THE_ADMINISTRATOR,
    },
    Row {
        id: "token_consent_missing",
        statuses: &[],
        errors: &["consent_required", "admin_policy_enforced", "org_internal"],
        says: &[],
        class: Class::Auth,
        message: (
            "{host} attend l'accord de l'organisation pour que ce logiciel envoie les mails de {user}.",
            "{host} wants the organization's consent that this software sends the mail of {user}.",
        ),
        hint: ASK_THE_ADMINISTRATOR,
    },
    Row {
        id: "token_tenant_forbids",
        statuses: &[],
        errors: &[],
        says: &[
            "aadsts53000",
            "aadsts53001",
            "aadsts53002",
            "aadsts53003",
            "aadsts53004",
            "aadsts530035",
            "aadsts50105",
            "aadsts500014",
        ],
        class: Class::Auth,
        message: (
            "Les règles de l'organisation Microsoft interdisent cette connexion de {user}.",
            "The rules of the Microsoft organization forbid this login of {user}.",
        ),
        hint: (
            "Connectez le compte avec un navigateur plutôt qu'avec un code ; sinon demandez à l'administrateur Microsoft 365 d'autoriser ce logiciel pour cette boîte (accès conditionnel, utilisateurs affectés).",
            "Sign the account in with a browser rather than a code; else ask the Microsoft 365 administrator to allow this software for this mailbox (conditional access, assigned users).",
        ),
    },
    Row {
        id: "token_other_organization",
        statuses: &[],
        errors: &[],
        says: &["aadsts50020", "aadsts50194", "aadsts9002332", "aadsts90072"],
        class: Class::Auth,
        message: (
            "Le compte {user} est d'une autre organisation Microsoft, ou d'un autre type, que ceux que ce programme accepte.",
            "The account {user} is of another Microsoft organization, or of another kind, than this program takes.",
        ),
        hint: (
            "Vérifiez l'adresse du compte qui se connecte ; sinon prévenez l'éditeur du logiciel de caisse.",
            "Check the address of the account that signs in; else tell the maker of the till software.",
        ),
    },
    Row {
        id: "token_account_disabled",
        statuses: &[],
        errors: &[],
        says: &[
            "aadsts50057",
            "aadsts50034",
            "aadsts51004",
            "account_disabled",
            "account has been deleted",
        ],
        class: Class::SignIn,
        message: (
            "Le compte {user} n'existe pas ou est désactivé chez son fournisseur.",
            "The account {user} does not exist or is disabled at its provider.",
        ),
        hint: (
            "Vérifiez l'adresse, ou demandez à l'administrateur de réactiver ce compte ; puis reconnectez-le.",
            "Check the address, or ask the administrator to enable this account again; then sign it in again.",
        ),
    },
    Row {
        id: "token_second_factor",
        statuses: &[],
        errors: &[],
        says: &[
            "aadsts50076",
            "aadsts50079",
            "aadsts50078",
            "aadsts50158",
            "invalid_rapt",
        ],
        class: Class::SignIn,
        message: (
            "Le fournisseur veut vérifier de nouveau l'identité de {user} (validation en deux étapes).",
            "The provider wants to check the identity of {user} again (two-step verification).",
        ),
        hint: SIGN_IN_AGAIN,
    },
    Row {
        id: "token_expired",
        statuses: &[],
        errors: &[],
        says: &["aadsts700082", "aadsts70008", "aadsts700084", "aadsts70043"],
        class: Class::SignIn,
        message: (
            "La connexion de {user} a expiré : elle n'a pas servi depuis longtemps, ou l'organisation en limite la durée.",
            "The sign-in of {user} has expired: it was not used for long, or the organization limits it.",
        ),
        hint: SIGN_IN_AGAIN,
    },
    Row {
        id: "token_revoked",
        statuses: &[],
        errors: &[],
        says: &[
            "aadsts50173",
            "aadsts50132",
            "aadsts50133",
            "token has been expired or revoked",
            "token has been revoked",
        ],
        class: Class::SignIn,
        message: (
            "La connexion de {user} a été révoquée, par exemple par un changement de mot de passe.",
            "The sign-in of {user} was revoked, for example by a changed password.",
        ),
        hint: SIGN_IN_AGAIN,
    },
    Row {
        id: "token_program_secret",
        statuses: &[],
        errors: &[],
        says: &[
            "aadsts7000215",
            "aadsts7000222",
            "aadsts7000218",
            "aadsts700025",
            "aadsts700016",
            "aadsts7000112",
            "aadsts700027",
        ],
        class: Class::Auth,
        message: (
            "Microsoft ne reconnaît pas le programme qui demande l'accès pour {user} : identifiant ou secret faux ou périmé.",
            "Microsoft does not know the program that asks for access for {user}: its id or secret is wrong or has ended.",
        ),
        hint: TELL_THE_MAKER,
    },
    Row {
        id: "token_program_refused",
        statuses: &[],
        errors: &[
            "invalid_client",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "invalid_request",
            "deleted_client",
            "disabled_client",
        ],
        says: &[],
        class: Class::Auth,
        message: (
            "Le service {host} refuse le programme qui demande l'accès pour {user} : {detail}",
            "The service {host} refuses the program that asks for access for {user}: {detail}",
        ),
        hint: TELL_THE_MAKER,
    },
    Row {
        id: "token_not_valid",
        statuses: &[],
        errors: &["invalid_grant", "interaction_required", "login_required"],
        says: &[],
        class: Class::SignIn,
        message: (
            "La connexion de {user} n'est plus valable : expirée, révoquée, ou remplacée par une autre.",
            "The sign-in of {user} is not valid any more: expired, revoked, or replaced by another one.",
        ),
        hint: SIGN_IN_AGAIN,
    },
    // No answer of an authorization server: a hotel's or a filter's page.
    Row {
        id: "token_answer_strange",
        statuses: &[],
        errors: &[""],
        says: &[],
        class: Class::Network,
        message: (
            "{host} répond autrement qu'un service de connexion.",
            "{host} answers unlike a sign-in service.",
        ),
        hint: (
            "Une page d'accueil Wi-Fi, un filtre ou un proxy s'interpose peut-être : vérifiez la connexion Internet. L'envoi sera retenté automatiquement.",
            "A Wi-Fi welcome page, a filter or a proxy may be in between: check the Internet connection. It is tried again automatically.",
        ),
    },
];
