//! tests/contract.json by the C functions themselves: what every binding's test must see too.
#![allow(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::Value;
use std::ffi::{CStr, CString, c_char};
use support::contract::is_kept;
use support::scratch::Scratch;

type Call = unsafe extern "C" fn(*const c_char, *mut *mut c_char) -> i32;

const CALLS: [(&str, Call); 18] = [
    ("mail_init", tillmail::mail_init),
    ("mail_configure", tillmail::mail_configure),
    ("mail_settings", tillmail::mail_settings),
    ("mail_presets", tillmail::mail_presets),
    ("mail_verify", tillmail::mail_verify),
    ("mail_save_and_test", tillmail::mail_save_and_test),
    ("mail_sign_in", tillmail::mail_sign_in),
    ("mail_send_receipt", tillmail::mail_send_receipt),
    ("mail_preview", tillmail::mail_preview),
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

#[test]
fn the_c_functions_keep_the_contract() {
    let scratch = Scratch::new("contrat-é");
    let path = |name: &str| scratch.path().join(name).display().to_string();
    let called = is_kept(&path("état"), &path("mails envoyés"), call);
    for (name, _) in CALLS {
        assert!(called.contains(name), "no case calls {name}");
    }
}
