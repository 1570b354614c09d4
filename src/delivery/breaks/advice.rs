//! The sentences of `breaks`: what a shop owner reads when the line breaks, French and English.

use crate::delivery::step::{Advice, Class};

pub(super) static NAME_NOT_FOUND: Advice = Advice {
    id: "name_not_found",
    class: Class::Network,
    message: (
        "Le serveur {host} est introuvable.",
        "The server {host} cannot be found.",
    ),
    hint: (
        "Vérifiez l'orthographe du nom du serveur et la connexion Internet du magasin.",
        "Check the spelling of the server's name and the store's Internet connection.",
    ),
};

pub(super) static NAME_SERVER_SILENT: Advice = Advice {
    id: "name_server_silent",
    class: Class::Network,
    message: (
        "Le nom {host} ne peut pas être recherché : le service de noms (DNS) ne \
         répond pas ou est en panne.",
        "The name {host} cannot be looked up: the name service (DNS) does not answer \
         or is out of order.",
    ),
    hint: (
        "Vérifiez la connexion Internet du magasin ; le mail sera retenté automatiquement.",
        "Check the store's Internet connection; the mail is tried again automatically.",
    ),
};

pub(super) static REFUSED: Advice = Advice {
    id: "connect_refused",
    class: Class::Network,
    message: (
        "Le serveur {host} refuse la connexion sur le port {port}.",
        "The server {host} refuses the connection on port {port}.",
    ),
    hint: (
        "Vérifiez le nom du serveur et le port : 465 avec SSL/TLS, ou 587 avec STARTTLS.",
        "Check the server's name and the port: 465 with SSL/TLS, or 587 with STARTTLS.",
    ),
};

pub(super) static PORT_25: Advice = Advice {
    id: "port_25_blocked",
    class: Class::Network,
    message: (
        "Le port 25 du serveur {host} est inaccessible : la plupart des fournisseurs d'accès le \
         bloquent.",
        "Port 25 of the server {host} cannot be reached: most Internet providers block it.",
    ),
    hint: (
        "Utilisez le port 465 avec SSL/TLS, ou 587 avec STARTTLS.",
        "Use port 465 with SSL/TLS, or 587 with STARTTLS.",
    ),
};

pub(super) static UNREACHABLE: Advice = Advice {
    id: "unreachable",
    class: Class::Network,
    message: (
        "Aucun chemin réseau ne mène au serveur {host}.",
        "No network path leads to the server {host}.",
    ),
    hint: (
        "Vérifiez la connexion Internet du magasin ; le mail sera retenté automatiquement.",
        "Check the store's Internet connection; the mail is tried again automatically.",
    ),
};

pub(super) static CONNECT_TIMED_OUT: Advice = Advice {
    id: "connect_timed_out",
    class: Class::Network,
    message: (
        "Le serveur {host} ne répond pas sur le port {port}.",
        "The server {host} does not answer on port {port}.",
    ),
    hint: (
        "Vérifiez le port (465 ou 587) et la connexion Internet. Un pare-feu ou un antivirus \
         bloque peut-être l'envoi de mails.",
        "Check the port (465 or 587) and the Internet connection. A firewall or an antivirus \
         may be blocking outgoing mail.",
    ),
};

pub(super) static PROXY_SILENT: Advice = Advice {
    id: "proxy_silent",
    class: Class::Network,
    message: (
        "Le serveur mandataire (proxy) ne répond pas.",
        "The proxy does not answer.",
    ),
    hint: (
        "Vérifiez l'adresse et le port du proxy dans les réglages, ou désactivez-le s'il n'est \
         pas nécessaire.",
        "Check the proxy's address and port in the settings, or switch it off if it is not \
         needed.",
    ),
};

pub(super) static PROXY_REFUSED: Advice = Advice {
    id: "proxy_refused",
    class: Class::Network,
    message: (
        "Le serveur mandataire (proxy) refuse la connexion vers {host}:{port} ({detail}).",
        "The proxy refuses the connection to {host}:{port} ({detail}).",
    ),
    hint: (
        "Demandez à l'administrateur du réseau d'autoriser ce serveur et ce port, et vérifiez \
         les identifiants du proxy.",
        "Ask the network administrator to allow this server and port, and check the proxy's \
         user and password.",
    ),
};

