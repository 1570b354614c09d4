//! Asking the domain name system: who takes the mail of a domain, and what the domain says about its own mails.
//!
//! A look-up asks the name servers of this machine, or those of the settings, one after the other until a given moment.
//! It starts no thread and keeps nothing: dropped, it has ended. It checks no signatures (DNSSEC), so what is found here
//! is proposed to a person and never used by itself.

pub(crate) mod domain;
mod exchange;
mod policy;
pub(crate) mod provider;
mod system;

use crate::error::{Error, Result};
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long one server has to answer, in each round: a lost packet costs a second, a slow line gets its time.
const ROUNDS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// Name servers that are asked, as many as the system's own resolver (resolv.conf(5)), and one more.
const MOST_SERVERS: usize = 4;
/// Records of one answer that are looked at.
const MOST_RECORDS: usize = 100;

/// Asks name servers until a given moment.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    servers: Arc<[SocketAddr]>,
    until: Instant,
}

/// Why there is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// There is no such name.
    NameMissing,
    /// The name has no record of this kind.
    RecordMissing,
    /// No server answered in time.
    NoAnswer,
    /// No name server is known.
    NoServer,
}

/// One service as its record names it (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) host: String,
    pub(crate) port: u16,
}

type Answer<T> = std::result::Result<T, Nothing>;

/// Does the asking on this thread.
pub(crate) fn run<T>(asking: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::no_resources)?;
    Ok(runtime.block_on(asking))
}

impl Resolver {
    /// Asks these servers, or this machine's where there are none, for so long.
    pub(crate) fn new(given: &[SocketAddr], limit: Duration) -> Self {
        let mut servers = match given {
            [] => system::name_servers(),
            given => given.to_vec(),
        };
        servers.truncate(MOST_SERVERS);
        Resolver {
            servers: servers.into(),
            until: Instant::now() + limit,
        }
    }

    /// Gives the hosts that take a domain's mail, the preferred first; none where it says that it takes no mail (RFC 7505).
    async fn mail_exchangers(&self, domain: &str) -> Answer<Vec<String>> {
        let mut found: Vec<(u16, String)> = self
            .records(domain, RecordType::MX)
            .await?
            .into_iter()
            .filter_map(|record| match record {
                RData::MX(mx) => Some((mx.preference, plain(&mx.exchange))),
                _ => None,
            })
            .collect();
        found.sort();
        let hosts = found.into_iter().map(|(_, host)| host);
        Ok(hosts.filter(|host| !host.is_empty()).collect())
    }

    /// Gives a service's first host; none where the domain says that it does not offer it.
    async fn service(&self, name: &str) -> Answer<Option<Service>> {
        let best = self
            .records(name, RecordType::SRV)
            .await?
            .into_iter()
            .filter_map(|record| match record {
                RData::SRV(srv) => Some(srv),
                _ => None,
            })
            // Weights share load between hosts; one proposal to a person takes the heaviest.
            .min_by_key(|srv| (srv.priority, u16::MAX - srv.weight));
        Ok(best
            .map(|srv| Service {
                host: plain(&srv.target),
                port: srv.port,
            })
            .filter(|service| !service.host.is_empty() && service.port != 0))
    }

    /// Gives the texts of a name, each put together from its parts.
    async fn texts(&self, name: &str) -> Answer<Vec<String>> {
        let records = self.records(name, RecordType::TXT).await?;
        let texts = records.into_iter().filter_map(|record| match record {
            RData::TXT(text) => {
                let bytes: Vec<u8> = text.txt_data.iter().flatten().copied().collect();
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => None,
        });
        Ok(texts.collect())
    }

    /// Asks one server after the other, and all again, until one knows.
    async fn records(&self, name: &str, kind: RecordType) -> Answer<Vec<RData>> {
        let name = Name::from_utf8(name).map_err(|_| Nothing::NameMissing)?;
        let question = Query::query(name, kind);
        if self.servers.is_empty() {
            return Err(Nothing::NoServer);
        }
        for (round, wait) in ROUNDS.into_iter().enumerate() {
            for server in self.servers.iter() {
                let until = self.until.min(Instant::now() + wait);
                // An old server that refuses what it does not know is asked without it in the second round.
                let extended = round == 0;
                let reply = exchange::ask(*server, &question, extended, until).await;
                if let Some(answer) = reply.and_then(|reply| read(reply, kind)) {
                    return answer;
                }
                if Instant::now() >= self.until {
                    return Err(Nothing::NoAnswer);
                }
            }
        }
        Err(Nothing::NoAnswer)
    }
}

/// What a reply says; nothing where the server could not or would not.
fn read(reply: Message, kind: RecordType) -> Option<Answer<Vec<RData>>> {
    match reply.metadata.response_code {
        ResponseCode::NXDomain => Some(Err(Nothing::NameMissing)),
        ResponseCode::NoError => {
            let records: Vec<RData> = reply
                .answers
                .into_iter()
                .filter(|record| record.record_type() == kind)
                .map(|record| record.data)
                .take(MOST_RECORDS)
                .collect();
            Some(if records.is_empty() {
                Err(Nothing::RecordMissing)
            } else {
                Ok(records)
            })
        }
        _ => None,
    }
}

/// A host name as settings have it: lower case, without the dot of the root.
fn plain(name: &Name) -> String {
    let name = name.to_ascii().to_lowercase();
    name.trim_end_matches('.').to_owned()
}
