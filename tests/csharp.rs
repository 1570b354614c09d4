//! bindings/csharp: compiled by mcs with warnings as errors, run on Mono against the library of this build.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::host::{self, Said};
use support::program::{INSTALL, the_library};
use support::scratch::Scratch;

/// What the tests read JSON with; the binding itself needs none of them.
const REFERENCES: [&str; 3] = ["System.Runtime.Serialization", "System.Xml", "System.Core"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The C# files of a folder.
fn sources(folder: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(root().join(folder)).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "cs"))
        .collect()
}

/// One program beside the library, and a folder for its work.
struct Program {
    scratch: Scratch,
}

impl Program {
    fn compile(references: &[&str], files: &[PathBuf]) -> Program {
        let scratch = Scratch::new("csharp");
        let output = Command::new("mcs")
            // What Visual Studio 2017 takes.
            .args([
                "-langversion:7",
                "-warn:4",
                "-warnaserror",
                "-codepage:utf8",
            ])
            .arg(format!(
                "-out:{}",
                scratch.path().join("program.exe").display()
            ))
            .args(references.iter().map(|name| format!("-r:{name}")))
            .args(sources("bindings/csharp"))
            .args(files)
            .output()
            .unwrap_or_else(|error| panic!("mcs: {error}; {INSTALL}"));
        assert!(output.status.success(), "{INSTALL}: {}", words(&output));
        symlink(the_library(), scratch.path().join("libtillmail.so")).unwrap();
        fs::create_dir(scratch.path().join("work")).unwrap();
        Program { scratch }
    }

    fn tests() -> Program {
        Program::compile(&REFERENCES, &sources("tests/csharp"))
    }

    fn till() -> Program {
        Program::compile(&[], &[root().join("examples/Till.cs")])
    }

    fn library(&self) -> PathBuf {
        self.scratch.path().join("libtillmail.so")
    }

    fn work(&self) -> PathBuf {
        self.scratch.path().join("work")
    }

    fn run(&self, arguments: &[impl AsRef<OsStr>], variables: &[(&str, &str)]) -> Said {
        let mut command = Command::new("mono");
        command
            // Without a UTF-8 locale Mono prints question marks.
            .env("LANG", "C.UTF-8")
            .env_remove("LC_ALL")
            .env_remove("LD_LIBRARY_PATH")
            .arg(self.scratch.path().join("program.exe"))
            .args(arguments);
        host::run(command, self.scratch.path(), variables)
    }
}

