use super::*;
use crate::delivery::breaks::Break;
use crate::error::SmtpReply;
use crate::settings::in_force::InForce;
use crate::settings::model::Document;
use crate::text::Text;

const HOUR: Millis = 3_600_000;
const NOW: Millis = 1_000 * HOUR;

fn mail(tries: u32, unsure_tries: u32, age: Millis) -> Claimed {
    Claimed {
        id: 1,
        store: "1".to_owned(),
        number: "1".to_owned(),
        recipient: "a@b.fr".to_owned(),
        tries,
        unsure_tries,
        accepted_at: NOW - age,
        profile: None,
        account: None,
    }
}

fn rules() -> DeliveryRules {
    InForce::of(&Document::default(), "1").delivery
}

fn cause(class: Class, wait_s: Option<u32>) -> Cause {
    Cause {
        id: "x",
        class,
        message: Text::new("", ""),
        hint: None,
        wait_s,
        of_account: false,
    }
}

fn situation(failures_before: u32, chance: u64) -> Situation {
    Situation {
        now: NOW,
        failures_before,
        own_sender: false,
        chance,
        trying_for: PATIENCE,
    }
}

fn refusal(step: Step) -> Fault {
    let reply = SmtpReply {
        code: 450,
        enhanced: None,
        text: String::new(),
    };
    Fault::reply(step, reply)
}

fn lost(step: Step) -> Fault {
    Fault::broken(step, Break::Closed)
}

fn judged(step: Step, class: Class, wait_s: Option<u32>, tries: u32, failures: u32) -> Ruling {
    judge(
        &refusal(step),
        &cause(class, wait_s),
        &mail(tries, 0, 0),
        &rules(),
        situation(failures, 0),
    )
}

#[test]
fn each_class_has_its_consequence() {
    use Settlement::{Back, Failed, Later};
    const SOON: Duration = Duration::from_secs(10);
    const HOUR: Duration = Duration::from_secs(3_600);
    let waits = |wait| Rest::Waits { wait };
    let later = |wait| Later { wait };
    let cases = [
        (Step::RcptTo, Class::Recipient, Failed, Rest::GoesOn),
        (Step::Body, Class::Content, Failed, Rest::GoesOn),
        (Step::Auth, Class::Auth, Back, Rest::Pauses),
        (Step::MailFrom, Class::Sender, Back, Rest::Pauses),
        (Step::Body, Class::Account, Back, Rest::Pauses),
        (Step::RcptTo, Class::Quota, later(HOUR), waits(HOUR)),
        (Step::Connect, Class::Network, later(SOON), waits(SOON)),
        (Step::Tls, Class::Tls, later(SOON), waits(SOON)),
        (Step::Auth, Class::Transient, later(SOON), waits(SOON)),
        (Step::RcptTo, Class::Transient, later(SOON), Rest::GoesOn),
        (Step::Data, Class::Network, later(SOON), Rest::GoesOn),
        (Step::MailFrom, Class::Protocol, later(SOON), waits(SOON)),
        (Step::RcptTo, Class::Tls, later(SOON), waits(SOON)),
    ];
    for (step, class, settlement, rest) in cases {
        assert_eq!(
            judged(step, class, None, 1, 0),
            Ruling { settlement, rest },
            "{step:?} {class:?}"
        );
    }
}

#[test]
fn what_is_about_one_mail_lets_the_others_go_on() {
    let of_mail = |fault: &Fault, cause: &Cause, own_sender| {
        let situation = Situation {
            own_sender,
            ..situation(0, 0)
        };
        judge(fault, cause, &mail(1, 0, 0), &rules(), situation)
    };
    let slow_down = Cause {
        of_account: true,
        ..cause(Class::Transient, None)
    };
    let later = cause(Class::Transient, None);
    let network = cause(Class::Network, None);
    let sender = cause(Class::Sender, None);
    for (fault, cause, own_sender, goes_on) in [
        (refusal(Step::MailFrom), &later, false, false),
        (refusal(Step::MailFrom), &later, true, true),
        (refusal(Step::MailFrom), &sender, true, true),
        (lost(Step::MailFrom), &network, false, true),
        (refusal(Step::RcptTo), &slow_down, false, false),
        (lost(Step::Ehlo), &network, true, false),
    ] {
        let ruling = of_mail(&fault, cause, own_sender);
        assert_eq!(
            ruling.rest == Rest::GoesOn,
            goes_on,
            "{fault:?} {cause:?} {own_sender}"
        );
    }
    let refused = of_mail(&refusal(Step::MailFrom), &sender, true);
    assert_eq!(refused.settlement, Settlement::Failed);
}

