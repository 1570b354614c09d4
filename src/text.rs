//! Every sentence a person reads, French and English, side by side.
//!
//! A sentence says what is wrong and what would be right; it names no function and holds no secret.
//! The two languages travel together as a [`Text`]; which one is shown is decided at the border.
//! The sentences about mail servers stand in `delivery/replies.rs`, next to what they match.

mod names;
mod pictures;

pub(crate) use names::*;
pub(crate) use pictures::*;

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Language of the sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Language {
    /// French, the default.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Text {
    fr: String,
    en: String,
}

impl Text {
    /// Puts the two wordings of one sentence together.
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Text {
            fr: fr.into(),
            en: en.into(),
        }
    }

    /// Gives the wording in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::French => &self.fr,
            Language::English => &self.en,
        }
    }
}

/// Characters of a caller's own text that a sentence repeats.
const QUOTED_CHARACTERS: usize = 80;

/// Cuts a caller's text to what a sentence can bear.
pub(crate) fn quoted(text: &str) -> String {
    if text.chars().count() <= QUOTED_CHARACTERS {
        return text.to_owned();
    }
    text.chars().take(QUOTED_CHARACTERS).chain(['…']).collect()
}

/// Puts a field in front of a sentence, as each language writes a colon.
pub(crate) fn about_field(field: &str, message: &str, language: Language) -> String {
    match language {
        Language::French => format!("`{field}` : {message}"),
        Language::English => format!("`{field}`: {message}"),
    }
}

/// The library's own fault.
pub(crate) fn bug(what: &str) -> Text {
    Text::new(
        format!("Erreur interne de la bibliothèque ({what}) ; merci de la signaler."),
        format!("An error inside the library ({what}); please report it."),
    )
}

// The request.

pub(crate) fn null_request() -> Text {
    Text::new(
        "la demande est NULL, un texte JSON est attendu.",
        "the request is NULL, JSON is needed.",
    )
}

pub(crate) fn not_utf8(offset: usize) -> Text {
    Text::new(
        format!(
            "la demande n'est pas en UTF-8 (octet {offset}) : convertissez le texte avant l'appel."
        ),
        format!("the request is not UTF-8 (byte {offset}): convert the text before the call."),
    )
}

pub(crate) fn not_json(line: usize, column: usize, what: &str) -> Text {
    Text::new(
        format!("la demande n'est pas du JSON valide (ligne {line}, colonne {column} : {what})."),
        format!("the request is not valid JSON (line {line}, column {column}: {what})."),
    )
}

pub(crate) fn request_too_large(bytes: usize, most: usize) -> Text {
    Text::new(
        format!("la demande fait {bytes} octets, {most} au plus sont acceptés."),
        format!("the request has {bytes} bytes, at most {most} are accepted."),
    )
}

pub(crate) fn shut_down() -> Text {
    Text::new(
        "l'envoi des mails est arrêté ; il faut appeler mail_init pour le relancer.",
        "mailing is shut down; call mail_init to start it again.",
    )
}

pub(crate) fn forked() -> Text {
    Text::new(
        "ce processus est une copie (fork) d'un programme où les mails étaient déjà ouverts : lui seul peut les envoyer. \
         Le développeur de la caisse doit appeler mail_init après le fork, ou mail_shutdown avant.",
        "this process is a copy (fork) of a program where mailing was already open; only that one can send. \
         The till's developer must call mail_init after the fork, or mail_shutdown before it.",
    )
}

pub(crate) fn no_resources(error: &std::io::Error) -> Text {
    Text::new(
        format!(
            "le système refuse de lancer l'envoi des mails ({error}) ; fermez des programmes ou redémarrez la caisse, puis réessayez."
        ),
        format!(
            "the system does not let mailing start ({error}); close programs or restart the till, then try again."
        ),
    )
}

pub(crate) fn no_memory(bytes: usize) -> Text {
    Text::new(
        format!(
            "la mémoire manque pour une demande de {bytes} octets ; joignez moins de fichiers, ou fermez des programmes puis réessayez."
        ),
        format!(
            "there is not the memory for a request of {bytes} bytes; attach fewer files, or close programs and try again."
        ),
    )
}

pub(crate) fn already_open(what: &str) -> Text {
    Text::new(
        format!("déjà ouvert autrement ({what}) ; arrêtez d'abord avec mail_shutdown."),
        format!("already open otherwise ({what}); call mail_shutdown first."),
    )
}

pub(crate) fn role_till() -> Text {
    Text::new(
        "ce poste est une caisse : le paramétrage se fait au back-office.",
        "this is a till: settings are changed in the back office.",
    )
}

pub(crate) fn role_till_erase() -> Text {
    Text::new(
        "ce poste est une caisse : les données d'un client s'effacent au back-office.",
        "this is a till: a customer's data is erased in the back office.",
    )
}

// Fields.

pub(crate) fn wrong_type(wanted: &Text, found: &str) -> Text {
    Text::new(
        format!("{} est attendu, {found} a été trouvé.", wanted.fr),
        format!("{} is needed, found {found}.", wanted.en),
    )
}

pub(crate) fn whole_number(most: u64) -> Text {
    if most == u64::MAX {
        return Text::new("un nombre entier", "a whole number");
    }
    Text::new(
        format!("un nombre entier de 0 à {most}"),
        format!("a whole number from 0 to {most}"),
    )
}

pub(crate) fn true_or_false() -> Text {
    Text::new("true ou false", "true or false")
}

pub(crate) fn a_text() -> Text {
    Text::new("un texte", "a text")
}

pub(crate) fn a_decimal() -> Text {
    Text::new("un nombre décimal", "a decimal number")
}

