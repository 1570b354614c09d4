//! Secrets at rest: a password is sealed before it reaches the disk, and opened only to log in.
//!
//! On Windows DPAPI seals for this machine. Elsewhere a random key in a file that only its owner may
//! read, with ChaCha20-Poly1305. Either way a copied outbox file alone gives no password away.

#[cfg(not(windows))]
use crate::error::MAIL_E_FOLDER;
use crate::error::{Error, MAIL_E_SEALED, Result};
use crate::text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::path::Path;
use zeroize::Zeroizing;

/// Marks a sealed value, so that it is never sealed twice nor sent as a password.
const SEALED: &str = "sealed:1:";

/// Name of the key file in the state folder.
#[cfg(not(windows))]
const KEY_FILE: &str = "secret.key";

/// Seals and opens secrets.
pub(crate) struct Vault {
    #[cfg(not(windows))]
    /// None where there is no key file and none may be made.
    key: Option<Zeroizing<[u8; 32]>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Opens the vault of a state folder; the first one to do so makes its key.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        #[cfg(windows)]
        {
            let _ = folder;
            Ok(Vault {})
        }
        #[cfg(not(windows))]
        {
            let path = folder.join(KEY_FILE);
            let key = key_file::read_or_make(&path)
                .map_err(|error| Error::new(MAIL_E_FOLDER, text::key_file(&path, &error)))?;
            Ok(Vault { key: Some(key) })
        }
    }

    /// Opens the vault of a state folder without making a key: where there is none, nothing was sealed.
    pub(crate) fn visit(folder: &Path) -> Result<Self> {
        #[cfg(windows)]
        {
            let _ = folder;
            Ok(Vault {})
        }
        #[cfg(not(windows))]
        {
            let path = folder.join(KEY_FILE);
            let key = key_file::read_if_there(&path)
                .map_err(|error| Error::new(MAIL_E_FOLDER, text::key_file(&path, &error)))?;
            Ok(Vault { key })
        }
    }

    /// Seals a secret; the result is text and can be kept anywhere.
    pub(crate) fn seal(&self, secret: &str) -> Result<String> {
        let sealed = self.seal_bytes(secret.as_bytes()).map_err(Error::bug)?;
        Ok(format!("{SEALED}{}", STANDARD.encode(sealed)))
    }

    /// Opens what `seal` made.
    pub(crate) fn open_secret(&self, sealed: &str) -> Result<Zeroizing<String>> {
        let cannot = || Error::new(MAIL_E_SEALED, text::cannot_unseal());
        let text = sealed.strip_prefix(SEALED).ok_or_else(cannot)?;
        let bytes = STANDARD.decode(text).map_err(|_| cannot())?;
        let opened = self.open_bytes(&bytes).ok_or_else(cannot)?;
        String::from_utf8(opened.to_vec())
            .map(Zeroizing::new)
            .map_err(|_| cannot())
    }

    /// Opens a secret of the settings, where there is one; an error is about its field.
    pub(crate) fn open_field(
        &self,
        sealed: Option<&String>,
        field: &str,
    ) -> Result<Option<Zeroizing<String>>> {
        let opened = sealed.map(|sealed| self.open_secret(sealed));
        opened.transpose().map_err(|error| error.inside(field))
    }

    #[cfg(windows)]
    fn seal_bytes(&self, secret: &[u8]) -> std::io::Result<Vec<u8>> {
        crate::os::protect(secret)
    }

    #[cfg(windows)]
    fn open_bytes(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        crate::os::unprotect(sealed).ok().map(Zeroizing::new)
    }

    #[cfg(not(windows))]
    fn seal_bytes(&self, secret: &[u8]) -> std::result::Result<Vec<u8>, ring::error::Unspecified> {
        let key = self.key.as_ref().ok_or(ring::error::Unspecified)?;
        key_file::seal(key, secret)
    }

    #[cfg(not(windows))]
    fn open_bytes(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        key_file::open(self.key.as_ref()?, sealed)
    }
}

/// Tells whether a value is sealed already.
pub(crate) fn is_sealed(value: &str) -> bool {
    value.starts_with(SEALED)
}

/// An object of a layer that holds secrets, and the members of the layer that say whose they are.
struct Holder {
    pointer: &'static str,
    field: &'static str,
    secrets: &'static [&'static str],
    /// JSON Pointers from the layer: what names the server, or the program, that the secrets belong to.
    owner: &'static [&'static str],
}

/// Every place of secrets; a layer is the document itself, a store or an account.
const HOLDERS: [Holder; 4] = [
    Holder {
        pointer: "/smtp",
        field: "smtp",
        secrets: &["password"],
        owner: &["/smtp/preset", "/smtp/host"],
    },
    Holder {
        pointer: "/smtp/oauth",
        field: "smtp.oauth",
        secrets: &["client_secret", "refresh_token", "access_token"],
        owner: &[
            "/smtp/preset",
            "/smtp/host",
            "/smtp/oauth/client_id",
            "/smtp/oauth/tenant",
            "/smtp/oauth/token_url",
            "/smtp/oauth/device_url",
        ],
    },
    Holder {
        pointer: "/smtp/proxy",
        field: "smtp.proxy",
        secrets: &["password"],
        owner: &["/smtp/proxy/url"],
    },
    Holder {
        pointer: "/legacy",
        field: "legacy",
        secrets: &["password"],
        owner: &["/legacy/server"],
    },
];

