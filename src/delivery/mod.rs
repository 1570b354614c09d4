//! Getting mails out: the worker, one SMTP conversation, and what each failure means.
//!
//! ```text
//! worker    the loop: who drains, what is due, which accounts may go
//!  ├ desk      what its rounds share: the outbox, open secrets, who is told
//!  ├ round     one batch of one account, from opening to QUIT
//!  │ ├ queue     its mails, those ready to leave, and their marks
//!  │ └ line      its line to the server, from one mail to the next
//!  ├ limits    what a provider lets an account send
//!  ├ steady    notices when the machine's clock is set
//!  ├ rules     verdict -> what becomes of the mail, and when (pure)
//!  ├ flight    mails over an open session, in as few flights as the server allows
//!  ├ session   one conversation over lettre's connection, a deadline on each step
//!  │   ├ oauth     tokens in place of passwords: from the provider, kept sealed
//!  │   └ wire      the stream under it: bounds, clean UTF-8
//!  │       ├ record    what is kept beside it: extensions, how it broke, the transcript
//!  │       ├ dial      name look-up, TCP with fallback, proxy
//!  │       └ tls       handshake and what is wrong with a certificate
//!  ├ replies, breaks   server's words and broken lines -> cause and cure (tables)
//!  ├ redaction the conversation as it is kept for support
//!  └ folder    writes .eml files instead
//! verify    the same conversation without sending, step by step
//! ```

#[cfg(feature = "bench")]
pub(crate) mod bench;
mod breaks;
pub(crate) mod desk;
mod dial;
mod fault;
mod flight;
mod folder;
pub(crate) mod limits;
mod line;
pub(crate) mod oauth;
mod preamble;
mod queue;
mod record;
mod redaction;
mod replies;
mod round;
mod rules;
mod session;
mod steady;
mod step;
pub(crate) mod tls;
mod trace;
pub(crate) mod verify;
mod wire;
pub(crate) mod worker;
