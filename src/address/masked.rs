//! Addresses of customers, masked: for what is kept for support, or leaves the shop.

/// A name before the @ is masked elsewhere in a text from this length on; shorter ones are parts of too many words.
const SHORTEST_NAME: usize = 3;
/// What stands for what is masked.
const MASK: &str = "***";

/// Masks an address: `client@example.fr` becomes `c***@example.fr`. What is no address is masked as a whole.
pub(crate) fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, domain)) => format!("{}@{domain}", initial(name)),
        None => MASK.to_owned(),
    }
}

fn initial(name: &str) -> String {
    let first = name.trim_matches('"').chars().next();
    first.map_or_else(|| MASK.to_owned(), |first| format!("{first}{MASK}"))
}

/// Masks every address in a text but the shop's own ones.
pub(crate) fn masked_in(text: &str, own: &[String]) -> String {
    let mut masked_text = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let name = name_at_the_end(before);
        let domain = domain_at_the_start(after);
        let address = format!("{name}@{domain}");
        let known = own.iter().any(|own| own.eq_ignore_ascii_case(&address));
        masked_text.push_str(before.strip_suffix(name).unwrap_or(before));
        if known || name.is_empty() || domain.is_empty() {
            masked_text.push_str(&address);
        } else {
            masked_text.push_str(&masked(&address));
        }
        rest = after.strip_prefix(domain).unwrap_or(after);
    }
    masked_text.push_str(rest);
    masked_text
}

/// Masks the names of these addresses where they stand alone, as in `user client.durand unknown`.
pub(crate) fn without_names(text: &str, addresses: &[String]) -> String {
    let names = addresses
        .iter()
        .filter_map(|address| address.rsplit_once('@'));
    names
        .map(|(name, _)| name)
        .filter(|name| name.chars().count() >= SHORTEST_NAME)
        .fold(text.to_owned(), |text, name| without_word(&text, name))
}

/// Replaces a word wherever it stands as a whole word, in upper or lower case.
fn without_word(text: &str, word: &str) -> String {
    // ASCII only: the same places in both.
    let (folded, wanted) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let mut masked_text = String::with_capacity(text.len());
    let mut done = 0;
    for (start, found) in folded.match_indices(&wanted) {
        let end = start + found.len();
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text.get(end..).and_then(|text| text.chars().next());
        let whole =
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric);
        if whole {
            masked_text.push_str(text.get(done..start).unwrap_or_default());
            masked_text.push_str(&initial(word));
            done = end;
        }
    }
    masked_text.push_str(text.get(done..).unwrap_or_default());
    masked_text
}

fn name_at_the_end(text: &str) -> &str {
    if let Some(quoted) = text.strip_suffix('"') {
        let start = quoted.rfind('"').unwrap_or(0);
        return text.get(start..).unwrap_or_default();
    }
    let length: usize = text
        .chars()
        .rev()
        .take_while(|sign| sign.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(*sign))
        .map(char::len_utf8)
        .sum();
    text.get(text.len() - length..).unwrap_or_default()
}

fn domain_at_the_start(text: &str) -> &str {
    if text.starts_with('[') {
        let end = text.find(']').map_or(0, |end| end + 1);
        return text.get(..end).unwrap_or_default();
    }
    let length: usize = text
        .chars()
        .take_while(|sign| sign.is_alphanumeric() || "-.".contains(*sign))
        .map(char::len_utf8)
        .sum();
    text.get(..length).unwrap_or_default().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_but_the_shops_own_is_masked() {
        let own = ["boutique@example.fr".to_owned()];
        let cases = [
            ("", ""),
            ("no address", "no address"),
            ("<client@example.fr>:", "<c***@example.fr>:"),
            ("Boutique@Example.FR.", "Boutique@Example.FR."),
            (
                "to=<jean.d'arc+x@sous.example.fr>, orig_to=<b@c.fr>",
                "to=<j***@sous.example.fr>, orig_to=<b***@c.fr>",
            ),
            ("\"jean dupont\"@example.fr ?", "j***@example.fr ?"),
            ("éric@été.fr: unknown.", "é***@été.fr: unknown."),
            ("x@[192.0.2.1] y", "x***@[192.0.2.1] y"),
            ("a@b.fr@c.fr", "a***@b.fr@c.fr"),
            ("@ alone @, and 5@ a", "@ alone @, and 5@ a"),
        ];
        for (text, expected) in cases {
            assert_eq!(masked_in(text, &own), expected, "{text}");
        }
    }

    #[test]
    fn a_name_standing_alone_is_masked_and_parts_of_words_stay() {
        let addresses = ["durand@example.fr".to_owned(), "jo@example.fr".to_owned()];
        let cases = [
            ("user Durand unknown", "user d*** unknown"),
            ("durandal, jo", "durandal, jo"),
            ("durand=example.fr@list", "d***=example.fr@list"),
            ("é durand", "é d***"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_names(text, &addresses), expected, "{text}");
        }
    }
}
