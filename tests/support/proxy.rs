//! A proxy for HTTP CONNECT that wants a login.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{BufRead, BufReader, Write, copy};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A running proxy; it serves until the test ends.
pub struct HttpProxy {
    port: u16,
    targets: Arc<Mutex<Vec<String>>>,
}

impl HttpProxy {
    /// Starts one that takes this login only, written `user:password`.
    pub fn start(login: &str) -> HttpProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let wanted = format!("Proxy-Authorization: Basic {}", STANDARD.encode(login));
        let targets = Arc::new(Mutex::new(Vec::new()));
        let noted = targets.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                serve(client.unwrap(), &wanted, &noted);
            }
        });
        HttpProxy { port, targets }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it has led its clients, in order.
    pub fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, wanted: &str, targets: &Mutex<Vec<String>>) {
    let head = head(&client);
    if !head.iter().any(|line| line.trim() == wanted) {
        client
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            .unwrap();
        return;
    }
    let target = head[0].split(' ').nth(1).unwrap().to_owned();
    targets.lock().unwrap().push(target.clone());
    let server = TcpStream::connect(target).unwrap();
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let (mut up, mut down) = (server.try_clone().unwrap(), server);
    let mut from_client = client.try_clone().unwrap();
    std::thread::spawn(move || copy(&mut from_client, &mut up));
    std::thread::spawn(move || copy(&mut down, &mut client));
}

fn head(client: &TcpStream) -> Vec<String> {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line == "\r\n" {
            return head;
        }
        head.push(line);
    }
}
