//! Times as the shop's clock shows them; RFC 3339 in UTC as the library gives and takes them.

use crate::arguments::duration;
use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use tillmail::Language;

/// Day and minute of a time; the time as it is where it cannot be read.
pub(crate) fn shown(at: &str, language: Language) -> String {
    written(
        at,
        match language {
            Language::French => "%d/%m/%Y %H:%M",
            Language::English => "%Y-%m-%d %H:%M",
        },
    )
}

/// The same with seconds, for the order of things.
pub(crate) fn exact(at: &str, language: Language) -> String {
    written(
        at,
        match language {
            Language::French => "%d/%m/%Y %H:%M:%S",
            Language::English => "%Y-%m-%d %H:%M:%S",
        },
    )
}

/// The same without the year, for lists.
pub(crate) fn short(at: &str, language: Language) -> String {
    written(
        at,
        match language {
            Language::French => "%d/%m %H:%M",
            Language::English => "%m-%d %H:%M",
        },
    )
}

/// How long ago, or how long from now, in the largest unit that says it.
pub(crate) fn distance(at: &str, language: Language) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(at).ok()?;
    let seconds = Utc::now().signed_duration_since(at).num_seconds().abs();
    Some(match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => match language {
            Language::French => format!("{} j", seconds / 86_400),
            Language::English => format!("{} d", seconds / 86_400),
        },
    })
}

/// Now, as a file name can hold it.
pub(crate) fn for_a_file() -> String {
    Local::now().format("%Y%m%d-%H%M%S").to_string()
}

/// Reads `2h`, `3d`, a day, a day with its minute, or RFC 3339; gives RFC 3339.
pub(crate) fn since(given: &str) -> Option<String> {
    if DateTime::parse_from_rfc3339(given).is_ok() {
        return Some(given.to_owned());
    }
    if let Ok(ago) = duration(given) {
        let at = Utc::now() - chrono::Duration::from_std(ago).ok()?;
        return Some(at.to_rfc3339_opts(SecondsFormat::Secs, true));
    }
    let day = ["%Y-%m-%d", "%d/%m/%Y"]
        .into_iter()
        .find_map(|format| NaiveDate::parse_from_str(given, format).ok())
        .and_then(|day| day.and_hms_opt(0, 0, 0));
    let minute = ["%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(given, format).ok());
    let at = Local.from_local_datetime(&day.or(minute)?).earliest()?;
    Some(at.to_rfc3339_opts(SecondsFormat::Secs, false))
}

fn written(at: &str, format: &str) -> String {
    match DateTime::parse_from_rfc3339(at) {
        Ok(time) => time.with_timezone(&Local).format(format).to_string(),
        Err(_) => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        for (given, read) in [
            ("2026-11-24", true),
            ("24/11/2026", true),
            ("24/11/2026 14:02", true),
            ("2026-11-24T14:02:00+01:00", true),
            ("2h", true),
            ("yesterday", false),
            ("31/02/2026", false),
            ("", false),
        ] {
            let time = since(given);
            assert_eq!(time.is_some(), read, "{given}");
            if let Some(time) = time {
                assert!(
                    DateTime::parse_from_rfc3339(&time).is_ok(),
                    "{given}: {time}"
                );
            }
        }
    }
}
