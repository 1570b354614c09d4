//! Tokens in place of passwords (OAuth 2, RFC 6749): asked for at the provider, kept sealed, renewed ahead of their end.
//!
//! ```text
//! supply    the token for one login: the one that is kept, or a new one; one refresh at a time
//!  ├ client    one request for tokens, by the oauth2 crate
//!  │   └ http      its HTTPS, over our own dial (proxy, deadlines) and trust
//!  └ refusals  a provider's words -> cause and cure (a table)
//! idle      renews what nobody has used for a while
//! device    a person signs in with a code on a phone (RFC 8628)
//! browser   a person signs in with a browser on this machine (RFC 8252, RFC 7636)
//! waiting   one of the two under way, in a thread of its own
//! sasl      what is said to the mail server: XOAUTH2, OAUTHBEARER
//! ```

pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod device;
mod http;
pub(super) mod idle;
pub(crate) mod refusals;
pub(super) mod sasl;
pub(crate) mod supply;
pub(crate) mod waiting;