pub(crate) fn not_a_decimal(found: &str, meant: Option<&str>) -> Text {
    let found = quoted(found);
    let (fr, en) = match meant {
        Some(meant) => (
            format!(" ; {meant} est sans doute voulu."),
            format!("; {meant} is probably meant."),
        ),
        None => (", comme 12.50.".to_owned(), ", such as 12.50.".to_owned()),
    };
    Text::new(
        format!("{found} n'est pas un nombre décimal avec un point{fr}"),
        format!("{found} is not a decimal number with a point{en}"),
    )
}

pub(crate) fn too_many_digits(most: usize) -> Text {
    Text::new(
        format!("ce nombre a plus de {most} chiffres."),
        format!("this number has more than {most} digits."),
    )
}

pub(crate) fn a_list() -> Text {
    Text::new("un tableau", "a list")
}

pub(crate) fn an_object() -> Text {
    Text::new("un objet", "an object")
}

pub(crate) fn unknown_field(nearest: Option<&str>) -> Text {
    match nearest {
        Some(name) => Text::new(
            format!("champ inconnu, vouliez-vous dire `{name}` ?"),
            format!("unknown field, did you mean `{name}`?"),
        ),
        None => Text::new("champ inconnu.", "unknown field."),
    }
}

pub(crate) fn missing_field() -> Text {
    Text::new("ce champ manque.", "missing.")
}

pub(crate) fn not_one_of(found: &str, known: &[&str], nearest: Option<&str>) -> Text {
    let found = quoted(found);
    let list = known
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let (fr, en) = match nearest {
        Some(word) => (
            format!(" ; vouliez-vous dire `{word}` ?"),
            format!("; did you mean `{word}`?"),
        ),
        None => (".".to_owned(), ".".to_owned()),
    };
    Text::new(
        format!("{found} ne fait pas partie de {list}{fr}"),
        format!("{found} is not one of {list}{en}"),
    )
}

pub(crate) fn range(least: u64, most: u64) -> Text {
    Text::new(
        format!("une valeur de {least} à {most} est attendue."),
        format!("a value from {least} to {most} is needed."),
    )
}

pub(crate) fn list_length(least: usize, most: usize) -> Text {
    Text::new(
        format!("de {least} à {most} éléments sont attendus."),
        format!("from {least} to {most} elements are needed."),
    )
}

pub(crate) fn too_many(most: usize) -> Text {
    Text::new(
        format!("{most} éléments au plus sont acceptés."),
        format!("at most {most} elements are accepted."),
    )
}

pub(crate) fn longer_than(most: usize) -> Text {
    Text::new(
        format!("ce texte dépasse {most} octets."),
        format!("this text is longer than {most} bytes."),
    )
}

pub(crate) fn longer_than_characters(most: usize) -> Text {
    Text::new(
        format!("ce texte dépasse {most} caractères."),
        format!("this text is longer than {most} characters."),
    )
}

pub(crate) fn longer_than_lines(most: usize) -> Text {
    Text::new(
        format!("ce ticket dépasse {most} lignes."),
        format!("this receipt is longer than {most} lines."),
    )
}

pub(crate) fn skipped_commands(count: usize) -> Text {
    let (fr, en) = if count == 1 {
        (
            "1 commande d'imprimante n'a pas été comprise".to_owned(),
            "1 printer command was not understood".to_owned(),
        )
    } else {
        (
            format!("{count} commandes d'imprimante n'ont pas été comprises"),
            format!("{count} printer commands were not understood"),
        )
    };
    Text::new(
        format!("{fr} : comparez le mail au ticket imprimé, un logo ou un code peut y manquer."),
        format!(
            "{en}: compare the mail with the printed receipt, a logo or a code may be missing."
        ),
    )
}

pub(crate) fn truncated_commands() -> Text {
    Text::new(
        "les octets s'arrêtent au milieu d'une commande d'imprimante : la fin du ticket peut manquer.",
        "the bytes end in the middle of a printer command: the end of the receipt may be missing.",
    )
}

pub(crate) fn nothing_printed() -> Text {
    Text::new(
        "ces octets n'impriment rien : il faut ceux que la caisse envoie à son imprimante (ESC/POS).",
        "these bytes print nothing: what the till sends to its printer (ESC/POS) is needed.",
    )
}

/// What stands in the text part for a receipt that is pictures only.
pub(crate) fn pictures_only(language: Language) -> &'static str {
    match language {
        Language::French => "[Ce ticket est une image : affichez le mail en HTML pour le lire.]",
        Language::English => "[This receipt is a picture: show the mail as HTML to read it.]",
    }
}

/// What stands for a picture where it is not shown.
pub(crate) fn picture_alt(language: Language) -> &'static str {
    match language {
        Language::French => "Image du ticket",
        Language::English => "Picture on the receipt",
    }
}

/// What stands in front of a bar code's payload.
pub(crate) fn bar_code_name(language: Language) -> &'static str {
    match language {
        Language::French => "Code-barres",
        Language::English => "Bar code",
    }
}

pub(crate) fn empty() -> Text {
    Text::new("ce champ est vide.", "this field is empty.")
}

pub(crate) fn control_character() -> Text {
    Text::new(
        "un retour à la ligne ou un autre caractère de contrôle n'est pas permis ici.",
        "a line break or another control character is not allowed here.",
    )
}

pub(crate) fn nul_character() -> Text {
    Text::new(
        "le caractère NUL n'est pas permis.",
        "the NUL character is not allowed.",
    )
}

pub(crate) fn address(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!("« {found} » n'est pas une adresse e-mail valide (exemple : client@exemple.fr)."),
        format!("\"{found}\" is not a valid e-mail address (for instance client@example.com)."),
    )
}

