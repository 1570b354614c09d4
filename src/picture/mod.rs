//! Pictures of a receipt: logos, what a till draws, bar codes and QR codes. They travel inside the mail, by cid.

pub(crate) mod codes;
pub(crate) mod logo;
pub(crate) mod png;

/// A picture that is checked: a mail program can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// `image/png`, `image/jpeg` or `image/gif`.
    pub(crate) content_type: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: Vec<u8>,
}
