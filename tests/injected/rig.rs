//! One till over the shim, its folder and its mail server.

use crate::support::scratch::{Scratch, wait_until};
use crate::support::scripted::{Script, Scripted};
use crate::support::shim::{Till, Tools, read_outbox};
use crate::support::shop::{self, and};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;
use tillmail::error::MAIL_OK;

pub const DEADLINE: Duration = Duration::from_secs(60);
const CUSTOMER: &str = "client@clients.test";

pub static TOOLS: LazyLock<Tools> = LazyLock::new(Tools::build);

pub struct Rig {
    pub scratch: Scratch,
    pub server: Scripted,
    pub till: Till,
    starts: usize,
}

impl Rig {
    /// An open till with settings for a server that follows a script.
    pub fn with(script: Script, more: &Value) -> Rig {
        Rig::at(0, script, more)
    }

    /// As `with`, on a till whose clock is so far from the true time.
    pub fn at(shift_ms: i64, script: Script, more: &Value) -> Rig {
        let scratch = Scratch::new("injected");
        let server = Scripted::start(script);
        let control = TOOLS.control(&scratch.path().join("control-0"));
        control.shift_clock(shift_ms);
        let mut rig = Rig {
            till: TOOLS.start(control),
            scratch,
            server,
            starts: 0,
        };
        let state = rig.state();
        rig.till.open(&state);
        let settings = and(shop::plain_settings(rig.server.port()), more);
        rig.till.wants("mail_configure", &settings);
        rig
    }

    pub fn state(&self) -> PathBuf {
        self.scratch.path().join("state")
    }

    /// `kill -9`, and a new till on the folder, untroubled.
    pub fn kill_and_start_again(&mut self) {
        self.till.kill();
        self.starts += 1;
        let path = self.scratch.path().join(format!("control-{}", self.starts));
        self.till = TOOLS.start(TOOLS.control(&path));
        let state = self.state();
        self.till.open(&state);
    }

    /// Gives a receipt and its answer: code and reply.
    pub fn send(&mut self, number: &str) -> (i32, Value) {
        let receipt = shop::receipt(number, CUSTOMER);
        let answer = self.till.ask("mail_send_receipt", &receipt, DEADLINE);
        (answer.code, answer.reply)
    }

    /// Gives a receipt that has to be taken; its id.
    pub fn takes(&mut self, number: &str) -> i64 {
        let (code, reply) = self.send(number);
        assert_eq!(code, MAIL_OK, "{number}: {reply}");
        reply["id"].as_i64().unwrap()
    }

    /// Waits for a mail's outcome; its state.
    pub fn outcome(&mut self, id: i64, limit: Duration) -> String {
        let request = json!({ "id": id, "timeout_ms": u64::try_from(limit.as_millis()).unwrap() });
        self.till.ask("mail_wait", &request, limit + DEADLINE);
        self.state_of(id)
    }

    /// A mail's state, as the file has it.
    pub fn state_of(&self, id: i64) -> String {
        read_outbox(&self.state())
            .query_row("SELECT state FROM mail WHERE id = ?1", [id], |row| {
                row.get(0)
            })
            .unwrap()
    }

    /// Names of a mail's journal lines.
    pub fn events(&self, id: i64) -> Vec<String> {
        let outbox = read_outbox(&self.state());
        let mut query = outbox
            .prepare("SELECT event FROM event WHERE mail_id = ?1 ORDER BY id")
            .unwrap();
        let events = query.query_map([id], |row| row.get(0)).unwrap();
        events.map(Result::unwrap).collect()
    }

    /// Every receipt number in the file, in order.
    pub fn numbers(&self) -> Vec<String> {
        let outbox = read_outbox(&self.state());
        let mut query = outbox
            .prepare("SELECT number FROM mail ORDER BY id")
            .unwrap();
        let numbers = query.query_map([], |row| row.get(0)).unwrap();
        numbers.map(Result::unwrap).collect()
    }

    pub fn is_sound(&self) {
        let said: String = read_outbox(&self.state())
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(said, "ok");
    }

    pub fn health(&mut self) -> Value {
        self.till.wants("mail_health", &json!({}))
    }

    /// Waits until health has, or no more has, the notice that the worker cannot write.
    pub fn health_tells(&mut self, of_trouble: bool) {
        let what = format!("health tells of trouble: {of_trouble}");
        wait_until(&what, DEADLINE, || {
            let health = self.health();
            let mut notices = health["notices"].as_array().unwrap().iter();
            (notices.any(|notice| notice["id"] == "worker") == of_trouble).then_some(())
        });
    }

    /// Waits until the till has passed a point so often.
    pub fn waits_for(&mut self, point: &str, times: i64) {
        wait_until(
            &format!("{point} is passed {times} times"),
            DEADLINE,
            || (self.till.control.passed(point) >= times).then_some(()),
        );
    }

    /// How many complete mails the server has got.
    pub fn received(&self) -> usize {
        self.server.received().len()
    }
}
