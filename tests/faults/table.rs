//! The table: every fault at every step, with what must come of it. A pair without a row is on the list in `words`.

mod mail;
mod opening;

use super::row::Row;
use super::support::scripted::Action;

/// Every row, in the order of the steps and faults.
pub fn rows() -> Vec<Row> {
    let mut rows = opening::rows();
    rows.extend(mail::rows());
    rows
}

/// What a web server or a login portal says.
fn garbage() -> Action {
    Action::Raw(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec())
}

/// A line that begins like an answer and does not end.
fn megabytes(start: &str) -> Vec<u8> {
    let mut line = start.as_bytes().to_vec();
    line.resize(3 << 20, b'x');
    line.extend(b"\r\n");
    line
}
