//! What a shop owner has to prepare with a provider, step by step, and what else is good to know.

use super::{Preset, SecretForm, UserForm};
use crate::text::Text;

/// Gives the steps before the first mail can leave through a preset.
pub(super) fn steps(preset: &Preset) -> Vec<Text> {
    if let Some(own) = &preset.steps {
        return own.clone();
    }
    let mut steps = match preset.id.as_str() {
        "gmail" | "gworkspace" => google(),
        "yahoo" | "aol" => verizon(),
        "icloud" => apple(),
        "m365" => microsoft_365(),
        "outlook" => microsoft_consumer(),
        "free" => enable_in("l'espace abonné de Free", "Free's subscriber area"),
        "gmx" | "gmx-net" => enable_in("les réglages de GMX", "GMX's settings"),
        "orange" => enable_in("le webmail d'Orange", "Orange's webmail"),
        _ => Vec::new(),
    };
    if steps.is_empty() {
        steps = usual(preset.secret_form);
    }
    steps.extend(login_name(preset));
    steps
}

/// Gives the notes of a preset.
pub(super) fn notes(preset: &Preset) -> Vec<Text> {
    preset.notes.clone().unwrap_or_else(|| {
        let known = NOTES.iter().filter(|(id, _, _)| *id == preset.id);
        known.map(|(_, fr, en)| Text::new(*fr, *en)).collect()
    })
}

fn google() -> Vec<Text> {
    vec![
        Text::new(
            "Connectez-vous à votre compte Google (myaccount.google.com) et ouvrez « Sécurité ».",
            "Log in to your Google account (myaccount.google.com) and open \"Security\".",
        ),
        Text::new(
            "Activez la validation en deux étapes, si elle ne l'est pas encore.",
            "Turn on 2-Step Verification, if it is not on yet.",
        ),
        Text::new(
            "Dans la recherche du compte, tapez « Mots de passe des applications » et ouvrez cette page (myaccount.google.com/apppasswords).",
            "Search the account for \"App passwords\" and open that page (myaccount.google.com/apppasswords).",
        ),
        Text::new(
            "Créez un mot de passe d'application au nom de la caisse : Google affiche 16 lettres en quatre groupes.",
            "Create an app password named after the till: Google shows 16 letters in four groups.",
        ),
        paste_app_password(),
    ]
}

fn verizon() -> Vec<Text> {
    vec![
        Text::new(
            "Connectez-vous à votre compte et ouvrez « Sécurité du compte ».",
            "Log in to your account and open \"Account security\".",
        ),
        Text::new(
            "Créez un mot de passe d'application pour la caisse (« Générer un mot de passe d'application »).",
            "Create an app password for the till (\"Generate app password\").",
        ),
        paste_app_password(),
    ]
}

fn apple() -> Vec<Text> {
    vec![
        Text::new(
            "Connectez-vous à account.apple.com et ouvrez « Connexion et sécurité » ; l'identification à deux facteurs doit être activée.",
            "Log in to account.apple.com and open \"Sign-In and Security\"; two-factor authentication must be on.",
        ),
        Text::new(
            "Sous « Mots de passe pour applications », créez un mot de passe pour la caisse.",
            "Under \"App-Specific Passwords\", create a password for the till.",
        ),
        paste_app_password(),
    ]
}

fn microsoft_365() -> Vec<Text> {
    vec![
        Text::new(
            "Demandez à l'administrateur Microsoft 365 d'autoriser « SMTP authentifié » pour cette boîte (centre d'administration, utilisateur, Courrier, Applications de messagerie).",
            "Ask the Microsoft 365 administrator to allow \"Authenticated SMTP\" for this mailbox (admin center, user, Mail, Email apps).",
        ),
        sign_in_with_microsoft(),
        Text::new(
            "La première fois, Microsoft peut demander l'accord de l'administrateur.",
            "The first time, Microsoft may ask for the administrator's consent.",
        ),
        Text::new(
            "Jusqu'au 31/12/2026, le mot de passe de la boîte peut encore servir à la place, si l'administrateur a remplacé les « paramètres de sécurité par défaut » de l'organisation, qui bloquent cette connexion.",
            "Until 31 December 2026 the mailbox's password may still serve instead, if the administrator has replaced the organization's \"security defaults\", which block that login.",
        ),
    ]
}

