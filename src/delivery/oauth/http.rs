//! One HTTPS exchange with a provider: over our own dial, so the proxy, the deadlines and the trust of the settings hold.

use crate::delivery::breaks::Break;
use crate::delivery::dial::{self, Proxy};
use crate::delivery::fault::Fault;
use crate::delivery::step::Step;
use crate::delivery::tls::Tls;
use crate::delivery::trace::Trace;
use crate::delivery::wire::{Tcp, break_of};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, DATE, HOST, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper_util::rt::TokioIo;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::{Instant, timeout_at};

/// Largest answer that is read: tokens have some thousand bytes, their pages of errors some more.
const ANSWER_BYTES: usize = 256 << 10;

/// The way to a provider's endpoints.
pub(super) struct Http<'a> {
    pub(super) proxy: Option<Proxy<'a>>,
    pub(super) tls: Tls,
    /// One exchange may take so long, all of them until then.
    pub(super) each: Duration,
    pub(super) until: Instant,
    pub(super) heard: Cell<Heard>,
}

/// What the last answer said beside its body.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heard {
    pub(super) status: u16,
    /// Seconds that the server wants to be left alone.
    pub(super) retry_after_s: Option<u32>,
    /// The server's clock, in seconds since 1970.
    pub(super) date: Option<i64>,
}

/// A failure on the way, for the crate that asks; we take it out again.
#[derive(Debug)]
pub(super) struct OnTheWay(pub(super) Box<Fault>);

impl std::fmt::Display for OnTheWay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer")
    }
}

impl std::error::Error for OnTheWay {}

impl<'c> AsyncHttpClient<'c> for Http<'_> {
    type Error = OnTheWay;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OnTheWay>> + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let uri = request.uri();
            let host = uri.host().unwrap_or_default().to_owned();
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let port = uri.port_u16().unwrap_or(443);
            let until = self.until.min(Instant::now() + self.each);
            timeout_at(until, self.exchange(host, port, request, until))
                .await
                .unwrap_or(Err(Break::TimedOut))
                .map_err(|what| OnTheWay(Box::new(Fault::broken(Step::Token, what).at(host, port))))
        })
    }
}

impl Http<'_> {
    async fn exchange(
        &self,
        host: &str,
        port: u16,
        request: HttpRequest,
        until: Instant,
    ) -> Result<HttpResponse, Break> {
        self.heard.set(Heard::default());
        let proxy = self.proxy.as_ref();
        let tcp = dial::tcp(host, port, proxy, until, &mut Trace::start())
            .await
            .map_err(|fault| fault.into_break())?;
        let stream = self.tls.handshake(host, Tcp(tcp)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| of_hyper(&error))?;
        let answer = async {
            let response = sender
                .send_request(prepared(request)?)
                .await
                .map_err(|error| of_hyper(&error))?;
            let (head, body) = response.into_parts();
            self.heard.set(heard(head.status.as_u16(), &head.headers));
            let body = Limited::new(body, ANSWER_BYTES)
                .collect()
                .await
                .map_err(|error| Break::Garbage(error.to_string()))?;
            Ok(HttpResponse::from_parts(head, body.to_bytes().to_vec()))
        };
        driven(connection, answer).await
    }
}

/// Lets the connection work while its answer is waited for.
async fn driven<T>(connection: impl Future, answer: impl Future<Output = T>) -> T {
    let (mut connection, mut answer) = (pin!(connection), pin!(answer));
    let mut open = true;
    poll_fn(|context| {
        if open && connection.as_mut().poll(context).is_ready() {
            open = false;
        }
        match answer.as_mut().poll(context) {
            Poll::Pending if open => {
                // What the answer has just asked for goes out now.
                if connection.as_mut().poll(context).is_ready() {
                    open = false;
                    return answer.as_mut().poll(context);
                }
                Poll::Pending
            }
            other => other,
        }
    })
    .await
}

/// The request as it goes over the line: the path alone, and one exchange a connection.
fn prepared(request: HttpRequest) -> Result<hyper::Request<Full<Bytes>>, Break> {
    let (mut head, body) = request.into_parts();
    let unfit = |_| Break::Garbage("address".to_owned());
    let host = head
        .uri
        .authority()
        .map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(host).map_err(|_| Break::Garbage("host".to_owned()))?;
    head.headers.insert(HOST, host);
    head.headers
        .insert(CONNECTION, HeaderValue::from_static("close"));
    let name = concat!("tillmail/", env!("CARGO_PKG_VERSION"));
    head.headers
        .insert(USER_AGENT, HeaderValue::from_static(name));
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().map_err(unfit)?;
    Ok(hyper::Request::from_parts(
        head,
        Full::new(Bytes::from(body)),
    ))
}

fn heard(status: u16, headers: &HeaderMap) -> Heard {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let date = text(DATE).and_then(|date| {
        // HTTP writes GMT (RFC 9110 5.6.7) where RFC 2822 has an offset.
        OffsetDateTime::parse(&date.replace("GMT", "+0000"), &Rfc2822).ok()
    });
    Heard {
        status,
        retry_after_s: text(RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok()),
        date: date.map(OffsetDateTime::unix_timestamp),
    }
}

fn of_hyper(error: &hyper::Error) -> Break {
    let source = std::error::Error::source(error);
    match source.and_then(|source| source.downcast_ref::<std::io::Error>()) {
        Some(io) => break_of(io),
        None if error.is_incomplete_message() || error.is_canceled() => Break::Closed,
        None => Break::Garbage(error.to_string()),
    }
}
