//! The authorization server fails as ordered, and counts what it was asked.

use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::authorization::{ALICE, SOON, begun, refresh, refreshing, refused, started};
use crate::support::authorization::Failure;
use crate::support::http::{send, try_post_form};
use crate::support::scratch::wait_until;

#[test]
fn ordered_faults_come_once_and_to_whom_they_are_meant() {
    let (server, _scratch) = started();
    let busy = Failure {
        only: Some("refresh_token"),
        retry_after: Some("7".to_owned()),
        date_offset_s: 86_400,
        ..Failure::json(503, "temporarily_unavailable")
    };
    server.fail_next(1, &busy);
    begun(&server);
    let old = server.grant_refresh_token("till", ALICE);
    let answer = refresh(&server, &old);
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("7"))
    );
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    let date = OffsetDateTime::parse(answer.header("date").unwrap(), &Rfc2822).unwrap();
    let ahead = (date - OffsetDateTime::now_utc()).whole_hours();
    assert!((23..=24).contains(&ahead), "{date}");
    let lost = Failure {
        lost: true,
        ..Failure::default()
    };
    server.fail_next(1, &lost);
    let known = server.issued().len();
    assert!(try_post_form(&server.token_url("common"), &server.tls, &refreshing(&old)).is_none());
    assert_eq!(server.issued().len(), known + 2, "{}", server.log());
    refused(&refresh(&server, &old), "invalid_grant");
}

#[test]
fn refreshes_at_the_same_time_are_counted() {
    let (server, _scratch) = started();
    let tokens = [ALICE, "bob@example.test"].map(|user| server.grant_refresh_token("till", user));
    server.delay_next_refresh(Duration::ZERO, Duration::from_millis(700));
    std::thread::scope(|scope| {
        scope.spawn(|| refresh(&server, &tokens[0]));
        wait_until("the first one runs", SOON, || {
            (server.counts().of("refresh_token") == 1).then_some(())
        });
        assert_eq!(refresh(&server, &tokens[1]).status, 200);
    });
    let counts = server.counts();
    assert_eq!(
        (
            counts.refreshes_at_once,
            counts.refreshes_of_one_user_at_once
        ),
        (2, 1)
    );
}

#[test]
fn an_answer_may_come_in_chunks() {
    let (server, _scratch) = started();
    let chunked = Failure {
        chunked: true,
        ..Failure::default()
    };
    server.fail_next(1, &chunked);
    let request = "POST /token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Length: 0\r\n\r\n";
    let answer = send(&server.url(), &server.tls, request).unwrap();
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    // 20 bytes come first, and none last.
    assert!(
        answer.body.starts_with("14\r\n{") && answer.body.ends_with("\r\n0\r\n\r\n"),
        "{answer:?}"
    );
}

#[test]
fn a_proxy_before_the_server_may_answer_in_its_place() {
    let (server, _scratch) = started();
    let page = Failure {
        status: Some(502),
        body: "<h1>Bad Gateway</h1>".to_owned(),
        content_type: "text/html",
        delay_before: Duration::from_millis(300),
        ..Failure::default()
    };
    server.fail_next(1, &page);
    let start = Instant::now();
    let answer = refresh(&server, &server.grant_refresh_token("till", ALICE));
    assert!(start.elapsed() >= page.delay_before);
    assert_eq!((answer.status, answer.body), (502, page.body));
    assert_eq!(server.counts().of("refresh_token"), 1);
}