fn microsoft_consumer() -> Vec<Text> {
    vec![
        sign_in_with_microsoft(),
        Text::new(
            "Aucun mot de passe n'est accepté : si ce programme ne propose pas la connexion avec Microsoft, choisissez une adresse chez un autre fournisseur.",
            "No password is taken: if this program does not offer to sign in with Microsoft, choose an address at another provider.",
        ),
    ]
}

fn sign_in_with_microsoft() -> Text {
    Text::new(
        "Choisissez « Se connecter avec Microsoft » : ouvrez l'adresse affichée sur un téléphone ou un ordinateur, tapez le code, connectez-vous au compte qui enverra les tickets et acceptez.",
        "Choose \"Sign in with Microsoft\": open the address shown on a phone or a computer, type the code, log in to the account that will send the receipts, and accept.",
    )
}

fn enable_in(place_fr: &str, place_en: &str) -> Vec<Text> {
    vec![
        Text::new(
            format!(
                "Vérifiez dans {place_fr} que l'envoi depuis un logiciel de messagerie est autorisé."
            ),
            format!("Check in {place_en} that sending from a mail program is allowed."),
        ),
        mailbox_password(),
    ]
}

pub(super) fn usual(secret_form: SecretForm) -> Vec<Text> {
    match secret_form {
        SecretForm::Mailbox => vec![mailbox_password()],
        SecretForm::AppPassword => vec![
            Text::new(
                "Activez la validation en deux étapes dans les pages de votre compte.",
                "Turn on two-step verification in the pages of your account.",
            ),
            Text::new(
                "Créez un mot de passe d'application pour la caisse.",
                "Create an app password for the till.",
            ),
            paste_app_password(),
        ],
        SecretForm::Key => vec![
            Text::new(
                "Créez une clé SMTP dans les pages de votre compte ; une clé d'API n'est pas forcément une clé SMTP.",
                "Create an SMTP key in the pages of your account; an API key is not always an SMTP key.",
            ),
            Text::new(
                "Faites valider votre domaine ou votre adresse d'expéditeur chez ce fournisseur.",
                "Have your domain or your sender address verified there.",
            ),
            Text::new(
                "Collez la clé ici, comme mot de passe.",
                "Paste the key here, as the password.",
            ),
        ],
        SecretForm::OAuthOnly => vec![Text::new(
            "Ce fournisseur n'accepte plus de mot de passe : choisissez une adresse chez un autre fournisseur pour envoyer les tickets.",
            "This provider takes no password any more: choose an address at another provider to send receipts from.",
        )],
    }
}

fn paste_app_password() -> Text {
    Text::new(
        "Collez-le ici, à la place du mot de passe du compte ; les espaces sont ignorés.",
        "Paste it here, instead of the account's password; spaces are ignored.",
    )
}

fn mailbox_password() -> Text {
    Text::new(
        "Saisissez le mot de passe de la boîte, celui du webmail.",
        "Enter the password of the mailbox, the one of the webmail.",
    )
}

fn login_name(preset: &Preset) -> Option<Text> {
    let (fr, en) = match (preset.id.as_str(), preset.user_form) {
        ("sendgrid", _) => (
            "Comme identifiant, saisissez le mot « apikey », tel quel.",
            "As the user name, enter the word \"apikey\", as it is.",
        ),
        ("mailjet", _) => (
            "Comme identifiant, saisissez la clé d'API ; comme mot de passe, la clé secrète.",
            "As the user name, enter the API key; as the password, the secret key.",
        ),
        (_, UserForm::Local) => (
            "Comme identifiant, saisissez ce qui précède le @ de l'adresse.",
            "As the user name, enter what stands before the @ of the address.",
        ),
        (_, UserForm::Other) => (
            "Comme identifiant, saisissez celui que le fournisseur affiche pour SMTP ; ce n'est pas votre adresse.",
            "As the user name, enter the one that the provider shows for SMTP; it is not your address.",
        ),
        (_, UserForm::Full) => return None,
    };
    Some(Text::new(fr, en))
}

