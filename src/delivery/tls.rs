//! TLS: whom we trust, the handshake, and what is wrong with a certificate that is refused.

use super::breaks::Break;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::settings::checks::read_certificates;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore,
    SignatureScheme,
};
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Shortest word of a certificate's name that is shown to a person: a country's two letters help nobody.
const SHOWN_BYTES: usize = 3;

/// What we trust, ready for handshakes. Sessions are resumed, which rustls does only under the same verifier.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: TlsConnector,
    witness: Arc<Witness>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Trusts the built-in and the system's authorities, and those of a PEM file.
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        // A damaged certificate in the system's store is the system's trouble, not the till's.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca_file {
            let certificates =
                read_certificates(path).map_err(|error| error.inside("smtp.ca_file"))?;
            roots.add_parsable_certificates(certificates);
        }
        let provider = Arc::new(default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .map_err(Error::bug)?;
        let witness = Arc::new(Witness {
            verifier,
            refused: Mutex::default(),
        });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::bug)?
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_no_client_auth();
        Ok(Tls {
            connector: TlsConnector::from(Arc::new(config)),
            witness,
        })
    }

    /// Makes the handshake; the certificate must be for `host`.
    pub(crate) async fn handshake<S>(
        &self,
        host: &str,
        stream: S,
    ) -> std::result::Result<TlsStream<S>, Break>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| Break::TlsOther(error.to_string()))?;
        self.connector
            .connect(name.clone(), stream)
            .await
            .map_err(|error| diagnose(&error, self.witness.refused(&name).as_ref()))
    }
}

/// Verifies as rustls does, and remembers the certificates that were refused, by the name they were shown for.
#[derive(Debug)]
struct Witness {
    verifier: Arc<WebPkiServerVerifier>,
    refused: Mutex<HashMap<ServerName<'static>, CertificateDer<'static>>>,
}

impl Witness {
    fn all_refused(&self) -> MutexGuard<'_, HashMap<ServerName<'static>, CertificateDer<'static>>> {
        lock(&self.refused)
    }

    fn refused(&self, name: &ServerName<'static>) -> Option<CertificateDer<'static>> {
        self.all_refused().remove(name)
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        self.verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .inspect_err(|_| {
                self.all_refused()
                    .insert(server_name.to_owned(), end_entity.clone().into_owned());
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

fn diagnose(error: &io::Error, refused: Option<&CertificateDer<'_>>) -> Break {
    let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    else {
        return super::wire::break_of(error);
    };
    match tls {
        rustls::Error::InvalidCertificate(what) => certificate(what, refused),
        rustls::Error::InvalidMessage(_) => Break::NotTls,
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        ) => Break::TlsVersion,
        other => Break::TlsOther(other.to_string()),
    }
}

fn certificate(what: &CertificateError, refused: Option<&CertificateDer<'_>>) -> Break {
    match what {
        CertificateError::NotValidForName => Break::CertificateName {
            presented: names(refused),
        },
        CertificateError::NotValidForNameContext { .. } => Break::CertificateName {
            presented: names(refused),
        },
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Break::CertificateExpired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Break::CertificateNotYetValid
        }
        _ => untrusted(what, refused),
    }
}

/// A certificate by nobody we trust: made by itself, or by somebody whose name helps.
fn untrusted(what: &CertificateError, refused: Option<&CertificateDer<'_>>) -> Break {
    let parsed = refused.and_then(|der| webpki::EndEntityCert::try_from(der).ok());
    match parsed {
        Some(cert) if cert.issuer() == cert.subject() => Break::CertificateSelfSigned,
        Some(cert) => Break::CertificateUnknownIssuer {
            issuer: readable(cert.issuer()),
        },
        None => Break::CertificateOther(what.to_string()),
    }
}

fn names(refused: Option<&CertificateDer<'_>>) -> Vec<String> {
    refused
        .and_then(|der| webpki::EndEntityCert::try_from(der).ok())
        .map(|cert| cert.valid_dns_names().map(str::to_owned).collect())
        .unwrap_or_default()
}

/// The words of a DER-encoded name, such as `Avast Web/Mail Shield Root`, each once.
fn readable(name: &[u8]) -> String {
    let mut words: Vec<String> = Vec::new();
    for start in 0..name.len() {
        let word = name.get(start..).and_then(attribute);
        words.extend(word.filter(|word| word.len() >= SHOWN_BYTES && !words.contains(word)));
    }
    words.join(", ")
}

/// Reads one attribute (X.520) of a name: its type `2.5.4.n`, then a string with a length below 128.
fn attribute(der: &[u8]) -> Option<String> {
    const OID: [u8; 4] = [0x06, 0x03, 0x55, 0x04];
    let [_type, _tag, length, text @ ..] = der.strip_prefix(&OID)? else {
        return None;
    };
    let text = text.get(..usize::from(*length))?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_are_shown_once_and_without_what_is_between_them() {
        let attribute = |kind: u8, text: &str| {
            let length = u8::try_from(text.len()).unwrap();
            let mut der = vec![0x31, length + 9, 0x30, length + 7, 0x06, 0x03, 0x55, 0x04];
            der.extend([kind, 0x0c, length]);
            der.extend(text.as_bytes());
            der
        };
        let name = [
            attribute(6, "FR"),
            attribute(3, "Autorité de la Maison"),
            attribute(10, "Autorité de la Maison"),
            attribute(11, "1 rue"),
        ];
        assert_eq!(readable(&name.concat()), "Autorité de la Maison, 1 rue");
        assert_eq!(readable(b"\x06\x03\x55\x04\x03\x0c\x7f"), "");
        assert_eq!(readable(b""), "");
    }
}
