//! What a DLL takes from others and shows, as `objdump -p` prints it, and what Windows 7 has of it.

use std::collections::BTreeSet;

/// What the DLLs need, each looked at: MinGW-w64's headers declare it for Windows 7 (_WIN32_WINNT=0x0601), or it is
/// msvcrt.dll's own, which is older. No header has SystemFunction036 (Windows XP), NtReadFile and NtWriteFile (NT)
/// and NtCancelIoFileEx (Vista). A new line needs the same look.
const WINDOWS_7: &str = include_str!("windows_7.txt");

/// Each import as "dll function", in small letters up to the function.
pub(crate) fn needed(dump: &str) -> BTreeSet<String> {
    let mut dll = String::new();
    let mut needed = BTreeSet::new();
    for line in dump.lines() {
        if let Some(name) = line.trim().strip_prefix("DLL Name: ") {
            dll = name.to_lowercase();
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        // Address, hint and name; by number only there is no name.
        if let [address, hint, name] = words[..]
            && line.starts_with('\t')
            && !dll.is_empty()
            && u64::from_str_radix(address, 16).is_ok()
            && hint.parse::<u32>().is_ok()
        {
            needed.insert(format!("{dll} {name}"));
        }
        // The tables of exports and relocations follow.
        if line.starts_with("The ") || line.starts_with("PE File") {
            dll.clear();
        }
    }
    needed
}

pub(crate) fn not_in_windows_7(needed: &BTreeSet<String>) -> Vec<&String> {
    let known: BTreeSet<&str> = WINDOWS_7.lines().collect();
    needed
        .iter()
        .filter(|import| !known.contains(import.as_str()))
        .collect()
}

/// The names that a DLL shows, in order.
pub(crate) fn exported(dump: &str) -> Vec<&str> {
    let (_, table) = dump.split_once("[Ordinal/Name Pointer] Table").unwrap();
    let table = table.lines().skip(1).take_while(|line| line.contains('['));
    table
        .filter_map(|line| line.split_whitespace().last())
        .collect()
}
