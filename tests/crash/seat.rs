//! A till in its place: what it was given, and what it has answered.

use super::judge::Book;
use crate::support::shim::Till;
use serde_json::Value;
use std::collections::VecDeque;

pub struct Seat {
    pub till: Till,
    /// Receipts given to this till whose answers are not read yet.
    pub given: VecDeque<String>,
}

impl Seat {
    pub fn new(till: Till) -> Seat {
        Seat {
            till,
            given: VecDeque::new(),
        }
    }

    pub fn give(&mut self, number: String, receipt: &Value) {
        self.till.tell("mail_send_receipt", receipt);
        self.given.push_back(number);
    }

    /// Writes the answers since the last time into the book; true where settings were saved.
    pub fn hear(&mut self, book: &mut Book) -> bool {
        let mut configured = false;
        for answer in self.till.answers() {
            if answer.code != 0 {
                let words = format!("{} gives {} {}", answer.call, answer.code, answer.reply);
                book.refusals.push(words);
            }
            configured |= answer.call == "mail_configure" && answer.code == 0;
            if answer.call == "mail_send_receipt" {
                let number = self.given.pop_front().unwrap();
                if answer.code == 0 {
                    book.acknowledge(number, &answer.reply);
                }
            }
        }
        configured
    }
}