pub(crate) fn did_you_mean_address(meant: &str) -> Text {
    let meant = quoted(meant);
    Text::new(
        format!("Vouliez-vous dire {meant} ?"),
        format!("Did you mean {meant}?"),
    )
}

pub(crate) fn address_typo(domain: &str, meant: &str) -> Text {
    let meant = quoted(meant);
    Text::new(
        format!("« {domain} » ressemble à une faute de frappe ; vouliez-vous dire {meant} ?"),
        format!("\"{domain}\" looks mistyped; did you mean {meant}?"),
    )
}

pub(crate) fn date(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!(
            "« {found} » n'est pas une date avec décalage horaire (exemple : 2026-11-22T18:30:00+01:00)."
        ),
        format!(
            "\"{found}\" is not a date-time with an offset (for instance 2026-11-22T18:30:00+01:00)."
        ),
    )
}

pub(crate) fn calendar_day(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!("« {found} » n'est pas un jour du calendrier (exemple : 2027-11-22)."),
        format!("\"{found}\" is not a day of the calendar (for instance 2027-11-22)."),
    )
}

// Settings.

pub(crate) fn store_id() -> Text {
    Text::new(
        "un identifiant de magasin a de 1 à 64 octets, sans caractère de contrôle.",
        "a store id has 1 to 64 bytes and no control character.",
    )
}

pub(crate) fn host_name(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!(
            "« {found} » n'est ni un nom de serveur (exemple : smtp.exemple.fr) ni une adresse IP."
        ),
        format!(
            "\"{found}\" is neither a server name (for instance smtp.example.com) nor an IP address."
        ),
    )
}

pub(crate) fn absolute_path() -> Text {
    Text::new("un chemin complet est attendu.", "a full path is needed.")
}

pub(crate) fn ca_file(path: &Path, why: &str) -> Text {
    Text::new(
        format!(
            "aucun certificat lisible dans « {} » ({why}).",
            path.display()
        ),
        format!("no readable certificate in \"{}\" ({why}).", path.display()),
    )
}

pub(crate) fn smtp_url() -> Text {
    Text::new(
        "une adresse smtps://utilisateur:motdepasse@serveur:465 (ou smtp:// pour STARTTLS) est attendue.",
        "an address such as smtps://user:password@server:465 (or smtp:// for STARTTLS) is needed.",
    )
}

pub(crate) fn https_url() -> Text {
    Text::new(
        "une adresse https://serveur/chemin est attendue, sans identifiants.",
        "an address such as https://server/path is needed, without a login in it.",
    )
}

pub(crate) fn tenant() -> Text {
    Text::new(
        "le domaine ou l'identifiant (GUID) de l'organisation est attendu, ou « common », « organizations », « consumers ».",
        "the organization's domain or id (GUID) is needed, or \"common\", \"organizations\", \"consumers\".",
    )
}

pub(crate) fn scope() -> Text {
    Text::new(
        "une étendue OAuth est attendue : un mot sans espace ni guillemet.",
        "an OAuth scope is needed: one word without spaces or quotes.",
    )
}

pub(crate) fn auth_with_oauth(words: &[&str]) -> Text {
    let words = words.join(", ");
    Text::new(
        format!("avec `oauth`, la connexion se fait par jeton : {words}."),
        format!("with `oauth`, the login is by token: {words}."),
    )
}

pub(crate) fn auth_without_oauth(words: &[&str]) -> Text {
    let words = words.join(", ");
    Text::new(
        format!("cette connexion demande aussi `oauth` ; sans lui : {words}."),
        format!("this login also needs `oauth`; without it: {words}."),
    )
}

/// What the browser shows when the owner has agreed.
pub(crate) fn browser_done() -> Text {
    Text::new(
        "C'est fait : le compte est connecté. Vous pouvez fermer cette page et revenir à la caisse.",
        "Done: the account is signed in. You can close this page and go back to the till.",
    )
}

/// What the browser shows when the owner has not agreed.
pub(crate) fn browser_refused() -> Text {
    Text::new(
        "Le compte n'est pas connecté. Fermez cette page et recommencez depuis la caisse.",
        "The account is not signed in. Close this page and start again from the till.",
    )
}

/// What a browser is shown that brings nothing of this sign-in.
pub(crate) fn browser_unknown() -> Text {
    Text::new("Rien à voir ici.", "Nothing to see here.")
}

/// What to show while an owner is waited for who types a code.
pub(crate) fn sign_in_with_code(address: &str, code: &str, minutes: u64) -> Text {
    Text::new(
        format!(
            "Dans les {minutes} minutes, ouvrez {address} sur un téléphone ou un ordinateur et saisissez le code {code}."
        ),
        format!(
            "Within {minutes} minutes, open {address} on a phone or a computer and enter the code {code}."
        ),
    )
}

/// What to show while an owner is waited for who uses a browser.
pub(crate) fn sign_in_with_browser(minutes: u64) -> Text {
    Text::new(
        format!(
            "Connectez-vous dans la page qui s'ouvre dans le navigateur, dans les {minutes} minutes."
        ),
        format!("Sign in on the page that opens in the browser, within {minutes} minutes."),
    )
}

/// What to show when an account is signed in.
pub(crate) fn signed_in(user: &str) -> Text {
    Text::new(
        format!("Le compte {user} est connecté."),
        format!("The account {user} is signed in."),
    )
}

/// What to show when an account is not signed in.
pub(crate) fn signed_out(user: &str) -> Text {
    Text::new(
        format!("Le compte {user} n'est pas connecté."),
        format!("The account {user} is not signed in."),
    )
}

/// What to show when a sign-in was ended.
pub(crate) fn sign_in_cancelled() -> Text {
    Text::new(
        "La connexion a été abandonnée.",
        "The sign-in was cancelled.",
    )
}

