//! A long way between client and server, where the kernel has no netem: a proxy that holds every byte back for half
//! the round-trip time in each direction, without limiting how many are under way.
//!
//!     delay RTT_MS SERVER_PORT
//!
//! Prints `port N`. What it does not show: the kernels at both ends see a near peer, so slow start, and the wait of
//! Nagle's algorithm for a distant acknowledgement, cost less than on a real line. The TCP handshake costs its round
//! trip.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rtt, server] = arguments.as_slice() else {
        panic!("delay RTT_MS SERVER_PORT");
    };
    let one_way = Duration::from_secs_f64(rtt.parse::<f64>().expect("milliseconds") / 2e3);
    let server: u16 = server.parse().expect("a port");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("port {}", listener.local_addr().expect("an address").port());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || drop(join(client, server, one_way)));
        }
    });
    // Ends with the program that started it.
    let _ = std::io::stdin().read(&mut [0]);
}

/// The server sees the connection when the client's handshake would be over: after one and a half round trips.
fn join(client: TcpStream, server: u16, one_way: Duration) -> std::io::Result<()> {
    let accepted = Instant::now();
    client.set_nodelay(true)?;
    let (late, from_client) = channel();
    let from = client.try_clone()?;
    thread::spawn(move || read(from, &late, accepted + 2 * one_way));
    thread::sleep((3 * one_way).saturating_sub(accepted.elapsed()));
    let server = TcpStream::connect(("127.0.0.1", server))?;
    server.set_nodelay(true)?;
    let (late, from_server) = channel();
    let from = server.try_clone()?;
    thread::spawn(move || read(from, &late, accepted));
    let (client_end, server_end) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || write(server, &from_client, one_way, &client_end));
    write(client, &from_server, one_way, &server_end);
    Ok(())
}

/// Bytes and when they came; none at the end.
type Arrival = (Instant, Vec<u8>);

fn read(mut from: TcpStream, late: &Sender<Arrival>, earliest: Instant) {
    let mut block = vec![0; 256 << 10];
    loop {
        let read = from.read(&mut block).unwrap_or(0);
        let arrival = (Instant::now().max(earliest), block[..read].to_vec());
        if late.send(arrival).is_err() || read == 0 {
            return;
        }
    }
}

fn write(mut to: TcpStream, late: &Receiver<Arrival>, one_way: Duration, other: &TcpStream) {
    for (at, bytes) in late {
        thread::sleep((at + one_way).saturating_duration_since(Instant::now()));
        if bytes.is_empty() {
            let _ = to.shutdown(Shutdown::Write);
            return;
        }
        if to.write_all(&bytes).is_err() {
            let _ = other.shutdown(Shutdown::Both);
            return;
        }
    }
}