/// Id of a preset, and one note in both languages.
const NOTES: &[(&str, &str, &str)] = &[
    (
        "gmail",
        "Pas de page « Mots de passe des applications » : la validation en deux étapes manque ou n'utilise que des clés de sécurité, le compte appartient à une organisation, ou la Protection avancée est active.",
        "No \"App passwords\" page: 2-Step Verification is missing or uses security keys only, the account belongs to an organization, or Advanced Protection is on.",
    ),
    (
        "gmail",
        "Changer le mot de passe du compte annule tous les mots de passe d'application : il faut alors en créer un autre.",
        "Changing the account's password revokes every app password: then a new one has to be made.",
    ),
    (
        "gworkspace",
        "L'administrateur de l'organisation peut interdire les mots de passe d'application.",
        "The administrator of the organization may forbid app passwords.",
    ),
    (
        "gworkspace",
        "Changer le mot de passe du compte annule tous les mots de passe d'application : il faut alors en créer un autre.",
        "Changing the account's password revokes every app password: then a new one has to be made.",
    ),
    (
        "gworkspace-relay",
        "L'administrateur de l'organisation doit d'abord ouvrir le relais SMTP ; la limite peut être plus haute.",
        "The administrator of the organization has to open the SMTP relay first; the limit may be higher.",
    ),
    (
        "m365",
        "Fin décembre 2026, Microsoft désactive par défaut la connexion par mot de passe ; un administrateur peut la rétablir, mais les organisations créées ensuite ne l'auront pas.",
        "At the end of December 2026 Microsoft switches the login by password off by default; an administrator can turn it on again, but organizations created later will not have it.",
    ),
    (
        "m365",
        "30 messages par minute et 3 connexions à la fois au plus.",
        "At most 30 messages a minute and 3 connections at a time.",
    ),
    (
        "outlook",
        "Outlook.com, Hotmail et Live n'acceptent plus aucun mot de passe, pas même un mot de passe d'application.",
        "Outlook.com, Hotmail and Live take no password any more, not even an app password.",
    ),
    (
        "infomaniak",
        "Limite par 24 heures selon l'offre : 100 (Starter, kSuite Standard), 500 (my kSuite) ou 1 440 ; avec la double authentification, créez un mot de passe d'appareil.",
        "Limit in 24 hours by subscription: 100 (Starter, kSuite Standard), 500 (my kSuite) or 1,440; with two-factor authentication, create a device password.",
    ),
    (
        "ovh",
        "Valable pour MX Plan et Zimbra. Une boîte Exchange d'OVHcloud reçoit par les mêmes serveurs mais envoie par un autre (ex2.mail.ovh.net, par exemple) : l'espace client l'indique.",
        "For MX Plan and Zimbra. An Exchange mailbox of OVHcloud receives through the same hosts but sends through another one (ex2.mail.ovh.net, for instance): the control panel names it.",
    ),
    (
        "ionos",
        "Limite par heure selon l'âge du compte : 50 la première semaine, 100 la deuxième, 400 jusqu'à 30 jours, 500 ensuite.",
        "Limit in an hour by the account's age: 50 in the first week, 100 in the second, 400 up to 30 days, 500 afterwards.",
    ),
    (
        "gandi",
        "Gandi limite l'envoi par compte ; la valeur n'est pas publiée.",
        "Gandi limits what an account sends; the value is not published.",
    ),
    (
        "zoho-eu",
        "L'adresse d'expéditeur doit être celle du compte ou un alias ; avec la double authentification, créez un mot de passe d'application.",
        "The sender address must be the account's or an alias; with two-factor authentication, create an app password.",
    ),
    (
        "zoho-com",
        "L'adresse d'expéditeur doit être celle du compte ou un alias ; avec la double authentification, créez un mot de passe d'application.",
        "The sender address must be the account's or an alias; with two-factor authentication, create an app password.",
    ),
    (
        "brevo",
        "L'offre gratuite envoie 300 mails par jour ; sans domaine authentifié, l'expéditeur devient une adresse @brevosend.com.",
        "The free plan sends 300 mails a day; without an authenticated domain the sender becomes an @brevosend.com address.",
    ),
    (
        "mailjet",
        "L'offre gratuite envoie 200 mails par jour et 6 000 par mois.",
        "The free plan sends 200 mails a day and 6,000 a month.",
    ),
    (
        "proton",
        "L'envoi par SMTP demande une offre professionnelle et un jeton SMTP.",
        "Sending over SMTP needs a business plan and an SMTP token.",
    ),
];

/// Gives the ids that have notes.
#[cfg(test)]
pub(super) fn noted() -> impl Iterator<Item = &'static str> {
    NOTES.iter().map(|(id, _, _)| *id)
}