pub(super) static TLS_PORT: Advice = Advice {
    id: "port_wants_tls",
    class: Class::Tls,
    message: (
        "Ce port ({port}) attend SSL/TLS direct, et non STARTTLS ou une connexion en clair.",
        "This port ({port}) expects SSL/TLS from the start, not STARTTLS or a clear connection.",
    ),
    hint: (
        "Choisissez la sécurité SSL/TLS, ou le port 587 avec STARTTLS.",
        "Choose SSL/TLS as security, or port 587 with STARTTLS.",
    ),
};

pub(super) static GREETING_TIMED_OUT: Advice = Advice {
    id: "greeting_timed_out",
    class: Class::Network,
    message: (
        "Le serveur {host} accepte la connexion sur le port {port} mais reste muet.",
        "The server {host} accepts the connection on port {port} but stays silent.",
    ),
    hint: (
        "Vérifiez le port et la sécurité : 465 avec SSL/TLS, ou 587 avec STARTTLS. Un antivirus \
         ou un pare-feu peut aussi retenir la connexion.",
        "Check port and security: 465 with SSL/TLS, or 587 with STARTTLS. An antivirus or a \
         firewall may also hold the connection back.",
    ),
};

pub(super) static ANSWER_TIMED_OUT: Advice = Advice {
    id: "answer_timed_out",
    class: Class::Network,
    message: (
        "Le serveur {host} a cessé de répondre.",
        "The server {host} stopped answering.",
    ),
    hint: (
        "Vérifiez la connexion Internet du magasin ; le mail sera retenté automatiquement.",
        "Check the store's Internet connection; the mail is tried again automatically.",
    ),
};

pub(super) static CLOSED: Advice = Advice {
    id: "connection_closed",
    class: Class::Network,
    message: (
        "Le serveur {host} a coupé la connexion.",
        "The server {host} closed the connection.",
    ),
    hint: (
        "Le mail sera retenté automatiquement. Si cela dure, vérifiez qu'aucun antivirus ni \
         pare-feu ne coupe l'envoi de mails.",
        "The mail is tried again automatically. If it lasts, check that no antivirus or \
         firewall cuts outgoing mail.",
    ),
};

pub(super) static CLOSED_AT_GREETING: Advice = Advice {
    id: "greeting_closed",
    class: Class::Network,
    message: (
        "Le serveur {host} coupe la connexion dès le début.",
        "The server {host} closes the connection at once.",
    ),
    hint: (
        "Vérifiez le port et la sécurité. S'ils sont justes, un antivirus, un pare-feu ou le \
         serveur lui-même bloque cette connexion.",
        "Check port and security. If they are right, an antivirus, a firewall or the server \
         itself blocks this connection.",
    ),
};

pub(super) static CLOSED_AT_TLS: Advice = Advice {
    id: "tls_closed",
    class: Class::Network,
    message: (
        "La connexion avec {host} a été coupée pendant la mise en place du chiffrement.",
        "The connection to {host} was cut while encryption was being set up.",
    ),
    hint: (
        "Vérifiez le port et la sécurité : 465 avec SSL/TLS, ou 587 avec STARTTLS. Un antivirus \
         ou un pare-feu peut aussi couper cette connexion.",
        "Check port and security: 465 with SSL/TLS, or 587 with STARTTLS. An antivirus or a \
         firewall may also cut this connection.",
    ),
};

pub(super) static LINE_FAILED: Advice = Advice {
    id: "line_failed",
    class: Class::Network,
    message: (
        "La liaison avec le serveur {host} a échoué ({detail}).",
        "The line to the server {host} failed ({detail}).",
    ),
    hint: (
        "Vérifiez la connexion Internet du magasin ; le mail sera retenté automatiquement.",
        "Check the store's Internet connection; the mail is tried again automatically.",
    ),
};