fn words(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_contract_is_kept() {
    let program = Program::tests();
    let table = root().join("tests/contract.json");
    let output = program
        .run(&["contract", text(&table), text(&program.work())], &[])
        .success();
    let cases = host::contract()["cases"].as_array().unwrap().len();
    assert!(output.ends_with(&format!("cases={cases}\n")), "{output}");
}

#[test]
fn a_changed_case_of_the_contract_is_told() {
    let program = Program::tests();
    for (change, table) in host::changed_contracts() {
        let told = match change {
            "code" => "MAIL_E_BUG is wanted, MAIL_OK was found",
            "reply" => "reply.store: 2 is wanted, 1 was found",
            "type" => r#"reply.store: <store type="number">1</store> is wanted"#,
            "has" => "absent is missing",
            "sentence" => "autre is wanted,  was found",
            other => panic!("{other}: what is told then?"),
        };
        let changed = program.scratch.path().join("changed.json");
        fs::write(&changed, table.to_string()).unwrap();
        let said = program.run(&["contract", text(&changed), text(&program.work())], &[]);
        assert_eq!(said.status.code(), Some(1), "{change}: {}", said.output);
        assert!(said.output.contains(told), "{change}: {}", said.output);
    }
}

#[test]
fn the_binding_holds() {
    let program = Program::tests();
    let header = root().join("include/tillmail.h");
    let output = program
        .run(&["binding", text(&program.work()), text(&header)], &[])
        .success();
    assert_eq!(output, "done\n");
}

#[test]
fn a_missing_library_is_said_in_the_language_of_the_screen() {
    let program = Program::tests();
    fs::remove_file(program.library()).unwrap();
    for (language, sentence) in [
        (
            "fr-FR",
            "la bibliothèque tillmail est introuvable : libtillmail.so doit se trouver à côté du programme (64 bits).\n",
        ),
        (
            "en-GB",
            "the tillmail library is not found: libtillmail.so must lie beside the program (64 bits).\n",
        ),
    ] {
        let output = program
            .run(&["unusable", "DllNotFoundException", language], &[])
            .success();
        assert_eq!(output, sentence.repeat(2));
    }
}

#[test]
fn a_library_that_is_too_old_is_said() {
    let program = Program::tests();
    let sentence = "la bibliothèque tillmail (libtillmail.so) est plus ancienne que le programme : il faut la remplacer.\n";
    for source in [
        "int mail_abi_version(void) { return 0; }",
        "int mail_abi_version(void) { return 1; }", // None of the calls is there.
        "int nothing;",
    ] {
        let file = program.scratch.path().join("old.c");
        fs::write(&file, source).unwrap();
        fs::remove_file(program.library()).unwrap();
        let output = Command::new("gcc")
            .args(["-shared", "-fPIC", "-o"])
            .args([program.library(), file])
            .output()
            .unwrap_or_else(|error| panic!("gcc: {error}; {INSTALL}"));
        assert!(output.status.success(), "{}", words(&output));
        let output = program
            .run(&["unusable", "EntryPointNotFoundException", "fr-FR"], &[])
            .success();
        assert_eq!(output, sentence.repeat(2), "{source}");
    }
}

#[test]
fn the_till_writes_its_receipt_into_a_folder() {
    let program = Program::till();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| program.run(arguments, variables);
    host::till_writes_its_receipt_into_a_folder(&run, &program.work());
}

#[test]
fn the_till_sends_its_receipt_to_a_server() {
    let program = Program::till();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| program.run(arguments, variables);
    host::till_sends_its_receipt_to_a_server(&run, &program.work());
}

#[test]
fn the_till_tells_in_one_sentence_what_is_wrong() {
    let program = Program::till();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| program.run(arguments, variables);
    host::till_tells_in_one_sentence_what_is_wrong(&run, &program.work());
}

#[test]
fn the_till_says_that_the_library_is_missing() {
    let program = Program::till();
    fs::remove_file(program.library()).unwrap();
    let receipt = root().join("examples/receipt.json");
    let said = program.run(&[&program.work(), &receipt], &[]);
    assert_eq!(said.status.code(), Some(1));
    let sentence = "the tillmail library is not found: libtillmail.so must lie beside the program (64 bits).\n";
    assert_eq!(said.output, sentence);
}

#[test]
fn the_till_has_forty_lines_at_most() {
    let lines = include_str!("../examples/Till.cs").lines().count();
    assert!(lines <= 40, "{lines}");
}

#[test]
fn the_lines_of_the_readme_compile_as_they_are() {
    let readme = include_str!("../bindings/csharp/README.md");
    let (_, code) = readme.split_once("```csharp\n").unwrap();
    let (code, _) = code.split_once("```").unwrap();
    let scratch = Scratch::new("csharp-readme");
    let source = scratch.path().join("ReadMe.cs");
    fs::write(&source, code).unwrap();
    Program::compile(&[], &[source]);
}

#[test]
fn every_c_function_is_declared_below_its_line() {
    let header = include_str!("../include/tillmail.h");
    let native = include_str!("../bindings/csharp/Native.cs");
    let mailer = include_str!("../bindings/csharp/TillMail.cs");
    let mut functions = 0;
    for after in header.split("\n */\n").skip(1) {
        let (declaration, _) = after.split_once(';').unwrap_or_default();
        let declaration = declaration.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some((name, _)) = declaration.split_once('(') else {
            continue;
        };
        if name.starts_with('#') || !name.contains("mail_") {
            continue;
        }
        functions += 1;
        let name = name.rsplit([' ', '*']).next().unwrap();
        let quoted = format!(
            "// {declaration};\n        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]\n"
        );
        let (_, below) = native
            .split_once(&quoted)
            .unwrap_or_else(|| panic!("{quoted}"));
        let line = below.lines().next().unwrap();
        assert!(line.contains(&format!(" {name}(")), "{name}: {line}");
        assert!(
            mailer.contains(&format!("Native.{name}")),
            "{name} is not called"
        );
    }
    assert_eq!(functions, 22, "functions found in the header");
}

/// The value of each attribute of this name, of elements of this kind, in the project file.
fn attributes<'a>(project: &'a str, element: &str, name: &str) -> Vec<&'a str> {
    let start = format!("<{element} ");
    let elements = project.split(start.as_str()).skip(1);
    let values = elements.map(|element| {
        let (_, value) = element.split_once(&format!("{name}=\"")).unwrap();
        value.split('"').next().unwrap()
    });
    values.collect()
}

