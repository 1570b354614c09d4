//! The smaller requests: what the calls other than `mail_configure` and `mail_send_receipt` are given.

use crate::opening::Role;
use crate::text::Language;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `mail_init`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct InitRequest {
    /// Absolute path of the state folder; default: a folder for all users of this machine.
    pub(crate) folder: Option<String>,
    /// Store of this process; default `1`.
    pub(crate) store: Option<String>,
    /// `back_office` (default) or `till`.
    pub(crate) role: Option<Role>,
    /// Language of sentences; default: the one in the settings.
    pub(crate) language: Option<Language>,
}

/// `mail_settings` and `mail_health`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StoreRequest {
    /// Store asked for; default: the store given to `mail_init`.
    pub(crate) store: Option<String>,
}

/// `mail_presets`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PresetsRequest {
    /// Address whose provider is looked for, and whose fields are filled in.
    pub(crate) address: Option<String>,
    /// Only this preset; with `address`, its fields are filled in whatever the domain.
    pub(crate) id: Option<String>,
    /// Also asks the domain name system who hosts the mail of a domain that the table does not know; default false: the
    /// network is not touched.
    pub(crate) lookup: Option<bool>,
    /// With `lookup`: the call returns within this time; default 5000, at most 60000.
    pub(crate) deadline_ms: Option<u64>,
}

/// `mail_verify`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct VerifyRequest {
    /// Store whose settings are tried; default: the store given to `mail_init`.
    pub(crate) store: Option<String>,
    /// A user's account to try instead of the store's.
    pub(crate) account: Option<String>,
    /// Settings to try, merged over the saved ones; nothing is saved.
    pub(crate) settings: Option<Value>,
    /// Recipient to ask the server about; default: the sender itself. Nothing is sent.
    pub(crate) to: Option<String>,
    /// The call returns within this time; default 45000, at most 600000.
    pub(crate) deadline_ms: Option<u64>,
    /// Also looks at what the sender's domain says about its mails (SPF, DKIM, DMARC); default false.
    pub(crate) domain: Option<bool>,
    /// With `domain`: the selector of the provider's DKIM key, `s=` in the DKIM-Signature of a mail sent.
    pub(crate) dkim_selector: Option<String>,
}

/// `mail_save_and_test`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SaveAndTestRequest {
    /// Settings to save, merged as by `mail_configure`; without them the saved ones are tested.
    pub(crate) settings: Option<Value>,
    /// Store whose sending is tested; default: the store given to `mail_init`.
    pub(crate) store: Option<String>,
    /// A user's account that is tested instead: it mails its own address a confirmation.
    pub(crate) account: Option<String>,
    /// Address the test goes to; default: the sender's, or the account's, own.
    pub(crate) to: Option<String>,
    /// Receipt of the first sale made with the replication service's number; its `to` is not used.
    /// Default: the first one the library has sent for this store.
    pub(crate) receipt: Option<Value>,
    /// The call returns within this time; default 45000, at most 600000.
    pub(crate) deadline_ms: Option<u64>,
}

/// `mail_sign_in`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SignInRequest {
    /// What to do; default: tells how the sign-in stands, and starts one where there is none.
    pub(crate) action: Option<SignInAction>,
    /// How the owner agrees; default: `device_code` where the provider has it, else `browser`.
    pub(crate) flow: Option<SignInFlow>,
    /// Settings to sign in with, merged over the saved ones; nothing of them is saved. Back office only.
    pub(crate) settings: Option<Value>,
    /// Store whose account signs in; default: the store given to `mail_init`.
    pub(crate) store: Option<String>,
    /// A user's account that signs in instead.
    pub(crate) account: Option<String>,
    /// Longest wait for the provider's answer when one starts; default 45000, at most 600000.
    pub(crate) deadline_ms: Option<u64>,
    /// While it waits for the owner, the call returns after so long, or earlier when that ends; default 0.
    pub(crate) wait_ms: Option<u64>,
}

/// What `mail_sign_in` is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum SignInAction {
    /// Starts a new one, in place of one that waits.
    Start,
    /// Tells how it stands.
    State,
    /// Ends the one that waits; what was signed in before stays.
    Cancel,
    /// Forgets the account's tokens: it has to sign in again.
    SignOut,
}