/// The cure where no owner can sign an account in.
pub(crate) fn new_access_needed() -> Text {
    Text::new(
        "L'éditeur du logiciel de caisse doit fournir un nouvel accès pour ce compte.",
        "The maker of the till software has to provide a new access for this account.",
    )
}

/// The account's tokens need no owner.
pub(crate) fn no_owner_signs_in() -> Text {
    Text::new(
        "ce compte ne se connecte pas par une personne : il lui faut `oauth` avec `grant` « sign_in » (le défaut).",
        "no person signs this account in: that takes `oauth` with `grant` \"sign_in\" (the default).",
    )
}

/// The provider has no such way to sign in.
pub(crate) fn no_such_flow() -> Text {
    Text::new(
        "ce fournisseur n'a pas cette façon de se connecter.",
        "this provider has no such way to sign in.",
    )
}

pub(crate) fn proxy_url() -> Text {
    Text::new(
        "socks5://serveur:port ou http://serveur:port est attendu ; utilisateur et mot de passe ont leurs propres champs.",
        "socks5://host:port or http://host:port is needed; user and password have fields of their own.",
    )
}

pub(crate) fn clear_text(host: &str) -> Text {
    Text::new(
        format!(
            "sans chiffrement, mails et mot de passe seraient lisibles jusqu'à {host} ; choisissez `tls` ou `starttls`, ou posez `allow_clear_text`."
        ),
        format!(
            "without encryption, mails and password could be read on the way to {host}; choose `tls` or `starttls`, or set `allow_clear_text`."
        ),
    )
}

// What receipts say.

pub(crate) fn subject_place(position: usize, found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!(
            "`{found}` au caractère {position} n'est pas connu ; utilisez {{0:d}} (date), {{0:t}} (heure), {{1}} (magasin), {{2}} (société), {{3}} (numéro), et {{{{ ou }}}} pour une accolade."
        ),
        format!(
            "`{found}` at character {position} is not known; use {{0:d}} (day), {{0:t}} (time), {{1}} (store), {{2}} (company), {{3}} (number), and {{{{ or }}}} for a brace."
        ),
    )
}

pub(crate) fn template_fault(line: usize, column: usize, what: &Text) -> Text {
    Text::new(
        format!("ligne {line}, colonne {column} : {}", what.fr),
        format!("line {line}, column {column}: {}", what.en),
    )
}

pub(crate) fn template_name(name: &str, meant: Option<&str>) -> Text {
    let name = quoted(name);
    match meant {
        Some(meant) => Text::new(
            format!("la variable `{name}` est inconnue, vouliez-vous dire `{meant}` ?"),
            format!("the variable `{name}` is unknown, did you mean `{meant}`?"),
        ),
        None => Text::new(
            format!("la variable `{name}` est inconnue."),
            format!("the variable `{name}` is unknown."),
        ),
    }
}

pub(crate) fn template_undefined(expression: &str) -> Text {
    let expression = quoted(expression);
    Text::new(
        format!(
            "`{expression}` est inconnu, ou absent de certains tickets ; vérifiez le nom, ou entourez-le de {{% if … %}}."
        ),
        format!(
            "`{expression}` is unknown, or absent from some receipts; check the name, or put {{% if … %}} around it."
        ),
    )
}

pub(crate) fn template_filter(expression: &str, known: &[&str]) -> Text {
    let (expression, known) = (quoted(expression), known.join(", "));
    Text::new(
        format!("le filtre de `{expression}` est inconnu ; les filtres sont {known}."),
        format!("the filter of `{expression}` is unknown; the filters are {known}."),
    )
}

pub(crate) fn template_engine(what: &str) -> Text {
    let what = quoted(what);
    Text::new(
        format!("le modèle n'est pas compris ({what})."),
        format!("the template is not understood ({what})."),
    )
}

pub(crate) fn template_too_much_work() -> Text {
    Text::new(
        "le modèle demande trop de travail pour un ticket long ; supprimez des boucles.",
        "the template works too much for a long receipt; take loops out.",
    )
}

pub(crate) fn template_expression(most: usize) -> Text {
    Text::new(
        format!(
            "cette expression est trop longue, {most} caractères au plus hors des textes entre guillemets."
        ),
        format!("this expression is too long, at most {most} characters beside what is quoted."),
    )
}

pub(crate) fn template_sets(most: usize) -> Text {
    Text::new(
        format!("un modèle a {most} {{% set %}} au plus."),
        format!("a template has at most {most} {{% set %}}."),
    )
}

pub(crate) fn template_script() -> Text {
    Text::new(
        "un modèle ne contient pas de <script> : les messageries les bloquent.",
        "a template has no <script>: mail programs block them.",
    )
}

pub(crate) fn template_not_used(why: &Text) -> Text {
    Text::new(
        format!(
            "Le modèle du magasin a échoué, le modèle fourni a été utilisé : {}",
            why.fr
        ),
        format!(
            "The shop's own template failed, the built-in one was used: {}",
            why.en
        ),
    )
}

pub(crate) fn message_cleaned(taken: &[String]) -> Text {
    let taken = taken.join(", ");
    Text::new(
        format!(
            "Ceci ne sera pas envoyé, car les messageries le bloquent ou le refusent : {taken}."
        ),
        format!("This will not be sent, since mail programs block or refuse it: {taken}."),
    )
}

pub(crate) fn siret(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!("« {found} » n'est pas un numéro SIRET (14 chiffres, le dernier est une clé)."),
        format!("\"{found}\" is not a SIRET number (14 digits, the last one is a check digit)."),
    )
}

