//! The tests' own certificate authority, and certificates that ought to be refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// A root authority whose files live in the folder given to `new`.
pub struct TestCa {
    folder: PathBuf,
    ca_pem: PathBuf,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    issued: AtomicUsize,
}

/// A server's certificate with its key, in memory and on disk.
pub struct Issued {
    pub cert_pem: PathBuf,
    pub key_pem: PathBuf,
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

impl TestCa {
    pub fn new(folder: &Path) -> TestCa {
        let (certificate, issuer) = authority("Tillmail Test Authority");
        let ca_pem = folder.join("ca.pem");
        fs::write(&ca_pem, certificate.pem()).expect("ca.pem is written");
        TestCa {
            folder: folder.to_path_buf(),
            ca_pem,
            certificate: certificate.der().clone(),
            issuer,
            issued: AtomicUsize::new(0),
        }
    }

    pub fn ca_pem(&self) -> &Path {
        &self.ca_pem
    }

    /// A good certificate for these DNS names and IP addresses.
    pub fn issue(&self, names: &[&str]) -> Issued {
        self.sign(&server_params(names), &self.issuer)
    }

    /// As `issue`, but its time ended in 2021.
    pub fn issue_expired(&self, names: &[&str]) -> Issued {
        let mut params = server_params(names);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(&params, &self.issuer)
    }

    /// Issued by an authority nobody trusts, such as an antivirus that opens the connections.
    pub fn issue_by(&self, issuer_common_name: &str, names: &[&str]) -> Issued {
        let (_, issuer) = authority(issuer_common_name);
        self.sign(&server_params(names), &issuer)
    }

    pub fn self_signed(&self, names: &[&str]) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let certificate = server_params(names).self_signed(&key);
        self.store(&certificate.expect("a self-signed certificate"), &key)
    }

    /// A TLS client that trusts this authority only.
    pub fn client_config(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a root");
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }

    fn sign(&self, params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, issuer).expect("a certificate");
        self.store(&certificate, &key)
    }

    fn store(&self, certificate: &Certificate, key: &KeyPair) -> Issued {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let cert_pem = self.folder.join(format!("cert-{number}.pem"));
        let key_pem = self.folder.join(format!("key-{number}.pem"));
        fs::write(&cert_pem, certificate.pem()).expect("the certificate is written");
        fs::write(&key_pem, key.serialize_pem()).expect("the key is written");
        Issued {
            cert_pem,
            key_pem,
            chain: vec![certificate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        }
    }
}

impl Issued {
    /// A TLS server that shows this certificate.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key.clone_key())
            .expect("certificate and key belong together");
        Arc::new(config)
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn authority(common_name: &str) -> (Certificate, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params
        .distinguished_name
        .push(DnType::OrganizationName, common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a root certificate");
    (certificate, Issuer::new(params, key))
}

fn server_params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names.clone()).expect("names fit for a certificate");
    if let Some(first) = names.first() {
        params
            .distinguished_name
            .push(DnType::CommonName, first.as_str());
    }
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}
