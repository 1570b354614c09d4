//! Sentences about mail domains: who hosts them, and what they say about their mails.

use super::Text;

pub(crate) fn name_server() -> Text {
    Text::new(
        "une adresse IP est attendue, avec un port si ce n'est pas 53 : 192.0.2.1, 127.0.0.1:5353 ou [::1]:53.",
        "an IP address is needed, with a port where it is not 53: 192.0.2.1, 127.0.0.1:5353 or [::1]:53.",
    )
}

pub(crate) fn dkim_selector() -> Text {
    Text::new(
        "un sélecteur DKIM est attendu : des lettres, des chiffres, des points et des tirets, comme « s1 » ou « google ».",
        "a DKIM selector is needed: letters, digits, dots and hyphens, such as \"s1\" or \"google\".",
    )
}

pub(crate) fn names_not_checked(name: &str, no_server: bool) -> Text {
    if no_server {
        return Text::new(
            format!(
                "{name} n'a pas pu être vérifié : cet ordinateur n'indique aucun serveur de noms (DNS)."
            ),
            format!("{name} could not be checked: this machine names no name server (DNS)."),
        );
    }
    Text::new(
        format!(
            "{name} n'a pas pu être vérifié : aucun serveur de noms (DNS) n'a répondu à temps. Vérifiez la connexion à Internet, puis réessayez."
        ),
        format!(
            "{name} could not be checked: no name server (DNS) answered in time. Check the Internet connection, then try again."
        ),
    )
}

pub(crate) fn no_such_domain(domain: &str) -> Text {
    Text::new(
        format!("Le domaine {domain} n'existe pas : vérifiez l'orthographe de l'adresse."),
        format!("The domain {domain} does not exist: check the spelling of the address."),
    )
}

pub(crate) fn takes_no_mail(domain: &str) -> Text {
    Text::new(
        format!("Le domaine {domain} déclare ne recevoir aucun mail : vérifiez l'adresse."),
        format!("The domain {domain} says that it takes no mail: check the address."),
    )
}

pub(crate) fn hosted_by(domain: &str, provider: &str) -> Text {
    Text::new(
        format!("Les mails de {domain} sont hébergés chez {provider}."),
        format!("The mail of {domain} is hosted by {provider}."),
    )
}

pub(crate) fn names_its_server(domain: &str, host: &str) -> Text {
    Text::new(
        format!("Le domaine {domain} indique lui-même son serveur d'envoi : {host}."),
        format!("The domain {domain} itself names its server for sending: {host}."),
    )
}

pub(crate) fn server_outside_domain(host: &str) -> Text {
    Text::new(
        format!(
            "Ce serveur ({host}) ne fait pas partie du domaine de l'adresse. Ne saisissez le mot de passe que si vous reconnaissez votre hébergeur ; en cas de doute, demandez-lui."
        ),
        format!(
            "This server ({host}) is not part of the address's domain. Enter the password only if you recognize your host; if in doubt, ask there."
        ),
    )
}

pub(crate) fn host_not_known(domain: &str, exchanger: Option<&str>) -> Text {
    let Some(exchanger) = exchanger else {
        return Text::new(
            format!(
                "Le domaine {domain} n'indique pas qui reçoit ses mails : demandez à qui gère le domaine le serveur SMTP, le port et le chiffrement."
            ),
            format!(
                "The domain {domain} does not say who takes its mail: ask who manages the domain for the SMTP server, port and encryption."
            ),
        );
    };
    Text::new(
        format!(
            "Les mails de {domain} arrivent chez {exchanger}, qui n'est pas dans la liste des fournisseurs : demandez à cet hébergeur le serveur SMTP, le port et le chiffrement."
        ),
        format!(
            "The mail of {domain} arrives at {exchanger}, which is not in the list of providers: ask that host for the SMTP server, port and encryption."
        ),
    )
}

pub(crate) fn providers_own_domain(domain: &str, owner: &str) -> Text {
    Text::new(
        format!("{domain} est un domaine de {owner}, qui s'occupe de ces réglages."),
        format!("{domain} is a domain of {owner}, which looks after these settings."),
    )
}