pub(super) static UNCERTAIN: Advice = Advice {
    id: "outcome_unknown",
    class: Class::Uncertain,
    message: (
        "Envoi incertain : le serveur {host} a reçu le mail et ne l'a pas confirmé.",
        "Sending uncertain: the server {host} was handed the mail and did not confirm it.",
    ),
    hint: (
        "Le mail est peut-être arrivé. Demandez au client avant de le renvoyer.",
        "The mail may have arrived. Ask the customer before sending it again.",
    ),
};

pub(super) static NOT_TLS: Advice = Advice {
    id: "not_tls",
    class: Class::Tls,
    message: (
        "{host}:{port} ne répond pas en SSL direct.",
        "{host}:{port} does not answer with SSL from the start.",
    ),
    hint: (
        "Le port 587 demande STARTTLS ; le SSL direct est d'ordinaire sur le port 465.",
        "Port 587 wants STARTTLS; SSL from the start is usually on port 465.",
    ),
};

pub(super) static NOT_TLS_AFTER_STARTTLS: Advice = Advice {
    id: "not_tls_after_starttls",
    class: Class::Tls,
    message: (
        "Le serveur {host} accepte STARTTLS, puis continue en clair.",
        "The server {host} accepts STARTTLS and then goes on unencrypted.",
    ),
    hint: (
        "Choisissez SSL/TLS sur le port 465, si le fournisseur le propose. Un antivirus ou un \
         pare-feu altère peut-être la connexion.",
        "Choose SSL/TLS on port 465, if the provider offers it. An antivirus or a firewall may \
         be tampering with the connection.",
    ),
};

pub(super) static NOT_TLS_BUT_STARTTLS: Advice = Advice {
    id: "port_wants_starttls",
    class: Class::Tls,
    message: (
        "{host}:{port} ne répond pas en SSL direct : ce port attend STARTTLS.",
        "{host}:{port} does not answer with SSL from the start: this port expects STARTTLS.",
    ),
    hint: (
        "Choisissez la sécurité STARTTLS, ou le port 465 avec SSL/TLS.",
        "Choose STARTTLS as security, or port 465 with SSL/TLS.",
    ),
};

pub(super) static CERTIFICATE_NAME: Advice = Advice {
    id: "certificate_name",
    class: Class::Tls,
    message: (
        "Le certificat du serveur n'est pas au nom de {host}.",
        "The server's certificate is not in the name of {host}.",
    ),
    hint: (
        "Vérifiez le nom du serveur. Le certificat porte : {detail}. Si l'un de ces noms est \
         celui de votre fournisseur, utilisez-le.",
        "Check the server's name. The certificate bears: {detail}. If one of these names is \
         your provider's, use it.",
    ),
};

pub(super) static CERTIFICATE_NO_NAME: Advice = Advice {
    id: "certificate_no_name",
    class: Class::Tls,
    message: (
        "Le certificat du serveur n'est pas au nom de {host}.",
        "The server's certificate is not in the name of {host}.",
    ),
    hint: (
        "Vérifiez le nom du serveur auprès de votre fournisseur de messagerie.",
        "Check the server's name with your mail provider.",
    ),
};

pub(super) static CERTIFICATE_EXPIRED: Advice = Advice {
    id: "certificate_expired",
    class: Class::Tls,
    message: (
        "Le certificat du serveur {host} est périmé, d'après la date de cet ordinateur.",
        "The certificate of the server {host} has expired, going by this computer's date.",
    ),
    hint: (
        "Vérifiez d'abord la date et l'heure de cet ordinateur. Si elles sont justes, prévenez \
         le fournisseur de messagerie.",
        "Check this computer's date and time first. If they are right, tell the mail provider.",
    ),
};

