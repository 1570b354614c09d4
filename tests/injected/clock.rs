//! The wall clock jumps: forward and back a year, or from 1970 and 2000 to today when the network sets it.
//!
//! Whatever waits is tried at most once more because of the jump, is not given up because of it, and is tried
//! again within its wait, measured from the new time. Where a wait is an hour, the shim lets the hour pass on every
//! clock; the others are a few true seconds.

use crate::rig::Rig;
use crate::support::scratch::wait_until;
use crate::support::scripted::{Action, Script, Step};
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tillmail::error::MAIL_E_TIMEOUT;

const SECOND_MS: i64 = 1_000;
const HOUR_MS: i64 = 3_600 * SECOND_MS;
const YEAR_MS: i64 = 365 * 24 * HOUR_MS;
const WAIT_S: u32 = 5;
/// A storm shows at once: the worker looks once a second.
const LOOKED_AT: Duration = Duration::from_secs(4);
const TRIED_BY: Duration = Duration::from_secs(30);

/// Why a mail waits.
struct Wait {
    name: &'static str,
    script: fn() -> Script,
    settings: Value,
    /// A wait of an hour, which no setting shortens.
    is_long: bool,
}

fn waits() -> [Wait; 4] {
    let network = || Script::plain().reply(Step::Greeting, "421 4.3.2 busy");
    let quota = || {
        Script::plain().reply(
            Step::MailFrom,
            "550 5.4.5 Daily user sending quota exceeded.",
        )
    };
    let unsure = || Script::plain().on(Step::FinalReply, Action::Close);
    let paused = || Script::plain().reply(Step::Auth, "535 5.7.8 Authentication failed");
    let wait = |name, script, settings| Wait {
        name,
        script,
        settings,
        is_long: false,
    };
    [
        wait(
            "network",
            network,
            json!({ "delivery": { "retry_s": [WAIT_S] } }),
        ),
        wait(
            "unsure",
            unsure,
            json!({ "delivery": { "unsure_wait_s": WAIT_S } }),
        ),
        wait(
            "paused",
            paused,
            json!({
                "smtp": { "user": "boutique", "password": "secret" },
                "delivery": { "probe_s": WAIT_S },
            }),
        ),
        Wait {
            is_long: true,
            ..wait("quota", quota, json!({}))
        },
    ]
}

/// Starts a till for each wait at one time, lets one mail be tried, jumps to another time, and looks.
fn jumps(from_ms: i64, to_ms: i64) {
    std::thread::scope(|scope| {
        for wait in waits() {
            scope.spawn(move || jumps_in(&wait, from_ms, to_ms));
        }
    });
}

fn jumps_in(wait: &Wait, from_ms: i64, to_ms: i64) {
    let name = wait.name;
    let mut rig = Rig::at(from_ms, (wait.script)(), &wait.settings);
    let id = rig.takes("1");
    wait_until(&format!("{name}: the mail waits"), TRIED_BY, || {
        (rig.server.connections() == 1 && rig.events(id).len() == 2).then_some(())
    });
    rig.till.control.shift_clock(to_ms);
    no_storm(&rig, name);
    let before = rig.server.connections();
    if wait.is_long {
        rig.till.control.let_time_pass(HOUR_MS + SECOND_MS);
    }
    // Once more in doubt is for a person to decide: it is tried no third time.
    let is_over = name == "unsure" && before == 2;
    wait_until(
        &format!("{name}: tried within its wait of the new time"),
        TRIED_BY,
        || (is_over || rig.server.connections() > before).then_some(()),
    );
    let wanted = if name == "unsure" {
        "uncertain"
    } else {
        "queued"
    };
    wait_until(
        &format!("{name}: it is {wanted} in the end"),
        TRIED_BY,
        || (rig.state_of(id) == wanted).then_some(()),
    );
}

