//! Time as the outbox keeps it: milliseconds since 1970, UTC; and how it is written for people.

use crate::error::{Error, MAIL_E_VALUE, Result};
use crate::text::{self, Language};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = i64;

/// Reads the clock; only `mailer` and the worker call it.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    millis(since)
}

/// Gives a duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// Gives the time at which a wait that begins at `now` ends.
pub(crate) fn after(now: Millis, wait: Duration) -> Millis {
    now.saturating_add(millis(wait))
}

/// Writes a time as RFC 3339 in UTC, for replies.
pub(crate) fn rfc3339(at: Millis) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    moment(at).format(format).unwrap_or_default()
}

/// Gives a time as `SystemTime`, for the Date header.
pub(crate) fn system_time(at: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(at).unwrap_or(0))
}

/// Reads the date-time of a receipt: RFC 3339 with its offset.
pub(crate) fn receipt_date(given: &str) -> Result<OffsetDateTime> {
    OffsetDateTime::parse(given, &Rfc3339).map_err(|_| Error::new(MAIL_E_VALUE, text::date(given)))
}

/// Reads a point in time: RFC 3339 with its offset.
pub(crate) fn point_in_time(given: &str) -> Result<Millis> {
    let nanos = receipt_date(given)?.unix_timestamp_nanos();
    Ok(Millis::try_from(nanos / 1_000_000).unwrap_or(Millis::MAX))
}

/// Writes the day of a receipt as the shop's customers write it.
pub(crate) fn day(date: OffsetDateTime, language: Language) -> String {
    let written = match language {
        Language::French => date.format(format_description!("[day]/[month]/[year]")),
        Language::English => date.format(format_description!("[year]-[month]-[day]")),
    };
    written.unwrap_or_default()
}

/// Writes a day in a sentence: `31/12/2026`, `31 December 2026`.
pub(crate) fn day_in_words(date: OffsetDateTime, language: Language) -> String {
    let written = match language {
        Language::French => date.format(format_description!("[day]/[month]/[year]")),
        Language::English => date.format(format_description!(
            "[day padding:none] [month repr:long] [year]"
        )),
    };
    written.unwrap_or_default()
}

/// Reads a day without a time: `2027-11-22`.
pub(crate) fn calendar_day(given: &str) -> Result<OffsetDateTime> {
    time::Date::parse(given, format_description!("[year]-[month]-[day]"))
        .map(|day| day.midnight().assume_utc())
        .map_err(|_| Error::new(MAIL_E_VALUE, text::calendar_day(given)))
}

/// Writes the time of a receipt, as its own offset has it: `18:30`.
pub(crate) fn time_of_day(date: OffsetDateTime) -> String {
    date.format(format_description!("[hour]:[minute]"))
        .unwrap_or_default()
}

fn moment(at: Millis) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .to_offset(UtcOffset::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_795_363_200_123), "2026-11-22T16:00:00.123Z");
    }

    #[test]
    fn the_day_of_a_receipt_is_the_day_in_its_own_offset() {
        let date = receipt_date("2026-11-22T00:30:00+01:00").unwrap();
        assert_eq!(day(date, Language::French), "22/11/2026");
        assert_eq!(receipt_date("22/11/2026").unwrap_err().code, MAIL_E_VALUE);
        assert_eq!(
            time_of_day(receipt_date("2026-11-22T08:05:59+01:00").unwrap()),
            "08:05"
        );
        let day_of = |given| calendar_day(given).map(|date| day(date, Language::French));
        assert_eq!(day_of("2028-02-29").unwrap(), "29/02/2028");
        for wrong in [
            "2027-02-29",
            "2027-13-01",
            "22/11/2027",
            "2027-11-22T00:00:00Z",
            "",
        ] {
            assert_eq!(day_of(wrong).unwrap_err().code, MAIL_E_VALUE, "{wrong}");
        }
    }
}
