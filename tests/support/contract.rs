//! tests/contract.json, made by whoever can call: the C functions here, or a program in another world.

use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use tillmail::error::code_name;

/// What a call gave: code, reply and mail_last_error.
pub type Answer = (i32, Value, String);

/// Makes every call of the table in its order and compares; `folder` and `mails` are fresh absolute paths as
/// the caller's system writes them. Gives the names of the functions that were called.
pub fn is_kept(
    folder: &str,
    mails: &str,
    mut call: impl FnMut(&str, Option<&str>) -> Answer,
) -> BTreeSet<String> {
    let table: Value = serde_json::from_str(include_str!("../contract.json")).unwrap();
    let mut known = HashMap::from([
        ("folder".to_owned(), Value::from(folder)),
        ("mails".to_owned(), Value::from(mails)),
    ]);
    let mut called = BTreeSet::new();
    for case in table["cases"].as_array().unwrap() {
        let function = case["call"].as_str().unwrap();
        called.insert(function.to_owned());
        let request = case
            .get("request")
            .map(|request| filled(request, &known).to_string());
        let request = request.or_else(|| case["raw"].as_str().map(str::to_owned));
        let answer = call(function, request.as_deref());
        compare(case, &answer, &known);
        for (member, name) in case["keep"].as_object().into_iter().flatten() {
            known.insert(name.as_str().unwrap().to_owned(), answer.1[member].clone());
        }
    }
    called
}

fn compare(case: &Value, (code, reply, sentence): &Answer, known: &HashMap<String, Value>) {
    let name = case["name"].as_str().unwrap();
    let wanted = case["code"].as_str().unwrap();
    assert_eq!(code_name(*code), wanted, "{name}: {reply}");
    let wanted = filled(&case["reply"], known);
    if !wanted.is_null() {
        let difference = difference(&wanted, reply, "reply");
        assert_eq!(difference, None, "{name}: {reply}");
    }
    for member in case["has"].as_array().into_iter().flatten() {
        assert!(
            reply.get(member.as_str().unwrap()).is_some(),
            "{name}: {member} is missing: {reply}"
        );
    }
    match case.get("sentence") {
        Some(wanted) => assert_eq!(
            Value::from(sentence.as_str()),
            filled(wanted, known),
            "{name}"
        ),
        None => assert_eq!(sentence.is_empty(), *code == 0, "{name}: {sentence}"),
    }
}

/// Puts in what is known: a text that is one name becomes the value, a name inside a text its words.
fn filled(value: &Value, known: &HashMap<String, Value>) -> Value {
    match value {
        Value::String(text) => {
            if let Some(value) = known
                .iter()
                .find(|(name, _)| *text == format!("{{{name}}}"))
            {
                return value.1.clone();
            }
            let words = known.iter().map(|(name, value)| {
                (
                    name,
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                )
            });
            let text = words.fold(text.clone(), |text, (name, word)| {
                text.replace(&format!("{{{name}}}"), &word)
            });
            Value::String(text)
        }
        Value::Array(values) => values.iter().map(|value| filled(value, known)).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), filled(value, known)))
                .collect::<Map<_, _>>(),
        ),
        _ => value.clone(),
    }
}

/// Where the reply is not what is wanted; nothing where it is.
fn difference(wanted: &Value, found: &Value, path: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().find_map(|(name, value)| {
            let path = format!("{path}.{name}");
            match found.get(name) {
                Some(found) => difference(value, found, &path),
                None => Some(format!("{path} is missing")),
            }
        }),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            let pairs = wanted.iter().zip(found).enumerate();
            let mut differences = pairs
                .map(|(at, (wanted, found))| difference(wanted, found, &format!("{path}[{at}]")));
            differences.find_map(|difference| difference)
        }
        _ if wanted == found => None,
        _ => Some(format!("{path}: {wanted} is wanted, {found} was found")),
    }
}
