//! What the sending services answer: Zoho, Brevo, Mailjet, SendGrid, Amazon SES.
//!
//! Facts gathered 2026-11 from their help pages (twilio.com, docs.aws.amazon.com/ses, zoho.com) and
//! smtptester.org. Brevo's check of the IP address is not verified.

use super::{ANY, Row};
use crate::delivery::step::{Class, Step};

/// Rows of this family, the narrower before the wider.
pub(crate) static ROWS: &[Row] = &[
    Row {
        id: "zoho_sender",
        codes: &[5],
        says: &["relaying disallowed as"],
        class: Class::Sender,
        message: (
            "Zoho ne permet pas au compte {user} d'envoyer avec l'adresse {from}.",
            "Zoho does not let {user} send from the address {from}.",
        ),
        hint: (
            "Mettez comme adresse d'expédition celle du compte Zoho ou l'un de ses alias.",
            "Use as sender the address of the Zoho account or one of its aliases.",
        ),
        ..ANY
    },
    Row {
        id: "zoho_blocked",
        codes: &[5],
        says: &["sender address blocked", "unusual sending activity"],
        class: Class::Account,
        message: (
            "Zoho a bloqué l'envoi depuis ce compte.",
            "Zoho has blocked sending from this account.",
        ),
        hint: (
            "Connectez-vous à Zoho Mail avec un navigateur et débloquez l'envoi.",
            "Sign in to Zoho Mail with a browser and unblock sending.",
        ),
        ..ANY
    },
    Row {
        id: "brevo_key",
        steps: &[Step::Auth],
        codes: &[525, 535],
        hosts: &["brevo.com", "sendinblue.com"],
        class: Class::Auth,
        message: (
            "Brevo refuse l'identifiant ou la clé.",
            "Brevo refuses the login or the key.",
        ),
        hint: (
            "Utilisez la clé SMTP (onglet « SMTP »), et non la clé API. Si elle est juste, \
             vérifiez que Brevo n'exige pas d'autoriser l'adresse IP du magasin.",
            "Use the SMTP key (“SMTP” tab), not the API key. If it is right, check whether \
             Brevo wants the store's IP address to be authorised.",
        ),
        ..ANY
    },
    Row {
        id: "key_not_found",
        steps: &[Step::Auth],
        codes: &[5],
        says: &["key not found"],
        class: Class::Auth,
        message: (
            "Le service d'envoi ne connaît pas cette clé.",
            "The sending service does not know this key.",
        ),
        hint: (
            "Créez une clé SMTP dans votre compte chez ce service et collez-la ici ; une clé \
             API ne convient pas.",
            "Make an SMTP key in your account at this service and paste it here; an API key \
             does not fit.",
        ),
        ..ANY
    },
    Row {
        id: "mailjet_sender",
        codes: &[5],
        says: &["sender not allowed", "sender*not*validated"],
        hosts: &["mailjet.com"],
        class: Class::Sender,
        message: (
            "Mailjet ne permet pas d'envoyer avec l'adresse {from}, qui n'y est pas validée.",
            "Mailjet does not allow sending from {from}, which is not validated there.",
        ),
        hint: (
            "Validez cette adresse d'expédition ou son domaine dans votre compte Mailjet.",
            "Validate this sender's address or its domain in your Mailjet account.",
        ),
        ..ANY
    },
    Row {
        id: "sendgrid_sender",
        codes: &[4, 5],
        says: &["not authorized to send from", "verified sender identity"],
        class: Class::Sender,
        message: (
            "SendGrid ne permet pas d'envoyer avec l'adresse {from}, qui n'y est pas vérifiée.",
            "SendGrid does not allow sending from {from}, which is not verified there.",
        ),
        hint: (
            "Vérifiez cette adresse d'expédition dans votre compte SendGrid (« Sender Identity \
             »).",
            "Verify this sender's address in your SendGrid account (“Sender Identity”).",
        ),
        ..ANY
    },
    Row {
        id: "sendgrid_credits",
        codes: &[4, 5],
        says: &["maximum credits exceeded"],
        class: Class::Quota,
        message: (
            "Le crédit d'envoi du compte SendGrid est épuisé.",
            "The sending credit of the SendGrid account is used up.",
        ),
        hint: (
            "Attendez la prochaine période ou changez de formule chez SendGrid ; les mails en \
             attente partiront alors.",
            "Wait for the next period or change the plan at SendGrid; the waiting mails then \
             leave.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "ses_sender",
        codes: &[5],
        says: &["email address is not verified"],
        class: Class::Sender,
        message: (
            "Amazon SES refuse une adresse qui n'y est pas vérifiée ({from}, ou le destinataire \
             si le compte est en mode test).",
            "Amazon SES refuses an address that is not verified there ({from}, or the recipient \
             while the account is in test mode).",
        ),
        hint: (
            "Vérifiez l'adresse ou le domaine dans Amazon SES, dans la même région que le \
             serveur {host}.",
            "Verify the address or the domain in Amazon SES, in the same region as the server \
             {host}.",
        ),
        ..ANY
    },
    // So many a second, not so many a day.
    Row {
        id: "ses_rate",
        codes: &[4],
        says: &["maximum sending rate exceeded"],
        class: Class::Transient,
        message: (
            "Amazon SES trouve que trop de mails partent à la fois.",
            "Amazon SES finds that too many mails leave at once.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        wait_s: Some(60),
        of_account: true,
        ..ANY
    },
    Row {
        id: "ses_throttled",
        codes: &[4],
        says: &["throttling failure"],
        class: Class::Quota,
        message: (
            "La limite d'envoi d'Amazon SES est atteinte.",
            "The sending limit of Amazon SES is reached.",
        ),
        hint: (
            "Rien à faire : les mails en attente partiront d'eux-mêmes. Si cela revient \
             souvent, demandez à Amazon de relever la limite.",
            "Nothing to do: the waiting mails leave by themselves. If it happens often, ask \
             Amazon to raise the limit.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "ses_login",
        steps: &[Step::Auth],
        codes: &[535],
        hosts: &["amazonaws.com"],
        class: Class::Auth,
        message: (
            "Amazon SES refuse l'utilisateur ou le mot de passe SMTP.",
            "Amazon SES refuses the SMTP user or password.",
        ),
        hint: (
            "Utilisez les identifiants SMTP créés dans Amazon SES pour cette région, et non une \
             clé d'accès AWS.",
            "Use the SMTP credentials made in Amazon SES for this region, not an AWS access key.",
        ),
        ..ANY
    },
];