/// The smallest file that a look at its first bytes takes for a library of this machine.
fn portable_executable(machine: u16) -> Vec<u8> {
    let mut bytes = vec![0; 0x80];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x40;
    bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
    bytes[0x44..0x46].copy_from_slice(&machine.to_le_bytes());
    bytes
}

fn lay_out(folder: &Path, libraries: [&Path; 3]) -> Output {
    Command::new(root().join("bindings/csharp/layout.sh"))
        .arg(folder)
        .args(libraries)
        .output()
        .unwrap()
}

#[test]
fn the_layout_has_every_file_that_the_project_names() {
    let scratch = Scratch::new("csharp-layout");
    let [x64, x86] = [("x64.dll", 0x8664), ("x86.dll", 0x014c)].map(|(name, machine)| {
        let path = scratch.path().join(name);
        fs::write(&path, portable_executable(machine)).unwrap();
        path
    });
    let linux = the_library();
    let out = scratch.path().join("out");
    for wrong in [
        [&linux, &x86, &x64],
        [&x64, &x64, &x86],
        [&linux, &linux, &x86],
    ] {
        let output = lay_out(&out, wrong.map(PathBuf::as_path));
        assert_eq!(output.status.code(), Some(1), "{}", words(&output));
        assert!(
            words(&output).contains("is no library for"),
            "{}",
            words(&output)
        );
    }
    let output = lay_out(&out, [&linux, &x64, &x86]);
    assert!(output.status.success(), "{}", words(&output));

    let project = fs::read_to_string(out.join("TillMail.csproj")).unwrap();
    let compiled = attributes(&project, "Compile", "Include");
    let packed = attributes(&project, "None", "Include");
    for path in compiled.iter().chain(&packed) {
        assert!(out.join(path).is_file(), "{path} is not laid out");
    }
    assert_eq!(compiled.len(), sources("bindings/csharp").len());
    assert_eq!(
        packed,
        [
            "README.md",
            "runtimes/win-x86/native/tillmail.dll",
            "runtimes/win-x64/native/tillmail.dll",
            "runtimes/linux-x64/native/libtillmail.so"
        ]
    );
    for (path, target) in packed
        .iter()
        .zip(attributes(&project, "None", "PackagePath"))
    {
        let folder = Path::new(path).parent().unwrap();
        assert_eq!(folder, Path::new(target.trim_matches('/')), "{path}");
    }
    assert_eq!(
        fs::read(out.join(packed[1])).unwrap(),
        fs::read(x86).unwrap()
    );
}

#[test]
fn the_project_is_xml_of_this_version() {
    let project = root().join("bindings/csharp/TillMail.csproj");
    let output = Command::new("python3")
        .args([
            "-c",
            "import sys, xml.dom.minidom as x; x.parse(sys.argv[1])",
        ])
        .arg(&project)
        .output()
        .unwrap_or_else(|error| panic!("python3: {error}; {INSTALL}"));
    assert!(output.status.success(), "{}", words(&output));
    let project = fs::read_to_string(project).unwrap();
    let version = format!("<Version>{}</Version>", env!("CARGO_PKG_VERSION"));
    for line in [
        version.as_str(),
        "<TargetFrameworks>netstandard2.0;net8.0</TargetFrameworks>",
        "<PackageReadmeFile>README.md</PackageReadmeFile>",
    ] {
        assert!(project.contains(line), "{line}");
    }
}
