//! A real Postfix with Dovecot's SASL on loopback, in a folder of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::authorization::Introspection;
use super::ca::{Issued, TestCa};
use super::daemon::{Daemon, Guard, INSTALL};
use super::scratch::{ReservedPort, Scratch, wait_until};

const START_DEADLINE: Duration = Duration::from_secs(30);
const MASTER: &str = "/usr/lib/postfix/sbin/master";
const DOVECOT: &str = "/usr/sbin/dovecot";

/// What may differ from one instance to another.
#[derive(Clone)]
pub struct Options {
    /// SASL mechanisms as Dovecot names them: "plain login", "login", "xoauth2 oauthbearer".
    pub mechanisms: String,
    /// Whom Dovecot asks about the access tokens of `xoauth2` and `oauthbearer`.
    pub introspection: Option<Introspection>,
    /// Who signs the server's certificate; by default an authority of its own.
    pub ca: Option<Arc<TestCa>>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mechanisms: "plain login".to_owned(),
            introspection: None,
            ca: None,
        }
    }
}

/// A running mail server; dropping it stops it and removes its folder.
pub struct Postfix {
    /// Plain text with STARTTLS, as on a submission port.
    pub smtp_port: u16,
    /// TLS from the first byte.
    pub smtps_port: u16,
    pub ca: Arc<TestCa>,
    // Fields are dropped in this order: processes first, their folder last.
    _guard: Guard,
    _master: Daemon,
    _dovecot: Daemon,
    _ports: [ReservedPort; 2],
    scratch: Scratch,
}

impl Postfix {
    pub const USER: &str = "till@example.test";
    pub const PASSWORD: &str = "s3cret péché";

    pub fn start() -> Postfix {
        Postfix::start_with(&Options::default())
    }

    pub fn start_with(options: &Options) -> Postfix {
        require_installed();
        let scratch = Scratch::new("pf");
        let folder = scratch.path().to_path_buf();
        set_mode(&folder, 0o755);
        let own_ca = || Arc::new(TestCa::new(&folder));
        let ca = options.ca.clone().unwrap_or_else(own_ca);
        let certificate = ca.issue(&["localhost", "127.0.0.1"]);
        lay_out(&folder);
        let dovecot = start_dovecot(&folder, options);
        let ports = [ReservedPort::new(), ReservedPort::new()];
        let [smtp_port, smtps_port] = ports.each_ref().map(ReservedPort::number);
        let master = start_master(&folder, &certificate, smtp_port, smtps_port);
        let guard = Guard::watch(&[master.id(), dovecot.id()], &folder);
        let postfix = Postfix {
            smtp_port,
            smtps_port,
            ca,
            _guard: guard,
            _master: master,
            _dovecot: dovecot,
            _ports: ports,
            scratch,
        };
        postfix.wait_for_tls_greeting();
        postfix
    }

    /// The mails delivered to this address so far, oldest first.
    pub fn mails(&self, recipient: &str) -> Vec<Vec<u8>> {
        let maildir = self.scratch.path().join("mail/all");
        let mut found = maildir_files(&maildir.join("cur"));
        found.extend(maildir_files(&maildir.join("new")));
        found.sort();
        let mails = found.into_iter().filter_map(|(_, path)| {
            // A mail may be moved between listing and reading; the next look finds it.
            fs::read(path).ok()
        });
        mails.filter(|mail| delivered_to(mail, recipient)).collect()
    }

    /// Waits until at least `count` mails have reached this address.
    pub fn wait_for_mails(
        &self,
        recipient: &str,
        count: usize,
        deadline: Duration,
    ) -> Vec<Vec<u8>> {
        let what = format!("{count} mails have reached {recipient}");
        wait_until(&what, deadline, || {
            let mails = self.mails(recipient);
            (mails.len() >= count).then_some(mails)
        })
    }

    /// Where everything of this instance lies.
    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// Postfix's own log.
    pub fn log(&self) -> String {
        read_log(self.scratch.path())
    }

    fn wait_for_tls_greeting(&self) {
        let folder = self.scratch.path();
        let banner = banner(folder);
        let what = format!("Postfix greets over TLS ({})", folder.display());
        wait_until(&what, START_DEADLINE, || {
            let greeting = tls_greeting(self.smtps_port, &self.ca)?;
            greeting.contains(&banner).then_some(())
        });
    }
}

fn require_installed() {
    for program in [MASTER, DOVECOT] {
        assert!(
            Path::new(program).exists(),
            "{program} is not installed: {INSTALL}"
        );
    }
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| owner(&process) == 0);
    assert!(
        is_root,
        "Postfix can be started by root only: run the tests as root"
    );
}

fn owner(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(metadata)
}