pub(crate) fn naf(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!("« {found} » n'est pas un code NAF (exemple : 47.71Z)."),
        format!("\"{found}\" is not a NAF code (for instance 47.71Z)."),
    )
}

pub(crate) fn vat_number(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!("« {found} » n'est pas un numéro de TVA (exemple : FR44732829320)."),
        format!("\"{found}\" is not a VAT number (for instance FR44732829320)."),
    )
}

// Presets.

pub(crate) fn no_preset(domain: &str) -> Text {
    Text::new(
        format!(
            "Aucun fournisseur n'est connu pour {domain}. Si ce domaine est le vôtre, choisissez dans la liste l'hébergeur de vos mails (OVHcloud, Google Workspace, Microsoft 365, IONOS…), ou saisissez le serveur SMTP, le port et le chiffrement qu'il indique."
        ),
        format!(
            "No provider is known for {domain}. If this domain is yours, choose who hosts your mail from the list (OVHcloud, Google Workspace, Microsoft 365, IONOS…), or enter the SMTP server, port and encryption that your host tells you."
        ),
    )
}

pub(crate) fn preset_file(path: &Path, error: &Error) -> Text {
    let path = path.display();
    let (fr, en) = (
        error.sentence(Language::French),
        error.sentence(Language::English),
    );
    Text::new(
        format!("« {path} » est refusé, la liste intégrée est utilisée : {fr}"),
        format!("\"{path}\" is refused, the built-in list is used: {en}"),
    )
}

pub(crate) fn cannot_read(why: &str) -> Text {
    Text::new(
        format!("ce fichier ne peut pas être lu ({why})."),
        format!("this file cannot be read ({why})."),
    )
}

pub(crate) fn not_a_file() -> Text {
    Text::new("ce n'est pas un fichier.", "this is not a file.")
}

pub(crate) fn file_not_utf8(offset: usize) -> Text {
    Text::new(
        format!("ce fichier n'est pas en UTF-8 (octet {offset})."),
        format!("this file is not UTF-8 (byte {offset})."),
    )
}

pub(crate) fn file_not_json(line: usize, column: usize, what: &str) -> Text {
    Text::new(
        format!("ce n'est pas du JSON valide (ligne {line}, colonne {column} : {what})."),
        format!("this is not valid JSON (line {line}, column {column}: {what})."),
    )
}

pub(crate) fn lower_case() -> Text {
    Text::new(
        "un domaine s'écrit ici en minuscules.",
        "a domain is written in lower case here.",
    )
}

pub(crate) fn twice(word: &str) -> Text {
    let word = quoted(word);
    Text::new(
        format!("« {word} » figure deux fois."),
        format!("\"{word}\" stands there twice."),
    )
}

pub(crate) fn sealed_given() -> Text {
    Text::new(
        "un mot de passe en clair est attendu, pas une valeur scellée.",
        "a password as typed is needed, not a sealed value.",
    )
}

pub(crate) fn cannot_unseal() -> Text {
    Text::new(
        "le mot de passe enregistré ne peut pas être relu sur ce poste ; saisissez-le de nouveau.",
        "the saved password cannot be opened on this machine; type it again.",
    )
}

pub(crate) fn not_configured() -> Text {
    Text::new(
        "l'envoi des mails n'est pas encore paramétré : il manque ce réglage.",
        "mailing is not set up yet: this setting is missing.",
    )
}

// Receipts and mails.

pub(crate) fn does_not_fit(character: char) -> Text {
    Text::new(
        format!(
            "le caractère « {character} » n'existe pas dans l'encodage choisi ; choisissez `utf-8`."
        ),
        format!(
            "the character \"{character}\" does not exist in the chosen encoding; choose `utf-8`."
        ),
    )
}

pub(crate) fn no_content() -> Text {
    Text::new(
        "le ticket n'a pas de contenu : `text` ou `html` est attendu.",
        "the receipt has no content: `text` or `html` is needed.",
    )
}

pub(crate) fn no_receipt_content() -> Text {
    Text::new(
        "le ticket n'a pas de contenu : `sale`, `escpos`, `text` ou `html` est attendu.",
        "the receipt has no content: `sale`, `escpos`, `text` or `html` is needed.",
    )
}

pub(crate) fn two_contents(one: &str, other: &str) -> Text {
    Text::new(
        format!(
            "le contenu est donné deux fois, par `{one}` et par `{other}` : un seul de `sale`, `escpos` et `text` (seul ou avec `html`) est attendu."
        ),
        format!(
            "the content is given twice, by `{one}` and by `{other}`: only one of `sale`, `escpos` and `text` (alone or with `html`) is needed."
        ),
    )
}

pub(crate) fn mail_too_large(bytes: u64, most: u64) -> Text {
    Text::new(
        format!(
            "le mail fait {bytes} octets, {most} au plus sont permis ; allégez les pièces jointes."
        ),
        format!(
            "the mail has {bytes} bytes, at most {most} are allowed; make the attachments smaller."
        ),
    )
}

pub(crate) fn attachment_source() -> Text {
    Text::new(
        "donnez soit `path`, soit `base64` avec `name`.",
        "give either `path`, or `base64` together with `name`.",
    )
}

pub(crate) fn attachment_unreadable(path: &Path, why: &str) -> Text {
    Text::new(
        format!(
            "la pièce jointe « {} » ne peut pas être lue ({why}).",
            path.display()
        ),
        format!(
            "the attachment \"{}\" cannot be read ({why}).",
            path.display()
        ),
    )
}

pub(crate) fn attachment_forbidden(path: &Path) -> Text {
    Text::new(
        format!(
            "la pièce jointe « {} » est hors des dossiers permis.",
            path.display()
        ),
        format!(
            "the attachment \"{}\" lies outside the allowed folders.",
            path.display()
        ),
    )
}

