//! A disk that refuses: a code and a sentence, nothing half-written, and it goes on when there is room again.
//! Mounts small file systems, so it needs root.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::scratch::{Scratch, free_port};
use support::scripted::{Script, Scripted};
use support::shop::{self, and, plain_settings};
use tillmail::error::{Error, MAIL_E_DISK, MAIL_E_DISK_FULL, MAIL_E_FOLDER, MAIL_E_LOCKED};
use tillmail::{Language, Mailer};

/// A mounted tmpfs, unmounted on drop.
struct Mount(PathBuf);

impl Mount {
    fn tmpfs(path: &Path, options: &str) -> Mount {
        std::fs::create_dir_all(path).unwrap();
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tillmail-test"])
            .arg(path));
        Mount(path.to_path_buf())
    }

    fn remount(&self, options: &str) {
        run(Command::new("mount")
            .args(["-o", &format!("remount,{options}")])
            .arg(&self.0));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run(Command::new("umount").arg("-l").arg(&self.0));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {words} (this test needs root)"
    );
}

fn open(folder: &Path) -> Result<Mailer, Error> {
    shop::open_in(folder, Language::French)
}

fn mails(mailer: &Mailer) -> Vec<Value> {
    mailer.journal(&json!({ "limit": 500 })).unwrap()["mails"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_full_disk_is_told_and_what_was_acknowledged_is_there() {
    let scratch = Scratch::new("full");
    let disk = Mount::tmpfs(&scratch.path().join("disk"), "size=3m");
    let state = disk.0.join("state");
    let mailer = open(&state).unwrap();
    mailer.configure(&plain_settings(free_port())).unwrap();
    let mut acknowledged = Vec::new();
    let refused = loop {
        let number = format!("F-{}", acknowledged.len());
        let receipt = and(
            shop::receipt(&number, "client@example.fr"),
            &json!({ "text": "TOTAL 1,00\n".repeat(2_000) }),
        );
        match mailer.send_receipt(&receipt) {
            Ok(reply) => acknowledged.push(reply["id"].clone()),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 400, "the disk never filled");
    };
    assert_eq!(refused.code, MAIL_E_DISK_FULL, "{refused:?}");
    assert!(
        refused
            .sentence(Language::French)
            .contains("disque est plein"),
        "{refused:?}"
    );
    let ids: Vec<Value> = mails(&mailer)
        .iter()
        .rev()
        .map(|mail| mail["id"].clone())
        .collect();
    assert_eq!(ids, acknowledged, "exactly what was acknowledged is kept");

    let change = json!({ "sender": { "name": "x".repeat(900) } });
    let before = mailer.settings(&json!({})).unwrap()["version"].clone();
    if let Err(error) = mailer.configure(&change) {
        assert_eq!(error.code, MAIL_E_DISK_FULL, "{error:?}");
        assert_eq!(mailer.settings(&json!({})).unwrap()["version"], before);
    }

    disk.remount("size=30m");
    mailer
        .send_receipt(&shop::receipt("after", "client@example.fr"))
        .expect("it goes on when there is room");
    mailer.shut_down(Duration::ZERO).unwrap();
    drop(mailer);
    let again = open(&state).unwrap();
    assert_eq!(mails(&again).len(), acknowledged.len() + 1);
    again.shut_down(Duration::ZERO).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let scratch = Scratch::new("read-only");
    let disk = Mount::tmpfs(&scratch.path().join("disk"), "size=3m");
    drop(open(&disk.0.join("state")).unwrap());
    disk.remount("ro");
    let file = scratch.path().join("file");
    std::fs::write(&file, "").unwrap();
    for folder in [disk.0.join("state"), disk.0.join("new"), file.join("state")] {
        let error = open(&folder).expect_err(&folder.display().to_string());
        assert_eq!(
            (error.code, error.field.as_deref()),
            (MAIL_E_FOLDER, Some("folder")),
            "{error:?}"
        );
        assert!(
            error
                .sentence(Language::French)
                .contains("ne peut pas être utilisé"),
            "{error:?}"
        );
    }
}

#[test]
fn a_folder_account_on_a_full_disk_pauses_and_goes_on_when_there_is_room() {
    let scratch = Scratch::new("full-account");
    let disk = Mount::tmpfs(&scratch.path().join("disk"), "size=16k");
    let mailer = open(&scratch.path().join("state")).unwrap();
    let settings =
        json!({ "folder": { "path": disk.0.join("mails") }, "delivery": { "probe_s": 1 } });
    mailer
        .configure(&and(plain_settings(free_port()), &settings))
        .unwrap();
    let receipt = and(
        shop::receipt("1", "client@example.fr"),
        &json!({ "text": "TOTAL 1,00\n".repeat(2_000) }),
    );
    let id = mailer.send_receipt(&receipt).unwrap()["id"].clone();
    support::scratch::wait_until("the account is paused", Duration::from_secs(10), || {
        let health = mailer.health(&json!({})).unwrap();
        (health["paused_accounts"][0]["code"] == MAIL_E_FOLDER).then_some(())
    });
    disk.remount("size=10m");
    mailer
        .wait(&json!({ "id": id, "timeout_ms": 10_000 }))
        .expect("the probe finds room");
    let health = mailer.health(&json!({})).unwrap();
    assert_eq!(health["status"], "ok", "{health}");
    mailer.shut_down(Duration::ZERO).unwrap();
}

/// A file system that gives up when it is told that its disk is failing, and can be mounted again.
struct Ext4 {
    image: PathBuf,
    at: PathBuf,
}

impl Ext4 {
    fn new(folder: &Path) -> Ext4 {
        let (image, at) = (folder.join("image"), folder.join("disk"));
        std::fs::create_dir_all(&at).unwrap();
        let file = std::fs::File::create(&image).unwrap();
        file.set_len(24 << 20).unwrap();
        run(Command::new("mkfs.ext4").arg("-q").arg(&image));
        let disk = Ext4 { image, at };
        disk.mount();
        disk
    }

    fn mount(&self) {
        run(Command::new("mount")
            .args(["-o", "loop"])
            .args([&self.image, &self.at]));
    }

    /// What the kernel does with a disk that fails: everything open becomes read-only.
    fn fail(&self) {
        run(Command::new("mount")
            .args(["-o", "remount,abort"])
            .arg(&self.at));
    }

    fn mend(&self) {
        run(Command::new("umount").arg(&self.at));
        self.mount();
    }
}

impl Drop for Ext4 {
    fn drop(&mut self) {
        run(Command::new("umount").arg("-l").arg(&self.at));
    }
}

#[test]
fn a_disk_that_turns_read_only_is_told_and_what_was_acknowledged_leaves_when_it_is_mended() {
    let scratch = Scratch::new("turns-read-only");
    let disk = Ext4::new(scratch.path());
    let server = Scripted::start(Script::plain());
    let state = disk.at.join("state");
    let mailer = open(&state).unwrap();
    let slow = json!({ "delivery": { "retry_s": [3_600] } });
    mailer
        .configure(&and(plain_settings(free_port()), &slow))
        .unwrap();
    mailer
        .send_receipt(&shop::receipt("kept", "client@example.fr"))
        .unwrap();
    disk.fail();
    for _ in 0..3 {
        let refused = mailer
            .send_receipt(&shop::receipt("refused", "client@example.fr"))
            .unwrap_err();
        assert_eq!(refused.code, MAIL_E_DISK, "{refused:?}");
        let sentence = refused.sentence(Language::French);
        assert!(sentence.contains("rien n'a été enregistré"), "{sentence}");
    }
    mailer.shut_down(Duration::ZERO).unwrap();
    drop(mailer);

    disk.mend();
    let mailer = open(&state).unwrap();
    mailer
        .configure(&json!({ "smtp": { "port": server.port() } }))
        .unwrap();
    let known = mails(&mailer);
    assert_eq!(known.len(), 1, "what was refused is not there: {known:?}");
    assert_eq!(known[0]["number"], "kept");
    mailer
        .wait(&json!({ "id": known[0]["id"] }))
        .expect("what was acknowledged leaves");
    mailer.shut_down(Duration::ZERO).unwrap();
}

/// Another program, in another language, that holds the write lock of the outbox.
struct Locker(Child);

impl Locker {
    fn hold(file: &Path) -> Locker {
        let script = "import sqlite3, sys\n\
                      c = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                      c.execute('BEGIN EXCLUSIVE')\n\
                      print('held', flush=True)\n\
                      sys.stdin.readline()\n";
        let mut child = Command::new("python3")
            .args(["-c", script])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert_eq!(said, "held\n");
        Locker(child)
    }
}

impl Drop for Locker {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

#[test]
fn an_outbox_that_another_program_keeps_locked_is_told_and_the_till_goes_on_afterwards() {
    let scratch = Scratch::new("locked");
    let server = Scripted::start(Script::plain());
    let state = scratch.path().join("state");
    let mailer = open(&state).unwrap();
    mailer.configure(&plain_settings(server.port())).unwrap();
    let locker = Locker::hold(&state.join("outbox.db"));
    let refused = mailer
        .send_receipt(&shop::receipt("1", "client@example.fr"))
        .unwrap_err();
    assert_eq!(refused.code, MAIL_E_LOCKED, "{refused:?}");
    assert!(
        refused
            .sentence(Language::French)
            .contains("un autre programme"),
        "{refused:?}"
    );
    assert!(mails(&mailer).is_empty(), "reading goes on meanwhile");
    drop(locker);
    let id = mailer
        .send_receipt(&shop::receipt("1", "client@example.fr"))
        .unwrap()["id"]
        .clone();
    mailer.wait(&json!({ "id": id })).expect("it goes on");
    assert_eq!(server.received().len(), 1);
    mailer.shut_down(Duration::ZERO).unwrap();
}

#[test]
fn a_damaged_outbox_on_a_full_disk_stays_untouched_until_there_is_room() {
    let scratch = Scratch::new("damaged-full");
    let disk = Mount::tmpfs(&scratch.path().join("disk"), "size=3m");
    let state = disk.0.join("state");
    let mailer = open(&state).unwrap();
    mailer.configure(&plain_settings(free_port())).unwrap();
    for number in 0..12 {
        let receipt = and(
            shop::receipt(&number.to_string(), "client@example.fr"),
            &json!({ "text": "TOTAL 1,00\n".repeat(2_000) }),
        );
        mailer.send_receipt(&receipt).unwrap();
    }
    mailer.shut_down(Duration::ZERO).unwrap();
    drop(mailer);
    let file = state.join("outbox.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..100].fill(0);
    std::fs::write(&file, &bytes).unwrap();
    let mut ballast = std::fs::File::create(disk.0.join("ballast")).unwrap();
    while ballast.write_all(&[0; 4_096]).is_ok() {}
    let full = ballast.metadata().unwrap().len();
    ballast.set_len(full - (100 << 10)).unwrap();

    let refused = open(&state).unwrap_err();
    assert_eq!(refused.code, MAIL_E_DISK_FULL, "{refused:?}");
    assert!(std::fs::read(&file).unwrap() == bytes, "not a byte changed");
    disk.remount("size=30m");
    let mailer = open(&state).unwrap();
    let aside = std::fs::read(state.join("outbox.damaged-1.db")).unwrap();
    assert!(aside == bytes, "set aside whole");
    let left: Vec<String> = std::fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("copy") || name.contains("new") || name.contains("rescued"))
        .collect();
    assert!(left.is_empty(), "nothing half done is left: {left:?}");
    mailer.shut_down(Duration::ZERO).unwrap();
}
