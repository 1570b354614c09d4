//! Work that must not grow with the mails that are kept: every statement of the outbox is looked at, as SQLite means
//! to run it.

use super::*;
use crate::error::{MAIL_OK, codes_of_class};
use rusqlite::ToSql;

/// The sources, without their tests.
const SOURCES: [&str; 12] = [
    include_str!("../accept.rs"),
    include_str!("../actions.rs"),
    include_str!("../claim.rs"),
    include_str!("../clock_move.rs"),
    include_str!("../follow.rs"),
    include_str!("../journal.rs"),
    include_str!("../pause.rs"),
    include_str!("../retention.rs"),
    include_str!("../saved.rs"),
    include_str!("../sent.rs"),
    include_str!("../transcript.rs"),
    include_str!("../waiting.rs"),
];

/// Statements that do go through mails or lines, by a part of theirs, and why they may.
const THROUGH_ALL: [(&str, &str); 9] = [
    (
        "SELECT id, state, recipient FROM mail",
        "an erasure compares as SQLite cannot",
    ),
    ("coalesce(max(id), 0) FROM event", "the last one"),
    (
        "SELECT at FROM event ORDER BY id DESC LIMIT 1",
        "stops at the first",
    ),
    (
        "sum(next_at <= ?1)",
        "the technician's overview: what waits",
    ),
    ("event.hint_fr, event.hint_en\n", "the same: why it waits"),
    (
        "SET next_at = min(next_at + ?1, ?4)",
        "the clock was set: what waits",
    ),
    (
        "UPDATE mail SET next_at = ?1 WHERE state = 'queued' AND next_at > ?1",
        "the same",
    ),
    ("SET next_at = ?1\n", "settings were saved: what waits"),
    (
        "FROM content CROSS JOIN mail",
        "a retry by state: contents are few",
    ),
];

/// The SQL in a source: what stands in quotes and begins with a verb.
fn statements(source: &str) -> Vec<String> {
    let library = source.split("#[cfg(test)]").next().unwrap();
    let quoted = library.split('"').skip(1).step_by(2);
    let is_sql = |text: &&str| {
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "]
            .iter()
            .any(|verb| text.starts_with(verb))
    };
    let filled_in = |text: &str| {
        text.replace("{COLUMNS}", "id")
            .replace("{MAIL_COLUMNS}", "id")
            .replace("{EVENT_COLUMNS}", "at")
            .replace(
                "{query}",
                "WHERE mail_id IS NULL AND ?1 IS NULL ORDER BY id DESC LIMIT ?2",
            )
            .replace("{lines}", "WHERE mail_id = ?1")
            .replace("{column}", "mail_id")
            .replace("SELECT {}, id", "SELECT at, id")
    };
    // What is put together from pieces has a test of its own below.
    let whole = |text: &String| !text.contains("{}");
    quoted.filter(is_sql).map(filled_in).filter(whole).collect()
}

fn plan(connection: &Connection, statement: &str) -> Vec<String> {
    let mut explained = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap_or_else(|error| panic!("{error}: {statement}"));
    let values = vec![&1_i64 as &dyn ToSql; explained.parameter_count()];
    let rows = explained.query_map(values.as_slice(), |row| row.get::<_, String>(3));
    rows.unwrap().map(|row| row.unwrap()).collect()
}

/// What the smallest or largest of a column is looked for in without an index.
const NO_INDEX: [&str; 2] = ["SEARCH mail", "SEARCH event"];
/// Indexes of a few rows, which may be gone through whole.
const FEW: [&str; 2] = ["mail_sending", "event_of_library"];

/// Steps that touch every mail, line or content, or all that wait.
fn through_all(plan: &[String]) -> Vec<&String> {
    let tables = [
        "mail", "event", "content", "first", "last", "since", "retried", "hurried",
    ];
    let scans = |step: &str| {
        let scanned = step
            .strip_prefix("SCAN ")
            .and_then(|rest| rest.split(' ').next());
        scanned.is_some_and(|table| tables.contains(&table)) || NO_INDEX.contains(&step)
    };
    let many = |step: &&String| scans(step) && !FEW.iter().any(|index| step.ends_with(index));
    plan.iter().filter(many).collect()
}

#[test]
fn no_statement_goes_through_all_mails_or_lines_but_those_that_are_known_to() {
    let folder = Folder::new("plans");
    let outbox = folder.open();
    let (mut looked_at, mut excused) = (0, vec![false; THROUGH_ALL.len()]);
    for statement in SOURCES.iter().flat_map(|source| statements(source)) {
        looked_at += 1;
        let plan = plan(&outbox.connection, &statement);
        if through_all(&plan).is_empty() {
            continue;
        }
        let known = THROUGH_ALL
            .iter()
            .position(|(part, _)| statement.contains(part));
        let known = known.unwrap_or_else(|| panic!("{plan:#?} {statement}"));
        excused[known] = true;
    }
    assert!(looked_at > 50, "{looked_at} statements were found");
    let not_needed: Vec<_> = THROUGH_ALL
        .iter()
        .zip(excused)
        .filter(|(_, excused)| !excused)
        .collect();
    assert!(not_needed.is_empty(), "{not_needed:?}");
}