/// How the owner of an account agrees that tillmail sends as them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum SignInFlow {
    /// They type a short code on a phone or another computer (RFC 8628).
    DeviceCode,
    /// A browser on this machine, with PKCE and a redirect to this machine (RFC 8252).
    Browser,
}

/// `mail_preview`: what may stand beside the fields of a receipt.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PreviewOptions {
    /// Settings to try, merged over the saved ones; nothing is saved.
    pub(crate) settings: Option<Value>,
    /// Gives the bytes of the attachments too, as `base64`; default: name, type and size only.
    pub(crate) attachment_content: Option<bool>,
}

impl PreviewOptions {
    /// Names of the fields.
    pub(crate) const FIELDS: [&str; 2] = ["settings", "attachment_content"];
}

/// `mail_wait`.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WaitRequest {
    /// Mail to wait for.
    pub(crate) id: i64,
    /// Longest wait; default 30000.
    pub(crate) timeout_ms: Option<u64>,
}

/// `mail_journal`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JournalRequest {
    /// One mail with its whole history.
    pub(crate) id: Option<i64>,
    /// The library's own events (settings saved, accounts paused) instead of mails.
    pub(crate) library: Option<bool>,
    /// Only mails of this store.
    pub(crate) store: Option<String>,
    /// Only mails in this state.
    pub(crate) state: Option<State>,
    /// Only mails whose last failure is of this class, such as `recipient`, `auth` or `network`.
    pub(crate) class: Option<String>,
    /// Only mails accepted at this time or later, RFC 3339 with offset.
    pub(crate) since: Option<String>,
    /// Only mails accepted before this time, RFC 3339 with offset.
    pub(crate) until: Option<String>,
    /// Only this receipt number.
    pub(crate) number: Option<String>,
    /// Only mails to this address.
    pub(crate) to: Option<String>,
    /// Next page: the `next` of the page before.
    pub(crate) before: Option<i64>,
    /// Rows of a page, 1 to 500; default 50.
    pub(crate) limit: Option<u32>,
}

/// State of a mail.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum State {
    /// Waits for its time.
    Queued,
    /// Is being sent.
    Sending,
    /// The server took it.
    Sent,
    /// Will not be sent.
    Failed,
    /// May have arrived; a person decides.
    Uncertain,
    /// Taken back.
    Cancelled,
}

impl State {
    /// Gives the word the outbox uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Failed => "failed",
            State::Uncertain => "uncertain",
            State::Cancelled => "cancelled",
        }
    }
}

/// `mail_retry`: one of `id`, `ids` and `state`.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RetryRequest {
    /// Mail to send on its way again.
    pub(crate) id: Option<i64>,
    /// Several mails, 1 to 1000; all of them or none.
    pub(crate) ids: Option<Vec<i64>>,
    /// All mails in this state whose content is still kept, the oldest 1000 of them.
    pub(crate) state: Option<RetryState>,
    /// With `state`: only mails of this store; default: of every store.
    pub(crate) store: Option<String>,
}

/// State of mails that a person decides about.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum RetryState {
    /// Were not sent.
    Failed,
    /// May have arrived.
    Uncertain,
}

impl RetryState {
    /// Gives the word the outbox uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            RetryState::Failed => "failed",
            RetryState::Uncertain => "uncertain",
        }
    }
}

/// `mail_cancel`.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CancelRequest {
    /// Waiting mail to take back.
    pub(crate) id: i64,
}

/// `mail_resend`.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ResendRequest {
    /// Mail to send a second time.
    pub(crate) id: i64,
    /// Where the copy goes; default: where the mail went.
    pub(crate) to: Option<String>,
}

/// `mail_erase`.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EraseRequest {
    /// The customer's e-mail address; upper and lower case are the same.
    pub(crate) to: String,
}

/// `mail_shutdown`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ShutdownRequest {
    /// Longest wait for the mail that is being sent; default 5000.
    pub(crate) wait_ms: Option<u64>,
}