pub(crate) fn foreign_domain(domain: &str, owner: &str, through: &str) -> Text {
    Text::new(
        format!(
            "{domain} est un domaine de {owner} : les mails de cette adresse qui partent par {through} seront souvent pris pour des faux."
        ),
        format!(
            "{domain} is a domain of {owner}: mails from this address that leave through {through} will often be taken for forged ones."
        ),
    )
}

pub(crate) fn use_owners_server(domain: &str, owner: &str) -> Text {
    Text::new(
        format!(
            "Choisissez {owner} comme serveur d'envoi, ou une adresse d'expéditeur qui ne soit pas en @{domain}."
        ),
        format!("Choose {owner} as the mail server, or a sender's address that is not @{domain}."),
    )
}

pub(crate) fn spf_missing(domain: &str) -> Text {
    Text::new(
        format!(
            "Le domaine {domain} n'a pas d'enregistrement SPF : les destinataires ne peuvent pas savoir quels serveurs envoient pour lui, et les tickets risquent d'arriver dans les indésirables."
        ),
        format!(
            "The domain {domain} has no SPF record: recipients cannot know which servers send for it, and receipts may land among the unwanted mails."
        ),
    )
}

pub(crate) fn spf_to_add(domain: &str, wanted: Option<&(String, String)>) -> Text {
    let (term, provider) = match wanted {
        Some((term, provider)) => (term.as_str(), provider.as_str()),
        None => ("include:…", ""),
    };
    let (fr, en) = match provider {
        "" => (
            " ; votre hébergeur de mails indique ce qui remplace les points".to_owned(),
            "; your mail host tells what stands for the dots".to_owned(),
        ),
        provider => (
            format!(" (valeur de {provider})"),
            format!(" (the value of {provider})"),
        ),
    };
    Text::new(
        format!(
            "Demandez à qui gère le domaine {domain} d'ajouter dans sa zone DNS l'enregistrement TXT « v=spf1 {term} ~all »{fr}."
        ),
        format!(
            "Ask who manages the domain {domain} to add the TXT record \"v=spf1 {term} ~all\" to its DNS zone{en}."
        ),
    )
}

pub(crate) fn spf_several(domain: &str) -> Text {
    Text::new(
        format!("Le domaine {domain} a plusieurs enregistrements SPF : alors aucun ne compte."),
        format!("The domain {domain} has several SPF records: then none of them counts."),
    )
}

pub(crate) fn spf_to_join(domain: &str) -> Text {
    Text::new(
        format!("Demandez à qui gère le domaine {domain} de les réunir en un seul."),
        format!("Ask who manages the domain {domain} to join them into one."),
    )
}

pub(crate) fn spf_open(domain: &str) -> Text {
    Text::new(
        format!(
            "L'enregistrement SPF de {domain} permet à tout le monde d'envoyer en son nom (« +all »)."
        ),
        format!("The SPF record of {domain} lets everybody send in its name (\"+all\")."),
    )
}

pub(crate) fn spf_to_close(domain: &str) -> Text {
    Text::new(
        format!(
            "Demandez à qui gère le domaine {domain} de remplacer « +all » par « ~all » ou « -all »."
        ),
        format!("Ask who manages the domain {domain} to replace \"+all\" by \"~all\" or \"-all\"."),
    )
}

pub(crate) fn spf_provider_unknown() -> Text {
    Text::new(
        "L'enregistrement SPF existe ; s'il autorise votre serveur d'envoi n'est pas connu ici.",
        "There is an SPF record; whether it allows your mail server is not known here.",
    )
}

pub(crate) fn spf_allows(provider: &str) -> Text {
    Text::new(
        format!("L'enregistrement SPF autorise {provider}."),
        format!("The SPF record allows {provider}."),
    )
}

pub(crate) fn spf_leaves_out(provider: &str) -> Text {
    Text::new(
        format!(
            "L'enregistrement SPF n'autorise pas {provider} : les tickets risquent d'arriver dans les indésirables."
        ),
        format!(
            "The SPF record does not allow {provider}: receipts may land among the unwanted mails."
        ),
    )
}