#[test]
fn a_page_of_the_journal_begins_at_its_filter() {
    let folder = Folder::new("page-plans");
    let outbox = folder.open();
    let some = || Some("1".to_owned());
    let (codes, page) = (
        codes_of_class("request"),
        Filter {
            limit: 50,
            ..Filter::default()
        },
    );
    assert!(codes.len() > 1);
    let filters = [
        (
            "mail_store",
            Filter {
                store: some(),
                ..page.clone()
            },
        ),
        (
            "mail_state",
            Filter {
                state: some(),
                ..page.clone()
            },
        ),
        (
            "mail_state",
            Filter {
                state: some(),
                store: some(),
                ..page.clone()
            },
        ),
        (
            "mail_store",
            Filter {
                state: Some("sent".to_owned()),
                store: some(),
                ..page.clone()
            },
        ),
        (
            "mail_number",
            Filter {
                number: some(),
                store: some(),
                codes: codes.clone(),
                ..page.clone()
            },
        ),
        (
            "mail_recipient",
            Filter {
                recipient: some(),
                state: some(),
                ..page.clone()
            },
        ),
        (
            "mail_code",
            Filter {
                codes: codes.clone(),
                ..page.clone()
            },
        ),
        (
            "mail_code",
            Filter {
                codes,
                state: some(),
                store: some(),
                before: Some(9),
                since: Some(1),
                ..page.clone()
            },
        ),
    ];
    for (index, filter) in filters {
        let (query, values) = filter.query();
        let explained = outbox
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {query}"));
        let mut explained = explained.unwrap();
        let rows = explained.query_map(rusqlite::params_from_iter(values), |row| {
            row.get::<_, String>(3)
        });
        let plan: Vec<String> = rows.unwrap().map(|row| row.unwrap()).collect();
        assert!(through_all(&plan).is_empty(), "{filter:?} {plan:#?}");
        let led =
            |step: &&String| step.starts_with("SEARCH mail USING") && step.contains("INDEX mail_");
        let leaders: Vec<&String> = plan.iter().filter(led).collect();
        assert!(!leaders.is_empty(), "{filter:?} {plan:#?}");
        assert!(
            leaders.iter().all(|step| step.contains(index)),
            "{filter:?} {plan:#?}"
        );
        // Sorted are the numbers of a page, not what was found.
        let sorted = plan
            .iter()
            .filter(|step| step.contains("TEMP B-TREE"))
            .count();
        assert!(sorted <= 1, "{filter:?} {plan:#?}");
    }
}

#[test]
fn filters_narrow_alone_and_together_and_the_newest_comes_first() {
    let folder = Folder::new("filters");
    let mut outbox = folder.open();
    let codes = codes_of_class("request");
    for number in 1..=12_i64 {
        let new = NewMail {
            store: format!("{}", number % 2),
            recipient: format!("Client{}@example.fr", number % 3),
            ..mail(&number.to_string())
        };
        let id = outbox.accept(&new, &few(1_000), number).unwrap().id;
        assert_eq!(id, number);
    }
    // Three failed for one reason of the class, three for another one, in turns.
    for (id, code) in [1, 3, 5, 7, 9, 11]
        .into_iter()
        .zip([0, 1].into_iter().cycle())
    {
        let failed = format!(
            "UPDATE mail SET state = 'failed', code = {} WHERE id = {id}",
            codes[code]
        );
        outbox.connection.execute(&failed, []).unwrap();
    }
    let text = |text: &str| Some(text.to_owned());
    let page = Filter {
        limit: 3,
        ..Filter::default()
    };
    let cases: [(Filter, &[i64]); 12] = [
        (page.clone(), &[12, 11, 10]),
        (
            Filter {
                before: Some(11),
                ..page.clone()
            },
            &[10, 9, 8],
        ),
        (
            Filter {
                codes: codes.clone(),
                ..page.clone()
            },
            &[11, 9, 7],
        ),
        (
            Filter {
                codes: codes.clone(),
                before: Some(7),
                ..page.clone()
            },
            &[5, 3, 1],
        ),
        (
            Filter {
                codes: vec![MAIL_OK],
                ..page.clone()
            },
            &[12, 10, 8],
        ),
        (
            Filter {
                codes: codes.clone(),
                store: text("0"),
                ..page.clone()
            },
            &[],
        ),
        (
            Filter {
                codes,
                recipient: text("client0@EXAMPLE.fr"),
                ..page.clone()
            },
            &[9, 3],
        ),
        (
            Filter {
                recipient: text("client1@example.fr"),
                state: text("queued"),
                ..page.clone()
            },
            &[10, 4],
        ),
        (
            Filter {
                state: text("failed"),
                store: text("1"),
                ..page.clone()
            },
            &[11, 9, 7],
        ),
        (
            Filter {
                state: text("sent"),
                store: text("1"),
                ..page.clone()
            },
            &[],
        ),
        (
            Filter {
                number: text("4"),
                store: text("0"),
                ..page.clone()
            },
            &[4],
        ),
        (
            Filter {
                since: Some(4),
                until: Some(7),
                store: text("0"),
                ..page
            },
            &[6, 4],
        ),
    ];
    for (filter, expected) in cases {
        let mails = outbox.mails(&filter).unwrap();
        let ids: Vec<i64> = mails
            .iter()
            .map(|mail| mail["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
}