pub(super) static CERTIFICATE_NOT_YET_VALID: Advice = Advice {
    id: "certificate_not_yet_valid",
    class: Class::Tls,
    message: (
        "Le certificat du serveur {host} n'est pas encore valable, d'après la date de cet \
         ordinateur.",
        "The certificate of the server {host} is not valid yet, going by this computer's date.",
    ),
    hint: (
        "Vérifiez la date et l'heure de cet ordinateur : elles retardent sans doute. Si elles \
         sont justes, prévenez le fournisseur de messagerie.",
        "Check this computer's date and time: they are probably behind. If they are right, tell \
         the mail provider.",
    ),
};

pub(super) static CERTIFICATE_SELF_SIGNED: Advice = Advice {
    id: "certificate_self_signed",
    class: Class::Tls,
    message: (
        "Le serveur {host} présente un certificat qu'il a signé lui-même.",
        "The server {host} shows a certificate that it signed itself.",
    ),
    hint: (
        "Si ce serveur est celui de votre entreprise, indiquez son certificat dans les \
         réglages. Sinon, prévenez le fournisseur de messagerie.",
        "If this server is your company's, name its certificate in the settings. Otherwise tell \
         the mail provider.",
    ),
};

pub(super) static CERTIFICATE_UNKNOWN_ISSUER: Advice = Advice {
    id: "certificate_unknown_issuer",
    class: Class::Tls,
    message: (
        "Le certificat du serveur {host} vient d'une autorité inconnue ({detail}).",
        "The certificate of the server {host} comes from an unknown authority ({detail}).",
    ),
    hint: (
        "Si cette autorité est celle de votre entreprise, indiquez son certificat dans les \
         réglages. Sinon, un antivirus ou un pare-feu intercepte peut-être la connexion.",
        "If this authority is your company's, name its certificate in the settings. Otherwise \
         an antivirus or a firewall may be intercepting the connection.",
    ),
};

pub(super) static CERTIFICATE_ANTIVIRUS: Advice = Advice {
    id: "certificate_antivirus",
    class: Class::Tls,
    message: (
        "{detail} remplace le certificat du serveur {host} par le sien.",
        "{detail} replaces the certificate of the server {host} with its own.",
    ),
    hint: (
        "Désactivez dans {detail} l'analyse des mails ou des connexions SSL, ou ajoutez une \
         exception pour {host}.",
        "Switch off the scanning of mail or of SSL connections in {detail}, or add an exception \
         for {host}.",
    ),
};

pub(super) static CERTIFICATE_OTHER: Advice = Advice {
    id: "certificate_refused",
    class: Class::Tls,
    message: (
        "Le certificat du serveur {host} n'est pas acceptable ({detail}).",
        "The certificate of the server {host} is not acceptable ({detail}).",
    ),
    hint: (
        "Vérifiez le nom du serveur et la date de cet ordinateur, puis prévenez le fournisseur \
         de messagerie.",
        "Check the server's name and this computer's date, then tell the mail provider.",
    ),
};

pub(super) static TLS_VERSION: Advice = Advice {
    id: "tls_version",
    class: Class::Tls,
    message: (
        "Le serveur {host} ne propose qu'un chiffrement trop ancien.",
        "The server {host} offers only encryption that is too old.",
    ),
    hint: (
        "Demandez au fournisseur un serveur qui accepte TLS 1.2 ou plus récent.",
        "Ask the provider for a server that accepts TLS 1.2 or later.",
    ),
};

pub(super) static TLS_OTHER: Advice = Advice {
    id: "tls_failed",
    class: Class::Tls,
    message: (
        "Le chiffrement avec {host}:{port} n'a pas pu être établi ({detail}).",
        "Encryption with {host}:{port} could not be set up ({detail}).",
    ),
    hint: (
        "Vérifiez le port et la sécurité : 465 avec SSL/TLS, ou 587 avec STARTTLS. Un antivirus \
         ou un pare-feu peut aussi gêner.",
        "Check port and security: 465 with SSL/TLS, or 587 with STARTTLS. An antivirus or a \
         firewall may also interfere.",
    ),
};

