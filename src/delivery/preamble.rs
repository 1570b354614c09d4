//! The first words of a conversation, before lettre takes over: greeting, and STARTTLS where it is chosen.
//!
//! lettre would keep bytes that arrived before the handshake; here they end the conversation.

use super::breaks::Break;
use super::fault::Fault;
use super::record::Record;
use super::step::Step;
use super::wire::{break_of, clean};
use crate::error::SmtpReply;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Longest greeting or EHLO reply.
const REPLY_BYTES: usize = 65_536;

/// A reply, and what came after it without being asked for.
struct Answer {
    reply: SmtpReply,
    lines: Vec<String>,
    extra: Option<String>,
}

/// Reads the greeting and gives a clean copy of its lines back, for lettre to read them again.
pub(crate) async fn greeting<S>(
    stream: &mut S,
    limit: Duration,
    record: &Record,
) -> Result<String, Fault>
where
    S: AsyncRead + Unpin,
{
    let answer = answer(stream, Step::Greeting, limit, record).await?;
    accept(Step::Greeting, &answer)?;
    Ok(answer.lines.join("\r\n") + "\r\n")
}

/// Asks for STARTTLS; when it returns, the handshake is the next thing on the line.
pub(crate) async fn start_tls<S>(
    stream: &mut S,
    ehlo_name: &str,
    limit: Duration,
    record: &Record,
) -> Result<(), Fault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    say(
        stream,
        Step::Ehlo,
        &format!("EHLO {ehlo_name}"),
        limit,
        record,
    )
    .await?;
    let capabilities = answer(stream, Step::Ehlo, limit, record).await?;
    accept(Step::Ehlo, &capabilities)?;
    // Any other 2xx answers something else, such as a second greeting: every later answer would be one behind.
    if capabilities.reply.code != 250 {
        return Err(Fault::broken(
            Step::Ehlo,
            Break::Garbage(capabilities.lines.concat()),
        ));
    }
    let offered = |line: &String| {
        line.get(4..)
            .is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))
    };
    if !capabilities.lines.iter().any(offered) {
        return Err(Fault::broken(Step::StartTls, Break::StartTlsMissing));
    }
    say(stream, Step::StartTls, "STARTTLS", limit, record).await?;
    let go_ahead = answer(stream, Step::StartTls, limit, record).await?;
    accept(Step::StartTls, &go_ahead)?;
    Ok(())
}

fn accept(step: Step, answer: &Answer) -> Result<(), Fault> {
    match answer.reply.code {
        200..=299 => Ok(()),
        400..=599 => Err(Fault::reply(step, answer.reply.clone())),
        _ => Err(Fault::broken(step, Break::Garbage(answer.lines.concat()))),
    }
}

async fn say<S>(
    stream: &mut S,
    step: Step,
    command: &str,
    limit: Duration,
    record: &Record,
) -> Result<(), Fault>
where
    S: AsyncWrite + Unpin,
{
    record.add('>', command);
    let line = format!("{command}\r\n");
    timeout(limit, stream.write_all(line.as_bytes()))
        .await
        .map_err(|_| Fault::broken(step, Break::TimedOut))?
        .map_err(|error| Fault::broken(step, break_of(&error)))
}