pub(crate) fn not_base64() -> Text {
    Text::new("ce n'est pas du base64.", "this is not base64.")
}

pub(crate) fn content_type(found: &str) -> Text {
    let found = quoted(found);
    Text::new(
        format!("« {found} » n'est pas un type de contenu (exemple : application/pdf)."),
        format!("\"{found}\" is not a content type (for instance application/pdf)."),
    )
}

pub(crate) fn unknown_id(id: i64) -> Text {
    Text::new(
        format!("aucun mail n'a le numéro {id}."),
        format!("there is no mail with the id {id}."),
    )
}

pub(crate) fn still_waiting() -> Text {
    Text::new(
        "le mail n'est pas encore parti ; il sera envoyé dès que possible.",
        "the mail has not left yet; it will be sent as soon as possible.",
    )
}

pub(crate) fn cancelled() -> Text {
    Text::new("le mail a été annulé.", "the mail was cancelled.")
}

pub(crate) fn content_gone() -> Text {
    Text::new(
        "le contenu du mail n'est plus conservé ; renvoyez le ticket depuis la caisse.",
        "the content of the mail is no longer kept; send the receipt again from the till.",
    )
}

pub(crate) fn unknown_account(account: &str) -> Text {
    let account = quoted(account);
    Text::new(
        format!("aucun compte « {account} » n'est paramétré."),
        format!("no account \"{account}\" is set up."),
    )
}

pub(crate) fn no_sale() -> Text {
    Text::new("Aucune vente à imprimer.", "There is no sale to print.")
}

pub(crate) fn make_a_test_sale() -> Text {
    Text::new(
        "Créez une vente de test, puis réessayez ; le paramétrage est enregistré.",
        "Make a test sale, then try again; the settings are saved.",
    )
}

/// Mark of a test mail, in its subject and on its first line.
pub(crate) fn test_mark(language: Language) -> &'static str {
    match language {
        Language::French => "TEST – sans valeur",
        Language::English => "TEST – without value",
    }
}

/// Words of the mail that tests an account.
pub(crate) fn account_works(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::French => (
            "Votre compte d'envoi fonctionne",
            "Ce message confirme que le compte est bien paramétré : les mails peuvent partir.",
        ),
        Language::English => (
            "Your sending account works",
            "This message confirms that the account is set up: mails can leave.",
        ),
    }
}

pub(crate) fn retry_which() -> Text {
    Text::new(
        "donnez soit `id`, soit `ids`, soit `state` (`store` va avec `state`).",
        "give either `id`, or `ids`, or `state` (`store` goes with `state`).",
    )
}

pub(crate) fn wrong_state(id: i64, state: &str) -> Text {
    let (fr, en) = match state {
        "queued" => ("attend encore", "is still waiting"),
        "sending" => ("est en cours d'envoi", "is being sent"),
        "sent" => ("est déjà envoyé", "was sent already"),
        "failed" => ("n'a pas pu être envoyé", "could not be sent"),
        "uncertain" => ("est peut-être arrivé", "may have arrived"),
        _ => ("a été annulé", "was cancelled"),
    };
    Text::new(
        format!("le mail {id} {fr} (`{state}`) : son état ne permet pas cela."),
        format!("the mail {id} {en} (`{state}`): its state does not allow this."),
    )
}

pub(crate) fn resent_as(duplicate: i64, id: i64) -> Text {
    Text::new(
        format!("renvoyé comme duplicata {duplicate} : mail {id}."),
        format!("sent again as duplicate {duplicate}: mail {id}."),
    )
}

pub(crate) fn erased() -> Text {
    Text::new(
        "effacé à la demande du client.",
        "erased at the customer's request.",
    )
}

pub(crate) fn interrupted() -> Text {
    Text::new(
        "l'envoi a été interrompu et reprendra.",
        "the sending was interrupted and will go on.",
    )
}

pub(crate) fn unsure_once_more() -> Text {
    Text::new(
        "Rien à faire : le mail est peut-être arrivé. Il sera envoyé encore une fois, une seule ; le client peut donc \
         le recevoir deux fois.",
        "Nothing to do: the mail may have arrived. It is sent once more, and only once; the customer may receive it \
         twice.",
    )
}

pub(crate) fn expired(hours: u64) -> Text {
    Text::new(
        format!("le mail n'a pas pu partir en {hours} heures et a été abandonné."),
        format!("the mail could not leave within {hours} hours and was given up."),
    )
}

pub(crate) fn outbox_full(most: u64) -> Text {
    Text::new(
        format!("{most} mails attendent déjà : vérifiez pourquoi ils ne partent pas."),
        format!("{most} mails are waiting already: find out why they do not leave."),
    )
}

pub(crate) fn clock_moved(by_ms: i64) -> Text {
    let (minutes, direction) = (by_ms.unsigned_abs() / 60_000, by_ms > 0);
    let fr = if direction { "avancée" } else { "reculée" };
    let en = if direction { "forward" } else { "back" };
    Text::new(
        format!(
            "l'horloge de cette machine a été {fr} de {minutes} min ; les attentes ont été déplacées d'autant."
        ),
        format!(
            "this machine's clock was moved {en} by {minutes} min; the waits were moved with it."
        ),
    )
}

pub(crate) fn outbox_bytes(most: u64) -> Text {
    let most = most.div_ceil(1 << 20);
    Text::new(
        format!(
            "les mails qui attendent occupent déjà {most} Mo : vérifiez pourquoi ils ne partent pas."
        ),
        format!("the mails that wait take {most} MB already: find out why they do not leave."),
    )
}

