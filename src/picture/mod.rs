//! Pictures of a receipt: logos, what a till draws, bar codes and QR codes. They travel inside the mail, by cid.

pub(crate) mod codes;
pub(crate) mod logo;
pub(crate) mod png;

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A picture that is checked: a mail program can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// `image/png`, `image/jpeg` or `image/gif`.
    pub(crate) content_type: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: Bytes,
}

/// The bytes of a picture, with what a mail makes of them: a shop's logo is the same in every mail.
#[derive(Debug, Clone)]
pub(crate) struct Bytes(Arc<(Vec<u8>, OnceLock<Vec<u8>>)>);

impl Bytes {
    /// Gives them as a mail carries them; `encode` is called once, and always has to be the same.
    pub(crate) fn encoded(&self, encode: fn(&[u8]) -> Vec<u8>) -> &[u8] {
        let (bytes, encoded) = &*self.0;
        encoded.get_or_init(|| encode(bytes))
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(Arc::new((bytes, OnceLock::new())))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.0
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}
