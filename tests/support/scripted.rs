//! An SMTP server that follows a script: for all that a healthy server does not do.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};

use super::ca::Issued;

/// Where in the conversation an action takes the place of the usual answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// As soon as the connection stands, before TLS and greeting.
    Accept,
    Greeting,
    Ehlo,
    StartTls,
    /// Instead of the TLS handshake, implicit or after STARTTLS; what it sends is not encrypted.
    Handshake,
    /// The answer that ends AUTH, after the client has sent all its secrets.
    Auth,
    MailFrom,
    RcptTo,
    Data,
    /// After the first line of the mail, before the final dot; what is said here is the mail's only answer.
    Body,
    /// After the final dot.
    FinalReply,
    Reset,
    Quit,
}

#[derive(Clone, Debug)]
pub enum Action {
    Default,
    /// One or several complete lines; after a 421 the server closes, as RFC 5321 wants it.
    Reply(String),
    /// Leaves the connection open and says nothing more until the server is dropped.
    Silence,
    Close,
    /// RST instead of FIN.
    Reset,
    Raw(Vec<u8>),
    /// As `Reply`, but one byte a second.
    Drip(String),
    /// Says nothing and reads on, one byte a second.
    Sip,
    /// As `Reply`, and closes whatever the code is.
    LastWords(String),
}

impl Action {
    /// A reply; the line end may be left out.
    pub fn reply(text: &str) -> Action {
        Action::Reply(format!("{}\r\n", text.trim_end()))
    }
}

/// What the server is to do.
pub struct Script {
    transport: Transport,
    offers_starttls: bool,
    injection: Vec<u8>,
    ehlo: Vec<String>,
    auth_needs_tls: bool,
    narrow: bool,
    rules: Vec<Rule>,
    holds_final_dot: bool,
    numbers: bool,
}

#[derive(Clone)]
enum Transport {
    Plain,
    ImplicitTls(Arc<ServerConfig>),
    StartTls(Arc<ServerConfig>),
}

struct Rule {
    step: Step,
    action: Action,
    // None: for ever.
    times_left: Option<usize>,
}

impl Script {
    pub fn plain() -> Script {
        Script::over(Transport::Plain)
    }

    pub fn implicit_tls(issued: &Issued) -> Script {
        Script::over(Transport::ImplicitTls(issued.server_config()))
    }

    pub fn starttls(issued: &Issued) -> Script {
        Script::over(Transport::StartTls(issued.server_config()))
    }

    fn over(transport: Transport) -> Script {
        let ehlo = [
            "PIPELINING",
            "SIZE 10240000",
            "8BITMIME",
            "AUTH PLAIN LOGIN",
        ];
        Script {
            offers_starttls: matches!(transport, Transport::StartTls(_)),
            transport,
            injection: Vec::new(),
            ehlo: ehlo.map(str::to_owned).to_vec(),
            auth_needs_tls: false,
            narrow: false,
            rules: Vec::new(),
            holds_final_dot: false,
            numbers: false,
        }
    }

    /// Leaves STARTTLS out of the EHLO answer, as a man in the middle does.
    pub fn starttls_stripped(mut self) -> Script {
        self.offers_starttls = false;
        self
    }

    /// Sends these bytes in the same write as the answer to STARTTLS.
    pub fn inject_before_handshake(mut self, bytes: &[u8]) -> Script {
        self.injection = bytes.to_vec();
        self
    }

