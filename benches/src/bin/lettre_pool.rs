//! The peer lettre: its own transport with its pool of one connection, given prebuilt bytes.
//!
//!     lettre_pool HOST PORT CA.pem|- MAIL COUNT SECONDS
//!
//! With a CA it uses STARTTLS and AUTH. Ends after so many mails or seconds; prints how many went and how long it took
//! from the end of the first one.

use lettre::address::Envelope;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};
use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, ca, mail, count, seconds] = arguments.as_slice() else {
        panic!("lettre_pool HOST PORT CA.pem|- MAIL COUNT SECONDS");
    };
    let mail = std::fs::read(mail).expect("the mail can be read");
    let most = Duration::from_secs_f64(seconds.parse().expect("seconds"));
    let count: u64 = count.parse().expect("a count");
    let mut transport = SmtpTransport::builder_dangerous(host.as_str())
        .port(port.parse().expect("a port"))
        .pool_config(PoolConfig::new().max_size(1));
    if ca != "-" {
        transport = transport
            .tls(Tls::Required(trusting(host, ca)))
            .credentials(Credentials::new("user".to_owned(), "password".to_owned()));
    }
    let transport = transport.build();
    let envelope = Envelope::new(
        Some("boutique@example.test".parse().expect("an address")),
        vec!["client@example.fr".parse().expect("an address")],
    )
    .expect("an envelope");
    let send = || transport.send_raw(&envelope, &mail).expect("the mail goes");
    send();
    let (start, mut sent) = (Instant::now(), 0);
    while sent < count && start.elapsed() < most {
        send();
        sent += 1;
    }
    println!(
        "{{\"mails\": {sent}, \"seconds\": {}}}",
        start.elapsed().as_secs_f64()
    );
}

fn trusting(host: &str, ca: &str) -> TlsParameters {
    let pem = std::fs::read(ca).expect("the CA can be read");
    TlsParameters::builder(host.to_owned())
        .add_root_certificate(Certificate::from_pem(&pem).expect("a certificate"))
        .build_rustls()
        .expect("TLS parameters")
}
