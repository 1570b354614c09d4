//! What the providers common in France answer: Orange, La Poste, SFR, IONOS, Gandi, cPanel hosters.
//!
//! Facts gathered 2026-11 from postmaster.orange.fr, postmaster.gandi.net, ionos.com's help and
//! public tables. Orange writes OFRxxx_nnn and La Poste LPNxxx_nnn with the same last number; the
//! first digits are the machine's, hence the `*`.

use super::{ANY, Row};
use crate::delivery::step::{Class, Step};

/// Rows of this family, the narrower before the wider.
pub(crate) static ROWS: &[Row] = &[
    Row {
        id: "orange_spf",
        says: &["spf/dns"],
        class: Class::Sender,
        message: (
            "Le serveur {host} refuse l'adresse {from}, dont le domaine n'est pas authentifié \
             (SPF).",
            "The server {host} refuses the address {from}, whose domain is not authenticated \
             (SPF).",
        ),
        hint: (
            "Utilisez comme adresse d'expédition celle du compte {user}, ou faites corriger le \
             SPF du domaine par son gestionnaire.",
            "Use the address of the account {user} as sender, or have the SPF of the domain \
             corrected by whoever manages it.",
        ),
        ..ANY
    },
    Row {
        id: "orange_domain",
        codes: &[4, 5],
        says: &[
            "lpn*_401", "ofr*_515", "lpn*_515", "ofr*_517", "lpn*_517", "ofr*_519", "lpn*_519",
        ],
        class: Class::Account,
        message: (
            "Le domaine de l'adresse {from} n'est pas authentifié (SPF ou DMARC).",
            "The domain of the address {from} is not authenticated (SPF or DMARC).",
        ),
        hint: (
            "Faites vérifier les réglages SPF, DKIM et DMARC du domaine par son gestionnaire.",
            "Have the SPF, DKIM and DMARC settings of the domain checked by whoever manages it.",
        ),
        ..ANY
    },
    Row {
        id: "orange_owner",
        codes: &[4, 5],
        says: &["mail from not owned by user", "ofr*_421", "lpn*_421"],
        class: Class::Sender,
        message: (
            "L'adresse d'expédition {from} n'appartient pas au compte {user}.",
            "The sender's address {from} does not belong to the account {user}.",
        ),
        hint: (
            "Mettez l'adresse du compte comme adresse d'expédition.",
            "Use the account's own address as sender.",
        ),
        ..ANY
    },
    Row {
        id: "orange_login_needed",
        codes: &[4, 5],
        says: &["authentification requise", "ofr*_402", "lpn*_402"],
        class: Class::Auth,
        message: (
            "Le serveur {host} exige une connexion avec le compte de messagerie.",
            "The server {host} demands a login with the mail account.",
        ),
        hint: (
            "Renseignez l'utilisateur et le mot de passe de la boîte, puis testez.",
            "Enter the user and the password of the mailbox, then test.",
        ),
        ..ANY
    },
    Row {
        id: "orange_sender",
        codes: &[4, 5],
        says: &[
            "emetteur invalide",
            "ofr*_403",
            "lpn*_403",
            "ofr*_405",
            "lpn*_405",
            "ofr*_415",
            "lpn*_415",
        ],
        class: Class::Sender,
        message: (
            "Le serveur {host} refuse l'adresse d'expédition {from}.",
            "The server {host} refuses the sender's address {from}.",
        ),
        hint: (
            "Mettez l'adresse du compte comme adresse d'expédition et vérifiez son orthographe.",
            "Use the account's own address as sender and check its spelling.",
        ),
        ..ANY
    },
    Row {
        id: "orange_connections",
        codes: &[4, 5],
        says: &[
            "trop de connexions",
            "ofr*_104",
            "lpn*_104",
            "ofr*_109",
            "lpn*_109",
        ],
        class: Class::Transient,
        message: (
            "Le serveur {host} trouve trop de connexions ou trop de mails à la fois.",
            "The server {host} finds too many connections or too many mails at once.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        wait_s: Some(300),
        of_account: true,
        ..ANY
    },
    Row {
        id: "orange_rate",
        codes: &[4, 5],
        says: &["ofr*_99", "lpn*_99"],
        class: Class::Quota,
        message: (
            "Le serveur {host} limite le nombre de mails envoyés.",
            "The server {host} limits the number of mails sent.",
        ),
        hint: (
            "Rien à faire : les mails en attente partiront d'eux-mêmes.",
            "Nothing to do: the waiting mails leave by themselves.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "orange_ehlo",
        codes: &[4, 5],
        says: &["ofr*_201", "lpn*_201"],
        class: Class::Protocol,
        message: (
            "Le serveur {host} refuse la façon dont le programme se présente.",
            "The server {host} refuses the way the program introduces itself.",
        ),
        hint: (
            "C'est un défaut du programme : signalez-le à son éditeur avec le texte du serveur.",
            "This is a fault of the program: report it to its publisher with the server's words.",
        ),
        ..ANY
    },
    Row {
        id: "orange_recipient",
        codes: &[5],
        says: &["ofr*_416", "lpn*416"],
        class: Class::Recipient,
        message: (
            "L'adresse du client n'existe pas.",
            "The customer's address does not exist.",
        ),
        hint: (
            "Vérifiez l'orthographe de l'adresse avec le client.",
            "Check the spelling of the address with the customer.",
        ),
        ..ANY
    },
    Row {
        id: "orange_recipient_full",
        codes: &[5],
        says: &["ofr*_417", "lpn*_417"],
        class: Class::Recipient,
        message: (
            "La boîte du client est pleine.",
            "The customer's mailbox is full.",
        ),
        hint: (
            "Demandez au client une autre adresse, ou renvoyez le mail plus tard.",
            "Ask the customer for another address, or send the mail again later.",
        ),
        ..ANY
    },
    Row {
        id: "orange_spam",
        codes: &[5],
        says: &["ofr*_506", "lpn*_506"],
        class: Class::Content,
        message: (
            "Le serveur {host} prend ce mail pour du courrier indésirable.",
            "The server {host} takes this mail for spam.",
        ),
        hint: (
            "Évitez les liens et les textes publicitaires dans le mail, puis renvoyez-le.",
            "Avoid links and advertising in the mail, then send it again.",
        ),
        ..ANY
    },
    Row {
        id: "sfr_inbound",
        codes: &[4, 5],
        says: &["sfr_in_"],
        class: Class::Transient,
        message: (
            "SFR bloque les envois pour un temps, d'ordinaire deux heures.",
            "SFR blocks sending for a time, usually two hours.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté. Si cela dure, vérifiez qu'aucun ordinateur du \
             magasin n'envoie de courrier indésirable.",
            "Nothing to do: the mail is tried again. If it lasts, make sure that no computer of \
             the store sends spam.",
        ),
        wait_s: Some(7200),
        of_account: true,
        ..ANY
    },
    Row {
        id: "ionos_quota",
        codes: &[4, 5],
        says: &["mail send limit exceeded"],
        class: Class::Quota,
        message: (
            "La limite d'envoi d'IONOS est atteinte.",
            "The sending limit of IONOS is reached.",
        ),
        hint: (
            "Rien à faire : les mails en attente partiront d'eux-mêmes. La limite par heure \
             augmente avec l'âge du compte.",
            "Nothing to do: the waiting mails leave by themselves. The hourly limit grows with \
             the age of the account.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "ionos_sender",
        codes: &[4, 5],
        says: &["sender address is not allowed"],
        hosts: &["ionos.", "1und1.", "1and1.", "kundenserver."],
        class: Class::Sender,
        message: (
            "IONOS ne permet pas d'envoyer avec l'adresse {from}.",
            "IONOS does not let this account send from {from}.",
        ),
        hint: (
            "Mettez comme adresse d'expédition une adresse d'un domaine de votre contrat IONOS.",
            "Use as sender an address of a domain in your IONOS contract.",
        ),
        ..ANY
    },
    Row {
        id: "ionos_login",
        steps: &[Step::Auth],
        codes: &[535],
        hosts: &["ionos.", "1und1.", "1and1.", "kundenserver."],
        class: Class::Auth,
        message: (
            "IONOS refuse l'utilisateur {user} ou son mot de passe.",
            "IONOS refuses the user {user} or its password.",
        ),
        hint: (
            "L'utilisateur est l'adresse entière de la boîte. Utilisez le mot de passe de la \
             boîte, et non celui de l'espace client.",
            "The user is the whole address of the mailbox. Use the mailbox's password, not that \
             of the customer area.",
        ),
        ..ANY
    },
    Row {
        id: "gandi_quota",
        codes: &[4, 5],
        says: &["sasl_rate_limit"],
        class: Class::Quota,
        message: (
            "La limite d'envoi de Gandi est atteinte.",
            "The sending limit of Gandi is reached.",
        ),
        hint: (
            "Rien à faire : les mails en attente partiront d'eux-mêmes.",
            "Nothing to do: the waiting mails leave by themselves.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "gandi_infected",
        codes: &[4, 5],
        says: &["blocked you maybe infected"],
        class: Class::Account,
        message: (
            "Gandi bloque l'envoi parce qu'il soupçonne un virus sur ce réseau.",
            "Gandi blocks sending because it suspects a virus on this network.",
        ),
        hint: (
            "Faites analyser les ordinateurs du magasin, puis demandez le déblocage à Gandi.",
            "Have the store's computers scanned, then ask Gandi to lift the block.",
        ),
        ..ANY
    },
    Row {
        id: "cpanel_quota",
        says: &["max emails per hour"],
        class: Class::Quota,
        message: (
            "Le nombre de mails que l'hébergeur permet d'envoyer par heure est atteint.",
            "The number of mails that the hosting provider allows in an hour is reached.",
        ),
        hint: (
            "Rien à faire : les mails en attente partiront d'eux-mêmes. Si cela revient \
             souvent, demandez à l'hébergeur de relever la limite.",
            "Nothing to do: the waiting mails leave by themselves. If it happens often, ask the \
             hosting provider to raise the limit.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
];