/// Within less than a wait there is the one try that the jump may cause.
fn no_storm(rig: &Rig, name: &str) {
    let looking = Instant::now();
    while looking.elapsed() < LOOKED_AT {
        let connections = rig.server.connections();
        assert!(
            connections <= 2,
            "{name}: a storm of {connections} connections"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// So much before today is that time after 1970.
fn at(since_1970_ms: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since_1970_ms - i64::try_from(now.as_millis()).unwrap()
}

#[test]
fn without_a_jump_each_waits_as_long_as_it_says() {
    jumps(0, 0);
}

#[test]
fn a_clock_that_jumps_a_year_forward_makes_no_storm_and_gives_nothing_up() {
    jumps(0, YEAR_MS);
}

#[test]
fn a_clock_that_jumps_a_year_back_makes_nothing_wait_for_a_year() {
    jumps(0, -YEAR_MS);
}

#[test]
fn a_till_that_starts_in_1970_goes_on_when_the_network_sets_its_clock() {
    jumps(at(100 * SECOND_MS), 0);
}

#[test]
fn a_till_that_starts_in_2000_goes_on_when_the_network_sets_its_clock() {
    jumps(at(30 * YEAR_MS), 0);
}

/// A server that is busy once, and takes seven seconds to say so.
fn busy_once() -> Script {
    let slow = Action::Drip("421 -\r\n".to_owned());
    Script::plain().on(Step::Greeting, slow).times(1)
}

#[test]
fn a_clock_that_is_set_during_a_try_makes_the_next_wait_no_longer() {
    for jump_ms in [-YEAR_MS, YEAR_MS] {
        let mut rig = Rig::with(busy_once(), &json!({ "delivery": { "retry_s": [WAIT_S] } }));
        let id = rig.takes("1");
        wait_until("the try is under way", TRIED_BY, || {
            (rig.server.connections() == 1).then_some(())
        });
        rig.till.control.shift_clock(jump_ms);
        assert_eq!(rig.outcome(id, TRIED_BY), "sent", "{jump_ms}");
        let line = ["accepted", "later", "sent"];
        assert_eq!(rig.events(id), line, "{jump_ms}");
    }
}

#[test]
fn settings_saved_in_the_moment_the_clock_is_set_let_what_waits_go_at_once() {
    for jump_ms in [-YEAR_MS, YEAR_MS] {
        let busy = Script::plain()
            .reply(Step::Greeting, "421 4.3.2 busy")
            .times(1);
        let mut rig = Rig::with(busy, &json!({ "delivery": { "retry_s": [1800] } }));
        let id = rig.takes("1");
        wait_until("the mail waits", TRIED_BY, || {
            (rig.events(id).len() == 2).then_some(())
        });
        rig.till.control.shift_clock(jump_ms);
        let settings = json!({ "delivery": { "retry_s": [1801] } });
        rig.till.wants("mail_configure", &settings);
        assert_eq!(rig.outcome(id, TRIED_BY), "sent", "{jump_ms}");
    }
}

#[test]
fn a_receipt_given_before_the_clock_is_set_is_sent_after_it() {
    for from_ms in [at(100 * SECOND_MS), at(30 * YEAR_MS), YEAR_MS] {
        let busy = Script::plain()
            .reply(Step::Greeting, "421 4.3.2 busy")
            .times(1);
        let mut rig = Rig::at(
            from_ms,
            busy,
            &json!({ "delivery": { "retry_s": [WAIT_S] } }),
        );
        let id = rig.takes("1");
        wait_until("the mail waits", TRIED_BY, || {
            (rig.events(id).len() == 2).then_some(())
        });
        rig.till.control.shift_clock(0);
        let next = rig.takes("2");
        for id in [id, next] {
            assert_eq!(
                rig.outcome(id, TRIED_BY),
                "sent",
                "{from_ms}: {:?}",
                rig.events(id)
            );
        }
        assert_eq!(rig.received(), 2);
    }
}

#[test]
fn a_sending_limit_makes_nothing_wait_longer_than_its_hour_of_the_new_time() {
    for jump_ms in [0, -YEAR_MS, YEAR_MS] {
        let mut rig = Rig::with(
            Script::plain(),
            &json!({ "smtp": { "limits": { "per_hour": 1 } } }),
        );
        let first = rig.takes("1");
        assert_eq!(rig.outcome(first, TRIED_BY), "sent");
        let second = rig.takes("2");
        rig.till.control.shift_clock(jump_ms);
        no_storm(&rig, "limit");
        // What was sent by another time than the new one may count no more.
        if jump_ms == 0 {
            assert_eq!(rig.state_of(second), "queued", "the limit holds");
        }
        rig.till.control.let_time_pass(HOUR_MS + SECOND_MS);
        wait_until("the second mail is sent after its hour", TRIED_BY, || {
            (rig.state_of(second) == "sent").then_some(())
        });
        assert_eq!(rig.received(), 2);
    }
}

#[test]
fn a_wait_ends_in_its_time_whatever_the_clock_does() {
    let busy = Script::plain().reply(Step::Greeting, "421 4.3.2 busy");
    let mut rig = Rig::with(busy, &json!({ "delivery": { "retry_s": [1800] } }));
    let id = rig.takes("1");
    for jump_ms in [-YEAR_MS, YEAR_MS, 0] {
        let started = Instant::now();
        rig.till
            .tell("mail_wait", &json!({ "id": id, "timeout_ms": 1_500 }));
        rig.till.control.shift_clock(jump_ms);
        let answer = rig.till.answer_to("mail_wait", TRIED_BY);
        let took = started.elapsed();
        assert_eq!(answer.code, MAIL_E_TIMEOUT, "{jump_ms}: {}", answer.reply);
        assert!(took >= Duration::from_millis(1_400), "{jump_ms}: {took:?}");
    }
}