fn lay_out(folder: &Path) {
    let postfix = account("postfix");
    let postdrop = group("postdrop");
    let own = |name: &str, mode: u32, user: u32, group: u32| {
        let path = folder.join(name);
        fs::create_dir_all(&path).expect("a folder of the queue");
        chown(&path, Some(user), Some(group)).expect("the folder's owner");
        set_mode(&path, mode);
    };
    own("etc", 0o755, 0, 0);
    own("queue", 0o755, 0, 0);
    own("queue/pid", 0o755, 0, 0);
    for queue in [
        "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
        "saved", "trace",
    ] {
        own(&format!("queue/{queue}"), 0o700, postfix, 0);
    }
    own("queue/maildrop", 0o730, postfix, postdrop);
    own("queue/public", 0o710, postfix, postdrop);
    own("data", 0o700, postfix, 0);
    own("mail", 0o755, account("nobody"), group("nogroup"));
    own("dovecot", 0o755, 0, 0);
}

fn start_dovecot(folder: &Path, options: &Options) -> Daemon {
    let users = format!("{}:{{PLAIN}}{}\n", Postfix::USER, Postfix::PASSWORD);
    fs::write(folder.join("users"), users).expect("the users are written");
    let configuration = folder.join("etc/dovecot.conf");
    fs::write(&configuration, dovecot_conf(folder, options)).expect("dovecot.conf is written");
    let mut command = Command::new(DOVECOT);
    command.arg("-F").arg("-c").arg(&configuration);
    // On TERM it sleeps for a second; on KILL its children miss it and end by themselves.
    let mut daemon = Daemon::spawn(command, &folder.join("dovecot.out"), "KILL");
    let socket = folder.join("queue/private/auth");
    wait_until("Dovecot offers its socket", START_DEADLINE, || {
        if daemon.ended().is_some() {
            let said = read_text(&folder.join("dovecot.out"));
            panic!(
                "Dovecot ended: {said}{}",
                read_text(&folder.join("dovecot.log"))
            );
        }
        socket.exists().then_some(())
    });
    daemon
}

fn dovecot_conf(folder: &Path, options: &Options) -> String {
    let path = folder.display();
    let mechanisms = &options.mechanisms;
    // The penalty socket is closed because it delays whoever mistook a password before.
    format!(
        "base_dir = {path}/dovecot
state_dir = {path}/dovecot
instance_name = {name}
log_path = {path}/dovecot.log
protocols =
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
{oauth2}passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = username_format=%u {path}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {path}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
",
        name = instance_name(folder),
        oauth2 = oauth2_passdb(folder, options),
    )
}

// Each passdb has its own mechanisms, so that no token is tried as a password.
fn oauth2_passdb(folder: &Path, options: &Options) -> String {
    let Some(introspection) = &options.introspection else {
        return String::new();
    };
    let configuration = folder.join("etc/dovecot-oauth2.conf.ext");
    let text = format!(
        "introspection_url = {url}
introspection_mode = post
active_attribute = active
active_value = true
username_attribute = username
tls_ca_cert_file = {ca}
",
        url = introspection.url,
        ca = introspection.ca_pem.display(),
    );
    fs::write(&configuration, text).expect("dovecot-oauth2.conf.ext is written");
    format!(
        "passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {}
}}
",
        configuration.display()
    )
}

fn start_master(folder: &Path, certificate: &Issued, smtp_port: u16, smtps_port: u16) -> Daemon {
    write_main_cf(folder, certificate);
    write_master_cf(folder, smtp_port, smtps_port);
    let mut command = Command::new(MASTER);
    command.arg("-c").arg(folder.join("etc"));
    let mut daemon = Daemon::spawn(command, &folder.join("master.out"), "TERM");
    let banner = banner(folder);
    let what = format!("Postfix greets ({})", folder.display());
    wait_until(&what, START_DEADLINE, || {
        if daemon.ended().is_some() {
            let said = read_text(&folder.join("master.out"));
            panic!("Postfix ended: {said}{}", read_log(folder));
        }
        plain_greeting(smtp_port)?.contains(&banner).then_some(())
    });
    daemon
}

fn write_main_cf(folder: &Path, certificate: &Issued) {
    let etc = folder.join("etc");
    // Everybody's mail goes to one Maildir: virtual(8) takes no $1 from a regexp table.
    let mailboxes = "!/^unknown@clients\\.test$/ all/\n";
    write_aged(&etc.join("mailboxes"), mailboxes);
    let senders = format!(
        "till@example.test {user}\nboutique@example.test {user}\n@vega-info.fr {user}\n",
        user = Postfix::USER
    );
    write_aged(&etc.join("senders"), &senders);
    write_aged(&etc.join("main.cf"), &main_cf(folder, certificate));
}

