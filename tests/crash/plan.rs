//! Where the kills fall: every named point gets its turn, and as many rounds are left to chance.

use super::dice::Dice;
use super::server::Mood;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// One round in so many is killed at any moment, from outside, although a point could be planned.
const LEFT_TO_CHANCE: usize = 3;

/// What one round is about.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Nothing: at any moment.
    pub point: Option<String>,
    pub nth: i64,
}

/// What a folder offers to a round.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Nothing is saved in the folder yet.
    pub fresh: bool,
    /// A killed process has left mails `sending`.
    pub left_sending: bool,
    /// Under TLS the shim cannot read the line.
    pub encrypted: bool,
}

impl Plan {
    fn begins(&self, starts: &[&str]) -> bool {
        let begins = |point: &String| starts.iter().any(|start| point.starts_with(start));
        self.point.as_ref().is_some_and(begins)
    }

    pub fn configures(&self) -> bool {
        self.begins(&["configure."])
    }

    /// The log is moved into the file once a second, and what is written then begins it anew.
    pub fn fills_the_log(&self) -> bool {
        self.begins(&["checkpoint.", "log."])
    }

    pub fn mood(&self) -> Mood {
        if self.begins(&["release."]) {
            Mood::Busy
        } else if self.begins(&["pause."]) {
            Mood::RefusesSender
        } else {
            Mood::Friendly
        }
    }

    /// How long a round waits for its point before it strikes from outside.
    pub fn patience(&self) -> Duration {
        let slow = self.mood() != Mood::Friendly || self.fills_the_log();
        Duration::from_millis(if slow { 4_000 } else { 1_500 })
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    planned: u64,
    kills: u64,
}

/// The points of a run and how often each had its turn.
pub struct Pool(Mutex<BTreeMap<String, Count>>);

/// Calls that no till of these rounds makes while it is killed, so nothing is planned there.
pub fn is_planned(point: &str) -> bool {
    !point.starts_with("other.")
}

impl Pool {
    pub fn new(points: &[String]) -> Pool {
        let planned = points.iter().filter(|point| is_planned(point));
        Pool(Mutex::new(
            planned
                .map(|point| (point.clone(), Count::default()))
                .collect(),
        ))
    }

    /// Picks the next round: a point that had fewest turns among those that can be reached now.
    pub fn next(&self, dice: &mut Dice, now: Circumstances) -> Plan {
        let chance = Plan {
            point: None,
            nth: 1,
        };
        if !now.fresh && (now.encrypted || (!now.left_sending && dice.one_in(LEFT_TO_CHANCE))) {
            return chance;
        }
        // One throw, however many points there are: what is thrown next does not depend on other folders.
        let mut ties = Dice::of(dice.next(), 0);
        let mut points = self.0.lock().unwrap();
        let turns = |count: &Count| 2 * count.kills + count.planned;
        let reachable = points
            .iter_mut()
            .filter(|(point, _)| is_reachable(point, now));
        let Some((point, count)) = reachable.min_by_key(|(_, count)| (turns(count), ties.next()))
        else {
            return chance;
        };
        count.planned += 1;
        let nth = 1 + i64::try_from(dice.below(most_passings(point))).unwrap();
        Plan {
            point: Some(point.clone()),
            nth,
        }
    }

    pub fn killed(&self, point: &str) {
        if let Some(count) = self.0.lock().unwrap().get_mut(point) {
            count.kills += 1;
        }
    }

    /// Kills by point.
    pub fn kills(&self) -> BTreeMap<String, u64> {
        let points = self.0.lock().unwrap();
        let kills = points
            .iter()
            .map(|(point, count)| (point.clone(), count.kills));
        kills.collect()
    }
}

fn is_reachable(point: &str, now: Circumstances) -> bool {
    let begins = |starts: &[&str]| starts.iter().any(|start| point.starts_with(start));
    if begins(&["key.", "create.", "open."]) {
        return now.fresh;
    }
    if begins(&["recover."]) {
        return now.left_sending && !now.fresh;
    }
    !now.fresh
}

/// At which passing of a point the kill may fall.
fn most_passings(point: &str) -> usize {
    let name = point.split('.').next().unwrap_or_default();
    match name {
        "host" | "worker" => 8,
        "checkpoint" if point.starts_with("checkpoint.write") => 300,
        "accept" | "settle" | "hand_over" | "body" | "rest_of_body" | "envelope" | "go_ahead"
        | "final_reply" | "create" => 2,
        _ => 1,
    }
}