#[test]
fn waits_grow_with_the_mails_tries_or_with_the_accounts_failures() {
    let cases = [
        (1, 10),
        (2, 30),
        (3, 120),
        (4, 300),
        (5, 900),
        (6, 1_800),
        (7, 3_600),
        (29, 3_600),
        (30, 14_400),
        (500, 14_400),
    ];
    for (tries, seconds) in cases {
        let of_mail = judged(Step::RcptTo, Class::Transient, None, tries, 0).settlement;
        assert_eq!(
            of_mail,
            Settlement::Later {
                wait: Duration::from_secs(seconds)
            },
            "try {tries}"
        );
        let of_account = judged(Step::Connect, Class::Network, None, 1, tries - 1).rest;
        assert_eq!(
            of_account,
            Rest::Waits {
                wait: Duration::from_secs(seconds)
            },
            "failure {tries}"
        );
    }
}

#[test]
fn a_wait_the_server_names_is_kept_and_jitter_only_lengthens() {
    let named = judged(Step::RcptTo, Class::Transient, Some(300), 1, 0).settlement;
    assert_eq!(
        named,
        Settlement::Later {
            wait: Duration::from_secs(300)
        }
    );
    let quota = judged(Step::RcptTo, Class::Quota, Some(86_400), 1, 0).settlement;
    assert_eq!(
        quota,
        Settlement::Later {
            wait: Duration::from_secs(86_400)
        }
    );
    for chance in [0, 1, 999, u64::MAX] {
        let ruling = judge(
            &refusal(Step::RcptTo),
            &cause(Class::Transient, None),
            &mail(3, 0, 0),
            &rules(),
            situation(0, chance),
        );
        let Settlement::Later { wait } = ruling.settlement else {
            panic!("{ruling:?}")
        };
        assert!(
            (120_000..132_000).contains(&wait.as_millis()),
            "chance {chance}: {wait:?}"
        );
    }
}

#[test]
fn a_mail_is_given_up_only_by_a_failure_past_its_time() {
    let minute = Duration::from_secs(60);
    for (age, trying_for, given_up) in [
        (71 * HOUR, PATIENCE, false),
        (72 * HOUR, PATIENCE, true),
        (9_000 * HOUR, PATIENCE, true),
        // After a holiday, or with a clock that was just set.
        (9_000 * HOUR, PATIENCE - minute, false),
        (-HOUR, PATIENCE, false),
    ] {
        let situation = Situation {
            trying_for,
            ..situation(0, 0)
        };
        let ruling = judge(
            &refusal(Step::RcptTo),
            &cause(Class::Transient, None),
            &mail(40, 0, age),
            &rules(),
            situation,
        );
        assert_eq!(
            ruling.settlement == Settlement::Failed,
            given_up,
            "age {age}, trying for {trying_for:?}"
        );
    }
}

#[test]
fn no_ruling_waits_longer_than_the_longest_wait() {
    let longest = longest_wait(&rules());
    for class in [
        Class::Network,
        Class::Transient,
        Class::Quota,
        Class::Auth,
        Class::Uncertain,
    ] {
        for tries in [1, 8, 30, 1_000] {
            for step in [Step::Connect, Step::RcptTo] {
                let fault = Fault {
                    unsure: class == Class::Uncertain,
                    ..refusal(step)
                };
                let ruling = judge(
                    &fault,
                    &cause(class, Some(4 * 3_600)),
                    &mail(tries, 0, 0),
                    &rules(),
                    situation(tries, u64::MAX),
                );
                let wait = match (&ruling.settlement, ruling.rest) {
                    (_, Rest::Waits { wait }) => wait,
                    (_, Rest::Pauses) => rules().probe,
                    (Settlement::Later { wait } | Settlement::Unsure { wait }, _) => *wait,
                    other => panic!("{class:?} {step:?}: {other:?}"),
                };
                assert!(
                    millis(wait) <= longest,
                    "{class:?} {step:?} {tries}: {wait:?}"
                );
            }
        }
    }
}

#[test]
fn doubt_allows_one_more_try_or_none() {
    let hold = DeliveryRules {
        unsure: Unsure::Hold,
        ..rules()
    };
    let cases = [
        (
            rules(),
            0,
            Settlement::Unsure {
                wait: Duration::from_secs(600),
            },
        ),
        (rules(), 1, Settlement::Uncertain),
        (hold, 0, Settlement::Uncertain),
    ];
    for (rules, unsure_tries, settlement) in cases {
        let ruling = judge(
            &Fault {
                unsure: true,
                ..lost(Step::Body)
            },
            &cause(Class::Uncertain, None),
            &mail(1, unsure_tries, 0),
            &rules,
            situation(0, 0),
        );
        assert_eq!(
            ruling.settlement, settlement,
            "{:?} {unsure_tries}",
            rules.unsure
        );
    }
}
