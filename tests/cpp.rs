//! bindings/cpp/tillmail.hpp: compiled as C++11, 17 and 23 by g++ and clang++, run against the library of this build.
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

/// Everything a careful host turns on.
const WARNINGS: [&str; 7] = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Wold-style-cast",
    "-Werror",
];
const SANITIZERS: [&str; 3] = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One program and the folder it was compiled and runs in.
struct Program {
    scratch: Scratch,
}

impl Program {
    fn compile(compiler: &str, flags: &[&str], sources: &[&str]) -> Program {
        let scratch = Scratch::new("cpp");
        symlink(the_library(), scratch.path().join("libtillmail.so.1")).unwrap();
        let output = Command::new(compiler)
            .args(WARNINGS)
            .arg("-g")
            .args(flags)
            .args(["include", "bindings/cpp", "tests/cpp"].map(|folder| format!("-I{folder}")))
            .args(sources)
            .arg("-o")
            .arg(scratch.path().join("program"))
            .arg(format!("-L{}", scratch.path().display()))
            .arg(format!("-Wl,-rpath,{}", scratch.path().display()))
            .args(["-l:libtillmail.so.1", "-pthread"])
            .current_dir(root())
            .output()
            .unwrap_or_else(|error| panic!("{compiler}: {error}; {INSTALL}"));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{compiler} {flags:?} {sources:?}; where a header is missing, {INSTALL}: {words}"
        );
        fs::create_dir(scratch.path().join("work")).unwrap();
        Program { scratch }
    }

    fn work(&self) -> PathBuf {
        self.scratch.path().join("work")
    }

    fn run(&self, arguments: &[&Path], variables: &[(&str, &str)]) -> Said {
        let mut command = Command::new(self.scratch.path().join("program"));
        command.args(arguments);
        host::run(command, self.scratch.path(), variables)
    }
}

fn the_binding_holds(compiler: &str, flags: &[&str]) {
    let sources = ["tests/cpp/binding.cpp", "tests/cpp/second.cpp"];
    let program = Program::compile(compiler, flags, &sources);
    let output = program.run(&[&program.work()], &[]).success();
    assert!(output.ends_with("done\n"), "{output}");
}

fn contract(compiler: &str, flags: &[&str]) -> Program {
    Program::compile(compiler, flags, &["tests/cpp/contract.cpp"])
}

fn the_contract_is_kept(compiler: &str, flags: &[&str]) {
    let program = contract(compiler, flags);
    let table = root().join("tests/contract.json");
    let output = program.run(&[&table, &program.work()], &[]).success();
    let cases = host::contract()["cases"].as_array().unwrap().len();
    assert!(output.ends_with(&format!("cases={cases}\n")), "{output}");
}

#[test]
fn gcc_11() {
    the_binding_holds("g++", &["-std=c++11"]);
    the_contract_is_kept("g++", &["-std=c++11"]);
}

#[test]
fn gcc_17() {
    the_binding_holds("g++", &["-std=c++17"]);
    the_contract_is_kept("g++", &["-std=c++17"]);
}

#[test]
fn gcc_23() {
    the_binding_holds("g++", &["-std=c++23"]);
    the_contract_is_kept("g++", &["-std=c++23"]);
}

#[test]
fn clang_11() {
    the_binding_holds("clang++", &["-std=c++11"]);
    the_contract_is_kept("clang++", &["-std=c++11"]);
}

#[test]
fn clang_17() {
    the_binding_holds("clang++", &["-std=c++17"]);
    the_contract_is_kept("clang++", &["-std=c++17"]);
}

#[test]
fn clang_23() {
    // The name that clang 14 has for it.
    the_binding_holds("clang++", &["-std=c++2b"]);
    the_contract_is_kept("clang++", &["-std=c++2b"]);
}

#[test]
fn without_rtti() {
    the_binding_holds("g++", &["-std=c++11", "-fno-rtti"]);
}

#[test]
fn optimized() {
    // Other warnings appear only then.
    the_binding_holds("g++", &["-std=c++11", "-O2"]);
}

#[test]
fn with_sanitizers() {
    let flags = [&["-std=c++17"], &SANITIZERS[..]].concat();
    the_binding_holds("g++", &flags);
    the_contract_is_kept("g++", &flags);
}

#[test]
fn a_changed_case_of_the_contract_is_told() {
    let program = contract("g++", &["-std=c++11"]);
    for (change, table) in host::changed_contracts() {
        let told = match change {
            "code" => "opens in French:0: MAIL_OK: {",
            "reply" => r#"reply.store: "2" is wanted, "1" was found"#,
            "type" => r#"reply.store: 1 is wanted, "1" was found"#,
            "has" => r#""absent" is missing"#,
            "sentence" => "'autre' is wanted, '' was found",
            other => panic!("{other}: what is told then?"),
        };
        let changed = program.scratch.path().join("changed.json");
        fs::write(&changed, table.to_string()).unwrap();
        let said = program.run(&[&changed, &program.work()], &[]);
        assert_eq!(said.status.code(), Some(1), "{change}: {}", said.output);
        assert!(said.output.contains(told), "{change}: {}", said.output);
    }
}

fn till() -> Program {
    Program::compile("g++", &["-std=c++11"], &["examples/till.cpp"])
}

#[test]
fn the_till_writes_its_receipt_into_a_folder() {
    let program = till();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| program.run(arguments, variables);
    host::till_writes_its_receipt_into_a_folder(&run, &program.work());
}

#[test]
fn the_till_sends_its_receipt_to_a_server() {
    let program = till();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| program.run(arguments, variables);
    host::till_sends_its_receipt_to_a_server(&run, &program.work());
}

#[test]
fn the_till_tells_in_one_sentence_what_is_wrong() {
    let program = till();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| program.run(arguments, variables);
    host::till_tells_in_one_sentence_what_is_wrong(&run, &program.work());
}

#[test]
fn the_till_has_forty_lines_at_most() {
    let lines = include_str!("../examples/till.cpp").lines().count();
    assert!(lines <= 40, "{lines}");
}

#[test]
fn the_lines_of_the_readme_compile_as_they_are() {
    let readme = include_str!("../bindings/cpp/README.md");
    let (_, code) = readme.split_once("```cpp\n").unwrap();
    let (code, _) = code.split_once("```").unwrap();
    let scratch = Scratch::new("cpp-readme");
    let source = scratch.path().join("readme.cpp");
    fs::write(&source, code).unwrap();
    Program::compile("g++", &["-std=c++11"], &[source.to_str().unwrap()]);
}

#[test]
fn every_c_call_has_its_function() {
    let header = include_str!("../include/tillmail.h");
    let binding = include_str!("../bindings/cpp/tillmail.hpp");
    let declarations = header.split("\n */\nmail_code ").skip(1);
    let declarations: Vec<String> = declarations
        .map(|after| after.split_once(';').unwrap().0)
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(declarations.len(), 18);
    for declaration in declarations {
        let (name, _) = declaration.split_once('(').unwrap();
        let twin = name.trim_start_matches("mail_");
        let quoted = format!("/* mail_code {declaration}; */\ninline std::string {twin}(");
        assert!(binding.contains(&quoted), "{quoted}");
    }
}