fn main_cf(folder: &Path, certificate: &Issued) -> String {
    format!(
        "compatibility_level = 3.6
queue_directory = {path}/queue
data_directory = {path}/data
maillog_file = {path}/maillog
maillog_file_prefixes = {path}
syslog_name = {name}
myhostname = localhost
mydomain = example.test
smtpd_banner = {banner}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.1/32
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtputf8_enable = yes
notify_classes =
alias_maps =
alias_database =
mydestination =
local_recipient_maps =
relay_domains =
local_transport = error:no local mail here
relay_transport = error:no way out of the tests
default_transport = error:no way out of the tests
virtual_transport = virtual
virtual_mailbox_domains = clients.test
virtual_mailbox_base = {path}/mail
virtual_mailbox_maps = regexp:{path}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 100
virtual_mailbox_limit = 0
message_size_limit = 5242880
queue_minfree = 0
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous
line_length_limit = 12288
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_loglevel = 1
smtpd_sender_login_maps = texthash:{path}/etc/senders
smtpd_sender_restrictions = reject_sender_login_mismatch
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
smtpd_client_event_limit_exceptions = 127.0.0.1/32
",
        path = folder.display(),
        name = instance_name(folder),
        banner = banner(folder),
        uid = account("nobody"),
        gid = group("nogroup"),
        certificate = certificate.cert_pem.display(),
        key = certificate.key_pem.display(),
    )
}

fn write_master_cf(folder: &Path, smtp_port: u16, smtps_port: u16) {
    let services = format!(
        "127.0.0.1:{smtp_port} inet n - n - - smtpd
127.0.0.1:{smtps_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"
    );
    write_aged(&folder.join("etc/master.cf"), &services);
}

// Postfix waits until a file it reads has been left alone for a second or two.
fn write_aged(path: &Path, text: &str) {
    let mut file = fs::File::create(path).expect("a file of the configuration");
    file.write_all(text.as_bytes()).expect("the configuration");
    let modified = SystemTime::now() - Duration::from_secs(60);
    file.set_modified(modified).expect("the file's time is set");
}

// Names the instance, so that a test that talks to the wrong one shows it.
fn banner(folder: &Path) -> String {
    format!("localhost ESMTP {}", instance_name(folder))
}

fn instance_name(folder: &Path) -> String {
    let name = folder.file_name().expect("a folder with a name");
    name.to_string_lossy().into_owned()
}

fn plain_greeting(port: u16) -> Option<String> {
    let mut stream = connect(port)?;
    let greeting = read_some(&mut stream);
    let _ = stream.write_all(b"QUIT\r\n");
    greeting
}

fn tls_greeting(port: u16, ca: &TestCa) -> Option<String> {
    let stream = connect(port)?;
    let name = ServerName::try_from("localhost").expect("a server's name");
    let client = ClientConnection::new(ca.client_config(), name).ok()?;
    let mut stream = StreamOwned::new(client, stream);
    let greeting = read_some(&mut stream);
    let _ = stream.write_all(b"QUIT\r\n");
    greeting
}

fn connect(port: u16) -> Option<TcpStream> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    Some(stream)
}

fn read_some(stream: &mut impl Read) -> Option<String> {
    let mut buffer = [0; 512];
    let length = stream.read(&mut buffer).ok()?;
    Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

// With their times, by which they are sorted: the names begin with whole seconds only.
fn maildir_files(folder: &Path) -> Vec<(SystemTime, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
    });
    files.collect()
}

// virtual(8) writes the envelope's recipient into the mail.
fn delivered_to(mail: &[u8], recipient: &str) -> bool {
    let text = String::from_utf8_lossy(mail);
    let mut header = text.lines().take_while(|line| !line.is_empty());
    header.any(|line| {
        line.strip_prefix("Delivered-To: ")
            .is_some_and(|address| address.eq_ignore_ascii_case(recipient))
    })
}

fn read_log(folder: &Path) -> String {
    read_text(&folder.join("maillog"))
}

fn read_text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

fn account(name: &str) -> u32 {
    number_in("/etc/passwd", name)
}

fn group(name: &str) -> u32 {
    number_in("/etc/group", name)
}

fn number_in(table: &str, name: &str) -> u32 {
    let text = read_text(Path::new(table));
    let mut rows = text.lines().map(|row| row.split(':').collect::<Vec<_>>());
    let row = rows.find(|row| row.first() == Some(&name));
    let number = row.and_then(|row| row.get(2)?.parse().ok());
    number.unwrap_or_else(|| panic!("{table} has no {name}: {INSTALL}"))
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode is set");
}
