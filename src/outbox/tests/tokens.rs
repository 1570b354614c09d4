//! Tokens: one pair for an account, and a sign-in that counts as saving.

use super::*;
use crate::error::MAIL_E_SIGN_IN;
use crate::text::Text;

fn tokens(refresh: &str) -> KeptTokens {
    KeptTokens {
        sealed_refresh_token: Some(refresh.to_owned()),
        sealed_access_token: Some("access".to_owned()),
        access_from: Some(1),
        access_until: None,
        refreshed_at: 1,
    }
}

#[test]
fn new_tokens_take_the_place_of_the_old_ones_of_that_account_only() {
    let folder = Folder::new("tokens");
    let mut outbox = folder.open();
    assert_eq!(outbox.tokens("a").unwrap(), None);
    for (account, refresh) in [("a", "1"), ("b", "2"), ("a", "3")] {
        outbox.keep_tokens(account, &tokens(refresh)).unwrap();
    }
    assert_eq!(outbox.tokens("a").unwrap(), Some(tokens("3")));
    assert_eq!(folder.open().tokens("b").unwrap(), Some(tokens("2")));
}

#[test]
fn a_sign_in_lifts_pauses_and_is_a_change_of_the_settings_for_every_process() {
    let folder = Folder::new("sign-in");
    let mut outbox = folder.open();
    outbox.change_settings(1, |_| Ok((json!({}), ()))).unwrap();
    let version = outbox.settings_version().unwrap();
    let cause = Error::new(MAIL_E_SIGN_IN, Text::new("x", "x"));
    outbox
        .pause("smtp:a", &cause, Duration::from_secs(60), 1)
        .unwrap();
    let event = Event::plain("settings_saved");
    outbox
        .change_sign_in("a", Some(&tokens("1")), &event, 2)
        .unwrap();
    assert_eq!(outbox.tokens("a").unwrap(), Some(tokens("1")));
    assert!(outbox.paused().unwrap().is_empty());
    assert_eq!(outbox.settings_version().unwrap(), version + 1);
    outbox.change_sign_in("a", None, &event, 3).unwrap();
    assert_eq!(outbox.tokens("a").unwrap(), None);
    assert_eq!(outbox.settings_version().unwrap(), version + 2);
}