/// One place of a secret in a document.
pub(super) struct Place {
    /// JSON Pointer (RFC 6901) of the layer.
    layer: String,
    /// JSON Pointer of the object that holds the secret.
    holder: String,
    /// Path of that object as an error names it.
    field: String,
    /// Name of the secret in it.
    name: &'static str,
    owner: &'static [&'static str],
}

impl Place {
    /// Gives the object that holds the secret, where the document has it.
    pub(super) fn of<'a>(&self, document: &'a mut Value) -> Option<&'a mut Map<String, Value>> {
        document.pointer_mut(&self.holder)?.as_object_mut()
    }

    /// Gives the secret, where the document has it.
    pub(super) fn secret<'a>(&self, document: &'a mut Value) -> Option<&'a mut Value> {
        self.of(document)?.get_mut(self.name)
    }

    /// Takes the secret out of a document.
    pub(super) fn forget(&self, document: &mut Value) {
        if let Some(holder) = self.of(document) {
            holder.remove(self.name);
        }
    }

    /// Gives what says whose the secret is in a document.
    pub(super) fn owner<'a>(&self, document: &'a Value) -> Vec<Option<&'a Value>> {
        let names = self.owner.iter();
        names
            .map(|name| document.pointer(&format!("{}{name}", self.layer)))
            .collect()
    }
}

/// Lists the places where a document may hold a secret: at the top, in each store and account.
pub(super) fn places(document: &Value) -> Vec<Place> {
    let mut layers = vec![(String::new(), String::new())];
    for group in ["stores", "accounts"] {
        let ids = document
            .get(group)
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::keys);
        layers.extend(ids.map(|id| {
            let escaped = id.replace('~', "~0").replace('/', "~1");
            (format!("/{group}/{escaped}"), format!("{group}.{id}."))
        }));
    }
    let mut places = Vec::new();
    for (layer, field) in layers {
        for holder in &HOLDERS {
            places.extend(holder.secrets.iter().map(|name| Place {
                layer: layer.clone(),
                holder: format!("{layer}{}", holder.pointer),
                field: format!("{field}{}", holder.field),
                name,
                owner: holder.owner,
            }));
        }
    }
    places
}

/// Gives every secret of a settings document to a function that may change it; an error of that
/// function is about the field where the secret stands.
pub(crate) fn each_secret(
    document: &mut Value,
    change: &mut dyn FnMut(&mut String) -> Result<()>,
) -> Result<()> {
    for place in places(document) {
        if let Some(Value::String(secret)) = place.secret(document) {
            change(secret).map_err(|error| error.inside(place.name).inside(&place.field))?;
        }
    }
    Ok(())
}

#[cfg(not(windows))]
mod key_file {
    use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
    use ring::error::Unspecified;
    use ring::rand::{SecureRandom, SystemRandom};
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read, Write};
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;
    use zeroize::Zeroizing;

    /// Binds a sealed value to its purpose.
    const PURPOSE: &[u8] = b"tillmail secret 1";

    /// Reads the key, or makes it. The file appears whole or not at all, whoever else tries it now.
    pub(super) fn read_or_make(path: &Path) -> io::Result<Zeroizing<[u8; 32]>> {
        match read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
            other => return other,
        }
        read(path)
    }

    pub(super) fn read_if_there(path: &Path) -> io::Result<Option<Zeroizing<[u8; 32]>>> {
        match read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    fn read(path: &Path) -> io::Result<Zeroizing<[u8; 32]>> {
        let mut key = Zeroizing::new([0; 32]);
        File::open(path)?.read_exact(&mut *key)?;
        Ok(key)
    }

    fn make(path: &Path) -> io::Result<()> {
        let mut key = Zeroizing::new([0; 32]);
        SystemRandom::new()
            .fill(&mut *key)
            .map_err(|_| io::Error::other("no random bytes"))?;
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(&*key)?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => sync_folder(path),
        }
    }

    fn sync_folder(path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, Unspecified> {
        UnboundKey::new(&CHACHA20_POLY1305, key).map(LessSafeKey::new)
    }

    pub(super) fn seal(key: &[u8; 32], secret: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce)?;
        let mut box_ = Zeroizing::new(secret.to_vec());
        let tag = cipher(key)?.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(PURPOSE),
            &mut box_,
        )?;
        Ok([&nonce[..], &box_[..], tag.as_ref()].concat())
    }

    pub(super) fn open(key: &[u8; 32], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = Zeroizing::new(rest.to_vec());
        let opened = cipher(key)
            .ok()?
            .open_in_place(nonce, Aad::from(PURPOSE), &mut rest)
            .ok()?;
        Some(Zeroizing::new(opened.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_again_and_shows_nothing() {
        let folder = std::env::temp_dir().join(format!("tillmail-vault-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let sealed = Vault::open(&folder).unwrap().seal("s3cret péché").unwrap();
        assert!(!sealed.contains("s3cret"), "{sealed}");
        let again = Vault::open(&folder).unwrap();
        assert_eq!(again.open_secret(&sealed).unwrap().as_str(), "s3cret péché");
        assert_ne!(
            sealed,
            again.seal("s3cret péché").unwrap(),
            "the same nonce twice"
        );
        let mut damaged = sealed.into_bytes();
        let place = damaged.len() - 6;
        damaged[place] ^= 1;
        let refused = again
            .open_secret(&String::from_utf8(damaged).unwrap())
            .unwrap_err();
        assert_eq!(refused.code, MAIL_E_SEALED);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("tillmail-key-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Vault::open(&folder).unwrap();
        let mode = std::fs::metadata(folder.join(KEY_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
