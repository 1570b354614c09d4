//! What any server may answer, by its words, its enhanced code (RFC 3463), its code and the step.
//!
//! These rows come last and leave nothing unanswered. Their order matters: what says more about the
//! cause stands before what says less.

use super::{ANY, Row};
use crate::delivery::step::{Class, Step};

const DELIVERY: &[Step] = &[Step::RcptTo, Step::Data, Step::Body];

const DOMAIN_NOT_AUTHENTICATED: Row = Row {
    id: "domain_not_authenticated",
    codes: &[4, 5],
    enhanced: &[
        "4.7.26", "5.7.26", "5.7.20", "5.7.21", "5.7.22", "5.7.23", "5.7.24", "5.7.27",
    ],
    class: Class::Account,
    message: (
        "Le domaine de l'adresse {from} n'est pas authentifié (SPF, DKIM ou DMARC).",
        "The domain of the address {from} is not authenticated (SPF, DKIM or DMARC).",
    ),
    hint: (
        "Faites vérifier les réglages SPF, DKIM et DMARC du domaine par son gestionnaire, \
             ou envoyez avec l'adresse du compte.",
        "Have the SPF, DKIM and DMARC settings of the domain checked by whoever manages it, \
             or send from the account's own address.",
    ),
    ..ANY
};

const SIZE: Row = Row {
    id: "size",
    codes: &[5],
    enhanced: &["5.3.4"],
    class: Class::Content,
    message: (
        "Le mail est trop gros pour le serveur {host}.",
        "The mail is too large for the server {host}.",
    ),
    hint: (
        "Réduisez les pièces jointes et les images, puis renvoyez-le.",
        "Make the attachments and pictures smaller, then send it again.",
    ),
    ..ANY
};

const FULL_LATER: Row = Row {
    id: "recipient_full_later",
    steps: DELIVERY,
    codes: &[4],
    says: &[
        "mailbox*full",
        "mailbox*quota",
        "over quota",
        "overquota",
        "recipient*quota",
    ],
    class: Class::Transient,
    message: (
        "La boîte du client est pleine.",
        "The customer's mailbox is full.",
    ),
    hint: (
        "Le mail sera retenté automatiquement ; sinon, demandez une autre adresse au client.",
        "The mail is tried again automatically; otherwise ask the customer for another address.",
    ),
    // A mailbox is not emptied within seconds.
    wait_s: Some(3600),
    ..ANY
};

const FULL: Row = Row {
    id: "recipient_full",
    steps: DELIVERY,
    codes: &[5],
    says: &[
        "mailbox*full",
        "mailbox*quota",
        "over quota",
        "overquota",
        "recipient*quota",
    ],
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
};

const LOGIN_NEEDED: Row = Row {
    id: "login_needed",
    codes: &[530],
    class: Class::Auth,
    message: (
        "Le serveur {host} exige une connexion avec un utilisateur et un mot de passe.",
        "The server {host} demands a login with user and password.",
    ),
    hint: (
        "Renseignez l'utilisateur et le mot de passe du compte de messagerie, puis testez.",
        "Enter the user and the password of the mail account, then test.",
    ),
    ..ANY
};

const SENDER_REFUSED: Row = Row {
    id: "sender_refused",
    steps: &[Step::MailFrom],
    codes: &[5],
    class: Class::Sender,
    message: (
        "Le serveur {host} refuse l'adresse d'expédition {from}.",
        "The server {host} refuses the sender's address {from}.",
    ),
    hint: (
        "Mettez comme adresse d'expédition celle du compte, et vérifiez son orthographe.",
        "Use the account's own address as sender, and check its spelling.",
    ),
    ..ANY
};

const UNKNOWN: Row = Row {
    id: "recipient_unknown",
    steps: DELIVERY,
    codes: &[5],
    enhanced: &["5.1.1", "5.1.3", "5.1.6"],
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
};

const RECIPIENT_REJECTED: Row = Row {
    id: "recipient_rejected",
    steps: &[Step::RcptTo],
    codes: &[5],
    says: &["recipient"],
    class: Class::Recipient,
    message: (
        "Le serveur {host} refuse l'adresse du client.",
        "The server {host} refuses the customer's address.",
    ),
    hint: (
        "Vérifiez l'adresse avec le client, ou demandez-lui-en une autre.",
        "Check the address with the customer, or ask for another one.",
    ),
    ..ANY
};

