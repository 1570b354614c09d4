//! What may stand in a `style` of the shop's own message: looks, but nothing that loads, hides or moves.

/// Properties that stay.
const PROPERTIES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
];

/// Longest value of a property, in bytes.
const MAX_VALUE_BYTES: usize = 120;

/// Gives the declarations that may stay, and the names of those that may not.
pub(super) fn cleaned(given: &str) -> (String, Vec<String>) {
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for declaration in given
        .split(';')
        .map(str::trim)
        .filter(|one| !one.is_empty())
    {
        let (name, value) = declaration.split_once(':').unwrap_or((declaration, ""));
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        // Old Word writes "mso-" properties by the dozen; nobody misses them.
        if PROPERTIES.contains(&name.as_str()) && (is_plain(value) || is_rgb(value)) {
            kept.push(format!("{name}:{value}"));
        } else if !name.starts_with("mso-") {
            refused.push(name);
        }
    }
    (kept.join(";"), refused)
}

/// Tells whether a value is words, numbers and colours only: no bracket, so no `url()`; no escape, no comment.
pub(super) fn is_plain(value: &str) -> bool {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, ' ' | '#' | '.' | ',' | '%' | '-' | '\'' | '"' | '!')
    };
    let negative = value
        .split([' ', ','])
        .any(|word| word.starts_with('-') && word.len() > 1);
    !value.is_empty() && value.len() <= MAX_VALUE_BYTES && value.chars().all(plain) && !negative
}

fn is_rgb(value: &str) -> bool {
    let inner = ["rgb(", "rgba("]
        .iter()
        .find_map(|function| value.strip_prefix(function))
        .and_then(|rest| rest.strip_suffix(')'));
    inner.is_some_and(|inner| {
        inner.len() <= 40
            && inner
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, ' ' | ',' | '.' | '%'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_stay_and_what_loads_hides_or_moves_goes() {
        for (given, kept, refused) in [
            (
                "color: red; Font-Size:12px",
                "color:red;font-size:12px",
                vec![],
            ),
            (
                "color:rgb(1, 2,3);border:1px solid #ccc",
                "color:rgb(1, 2,3);border:1px solid #ccc",
                vec![],
            ),
            (
                "font-family:'Trebuchet MS', sans-serif",
                "font-family:'Trebuchet MS', sans-serif",
                vec![],
            ),
            ("background:url(http://x/y.png)", "", vec!["background"]),
            ("background-color:url(x)", "", vec!["background-color"]),
            ("color:\\75 rl(x)", "", vec!["color"]),
            ("color:re/**/d", "", vec!["color"]),
            ("width:expression(alert(1))", "", vec!["width"]),
            ("position:fixed;top:0", "", vec!["position", "top"]),
            ("margin:-400px 0", "", vec!["margin"]),
            ("display:none", "", vec!["display"]),
            ("color:rgb(url(x))", "", vec!["color"]),
            ("mso-fareast-language:FR;color:", "", vec!["color"]),
            (";;:", "", vec![""]),
        ] {
            let (told, taken) = cleaned(given);
            assert_eq!(
                (told.as_str(), &taken),
                (
                    kept,
                    &refused.iter().map(|name| (*name).to_owned()).collect()
                ),
                "{given}"
            );
        }
    }
}