    /// The extensions offered in place of the usual ones; STARTTLS is added where it belongs.
    pub fn ehlo(mut self, extensions: &[&str]) -> Script {
        self.ehlo = extensions.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    /// Offers AUTH inside TLS only.
    pub fn auth_only_after_tls(mut self) -> Script {
        self.auth_needs_tls = true;
        self
    }

    /// Takes in little at once, so that a large mail is still being written when the server acts on its first line.
    pub fn narrow(mut self) -> Script {
        self.narrow = true;
        self
    }

    /// Rules for the same step are used up in the order in which they were given.
    pub fn on(mut self, step: Step, action: Action) -> Script {
        self.rules.push(Rule {
            step,
            action,
            times_left: None,
        });
        self
    }

    /// Short for `on` with `Action::reply`.
    pub fn reply(self, step: Step, text: &str) -> Script {
        self.on(step, Action::reply(text))
    }

    /// Limits the rule given last to its first `count` uses, over all connections.
    pub fn times(mut self, count: usize) -> Script {
        let rule = self.rules.last_mut().expect("times() follows a rule");
        rule.times_left = Some(count);
        self
    }

    /// Says in each mail's answer which of the mails it is, counted from 0.
    pub fn numbered(mut self) -> Script {
        self.numbers = true;
        self
    }

    /// Withholds the answer to the final dot until `Scripted::release`.
    pub fn hold_final_dot(mut self) -> Script {
        self.holds_final_dot = true;
        self
    }
}

/// A mail that came complete with its final dot.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    /// Without the stuffed dots and the final one.
    pub data: Vec<u8>,
    /// 0 for the server's first connection.
    pub connection: usize,
    /// A positive answer was written after the dot.
    pub acknowledged: bool,
}

/// A running scripted server; dropping it ends its connections and threads.
pub struct Scripted {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Scripted {
    pub fn start(script: Script) -> Scripted {
        Scripted::start_on(script, 0)
    }

    /// Starts on a port of one's own, such as one that was free before.
    pub fn start_on(script: Script, port: u16) -> Scripted {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port on loopback");
        let port = listener.local_addr().expect("a local address").port();
        if script.narrow {
            take_in_little(&listener);
        }
        let state = State {
            holds: script.holds_final_dot,
            ..State::default()
        };
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        let listener = std::thread::spawn(move || accept_all(&listener, &accepting));
        Scripted {
            port,
            shared,
            listener: Some(listener),
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Every line the client sent outside a mail, secrets as they came.
    pub fn commands(&self) -> Vec<String> {
        self.shared.state().commands.clone()
    }

    pub fn quits(&self) -> usize {
        self.shared.state().quits
    }

    /// How often the server waited for the client after it had said something: round trips.
    pub fn turns(&self) -> usize {
        self.shared.state().turns
    }

    /// TLS handshakes that resumed an earlier session.
    pub fn resumed(&self) -> usize {
        self.shared.state().resumed
    }

    /// Waits until a complete mail awaits its answer.
    pub fn wait_until_holding(&self, deadline: Duration) {
        let state = self.shared.state();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, deadline, |state| state.holding == 0);
        let (_state, waited) = waited.expect("no thread panicked");
        assert!(
            !waited.timed_out(),
            "waited {deadline:?} in vain for a final dot"
        );
    }

    /// How many complete mails await their answer.
    pub fn holding(&self) -> usize {
        self.shared.state().holding
    }

    /// Answers the mails that wait, and from now on every mail at once.
    pub fn release(&self) {
        self.set_holding(false);
    }

    /// Withholds answers again after `release`.
    pub fn hold_again(&self) {
        self.set_holding(true);
    }

    fn set_holding(&self, holds: bool) {
        self.shared.state().holds = holds;
        self.shared.changed.notify_all();
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.shared.stop();
        // accept() has no deadline: a last connection wakes it.
        let _ = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.port)));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        let workers = std::mem::take(&mut self.shared.state().workers);
        for worker in workers {
            let _ = worker.join();
        }
    }
}

struct Shared {
    script: Mutex<Script>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopped: bool,
    holds: bool,
    holding: usize,
    connections: usize,
    quits: usize,
    turns: usize,
    resumed: usize,
    commands: Vec<String>,
    received: Vec<Received>,
    // Copies by which drop() ends reads and writes that block.
    open: HashMap<usize, TcpStream>,
    workers: Vec<JoinHandle<()>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked")
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("no thread panicked")
    }

    fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        for stream in state.open.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
    }

    fn action(&self, step: Step) -> Action {
        let mut script = self.script();
        let mut rules = script.rules.iter_mut();
        let Some(rule) = rules.find(|rule| rule.step == step && rule.times_left != Some(0)) else {
            return Action::Default;
        };
        rule.times_left = rule.times_left.map(|left| left - 1);
        rule.action.clone()
    }

    fn wait_until_stopped(&self) {
        let waited = self
            .changed
            .wait_while(self.state(), |state| !state.stopped);
        drop(waited);
    }

    /// False when the server was stopped in the meantime.
    fn pause(&self, duration: Duration) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.state(), duration, |state| !state.stopped);
        waited.is_ok_and(|(state, _)| !state.stopped)
    }
}