pub(crate) fn journal_full(most: u64) -> Text {
    Text::new(
        format!(
            "le journal est plein ({most} lignes) et ne parle que de mails qui attendent : vérifiez pourquoi ils ne partent pas."
        ),
        format!(
            "the journal is full ({most} lines) and tells of waiting mails only: find out why they do not leave."
        ),
    )
}

// The disk.

pub(crate) fn state_folder(path: &Path, why: &dyn std::fmt::Display) -> Text {
    Text::new(
        format!(
            "le dossier « {} » ne peut pas être utilisé ({why}) ; vérifiez qu'il existe et que ce programme peut y écrire.",
            path.display()
        ),
        format!(
            "the folder \"{}\" cannot be used ({why}); check that it exists and that this program may write there.",
            path.display()
        ),
    )
}

#[cfg(not(windows))]
pub(crate) fn key_file(path: &Path, why: &dyn std::fmt::Display) -> Text {
    Text::new(
        format!(
            "la clé « {} » ne peut pas être lue ou créée ({why}).",
            path.display()
        ),
        format!(
            "the key \"{}\" cannot be read or created ({why}).",
            path.display()
        ),
    )
}

pub(crate) fn disk_full() -> Text {
    Text::new(
        "le disque est plein : rien n'a été enregistré ; libérez de la place et recommencez.",
        "the disk is full: nothing was saved; make room and try again.",
    )
}

pub(crate) fn disk(why: &str) -> Text {
    Text::new(
        format!("le disque refuse la lecture ou l'écriture ({why}) : rien n'a été enregistré."),
        format!("the disk refuses to be read or written ({why}): nothing was saved."),
    )
}

pub(crate) fn damaged() -> Text {
    Text::new(
        "le fichier de la boîte d'envoi est endommagé ; rien n'y a été écrit.",
        "the outbox file is damaged; nothing was written to it.",
    )
}

pub(crate) fn damaged_cure() -> Text {
    Text::new(
        "Redémarrez le logiciel de caisse : le fichier sera mis de côté, et ce qui est lisible sera repris.",
        "Restart the till software: the file will be set aside, and what is readable taken over.",
    )
}

pub(crate) fn damaged_in_use() -> Text {
    Text::new(
        "Fermez tous les programmes qui utilisent ce dossier, puis redémarrez-en un : le fichier sera mis de côté, et ce qui est lisible sera repris.",
        "Close all programs that use this folder, then start one again: the file will be set aside, and what is readable taken over.",
    )
}

pub(crate) fn foreign_file() -> Text {
    Text::new(
        "le fichier `outbox.db` de ce dossier appartient à un autre programme : choisissez un autre dossier.",
        "the file `outbox.db` in this folder belongs to another program: choose another folder.",
    )
}

pub(crate) fn set_aside(mails: i64) -> Text {
    Text::new(
        format!(
            "la boîte d'envoi était endommagée ; son fichier a été mis de côté et {mails} mails ont été repris."
        ),
        format!(
            "the outbox was damaged; its file was set aside and {mails} mails were taken over."
        ),
    )
}

pub(crate) fn newer_schema(found: i64, known: i64) -> Text {
    Text::new(
        format!(
            "la boîte d'envoi vient d'une version plus récente (schéma {found}, {known} connu) : mettez ce programme à jour."
        ),
        format!(
            "the outbox comes from a newer version (schema {found}, {known} known): update this program."
        ),
    )
}

pub(crate) fn older_schema(found: i64, known: i64) -> Text {
    Text::new(
        format!(
            "le fichier d'envoi vient d'une version plus ancienne ({found}, celle-ci attend {known}) et n'est pas converti pour une simple consultation."
        ),
        format!(
            "the outbox file comes from an older version ({found}, this one needs {known}) and is not converted just to be looked at."
        ),
    )
}

pub(crate) fn convert_older_schema() -> Text {
    Text::new(
        "Mettez d'abord les caisses à jour ; la première ouverture convertit le fichier.",
        "Update the tills first; their first opening converts the file.",
    )
}

pub(crate) fn no_state_folder(path: &Path) -> Text {
    Text::new(
        format!(
            "aucun dossier d'envoi de mails ici : {} ; indiquez celui du logiciel de caisse.",
            path.display()
        ),
        format!(
            "there is no state folder of the mail library here: {}; give the one that the till program uses.",
            path.display()
        ),
    )
}

pub(crate) fn visitors_do_not_configure() -> Text {
    Text::new(
        "un dossier ouvert en consultation ne se paramètre pas.",
        "a folder that was opened to be looked at takes no settings.",
    )
}

pub(crate) fn locked() -> Text {
    Text::new(
        "un autre programme garde la boîte d'envoi verrouillée ; fermez-le et recommencez.",
        "another program keeps the outbox locked; close it and try again.",
    )
}

// Health.

/// The notice about the end of printed receipts, in its parts.
pub(crate) struct Notice {
    pub(crate) title: Text,
    pub(crate) reference: Text,
    pub(crate) text: Text,
    pub(crate) action: Text,
}

/// Article L.541-15-10 of the Code de l'environnement. The date was 1 January 2023 when the notice was
/// worded; decree 2022-1565 as amended put it off to 1 August 2023, which is the one in force.
pub(crate) fn end_of_printing() -> Notice {
    Notice {
        title: Text::new(
            "Fin de l'impression et de la distribution systématique du ticket de caisse",
            "End of the systematic printing and handing over of till receipts",
        ),
        reference: Text::new(
            "Article L.541-15-10 du Code de l'environnement",
            "Article L.541-15-10 of the French Code de l'environnement",
        ),
        text: Text::new(
            "Fin de l'impression et de la distribution systématique du ticket de caisse depuis le 1er août 2023 (article L.541-15-10 du Code de l'environnement). Passage à l'envoi par e-mail en option.",
            "Since 1 August 2023 till receipts are no longer printed and handed over systematically (article L.541-15-10 of the French Code de l'environnement). They can be sent by e-mail instead.",
        ),
        action: Text::new(
            "Paramétrer l'envoi des tickets par e-mail",
            "Set up sending receipts by e-mail",
        ),
    }
}