pub(crate) fn spf_to_complete(term: &str, provider: &str) -> Text {
    Text::new(
        format!(
            "Demandez à qui gère le domaine d'y ajouter « {term} » ({provider}), avant le « all » final."
        ),
        format!(
            "Ask who manages the domain to add \"{term}\" ({provider}) to it, before the final \"all\"."
        ),
    )
}

pub(crate) fn dmarc_missing(domain: &str) -> Text {
    Text::new(
        format!(
            "Le domaine {domain} n'a pas de règle DMARC ; Gmail et Yahoo en demandent une à qui envoie beaucoup."
        ),
        format!(
            "The domain {domain} has no DMARC policy; Gmail and Yahoo ask one of those who send much."
        ),
    )
}

pub(crate) fn dmarc_several(domain: &str) -> Text {
    Text::new(
        format!("_dmarc.{domain} a plusieurs règles DMARC : alors aucune ne compte."),
        format!("_dmarc.{domain} has several DMARC policies: then none of them counts."),
    )
}

pub(crate) fn dmarc_unreadable(domain: &str) -> Text {
    Text::new(
        format!(
            "La règle DMARC de _dmarc.{domain} ne dit pas quoi faire (p=none, quarantine ou reject)."
        ),
        format!(
            "The DMARC policy at _dmarc.{domain} does not say what to do (p=none, quarantine or reject)."
        ),
    )
}

pub(crate) fn dmarc_to_write(domain: &str) -> Text {
    Text::new(
        format!(
            "Demandez à qui gère le domaine d'avoir sous _dmarc.{domain} un seul enregistrement TXT, pour commencer « v=DMARC1; p=none »."
        ),
        format!(
            "Ask who manages the domain to have one TXT record at _dmarc.{domain}, to begin with \"v=DMARC1; p=none\"."
        ),
    )
}

pub(crate) fn dmarc_policy(domain: &str, policy: &str) -> Text {
    let (fr, en) = match policy {
        "none" => (
            "les faux mails sont seulement observés",
            "forged mails are only watched",
        ),
        "quarantine" => (
            "les faux mails vont dans les indésirables",
            "forged mails go among the unwanted ones",
        ),
        _ => ("les faux mails sont refusés", "forged mails are refused"),
    };
    Text::new(
        format!("Le domaine {domain} a une règle DMARC (p={policy}) : {fr}."),
        format!("The domain {domain} has a DMARC policy (p={policy}): {en}."),
    )
}

pub(crate) fn dkim_no_selector() -> Text {
    Text::new(
        "La clé DKIM n'a pas été vérifiée : son sélecteur n'a pas été donné.",
        "The DKIM key was not checked: its selector was not given.",
    )
}

pub(crate) fn dkim_selector_is() -> Text {
    Text::new(
        "C'est le mot après « s= » dans l'en-tête DKIM-Signature d'un mail envoyé ; l'hébergeur des mails l'indique aussi.",
        "It is the word after \"s=\" in the DKIM-Signature header of a mail that was sent; the mail host tells it too.",
    )
}

pub(crate) fn dkim_missing(name: &str) -> Text {
    Text::new(
        format!("Il n'y a pas de clé DKIM sous {name}."),
        format!("There is no DKIM key at {name}."),
    )
}

pub(crate) fn dkim_revoked(name: &str) -> Text {
    Text::new(
        format!("La clé DKIM sous {name} a été révoquée (p= est vide)."),
        format!("The DKIM key at {name} was revoked (p= is empty)."),
    )
}

pub(crate) fn dkim_unreadable(name: &str) -> Text {
    Text::new(
        format!("Ce qui est sous {name} n'est pas une clé DKIM."),
        format!("What stands at {name} is no DKIM key."),
    )
}

pub(crate) fn dkim_to_add() -> Text {
    Text::new(
        "Activez la signature DKIM chez l'hébergeur des mails : il indique l'enregistrement à mettre dans la zone DNS du domaine, et son sélecteur.",
        "Turn DKIM signing on at the mail host: it tells the record to put into the domain's DNS zone, and its selector.",
    )
}

pub(crate) fn dkim_found(name: &str) -> Text {
    Text::new(
        format!("La clé DKIM est en place sous {name}."),
        format!("The DKIM key is in place at {name}."),
    )
}