fn accept_all(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let mut state = shared.state();
        if state.stopped {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(copy) = stream.try_clone() else {
            continue;
        };
        let number = state.connections;
        state.connections += 1;
        state.open.insert(number, copy);
        let shared = Arc::clone(shared);
        let worker = std::thread::spawn(move || serve(shared, number, stream));
        state.workers.push(worker);
    }
}

fn serve(shared: Arc<Shared>, number: usize, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut session = Session {
        shared: Arc::clone(&shared),
        number,
        channel: Channel::Plain(stream),
        unread: Vec::new(),
        has_spoken: false,
        from: None,
        to: Vec::new(),
    };
    // However it ended, the client's side of the test tells what matters.
    let _ended = session.run();
    shared.state().open.remove(&number);
}

enum Channel {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Channel {
    fn socket(&self) -> &TcpStream {
        match self {
            Channel::Plain(stream) => stream,
            Channel::Tls(stream) => &stream.sock,
        }
    }

    fn is_tls(&self) -> bool {
        matches!(self, Channel::Tls(_))
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Channel::Plain(stream) => stream.read(buffer),
            Channel::Tls(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Channel::Plain(stream) => stream.write_all(bytes),
            Channel::Tls(stream) => {
                stream.write_all(bytes)?;
                stream.flush()
            }
        }
    }

    fn close(&mut self) {
        // The client may have gone first.
        let _ = self.try_close();
    }

