//! tests/contract.json by the C functions themselves: what every binding's test must see too.
#![allow(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Map, Value};
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char};
use support::scratch::Scratch;
use tillmail::error::code_name;

type Call = unsafe extern "C" fn(*const c_char, *mut *mut c_char) -> i32;

const CALLS: [(&str, Call); 16] = [
    ("mail_init", tillmail::mail_init),
    ("mail_configure", tillmail::mail_configure),
    ("mail_settings", tillmail::mail_settings),
    ("mail_presets", tillmail::mail_presets),
    ("mail_verify", tillmail::mail_verify),
    ("mail_save_and_test", tillmail::mail_save_and_test),
    ("mail_send_receipt", tillmail::mail_send_receipt),
    ("mail_send_message", tillmail::mail_send_message),
    ("mail_wait", tillmail::mail_wait),
    ("mail_journal", tillmail::mail_journal),
    ("mail_health", tillmail::mail_health),
    ("mail_retry", tillmail::mail_retry),
    ("mail_cancel", tillmail::mail_cancel),
    ("mail_resend", tillmail::mail_resend),
    ("mail_erase", tillmail::mail_erase),
    ("mail_shutdown", tillmail::mail_shutdown),
];

/// Code, reply and sentence of one call.
fn call(name: &str, request: Option<&str>) -> (i32, Value, String) {
    let (_, function) = CALLS.iter().find(|(known, _)| *known == name).unwrap();
    let request = request.map(|request| CString::new(request).unwrap());
    let request = request
        .as_ref()
        .map_or(std::ptr::null(), |request| request.as_ptr());
    let mut reply: *mut c_char = std::ptr::null_mut();
    // SAFETY: the request is NULL or a text that lives through the call, the reply a place of our own.
    let code = unsafe { function(request, &raw mut reply) };
    assert!(!reply.is_null(), "{name}: no reply");
    // SAFETY: the library gave a text, which is freed once; the sentence is copied before the next call.
    let (text, sentence) = unsafe {
        let text = CStr::from_ptr(reply).to_str().unwrap().to_owned();
        tillmail::mail_free(reply);
        (
            text,
            CStr::from_ptr(tillmail::mail_last_error())
                .to_str()
                .unwrap()
                .to_owned(),
        )
    };
    (code, serde_json::from_str(&text).unwrap(), sentence)
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

#[test]
fn the_c_functions_keep_the_contract() {
    let scratch = Scratch::new("contrat-é");
    let table: Value = serde_json::from_str(include_str!("contract.json")).unwrap();
    let path = |name: &str| Value::String(scratch.path().join(name).display().to_string());
    let mut known = HashMap::from([
        ("folder".to_owned(), path("état")),
        ("mails".to_owned(), path("mails envoyés")),
    ]);
    let mut called = Vec::new();
    for case in table["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let function = case["call"].as_str().unwrap();
        called.push(function.to_owned());
        let request = case
            .get("request")
            .map(|request| filled(request, &known).to_string());
        let request = request.or_else(|| case["raw"].as_str().map(str::to_owned));
        let (code, reply, sentence) = call(function, request.as_deref());
        assert_eq!(
            code_name(code),
            case["code"].as_str().unwrap(),
            "{name}: {reply}"
        );
        let wanted = filled(&case["reply"], &known);
        if !wanted.is_null() {
            assert_eq!(
                difference(&wanted, &reply, "reply"),
                None,
                "{name}: {reply}"
            );
        }
        for member in case["has"].as_array().into_iter().flatten() {
            assert!(
                reply.get(member.as_str().unwrap()).is_some(),
                "{name}: {member} is missing: {reply}"
            );
        }
        for (member, name) in case["keep"].as_object().into_iter().flatten() {
            known.insert(name.as_str().unwrap().to_owned(), reply[member].clone());
        }
        match case.get("sentence") {
            Some(wanted) => assert_eq!(sentence, filled(wanted, &known), "{name}"),
            None => assert_eq!(sentence.is_empty(), code == 0, "{name}: {sentence}"),
        }
    }
    for (name, _) in CALLS {
        assert!(
            called.iter().any(|call| call == name),
            "no case calls {name}"
        );
    }
}