pub(super) static STARTTLS_MISSING: Advice = Advice {
    id: "starttls_missing",
    class: Class::Tls,
    message: (
        "Le serveur {host} ne propose pas STARTTLS sur le port {port}.",
        "The server {host} does not offer STARTTLS on port {port}.",
    ),
    hint: (
        "Choisissez SSL/TLS sur le port 465. Si ce serveur propose STARTTLS d'ordinaire, un \
         antivirus ou un pare-feu le masque.",
        "Choose SSL/TLS on port 465. If this server usually offers STARTTLS, an antivirus or a \
         firewall is hiding it.",
    ),
};

pub(super) static INJECTED: Advice = Advice {
    id: "injected_before_tls",
    class: Class::Tls,
    message: (
        "Des données ont été glissées dans la connexion avec {host} avant le chiffrement.",
        "Data was slipped into the connection to {host} before it was encrypted.",
    ),
    hint: (
        "Choisissez SSL/TLS sur le port 465 et faites vérifier le réseau du magasin : quelqu'un \
         ou un appareil altère peut-être la connexion.",
        "Choose SSL/TLS on port 465 and have the store's network checked: someone or some \
         device may be tampering with the connection.",
    ),
};

pub(super) static AUTH_MISSING: Advice = Advice {
    id: "auth_missing",
    class: Class::Auth,
    message: (
        "Le serveur {host} ne propose pas de connexion par mot de passe sur le port {port}.",
        "The server {host} offers no login by password on port {port}.",
    ),
    hint: (
        "Choisissez SSL/TLS (port 465) ou STARTTLS (port 587). Si ce serveur ne demande pas de \
         mot de passe, laissez l'utilisateur vide.",
        "Choose SSL/TLS (port 465) or STARTTLS (port 587). If this server wants no password, \
         leave the user empty.",
    ),
};

pub(super) static AUTH_MISSING_INSIDE_TLS: Advice = Advice {
    id: "auth_missing_inside_tls",
    class: Class::Auth,
    message: AUTH_MISSING.message,
    hint: (
        "Vérifiez le nom du serveur d'envoi et le port auprès du fournisseur. Si ce serveur ne \
         demande pas de mot de passe, laissez l'utilisateur vide.",
        "Check the name of the outgoing server and the port with the provider. If this server \
         wants no password, leave the user empty.",
    ),
};

pub(super) static AUTH_MECHANISM: Advice = Advice {
    id: "auth_mechanism",
    class: Class::Auth,
    message: (
        "Le serveur {host} ne propose que des méthodes de connexion non prises en charge \
         ({detail}).",
        "The server {host} offers only login methods that are not supported ({detail}).",
    ),
    hint: (
        "Demandez au fournisseur d'autoriser la connexion par mot de passe ou par mot de passe \
         d'application, ou choisissez un autre compte d'envoi.",
        "Ask the provider to allow login by password or by app password, or choose another \
         account for sending.",
    ),
};

pub(super) static CLEAR_TEXT_LOGIN: Advice = Advice {
    id: "clear_text_login",
    class: Class::Auth,
    message: (
        "Le mot de passe passerait en clair jusqu'au serveur {host} ; il n'a pas été envoyé.",
        "The password would travel unencrypted to the server {host}; it was not sent.",
    ),
    hint: (
        "Choisissez SSL/TLS (port 465) ou STARTTLS (port 587).",
        "Choose SSL/TLS (port 465) or STARTTLS (port 587).",
    ),
};

pub(super) static GARBAGE: Advice = Advice {
    id: "not_a_mail_server",
    class: Class::Protocol,
    message: (
        "{host}:{port} ne répond pas comme un serveur de mails ({detail}).",
        "{host}:{port} does not answer like a mail server ({detail}).",
    ),
    hint: (
        "Vérifiez le nom du serveur d'envoi et le port. Un proxy ou un portail d'accès peut \
         aussi répondre à sa place.",
        "Check the name of the outgoing server and the port. A proxy or a login portal may also \
         answer in its place.",
    ),
};