const CONTENT_REFUSED: Row = Row {
    id: "content_refused",
    steps: &[Step::Data, Step::Body],
    codes: &[5],
    class: Class::Content,
    message: (
        "Le serveur {host} refuse ce mail.",
        "The server {host} refuses this mail.",
    ),
    hint: (
        "Lisez le texte du serveur dans le journal. Si tous les mails sont refusés, voyez avec \
         le fournisseur.",
        "Read the server's words in the journal. If every mail is refused, ask the provider.",
    ),
    ..ANY
};

/// Rows of this family, the narrower before the wider.
pub(crate) static ROWS: &[Row] = &[
    // Words that any server may use, at any step.
    Row {
        id: "starttls_required",
        codes: &[5],
        says: &[
            "must issue a starttls",
            "starttls*first",
            "starttls is required",
            "starttls required",
            "must use tls",
        ],
        class: Class::Tls,
        message: (
            "Le serveur {host} exige une connexion chiffrée.",
            "The server {host} demands an encrypted connection.",
        ),
        hint: (
            "Choisissez STARTTLS (port 587) ou SSL/TLS (port 465) dans les réglages.",
            "Choose STARTTLS (port 587) or SSL/TLS (port 465) in the settings.",
        ),
        ..ANY
    },
    Row {
        id: "ehlo_name",
        steps: &[Step::Greeting, Step::Ehlo, Step::MailFrom, Step::RcptTo],
        codes: &[4, 5],
        says: &[
            "helo*argument",
            "ehlo*argument",
            "helo*invalid",
            "ehlo*invalid",
            "invalid helo",
            "invalid ehlo",
            "invalid domain name",
            "helo command rejected",
        ],
        class: Class::Protocol,
        message: (
            "Le serveur {host} refuse le nom sous lequel le programme se présente.",
            "The server {host} refuses the name under which the program introduces itself.",
        ),
        hint: (
            "C'est un défaut du programme : signalez-le à son éditeur avec le texte du serveur.",
            "This is a fault of the program: report it to its publisher with the server's words.",
        ),
        ..ANY
    },
    Row {
        id: "sender_not_owned",
        codes: &[4, 5],
        says: &[
            "not owned by",
            "not allowed to send as",
            "not allowed to send from",
            "not permitted to send from",
        ],
        class: Class::Sender,
        message: (
            "L'adresse d'expédition {from} n'appartient pas au compte qui envoie.",
            "The sender's address {from} does not belong to the account that sends.",
        ),
        hint: (
            "Mettez l'adresse du compte comme adresse d'expédition, et {from} comme adresse de \
             réponse.",
            "Use the account's own address as sender, and {from} as reply address.",
        ),
        ..ANY
    },
    Row {
        id: "sender_not_allowed",
        codes: &[4, 5],
        says: &[
            "sender address is not allowed",
            "sender not allowed",
            "sender is not allowed",
            "sender not authorized",
            "sender not verified",
            "sender not validated",
        ],
        class: Class::Sender,
        message: (
            "Le serveur {host} ne permet pas d'envoyer avec l'adresse {from}.",
            "The server {host} does not allow sending from the address {from}.",
        ),
        hint: (
            "Utilisez une adresse d'expédition qui appartient au compte, ou faites-la valider \
             chez le fournisseur.",
            "Use a sender's address that belongs to the account, or have it validated at the \
             provider.",
        ),
        ..ANY
    },
    // RFC 7372 and Google's own numbers.
    DOMAIN_NOT_AUTHENTICATED,
    Row {
        id: "domain_not_authenticated_words",
        codes: &[5],
        enhanced: &[],
        says: &["dmarc", "dkim", " spf ", "(spf", "spf:"],
        ..DOMAIN_NOT_AUTHENTICATED
    },
    Row {
        id: "greylisted",
        codes: &[4],
        says: &["greylist", "graylist", "grey list", "gray list"],
        class: Class::Transient,
        message: (
            "Le serveur fait patienter les nouveaux expéditeurs.",
            "The server makes new senders wait.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        wait_s: Some(300),
        wait_named: true,
        ..ANY
    },
    SIZE,
    Row {
        id: "size_words",
        codes: &[5],
        enhanced: &[],
        says: &[
            "message size",
            "message too large",
            "message too big",
            "message is too large",
        ],
        ..SIZE
    },
    FULL_LATER,
    Row {
        id: "recipient_full_later_code",
        enhanced: &["4.2.2"],
        says: &[],
        ..FULL_LATER
    },
    FULL,
    Row {
        id: "recipient_full_code",
        enhanced: &["5.2.2"],
        says: &[],
        ..FULL
    },
    Row {
        id: "sending_limit",
        codes: &[4, 5],
        says: &[
            "sending limit",
            "send limit",
            "sending quota",
            "message limit",
            "daily limit",
            "hourly limit",
            "daily quota",
            "hourly quota",
            "quota exceeded",
            "exceeded*quota",
            "too many messages",
            "too many emails",
            "messages per hour",
            "messages per day",
            "emails per hour",
            "emails per day",
        ],
        class: Class::Quota,
        message: (
            "La limite d'envoi du serveur {host} semble atteinte.",
            "The sending limit of the server {host} seems to be reached.",
        ),
        hint: (
            "Rien à faire : les mails en attente partiront d'eux-mêmes. Si cela revient \
             souvent, voyez avec le fournisseur de messagerie.",
            "Nothing to do: the waiting mails leave by themselves. If it happens often, ask the \
             mail provider.",
        ),
        wait_s: Some(3600),
        ..ANY
    },
    Row {
        id: "blocklisted",
        steps: &[
            Step::Greeting,
            Step::Ehlo,
            Step::Auth,
            Step::MailFrom,
            Step::RcptTo,
        ],
        codes: &[5],
        says: &[
            "spamhaus",
            "blocklist",
            "block list",
            "blacklist",
            "black list",
            "dnsbl",
            "blocked using",
            "client host*blocked",
            "adresse ip source bloquee",
        ],
        class: Class::Account,
        message: (
            "La connexion Internet du magasin figure sur une liste de blocage.",
            "The store's Internet connection is on a blocklist.",
        ),
        hint: (
            "Faites vérifier qu'aucun ordinateur du magasin n'envoie de courrier indésirable, \
             puis demandez le retrait de la liste à votre fournisseur d'accès.",
            "Have it checked that no computer of the store sends spam, then ask your Internet \
             provider to have the address taken off the list.",
        ),
        ..ANY
    },
    Row {
        id: "line_too_slow",
        codes: &[421, 451],
        says: &[
            "timeout waiting for data",
            "timeout waiting for client",
            "data timeout",
        ],
        class: Class::Network,
        message: (
            "Le serveur {host} n'a pas reçu la suite à temps.",
            "The server {host} did not receive the rest in time.",
        ),
        hint: (
            "Vérifiez la connexion Internet du magasin ; le mail sera retenté automatiquement.",
            "Check the store's Internet connection; the mail is tried again automatically.",
        ),
        ..ANY
    },
    Row {
        id: "too_many_connections",
        codes: &[4],
        says: &["too many*connections"],
        class: Class::Transient,
        message: (
            "Trop de connexions à la fois vers le serveur {host}.",
            "Too many connections at once to the server {host}.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        wait_s: Some(60),
        of_account: true,
        ..ANY
    },
    // Logging in.
    Row {
        id: "login_later",
        steps: &[Step::Auth, Step::AuthToken],
        codes: &[454],
        class: Class::Transient,
        message: (
            "Trop de connexions au compte {user}, ou panne passagère chez le fournisseur.",
            "Too many logins to {user}, or a passing failure at the provider.",
        ),
        hint: (
            "Rien à faire : nouvelle tentative dans 15 minutes.",
            "Nothing to do: next try in 15 minutes.",
        ),
        wait_s: Some(900),
        ..ANY
    },
    Row {
        id: "login_busy",
        steps: &[Step::Auth, Step::AuthToken],
        codes: &[4],
        class: Class::Transient,
        message: (
            "Le serveur {host} ne peut pas vérifier le mot de passe pour le moment.",
            "The server {host} cannot check the password at the moment.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        ..ANY
    },
    Row {
        id: "login_encryption",
        steps: &[Step::Auth],
        codes: &[538],
        class: Class::Auth,
        message: (
            "Le serveur {host} n'accepte un mot de passe que sur une connexion chiffrée.",
            "The server {host} takes a password only over an encrypted connection.",
        ),
        hint: (
            "Choisissez SSL/TLS (port 465) ou STARTTLS (port 587) dans les réglages.",
            "Choose SSL/TLS (port 465) or STARTTLS (port 587) in the settings.",
        ),
        ..ANY
    },
    Row {
        id: "login_method",
        steps: &[Step::Auth],
        codes: &[500, 501, 502, 503, 504, 534],
        class: Class::Auth,
        message: (
            "Le serveur {host} n'accepte pas la méthode de connexion employée.",
            "The server {host} does not accept the login method used.",
        ),
        hint: (
            "Vérifiez chez le fournisseur si un mot de passe d'application ou un réglage \
             particulier est nécessaire.",
            "Check with the provider whether an app password or a special setting is needed.",
        ),
        ..ANY
    },
    Row {
        id: "login_disabled",
        steps: &[Step::Auth],
        codes: &[5],
        enhanced: &["5.7.13"],
        class: Class::Auth,
        message: (
            "Le compte {user} est désactivé chez le fournisseur.",
            "The account {user} is disabled at the provider.",
        ),
        hint: (
            "Connectez-vous au webmail du fournisseur ou contactez-le pour réactiver le compte.",
            "Sign in to the provider's webmail or contact the provider to enable the account \
             again.",
        ),
        ..ANY
    },
    Row {
        id: "login_refused",
        steps: &[Step::Auth],
        codes: &[5],
        class: Class::Auth,
        message: (
            "Le serveur {host} refuse l'utilisateur {user} ou son mot de passe.",
            "The server {host} refuses the user {user} or its password.",
        ),
        hint: (
            "Vérifiez les deux : l'utilisateur est souvent l'adresse entière. Certains \
             fournisseurs exigent un mot de passe d'application.",
            "Check both: the user is often the whole address. Some providers demand an app \
             password.",
        ),
        ..ANY
    },
    LOGIN_NEEDED,
    Row {
        id: "login_needed_words",
        codes: &[5],
        says: &[
            "authentication required",
            "authentication is required",
            "must authenticate",
            "not authenticated",
            "client host rejected",
        ],
        ..LOGIN_NEEDED
    },
    Row {
        id: "relay_denied",
        codes: &[5],
        says: &[
            "relay access denied",
            "relaying denied",
            "relay denied",
            "relay not permitted",
            "unable to relay",
            "not permitted to relay",
            "relaying not",
            "relaying is not",
            "relaying disallowed",
        ],
        class: Class::Auth,
        message: (
            "Le serveur {host} refuse de transmettre des mails à d'autres domaines.",
            "The server {host} refuses to pass mail on to other domains.",
        ),
        hint: (
            "Vérifiez le nom du serveur d'envoi, et que l'utilisateur et le mot de passe sont \
             renseignés.",
            "Check the name of the outgoing server, and that user and password are filled in.",
        ),
        ..ANY
    },
    // Encryption and welcome.
    Row {
        id: "server_closing",
        codes: &[421],
        class: Class::Transient,
        message: (
            "Le serveur {host} est occupé et a fermé la connexion.",
            "The server {host} is busy and has closed the connection.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        ..ANY
    },
    Row {
        id: "starttls_refused",
        steps: &[Step::StartTls],
        codes: &[4, 5],
        class: Class::Tls,
        message: (
            "Le serveur {host} refuse de chiffrer la connexion.",
            "The server {host} refuses to encrypt the connection.",
        ),
        hint: (
            "Réessayez plus tard. Si cela dure, choisissez SSL/TLS sur le port 465, si le \
             fournisseur le propose.",
            "Try again later. If it lasts, choose SSL/TLS on port 465, if the provider offers it.",
        ),
        ..ANY
    },
    Row {
        id: "greeting_refused",
        steps: &[Step::Greeting],
        codes: &[5],
        class: Class::Account,
        message: (
            "Le serveur {host} refuse la connexion de ce magasin.",
            "The server {host} refuses connections from this store.",
        ),
        hint: (
            "Vérifiez le nom du serveur d'envoi et le port (465 ou 587). S'ils sont justes, \
             l'adresse Internet du magasin est peut-être bloquée : voyez avec le fournisseur.",
            "Check the name of the outgoing server and the port (465 or 587). If they are \
             right, the store's Internet address may be blocked: ask the provider.",
        ),
        ..ANY
    },
    Row {
        id: "command_refused",
        steps: &[
            Step::Ehlo,
            Step::MailFrom,
            Step::RcptTo,
            Step::Data,
            Step::Body,
        ],
        codes: &[500, 502, 503],
        class: Class::Protocol,
        message: (
            "Le serveur {host} ne comprend pas une commande courante.",
            "The server {host} does not understand a usual command.",
        ),
        hint: (
            "Vérifiez que {host}:{port} est bien un serveur d'envoi de mails, et qu'aucun \
             antivirus ni pare-feu ne s'interpose.",
            "Check that {host}:{port} really is an outgoing mail server, and that no antivirus \
             or firewall stands in between.",
        ),
        ..ANY
    },
    Row {
        id: "ehlo_refused",
        steps: &[Step::Ehlo],
        codes: &[5],
        class: Class::Protocol,
        message: (
            "Le serveur {host} n'accepte pas la présentation du programme.",
            "The server {host} does not accept the program's introduction.",
        ),
        hint: (
            "Vérifiez le nom du serveur d'envoi et le port. S'ils sont justes, transmettez le texte \
             du serveur, qui est dans le journal, au fournisseur de messagerie.",
            "Check the name of the outgoing server and the port. If they are right, pass the \
             server's words, which are in the journal, on to the mail provider.",
        ),
        ..ANY
    },
    // The sender.
    Row {
        id: "sender_domain_unknown",
        steps: &[Step::MailFrom, Step::RcptTo],
        codes: &[5],
        enhanced: &["5.1.8"],
        class: Class::Sender,
        message: (
            "Le domaine de l'adresse d'expédition {from} est introuvable.",
            "The domain of the sender's address {from} cannot be found.",
        ),
        hint: (
            "Vérifiez l'orthographe de l'adresse d'expédition.",
            "Check the spelling of the sender's address.",
        ),
        ..ANY
    },
    Row {
        id: "size_at_sender",
        steps: &[Step::MailFrom],
        codes: &[552, 523],
        enhanced: &[],
        ..SIZE
    },
    SENDER_REFUSED,
    // Postfix tells it at RCPT TO.
    Row {
        id: "sender_refused_words",
        steps: &[Step::RcptTo],
        says: &["sender address rejected", "sender rejected"],
        ..SENDER_REFUSED
    },
    // The recipient.
    Row {
        id: "recipient_domain_later",
        steps: &[Step::RcptTo],
        codes: &[4],
        enhanced: &["4.1.2"],
        class: Class::Transient,
        message: (
            "Le domaine de l'adresse du client est introuvable pour le moment.",
            "The domain of the customer's address cannot be found at the moment.",
        ),
        hint: (
            "Vérifiez ce qui suit le signe @ dans l'adresse ; le mail sera retenté \
             automatiquement.",
            "Check what follows the @ sign in the address; the mail is tried again automatically.",
        ),
        ..ANY
    },
    Row {
        id: "recipient_domain",
        steps: DELIVERY,
        codes: &[5],
        enhanced: &["5.1.2", "5.1.10", "5.4.4"],
        class: Class::Recipient,
        message: (
            "Le domaine de l'adresse du client n'existe pas ou ne reçoit pas de mails.",
            "The domain of the customer's address does not exist or receives no mail.",
        ),
        hint: (
            "Vérifiez avec le client ce qui suit le signe @.",
            "Check with the customer what follows the @ sign.",
        ),
        ..ANY
    },
    UNKNOWN,
    Row {
        id: "recipient_unknown_words",
        enhanced: &[],
        says: &[
            "user unknown",
            "unknown user",
            "no such user",
            "user not found",
            "no mailbox here",
            "mailbox not found",
            "does not exist",
            "invalid recipient",
            "unknown recipient",
        ],
        ..UNKNOWN
    },
    Row {
        id: "recipient_disabled",
        steps: DELIVERY,
        codes: &[5],
        enhanced: &["5.2.1"],
        class: Class::Recipient,
        message: (
            "La boîte du client est fermée ou ne reçoit plus de mails.",
            "The customer's mailbox is closed or receives no more mail.",
        ),
        hint: (
            "Demandez une autre adresse au client.",
            "Ask the customer for another address.",
        ),
        ..ANY
    },
    // Before the policy row: words about the recipient must not stop the whole account.
    RECIPIENT_REJECTED,
    Row {
        id: "recipient_policy",
        steps: &[Step::RcptTo],
        codes: &[5],
        enhanced: &["5.7."],
        // Not the account's trouble: without a word about the sender, a refusal here is of this recipient. Pausing
        // would let one customer's address stop a shop.
        class: Class::Recipient,
        message: (
            "Le serveur {host} ne permet pas d'envoyer à l'adresse du client.",
            "The server {host} does not allow sending to the customer's address.",
        ),
        hint: (
            "Vérifiez l'adresse avec le client. Si d'autres clients sont refusés aussi, vérifiez que \
             l'adresse d'expédition est celle du compte et qu'il a le droit d'envoyer vers l'extérieur.",
            "Check the address with the customer. If other customers are refused too, check that the \
             sender's address is the account's own and that it may send to the outside.",
        ),
        ..ANY
    },
    Row {
        id: "recipient_storage",
        steps: &[Step::RcptTo],
        codes: &[552],
        says: &[],
        ..FULL
    },
    Row {
        id: "recipient_refused",
        says: &[],
        ..RECIPIENT_REJECTED
    },
    // The mail itself.
    Row {
        id: "content_dangerous",
        steps: &[Step::Data, Step::Body],
        codes: &[5],
        says: &["potential security issue", "virus", "malware", "infected"],
        class: Class::Content,
        message: (
            "Le serveur {host} juge le contenu ou une pièce jointe dangereux.",
            "The server {host} finds the content or an attachment dangerous.",
        ),
        hint: (
            "Retirez ou remplacez la pièce jointe, puis renvoyez le mail.",
            "Remove or replace the attachment, then send the mail again.",
        ),
        ..ANY
    },
    Row {
        id: "content_spam",
        steps: &[Step::Data, Step::Body],
        codes: &[5],
        says: &["spam", "unsolicited", "junk"],
        class: Class::Content,
        message: (
            "Le serveur {host} prend ce mail pour du courrier indésirable.",
            "The server {host} takes this mail for spam.",
        ),
        hint: (
            "Évitez les liens et les textes publicitaires dans le mail, puis renvoyez-le. Si \
             tous les mails sont refusés, voyez avec le fournisseur.",
            "Avoid links and advertising in the mail, then send it again. If every mail is \
             refused, ask the provider.",
        ),
        ..ANY
    },
    // Before the size: 552 5.7.0 is about what the mail holds.
    Row {
        id: "content_policy",
        enhanced: &["5.7."],
        ..CONTENT_REFUSED
    },
    Row {
        id: "size_at_content",
        steps: &[Step::Data, Step::Body],
        codes: &[552, 523],
        enhanced: &[],
        ..SIZE
    },
    CONTENT_REFUSED,
    // What is left.
    Row {
        id: "try_later",
        codes: &[4],
        class: Class::Transient,
        message: (
            "Le serveur {host} demande de réessayer plus tard.",
            "The server {host} asks to try again later.",
        ),
        hint: (
            "Rien à faire : le mail sera retenté automatiquement.",
            "Nothing to do: the mail is tried again automatically.",
        ),
        ..ANY
    },
    Row {
        id: "unexpected",
        class: Class::Protocol,
        message: (
            "La réponse du serveur {host} est inattendue.",
            "The answer of the server {host} is unexpected.",
        ),
        hint: (
            "Vérifiez que {host}:{port} est bien un serveur d'envoi de mails. Si oui, \
             transmettez le journal au support.",
            "Check that {host}:{port} really is an outgoing mail server. If so, pass the \
             journal on to the support.",
        ),
        ..ANY
    },
];
