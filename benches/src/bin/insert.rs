//! The least that an accepted mail costs: one insert of its bytes into SQLite, as durable as ours (WAL,
//! synchronous=FULL), with the same SQLite.
//!
//!     insert FILE.db MAIL SECONDS COUNT
//!
//! Ends after so many seconds or inserts. Prints p50, p99 and CPU time of one, in microseconds.

use rusqlite::{Connection, params};
use std::time::{Duration, Instant};
use tillmail_benches::{cpu_ns, quantile};

fn main() -> rusqlite::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, mail, seconds, count] = arguments.as_slice() else {
        panic!("insert FILE.db MAIL SECONDS COUNT");
    };
    let mail = std::fs::read(mail).expect("the mail can be read");
    let most = Duration::from_secs_f64(seconds.parse().expect("seconds"));
    let count: usize = count.parse().expect("a count");
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY, mime BLOB NOT NULL) STRICT",
    )?;
    let mut insert = connection.prepare("INSERT INTO mail (mime) VALUES (?1)")?;
    let mut times = Vec::with_capacity(count);
    let (cpu, start) = (cpu_ns(), Instant::now());
    while times.len() < count && start.elapsed() < most {
        let one = Instant::now();
        insert.execute(params![mail])?;
        times.push(one.elapsed().as_nanos() as u64);
    }
    let cpu = (cpu_ns() - cpu) as f64 / times.len() as f64;
    times.sort_unstable();
    println!(
        "{{\"count\": {}, \"p50_us\": {}, \"p99_us\": {}, \"cpu_us\": {}}}",
        times.len(),
        quantile(&times, 0.5) as f64 / 1e3,
        quantile(&times, 0.99) as f64 / 1e3,
        cpu / 1e3
    );
    Ok(())
}