pub(super) static LINE_TOO_LONG: Advice = Advice {
    id: "line_too_long",
    class: Class::Protocol,
    message: (
        "La réponse de {host}:{port} est trop longue pour celle d'un serveur de mails.",
        "The answer of {host}:{port} is too long for a mail server's.",
    ),
    hint: (
        "Vérifiez le nom du serveur d'envoi et le port.",
        "Check the name of the outgoing server and the port.",
    ),
};

pub(super) static SIZE_LIMIT: Advice = Advice {
    id: "size_limit",
    class: Class::Content,
    message: (
        "Le mail ({size} Ko) est trop gros pour le serveur {host}, qui accepte {limit} Ko.",
        "The mail ({size} KB) is too large for the server {host}, which accepts {limit} KB.",
    ),
    hint: (
        "Réduisez les pièces jointes et les images, puis renvoyez-le.",
        "Make the attachments and pictures smaller, then send it again.",
    ),
};

pub(super) static ADDRESS_NEEDS_UTF8: Advice = Advice {
    id: "address_needs_utf8",
    class: Class::Recipient,
    message: (
        "L'adresse contient des lettres accentuées que le serveur {host} n'accepte pas.",
        "The address holds accented letters that the server {host} does not accept.",
    ),
    hint: (
        "Vérifiez l'orthographe de l'adresse, ou demandez-en une autre au client.",
        "Check the spelling of the address, or ask the customer for another one.",
    ),
};

pub(super) static NOT_SIGNED_IN: Advice = Advice {
    id: "not_signed_in",
    class: Class::SignIn,
    message: (
        "Le compte {user} n'est pas encore connecté.",
        "The account {user} is not signed in yet.",
    ),
    hint: (
        "Connectez-le dans les réglages des mails (« Se connecter avec… ») : un code à taper sur un téléphone suffit.",
        "Sign it in in the mail settings (\"Sign in with…\"): a code typed on a phone is enough.",
    ),
};

pub(super) static PUSHED_TOKEN_ENDED: Advice = Advice {
    id: "pushed_token_ended",
    class: Class::Auth,
    message: (
        "Le jeton de connexion de {user}, fourni par le logiciel de caisse, n'est plus valable.",
        "The login token of {user} that the till software gave is not valid any more.",
    ),
    hint: (
        "Le logiciel de caisse doit en fournir un nouveau : redémarrez-le, sinon prévenez son éditeur.",
        "The till software has to give a new one: restart it, else tell its maker.",
    ),
};

pub(super) static TOKEN_NOT_KEPT: Advice = Advice {
    id: "token_not_kept",
    class: Class::Transient,
    message: (
        "Le jeton de connexion de {user} ne peut pas être lu ou gardé sur ce poste ({detail}).",
        "The login token of {user} cannot be read or kept on this machine ({detail}).",
    ),
    hint: (
        "Vérifiez la place libre et les droits du dossier des mails ; l'envoi sera retenté automatiquement.",
        "Check the free space and the permissions of the mail folder; it is tried again automatically.",
    ),
};

pub(super) static TOKEN_SERVER_SILENT: Advice = Advice {
    id: "token_server_silent",
    class: Class::Network,
    message: (
        "Le service de connexion {host} ne répond pas : pas de jeton pour {user}.",
        "The sign-in service {host} does not answer: no token for {user}.",
    ),
    hint: (
        "Vérifiez la connexion Internet ; un pare-feu ou un proxy doit laisser passer {host} (port {port}). L'envoi sera \
         retenté automatiquement.",
        "Check the Internet connection; a firewall or a proxy has to let {host} (port {port}) through. It is tried again \
         automatically.",
    ),
};

pub(super) static TOKEN_MECHANISM: Advice = Advice {
    id: "token_mechanism",
    class: Class::Auth,
    message: (
        "Le serveur {host} n'accepte pas la connexion par jeton (OAuth) ; il propose : {detail}.",
        "The server {host} takes no login by token (OAuth); it offers: {detail}.",
    ),
    hint: (
        "Vérifiez le serveur choisi, ou revenez au mot de passe dans les réglages des mails.",
        "Check the server that is chosen, or go back to the password in the mail settings.",
    ),
};
