//! The C++ header as Windows compiles and runs it: with MinGW's g++, 32-bit and 64-bit, under Wine.

use super::machine::{Bits, Machine, root};
use super::support::program::INSTALL;
use std::fs;
use std::process::Command;

/// Compiles a program of the C++ binding; C++11, every warning an error.
fn compile(machine: &Machine, name: &str, sources: &[&str]) {
    // Debian's g++ with POSIX threads: the other one has no std::thread.
    let compiler = machine.bits.tool("g++-posix");
    let mut command = Command::new(&compiler);
    command.current_dir(root()).args([
        "-std=c++11",
        "-static",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Wconversion",
        "-Werror",
        "-Iinclude",
        "-Ibindings/cpp",
        "-Itests/cpp",
        "-idirafter",
        "/usr/include",
    ]);
    let library = machine.bits.built().join("libtillmail.dll.a");
    let output = command
        .args(sources)
        .arg("-o")
        .arg(machine.path(name))
        .arg(library)
        .output()
        .unwrap_or_else(|error| panic!("{compiler}: {error}; {INSTALL}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {words}");
}

/// Runs a program and wants this as its last line.
fn ends_with(machine: &Machine, program: &str, words: &[&str], last: &str) {
    let (status, said) = machine.run_with(program, words, &[]);
    let bits = machine.bits;
    assert!(status.success(), "{bits:?}, {program}: {status}: {said}");
    assert_eq!(
        said.trim_end().lines().last(),
        Some(last),
        "{bits:?}: {said}"
    );
}

#[test]
fn the_cpp_binding_does_what_it_does_on_linux() {
    for bits in Bits::BOTH {
        let machine = Machine::start(bits);
        fs::create_dir(machine.path("scratch")).unwrap();
        let sources = ["tests/cpp/binding.cpp", "tests/cpp/second.cpp"];
        compile(&machine, "binding.exe", &sources);
        ends_with(&machine, "binding.exe", &["D:\\scratch"], "done");
    }
}

#[test]
fn the_cpp_binding_keeps_the_contract() {
    for bits in Bits::BOTH {
        let machine = Machine::start(bits);
        fs::create_dir(machine.path("scratch")).unwrap();
        let table = root().join("tests/contract.json");
        fs::copy(&table, machine.path("contract.json")).unwrap();
        let cases: serde_json::Value = serde_json::from_slice(&fs::read(table).unwrap()).unwrap();
        let cases = cases["cases"].as_array().unwrap().len();
        compile(&machine, "contract.exe", &["tests/cpp/contract.cpp"]);
        let last = format!("cases={cases}");
        let words = ["D:\\contract.json", "D:\\scratch"];
        ends_with(&machine, "contract.exe", &words, &last);
    }
}

#[test]
fn the_cpp_till_sells() {
    for bits in Bits::BOTH {
        let machine = Machine::start(bits);
        fs::create_dir(machine.path("scratch")).unwrap();
        let receipt = root().join("examples/receipt.json");
        fs::copy(receipt, machine.path("receipt.json")).unwrap();
        compile(&machine, "till.exe", &["examples/till.cpp"]);
        let words = ["D:\\scratch", "D:\\receipt.json"];
        ends_with(&machine, "till.exe", &words, "state: sent");
    }
}
