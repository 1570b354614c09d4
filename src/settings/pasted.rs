//! Passwords as people paste them: with the spaces and line ends of the page they were copied from.
//!
//! Around a password all of them go. Inside they go only where the provider's secret is an app password,
//! which Google shows as four groups of four; any other password may really hold a space.

use super::in_force;
use super::model::{Document, Store};
use super::presets::SecretForm;
use crate::error::{Error, MAIL_E_VALUE, Result};
use crate::text;
use serde_json::Value;
use zeroize::Zeroize;

/// Cleans the passwords of a change, and gives the paths of those that held something to remove.
/// `after` is the document as it will be: it says which provider a password is for.
pub(super) fn clean(change: &mut Value, after: &Document) -> Result<Vec<String>> {
    let mut cleaned = Vec::new();
    clean_layer(change, after, None, "", &mut cleaned)?;
    for (group, layers) in [("stores", &after.stores), ("accounts", &after.accounts)] {
        let given = change.get_mut(group).and_then(Value::as_object_mut);
        for (id, layer) in given.into_iter().flatten() {
            let own = layers.as_ref().and_then(|layers| layers.get(id));
            let place = format!("{group}.{id}.");
            clean_layer(layer, after, own, &place, &mut cleaned)?;
        }
    }
    Ok(cleaned)
}

fn clean_layer(
    layer: &mut Value,
    after: &Document,
    own: Option<&Store>,
    place: &str,
    cleaned: &mut Vec<String>,
) -> Result<()> {
    let app_password = in_force::preset_of_login(after, own)
        .is_some_and(|preset| preset.secret_form == SecretForm::AppPassword);
    for (pointer, field, inside) in [
        ("/smtp/password", "smtp.password", app_password),
        ("/smtp/proxy/password", "smtp.proxy.password", false),
    ] {
        let Some(Value::String(password)) = layer.pointer_mut(pointer) else {
            continue;
        };
        let field = format!("{place}{field}");
        let mut kept = without_spaces(password, inside);
        if kept == *password {
            kept.zeroize();
            continue;
        }
        password.zeroize();
        if kept.is_empty() {
            return Err(Error::at(MAIL_E_VALUE, field, text::empty()));
        }
        *password = kept;
        cleaned.push(field);
    }
    Ok(())
}

fn without_spaces(password: &str, inside: bool) -> String {
    if inside {
        password.chars().filter(|sign| !is_space(*sign)).collect()
    } else {
        password.trim_matches(is_space).to_owned()
    }
}

/// White space of Unicode (also U+00A0 and U+202F), and what has no width at all.
fn is_space(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_go_around_a_password_and_inside_an_app_password() {
        let cases = [
            ("abcd efgh ijkl mnop", true, "abcdefghijklmnop"),
            ("abcd efgh ijkl mnop", false, "abcd efgh ijkl mnop"),
            (
                "abcd\u{a0}efgh\u{a0}ijkl\u{a0}mnop",
                true,
                "abcdefghijklmnop",
            ),
            ("\u{202f}abcd\u{202f}efgh\r\n", true, "abcdefgh"),
            ("abcd efgh\nijkl mnop", true, "abcdefghijklmnop"),
            ("\u{feff}secret\u{200b}", false, "secret"),
            ("\u{200c}\u{200d}\u{2060}secret\r\n", false, "secret"),
            (" \tsecret\u{a0}", false, "secret"),
            ("two words", false, "two words"),
            ("two\u{a0}words ", false, "two\u{a0}words"),
            ("two\nlines\n", false, "two\nlines"),
            ("", true, ""),
            ("  ", false, ""),
        ];
        for (given, inside, kept) in cases {
            assert_eq!(without_spaces(given, inside), kept, "{given:?} {inside}");
        }
    }
}