pub(crate) fn health_not_configured(missing: &str) -> Text {
    Text::new(
        format!("L'envoi des tickets par e-mail n'est pas paramétré (il manque `{missing}`)."),
        format!("Sending receipts by e-mail is not set up (`{missing}` is missing)."),
    )
}

pub(crate) fn health_password_ends(
    provider: &str,
    user: &str,
    day: impl Fn(Language) -> String,
    is_past: bool,
) -> Text {
    let (fr, en) = (day(Language::French), day(Language::English));
    if is_past {
        return Text::new(
            format!(
                "La connexion par mot de passe chez {provider} a pris fin le {fr} : le compte {user} risque de ne plus pouvoir envoyer."
            ),
            format!(
                "Login by password at {provider} ended on {en}: the account {user} may not be able to send any more."
            ),
        );
    }
    Text::new(
        format!(
            "La connexion par mot de passe chez {provider} prend fin le {fr} : ensuite, le compte {user} risque de ne plus pouvoir envoyer."
        ),
        format!(
            "Login by password at {provider} ends on {en}: after that the account {user} may not be able to send any more."
        ),
    )
}

pub(crate) fn health_password_ends_cure(action: &Text) -> Text {
    let (fr, en) = (action.get(Language::French), action.get(Language::English));
    Text::new(
        format!(
            "Choisissez « {fr} » dans les paramètres des mails (mail_sign_in) : l'envoi n'a ensuite plus besoin du mot de passe."
        ),
        format!(
            "Choose \"{en}\" in the mail settings (mail_sign_in): sending then needs the password no more."
        ),
    )
}

/// The button that starts a sign-in; `provider` is who signs people in, where it is known.
pub(crate) fn sign_in_action(provider: Option<&str>) -> Text {
    match provider {
        Some(provider) => Text::new(
            format!("Se connecter avec {provider}"),
            format!("Sign in with {provider}"),
        ),
        None => Text::new("Se connecter", "Sign in"),
    }
}

pub(crate) fn health_nothing_leaves(hours: i64, waiting: u64) -> Text {
    Text::new(
        format!("Aucun mail n'est parti depuis {hours} h ; {waiting} attendent."),
        format!("No mail has left for {hours} h; {waiting} are waiting."),
    )
}

pub(crate) fn health_paused(account: &str, cause: &str, cause_en: &str) -> Text {
    Text::new(
        format!("L'envoi par {account} est suspendu : {cause}"),
        format!("Sending through {account} is paused: {cause_en}"),
    )
}

pub(crate) fn health_near_limit(sent: u64, limit: u32, hours: u32) -> Text {
    Text::new(
        format!(
            "{sent} mails sur {limit} autorisés en {hours} h sont partis ; au-delà, les tickets attendront."
        ),
        format!(
            "{sent} of the {limit} mails allowed in {hours} h have left; beyond that, receipts will wait."
        ),
    )
}

pub(crate) fn health_uncertain(count: u64) -> Text {
    Text::new(
        format!(
            "{count} mail(s) sont peut-être arrivés, sans confirmation du serveur : à vérifier avec le client."
        ),
        format!("{count} mail(s) may have arrived, the server did not confirm: ask the customer."),
    )
}

pub(crate) fn health_failed(count: u64) -> Text {
    Text::new(
        format!("{count} mail(s) n'ont pas pu être envoyés : voir le journal."),
        format!("{count} mail(s) could not be sent: see the journal."),
    )
}

pub(crate) fn health_set_aside(name: &str) -> Text {
    Text::new(
        format!(
            "La boîte d'envoi était endommagée : son fichier a été mis de côté ({name}), et les mails lisibles ont été repris."
        ),
        format!(
            "The outbox was damaged: its file was set aside ({name}), and the readable mails were taken over."
        ),
    )
}

pub(crate) fn health_set_aside_cure() -> Text {
    Text::new(
        "Vérifiez le disque et les tickets du jour dans le journal ; transmettez ce fichier au support, puis supprimez-le.",
        "Check the disk, and today's receipts in the journal; hand the file to support, then delete it.",
    )
}

pub(crate) fn health_outbox_fills(percent: u64) -> Text {
    Text::new(
        format!(
            "La boîte d'envoi est remplie à {percent} % : à 100 %, les tickets seront refusés. Vérifiez pourquoi les mails ne partent pas."
        ),
        format!(
            "The outbox is filled to {percent} %: at 100 % receipts will be refused. Find out why the mails do not leave."
        ),
    )
}

pub(crate) fn health_journal_full(lines: u64) -> Text {
    Text::new(
        format!(
            "Le journal a atteint sa limite ({lines} lignes) sans mail terminé à oublier : bientôt, les tickets seront refusés. Vérifiez pourquoi les mails ne partent pas."
        ),
        format!(
            "The journal has reached its limit ({lines} lines) with no finished mail to forget: soon receipts will be refused. Find out why the mails do not leave."
        ),
    )
}

pub(crate) fn health_worker(why: &str, why_en: &str) -> Text {
    Text::new(
        format!("L'envoi en arrière-plan est gêné : {why}"),
        format!("Sending in the background is disturbed: {why_en}"),
    )
}

/// Mark of a receipt that is sent again; the same word in both languages, as French tills print it.
pub(crate) fn duplicate_mark(number: i64) -> String {
    format!("DUPLICATA {number}")
}