    fn try_close(&mut self) -> io::Result<()> {
        if let Channel::Tls(stream) = self {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.socket().shutdown(Shutdown::Write)?;
        self.discard_what_has_come()
    }

    // The system turns FIN into RST when a socket is closed with bytes unread.
    fn discard_what_has_come(&mut self) -> io::Result<()> {
        let mut socket = self.socket();
        socket.set_nonblocking(true)?;
        let mut buffer = [0; 4096];
        // What is still being written is not awaited: it meets a closed line.
        for _ in 0..8 {
            if socket.read(&mut buffer)? == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// The conversation is over.
struct Ended;

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Ended {
        Ended
    }
}

type Flow<T = ()> = Result<T, Ended>;

struct Session {
    shared: Arc<Shared>,
    number: usize,
    channel: Channel,
    unread: Vec<u8>,
    has_spoken: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    fn run(&mut self) -> Flow {
        let accept = self.shared.action(Step::Accept);
        self.perform(accept, "")?;
        let transport = self.shared.script().transport.clone();
        if let Transport::ImplicitTls(config) = transport {
            self.handshake(config)?;
        }
        self.answer(Step::Greeting, "220 localhost ESMTP scripted\r\n")?;
        loop {
            let line = self.command()?;
            self.obey(&line)?;
        }
    }

    fn obey(&mut self, line: &str) -> Flow {
        let upper = line.to_ascii_uppercase();
        let verb = upper.split([' ', ':']).next().unwrap_or_default();
        match verb {
            "EHLO" => self.ehlo(),
            "HELO" => self.answer(Step::Ehlo, "250 localhost\r\n").map(drop),
            "STARTTLS" => self.starttls(),
            "AUTH" => self.auth(line),
            "MAIL" => self.mail(line),
            "RCPT" => self.rcpt(line),
            "DATA" => self.data(),
            "BDAT" => self.bdat(line),
            "RSET" => self.rset(),
            "QUIT" => self.quit(),
            "NOOP" => self.send("250 2.0.0 Ok\r\n"),
            _ => self.send("502 5.5.2 Command not recognized\r\n"),
        }
    }

    fn ehlo(&mut self) -> Flow {
        let mut lines = vec!["localhost".to_owned()];
        let script = self.shared.script();
        let hides_auth = script.auth_needs_tls && !self.channel.is_tls();
        let shown = |line: &&String| !(hides_auth && line.starts_with("AUTH"));
        lines.extend(script.ehlo.iter().filter(shown).cloned());
        if script.offers_starttls && !self.channel.is_tls() {
            lines.push("STARTTLS".to_owned());
        }
        drop(script);
        let last = lines.pop().unwrap_or_default();
        let before: String = lines.iter().map(|line| format!("250-{line}\r\n")).collect();
        self.answer(Step::Ehlo, &format!("{before}250 {last}\r\n"))
            .map(drop)
    }

    fn starttls(&mut self) -> Flow {
        let transport = self.shared.script().transport.clone();
        let Transport::StartTls(config) = transport else {
            return self.send("502 5.5.1 STARTTLS not implemented\r\n");
        };
        if self.channel.is_tls() {
            return self.send("503 5.5.1 TLS is on already\r\n");
        }
        let injection = self.shared.script().injection.clone();
        let mut ready = b"220 2.0.0 Ready to start TLS\r\n".to_vec();
        ready.extend(injection);
        if self.answer_bytes(Step::StartTls, &ready)? != b'2' {
            return Ok(());
        }
        self.unread.clear();
        self.handshake(config)
    }

    fn handshake(&mut self, config: Arc<ServerConfig>) -> Flow {
        let action = self.shared.action(Step::Handshake);
        if !matches!(action, Action::Default) {
            // The client begins. Who speaks before he is asked has slipped something in, and who cuts the line before
            // that may still cut the connecting: those are other faults.
            self.channel.socket().peek(&mut [0])?;
            self.perform(action, "")?;
            self.channel.close();
            return Err(Ended);
        }
        let mut server = ServerConnection::new(config).map_err(|_| Ended)?;
        let mut socket = self.channel.socket().try_clone()?;
        while server.is_handshaking() {
            server.complete_io(&mut socket)?;
        }
        if server.handshake_kind() == Some(HandshakeKind::Resumed) {
            self.shared.state().resumed += 1;
        }
        self.channel = Channel::Tls(Box::new(StreamOwned::new(server, socket)));
        Ok(())
    }

    fn auth(&mut self, line: &str) -> Flow {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mechanism = words.get(1).copied().unwrap_or_default();
        let prompts: &[&str] = match mechanism.to_ascii_uppercase().as_str() {
            "LOGIN" => &["334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"],
            _ => &["334 \r\n"],
        };
        // A first answer may have come with the command itself.
        let given = words.len().saturating_sub(2);
        for prompt in prompts.iter().skip(given) {
            self.send(prompt)?;
            if self.command()? == "*" {
                return self.send("501 5.7.0 Authentication aborted\r\n");
            }
        }
        self.answer(Step::Auth, "235 2.7.0 Authentication successful\r\n")
            .map(drop)
    }

    fn mail(&mut self, line: &str) -> Flow {
        if self.answer(Step::MailFrom, "250 2.1.0 Ok\r\n")? == b'2' {
            self.from = Some(address_in(line));
            self.to.clear();
        }
        Ok(())
    }

    fn rcpt(&mut self, line: &str) -> Flow {
        if self.from.is_none() {
            return self.send("503 5.5.1 Need MAIL command\r\n");
        }
        if self.answer(Step::RcptTo, "250 2.1.5 Ok\r\n")? == b'2' {
            self.to.push(address_in(line));
        }
        Ok(())
    }

    fn data(&mut self) -> Flow {
        if self.to.is_empty() {
            return self.send("503 5.5.1 No valid recipients\r\n");
        }
        let go_ahead = "354 End data with <CR><LF>.<CR><LF>\r\n";
        if self.answer(Step::Data, go_ahead)? != b'3' {
            return Ok(());
        }
        let Some(data) = self.body()? else {
            return Ok(());
        };
        let index = self.record(data);
        self.hold()?;
        self.final_reply(index)
    }

    /// One chunk is the whole mail here, as our client sends it.
    fn bdat(&mut self, line: &str) -> Flow {
        let mut words = line.split(' ').skip(1);
        let length: usize = words
            .next()
            .and_then(|length| length.parse().ok())
            .ok_or(Ended)?;
        assert_eq!(words.next(), Some("LAST"), "{line}");
        while self.unread.len() < length {
            self.read()?;
        }
        let rest = self.unread.split_off(length);
        let data = std::mem::replace(&mut self.unread, rest);
        if self.to.is_empty() {
            return self.send("503 5.5.1 No valid recipients\r\n");
        }
        let index = self.record(data);
        self.final_reply(index)
    }

    /// Nothing where the mail was answered before its end.
    fn body(&mut self) -> Flow<Option<Vec<u8>>> {
        let mut data = Vec::new();
        let mut is_first = true;
        let mut answered = false;
        loop {
            let line = self.line()?;
            if line == b".\r\n" {
                return Ok((!answered).then_some(data));
            }
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if std::mem::take(&mut is_first) {
                let action = self.shared.action(Step::Body);
                answered = self.perform(action, "")? != 0;
            }
        }
    }

    fn record(&mut self, data: Vec<u8>) -> usize {
        let mail = Received {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            data,
            connection: self.number,
            acknowledged: false,
        };
        let mut state = self.shared.state();
        state.received.push(mail);
        state.received.len() - 1
    }

    fn hold(&mut self) -> Flow {
        let mut state = self.shared.state();
        state.holding += 1;
        self.shared.changed.notify_all();
        while state.holds && !state.stopped && !has_gone(self.channel.socket()) {
            let tick = Duration::from_millis(20);
            let waited = self.shared.changed.wait_timeout(state, tick);
            state = waited.map_err(|_| Ended)?.0;
        }
        state.holding -= 1;
        let answers = !state.holds && !state.stopped;
        answers.then_some(()).ok_or(Ended)
    }

    fn final_reply(&mut self, index: usize) -> Flow {
        let action = self.shared.action(Step::FinalReply);
        let default = if self.shared.script().numbers {
            format!("250 2.0.0 Ok: queued as {index}\r\n")
        } else {
            "250 2.0.0 Ok: queued\r\n".to_owned()
        };
        // Noted before it is written: the client may act on the answer before we run again.
        let is_positive = first_byte(&action, default.as_bytes()) == b'2';
        let takes_time = matches!(action, Action::Drip(_));
        self.shared.state().received[index].acknowledged = is_positive && !takes_time;
        let written = self.perform(action, &default);
        self.shared.state().received[index].acknowledged = is_positive && written.is_ok();
        written.map(drop)
    }

    fn rset(&mut self) -> Flow {
        self.from = None;
        self.to.clear();
        self.answer(Step::Reset, "250 2.0.0 Ok\r\n").map(drop)
    }

    fn quit(&mut self) -> Flow {
        self.shared.state().quits += 1;
        self.answer(Step::Quit, "221 2.0.0 Bye\r\n")?;
        self.channel.close();
        Err(Ended)
    }

    /// Gives the first byte of what was sent, which tells acceptance from refusal.
    fn answer(&mut self, step: Step, default: &str) -> Flow<u8> {
        self.answer_bytes(step, default.as_bytes())
    }

    fn answer_bytes(&mut self, step: Step, default: &[u8]) -> Flow<u8> {
        let action = self.shared.action(step);
        self.perform(action, default)
    }

    fn perform(&mut self, action: Action, default: impl AsRef<[u8]>) -> Flow<u8> {
        let code = first_byte(&action, default.as_ref());
        self.has_spoken = true;
        match action {
            Action::Default => self.channel.write(default.as_ref())?,
            Action::Raw(bytes) => self.channel.write(&bytes)?,
            Action::Reply(text) => {
                self.channel.write(text.as_bytes())?;
                self.close_after(&text)?;
            }
            Action::LastWords(text) => {
                self.channel.write(text.as_bytes())?;
                self.channel.close();
                return Err(Ended);
            }
            Action::Drip(text) => {
                self.drip(text.as_bytes())?;
                self.close_after(&text)?;
            }
            Action::Silence => {
                self.shared.wait_until_stopped();
                return Err(Ended);
            }
            Action::Sip => {
                while self.shared.pause(Duration::from_secs(1)) {
                    self.channel.read(&mut [0])?;
                }
                return Err(Ended);
            }
            Action::Close => {
                self.channel.close();
                return Err(Ended);
            }
            Action::Reset => {
                self.reset();
                return Err(Ended);
            }
        }
        Ok(code)
    }

    fn close_after(&mut self, reply: &str) -> Flow {
        if reply.starts_with("421") {
            self.channel.close();
            return Err(Ended);
        }
        Ok(())
    }

    fn drip(&mut self, bytes: &[u8]) -> Flow {
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && !self.shared.pause(Duration::from_secs(1)) {
                return Err(Ended);
            }
            self.channel.write(&[*byte])?;
        }
        Ok(())
    }

    fn reset(&mut self) {
        // RST goes out when the last copy of the socket is closed.
        self.shared.state().open.remove(&self.number);
        linger_zero(self.channel.socket());
    }

    fn send(&mut self, text: &str) -> Flow {
        self.has_spoken = true;
        Ok(self.channel.write(text.as_bytes())?)
    }

    fn command(&mut self) -> Flow<String> {
        let line = self.line()?;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        self.shared.state().commands.push(text.clone());
        Ok(text)
    }

    fn line(&mut self) -> Flow<Vec<u8>> {
        let mut searched = 0;
        loop {
            let found = self.unread[searched..]
                .iter()
                .position(|byte| *byte == b'\n');
            if let Some(position) = found {
                let rest = self.unread.split_off(searched + position + 1);
                return Ok(std::mem::replace(&mut self.unread, rest));
            }
            searched = self.unread.len();
            self.read()?;
        }
    }

    fn read(&mut self) -> Flow {
        if std::mem::take(&mut self.has_spoken) {
            self.shared.state().turns += 1;
        }
        let mut buffer = [0; 16384];
        let length = self.channel.read(&mut buffer)?;
        if length == 0 {
            return Err(Ended);
        }
        self.unread.extend_from_slice(&buffer[..length]);
        Ok(())
    }
}

fn first_byte(action: &Action, default: &[u8]) -> u8 {
    let sent = match action {
        Action::Default => default,
        Action::Reply(text) | Action::Drip(text) | Action::LastWords(text) => text.as_bytes(),
        Action::Raw(bytes) => bytes,
        Action::Silence | Action::Sip | Action::Close | Action::Reset => &[],
    };
    sent.first().copied().unwrap_or_default()
}

// "MAIL FROM:<a@b> SIZE=3" and "RCPT TO:<a@b>" alike.
fn address_in(line: &str) -> String {
    let (_, after) = line.split_once('<').unwrap_or_default();
    let (address, _) = after.split_once('>').unwrap_or_default();
    address.to_owned()
}

#[allow(unsafe_code)]
fn take_in_little(listener: &TcpListener) {
    let bytes: libc::c_int = 4_096;
    let length = libc::socklen_t::try_from(size_of::<libc::c_int>()).expect("a small number");
    // SAFETY: the descriptor is open, and the pointer and length describe `bytes`.
    let result = unsafe {
        libc::setsockopt(
            listener.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVBUF,
            (&raw const bytes).cast(),
            length,
        )
    };
    assert_eq!(result, 0, "SO_RCVBUF is set");
}

#[allow(unsafe_code)]
fn linger_zero(socket: &TcpStream) {
    let linger = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    let length = libc::socklen_t::try_from(size_of::<libc::linger>()).expect("a small struct");
    // SAFETY: the descriptor is open, and the pointer and length describe `linger`.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            length,
        )
    };
    assert_eq!(result, 0, "SO_LINGER is set");
}

// TLS leaves a closing record unread, so that reading would not tell.
#[allow(unsafe_code)]
fn has_gone(socket: &TcpStream) -> bool {
    let mut poll = libc::pollfd {
        fd: socket.as_raw_fd(),
        events: libc::POLLRDHUP,
        revents: 0,
    };
    // SAFETY: the pointer is to one pollfd, as the count says.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
    ready > 0
}
