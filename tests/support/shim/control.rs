//! The file through which a test and a till's shim talk: what to strike, where the clock is, what was passed.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

// As `struct control` in fault_shim.c lays it out.
const MOST_POINTS: u64 = 128;
const NAME_BYTES: usize = 32;
const RULES: u64 = 8;
const WORD: u64 = 8;
const POINT_COUNT_AT: u64 = 0;
const KILLED_AT: u64 = WORD;
const CLOCK_AT: u64 = 2 * WORD;
const SEQUENCE_PAGE_AT: u64 = 3 * WORD;
const COUNTS_AT: u64 = 4 * WORD;
const RULES_AT: u64 = COUNTS_AT + MOST_POINTS * WORD;
const RULE_BYTES: u64 = 6 * WORD;
const NAMES_AT: u64 = RULES_AT + RULES * RULE_BYTES;
const SIZE: u64 = NAMES_AT + MOST_POINTS * NAME_BYTES as u64;

/// What the shim does at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    Kill,
    /// The system call fails with this errno, so many times.
    Fail {
        errno: i32,
        times: i64,
    },
}

/// For ever, as `Strike::Fail` counts.
pub const ALWAYS: i64 = i64::MAX / 4;

/// The file through which a test and a till's shim talk.
pub struct Control {
    file: File,
    pub(super) path: PathBuf,
    points: Arc<Vec<String>>,
}

impl Control {
    /// Makes the file of one till; nothing is armed yet. `sequence_page` is SQLite's page of last numbers.
    pub(super) fn new(path: &Path, points: &Arc<Vec<String>>, sequence_page: i64) -> Control {
        let control = Control {
            file: blank(path),
            path: path.to_path_buf(),
            points: points.clone(),
        };
        control.put(SEQUENCE_PAGE_AT, sequence_page);
        control
    }

    fn put(&self, at: u64, value: i64) {
        self.file.write_all_at(&value.to_ne_bytes(), at).unwrap();
    }

    fn number_of(&self, point: &str) -> i64 {
        let found = self.points.iter().position(|name| name == point);
        let found = found.unwrap_or_else(|| panic!("no point {point}"));
        i64::try_from(found).unwrap()
    }

    /// Strikes at the `nth` passing of a point from now on; each rule has its slot, eight at most.
    pub fn arm(&self, slot: u64, point: &str, nth: i64, strike: Strike) {
        assert!(slot < RULES);
        let at = RULES_AT + slot * RULE_BYTES;
        let (action, errno, times) = match strike {
            Strike::Kill => (1, 0, 1),
            Strike::Fail { errno, times } => (2, i64::from(errno), times),
        };
        // Disarmed while it is written.
        self.put(at, 0);
        for (index, value) in (1..).zip([self.number_of(point), errno, nth, times, 0]) {
            self.put(at + index * WORD, value);
        }
        self.put(at, action);
    }

    /// The system works again.
    pub fn disarm(&self) {
        (0..RULES).for_each(|slot| self.put(RULES_AT + slot * RULE_BYTES, 0));
    }

    /// Sets the till's wall clock to so much before or after the true one.
    pub fn shift_clock(&self, milliseconds: i64) {
        self.put(CLOCK_AT, milliseconds);
    }

    /// The point at which the shim has killed.
    pub fn killed_at(&self) -> Option<String> {
        let number = word(&self.file, KILLED_AT);
        let index = usize::try_from(number).unwrap().checked_sub(1)?;
        Some(self.points[index].clone())
    }

    /// How often a point was passed.
    pub fn passed(&self, point: &str) -> i64 {
        let index = u64::try_from(self.number_of(point)).unwrap();
        word(&self.file, COUNTS_AT + index * WORD)
    }

    /// Adds how often each point was passed.
    pub fn add_counts(&self, counts: &mut BTreeMap<String, i64>) {
        for point in self.points.iter() {
            *counts.entry(point.clone()).or_default() += self.passed(point);
        }
    }
}

fn blank(path: &Path) -> File {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .unwrap();
    file.set_len(SIZE).unwrap();
    file
}

/// The shim writes its names into the file as it is loaded, into whatever program.
pub(super) fn names_of_points(scratch: &Path) -> Vec<String> {
    let path = scratch.join("names");
    let file = blank(&path);
    let status = Command::new("/bin/true")
        .env("LD_PRELOAD", scratch.join("shim.so"))
        .env("TILLMAIL_SHIM", &path)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    let count = u64::try_from(word(&file, POINT_COUNT_AT)).unwrap();
    assert!((1..=MOST_POINTS).contains(&count), "{count} points");
    let name = |index: u64| {
        let mut bytes = [0; NAME_BYTES];
        let at = NAMES_AT + index * NAME_BYTES as u64;
        file.read_exact_at(&mut bytes, at).unwrap();
        let length = bytes.iter().position(|byte| *byte == 0).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    (0..count).map(name).collect()
}

fn word(file: &File, at: u64) -> i64 {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, at).unwrap();
    i64::from_ne_bytes(bytes)
}
