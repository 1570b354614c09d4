//! examples/small_till.c: the till in C that has forty lines, as the other languages' tills have.
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::host::{self, Said};
use support::program::{INSTALL, the_library};
use support::scratch::Scratch;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/small_till.c");

struct Till(Scratch);

impl Till {
    fn compile() -> Till {
        let scratch = Scratch::new("small-till");
        let folder = scratch.path().display().to_string();
        symlink(the_library(), scratch.path().join("libtillmail.so.1")).unwrap();
        let output = Command::new("gcc")
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"])
            .arg(concat!("-I", env!("CARGO_MANIFEST_DIR"), "/include"))
            .args([SOURCE, "-o", &format!("{folder}/till")])
            .args([format!("-L{folder}"), format!("-Wl,-rpath,{folder}")])
            .arg("-l:libtillmail.so.1")
            .output()
            .unwrap_or_else(|error| panic!("gcc: {error}; {INSTALL}"));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        fs::create_dir(scratch.path().join("work")).unwrap();
        Till(scratch)
    }

    fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    fn run(&self, arguments: &[&Path], variables: &[(&str, &str)]) -> Said {
        let mut command = Command::new(self.0.path().join("till"));
        command.args(arguments);
        host::run(command, self.0.path(), variables)
    }
}

#[test]
fn it_writes_its_receipt_into_a_folder_and_has_forty_lines_at_most() {
    let till = Till::compile();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| till.run(arguments, variables);
    host::till_writes_its_receipt_into_a_folder(&run, &till.work());
    let lines = fs::read_to_string(SOURCE).unwrap().lines().count();
    assert!(lines <= 40, "{lines}");
}

#[test]
fn it_tells_in_one_sentence_what_is_wrong() {
    let till = Till::compile();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| till.run(arguments, variables);
    host::till_tells_in_one_sentence_what_is_wrong(&run, &till.work());
}