async fn answer<S>(
    stream: &mut S,
    step: Step,
    limit: Duration,
    record: &Record,
) -> Result<Answer, Fault>
where
    S: AsyncRead + Unpin,
{
    let answer = timeout(limit, read(stream))
        .await
        .unwrap_or(Err(Break::TimedOut))
        .map_err(|what| Fault::broken(step, what))?;
    answer.lines.iter().for_each(|line| record.add('<', line));
    match &answer.extra {
        None => Ok(answer),
        // A second greeting would be taken for the answer to EHLO, and every later answer for that of the command after.
        Some(extra) if step == Step::Greeting => {
            Err(Fault::broken(step, Break::Garbage(extra.clone())))
        }
        // RFC 3207 section 5, and its attacks of 2011 and 2021: nobody may speak before he is asked.
        Some(_) => Err(Fault::broken(step, Break::InjectedBeforeTls)),
    }
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Answer, Break> {
    let mut raw = Vec::new();
    loop {
        let mut chunk = [0_u8; 2_048];
        let count = stream
            .read(&mut chunk)
            .await
            .map_err(|error| break_of(&error))?;
        if count == 0 {
            return Err(Break::Closed);
        }
        raw.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if let Some(answer) = parse(&raw)? {
            return Ok(answer);
        }
        if raw.len() > REPLY_BYTES {
            return Err(Break::LineTooLong);
        }
    }
}

/// Reads `250-first`, `250 last`; nothing yet where the last line is missing.
fn parse(raw: &[u8]) -> Result<Option<Answer>, Break> {
    let mut lines = Vec::new();
    let mut length = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\n") {
            return Ok(None);
        }
        length += line.len();
        let text = clean(line);
        let garbage = || Break::Garbage(text.clone());
        let code: u16 = text
            .get(..3)
            .and_then(|code| code.parse().ok())
            .ok_or_else(garbage)?;
        let last = match text.as_bytes().get(3) {
            Some(b'-') => false,
            Some(b' ') | None => true,
            Some(_) => return Err(garbage()),
        };
        if lines
            .first()
            .is_some_and(|first: &String| first.get(..3) != text.get(..3))
        {
            return Err(garbage());
        }
        lines.push(text);
        if last {
            let words = lines
                .iter()
                .filter_map(|line| line.get(4..))
                .collect::<Vec<_>>()
                .join(" ");
            let reply = SmtpReply {
                code,
                enhanced: enhanced(&words),
                text: words,
            };
            return Ok(Some(Answer {
                reply,
                lines,
                extra: raw.get(length..).filter(|rest| !rest.is_empty()).map(clean),
            }));
        }
    }
    Ok(None)
}

/// Finds the enhanced status code (RFC 3463) that a reply starts with.
pub(super) fn enhanced(words: &str) -> Option<String> {
    let first = words.split_whitespace().next()?;
    let mut numbers = first.split('.');
    let right = matches!(numbers.next(), Some("2" | "4" | "5"))
        && numbers
            .by_ref()
            .take(2)
            .filter(|part| part.parse::<u16>().is_ok())
            .count()
            == 2
        && numbers.next().is_none();
    right.then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_line_by_line() {
        type Expected = Option<(u16, &'static str, bool)>;
        let cases: [(&[u8], Expected); 5] = [
            (
                b"220 mx.test ESMTP\r\n",
                Some((220, "mx.test ESMTP", false)),
            ),
            (
                b"250-mx\r\n250 STARTTLS\r\n",
                Some((250, "mx STARTTLS", false)),
            ),
            (b"220 ready\r\nEHLO evil\r\n", Some((220, "ready", true))),
            (b"250-mx\r\n", None),
            (b"220 mx", None),
        ];
        for (raw, expected) in cases {
            let found = parse(raw)
                .unwrap()
                .map(|answer| (answer.reply.code, answer.reply.text, answer.extra.is_some()));
            assert_eq!(
                found,
                expected.map(|(code, text, extra)| (code, text.to_owned(), extra)),
                "{raw:?}"
            );
        }
        for garbage in [
            &b"HTTP/1.1 400\r\n"[..],
            b"\x15\x03\x01\x00\x02\n",
            b"220~x\r\n",
            b"220-one\r\n550 two\r\n",
        ] {
            assert!(parse(garbage).is_err(), "{garbage:?}");
        }
    }

    #[test]
    fn enhanced_codes_are_told_from_words() {
        let cases = [
            ("5.7.8 no", Some("5.7.8")),
            ("4.2.2", Some("4.2.2")),
            ("1.2.3 x", None),
            ("5.7 x", None),
            ("10.0.0.1 x", None),
            ("5.1.1.1 x", None),
            ("", None),
        ];
        for (words, expected) in cases {
            assert_eq!(enhanced(words).as_deref(), expected, "{words:?}");
        }
    }
}
