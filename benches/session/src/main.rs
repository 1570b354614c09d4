//! The library's session alone: one open line, prebuilt bytes, no outbox.
//!
//!     tillmail-session FOLDER SETTINGS.json MAIL COUNT
//!
//! Prints how many mails went, and how long they took without the opening of the line.

use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, settings, mail, count] = arguments.as_slice() else {
        panic!("tillmail-session FOLDER SETTINGS.json MAIL COUNT");
    };
    let settings = std::fs::read_to_string(settings).expect("the settings can be read");
    let settings = serde_json::from_str(&settings).expect("the settings are JSON");
    let mail = std::fs::read(mail).expect("the mail can be read");
    let count = count.parse().expect("a count");
    let took = tillmail::session_alone(
        Path::new(folder),
        &settings,
        "client@example.fr",
        &mail,
        count,
    )
    .expect("the mails go");
    println!(
        "{{\"mails\": {count}, \"seconds\": {}}}",
        took.as_secs_f64()
    );
}
