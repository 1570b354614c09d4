//! The steps and the faults of the table, with the words that docs/FAULTS.md shows for them.

/// Step of the way from a server's name to the goodbye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Dns,
    Connect,
    Greeting,
    Ehlo,
    StartTls,
    Handshake,
    Auth,
    Mail,
    Rcpt,
    Data,
    Body,
    Dot,
    Reply,
    Quit,
}

pub const STEPS: &[(At, &str)] = &[
    (At::Dns, "name (DNS)"),
    (At::Connect, "connect"),
    (At::Greeting, "greeting"),
    (At::Ehlo, "EHLO"),
    (At::StartTls, "STARTTLS"),
    (At::Handshake, "handshake"),
    (At::Auth, "AUTH"),
    (At::Mail, "MAIL"),
    (At::Rcpt, "RCPT"),
    (At::Data, "DATA"),
    (At::Body, "body"),
    (At::Dot, "final dot"),
    (At::Reply, "its reply"),
    (At::Quit, "QUIT"),
];

/// What goes wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Refused,
    Reset,
    Silence,
    Drip,
    Garbage,
    Later,
    Never,
    MultiLine,
    Megabytes,
    Nul,
    NotUtf8,
    WrongOrder,
    Closing,
    Close,
    Stripped,
    Injected,
    WrongHost,
    Expired,
    SelfSigned,
    OldTls,
    NoAuth,
    AuthAfterTls,
    LoginOnly,
}

pub const FAULTS: &[(Fault, &str)] = &[
    (Fault::Refused, "refused"),
    (Fault::Reset, "reset"),
    (Fault::Silence, "silence"),
    (Fault::Drip, "one byte a second"),
    (Fault::Garbage, "garbage"),
    (Fault::Later, "4xx"),
    (Fault::Never, "5xx"),
    (Fault::MultiLine, "several lines"),
    (Fault::Megabytes, "a line of megabytes"),
    (Fault::Nul, "NUL"),
    (Fault::NotUtf8, "not UTF-8"),
    (Fault::WrongOrder, "wrong order"),
    (Fault::Closing, "421"),
    (Fault::Close, "early close"),
    (Fault::Stripped, "STARTTLS stripped"),
    (Fault::Injected, "data before the handshake"),
    (Fault::WrongHost, "wrong host"),
    (Fault::Expired, "expired"),
    (Fault::SelfSigned, "self-signed"),
    (Fault::OldTls, "TLS 1.0 only"),
    (Fault::NoAuth, "AUTH not offered"),
    (Fault::AuthAfterTls, "AUTH only after TLS"),
    (Fault::LoginOnly, "LOGIN only"),
];

/// Pairs that mean nothing, with the reason; every other pair has a row in the table.
pub const SENSELESS: &[(&[At], &[Fault], &str)] = &[
    (
        &[
            At::Greeting,
            At::Ehlo,
            At::StartTls,
            At::Handshake,
            At::Auth,
            At::Mail,
            At::Rcpt,
            At::Data,
            At::Body,
            At::Dot,
            At::Reply,
            At::Quit,
        ],
        &[Fault::Refused],
        "a line that stands can be reset or closed, not refused",
    ),
    (
        &[At::Dns],
        &[
            Fault::Reset,
            Fault::Drip,
            Fault::MultiLine,
            Fault::Megabytes,
            Fault::Nul,
            Fault::NotUtf8,
            Fault::WrongOrder,
            Fault::Closing,
            Fault::Close,
        ],
        "a name service answers in one packet, in a format of its own",
    ),
    (
        &[At::Connect],
        &[Fault::Reset],
        "the reset that answers a SYN is the refusal",
    ),
    (
        &[At::Connect],
        &[
            Fault::Drip,
            Fault::Garbage,
            Fault::Later,
            Fault::Never,
            Fault::MultiLine,
            Fault::Megabytes,
            Fault::Nul,
            Fault::NotUtf8,
            Fault::WrongOrder,
            Fault::Closing,
            Fault::Close,
        ],
        "nothing is said before the line stands; what comes right after is the greeting",
    ),
    (
        &[At::Handshake],
        &[
            Fault::MultiLine,
            Fault::Nul,
            Fault::NotUtf8,
            Fault::WrongOrder,
        ],
        "TLS is binary: text of any kind is garbage there",
    ),
    (
        &[At::Body],
        &[
            Fault::MultiLine,
            Fault::Megabytes,
            Fault::Nul,
            Fault::NotUtf8,
        ],
        "an answer in the midst of the mail is read after it, as the reply to the final dot",
    ),
    (
        &[At::Dot],
        &[
            Fault::Garbage,
            Fault::Later,
            Fault::Never,
            Fault::MultiLine,
            Fault::Megabytes,
            Fault::Nul,
            Fault::NotUtf8,
            Fault::WrongOrder,
            Fault::Closing,
        ],
        "whatever the server says once the dot has left is its reply",
    ),
    (
        EVERY_STEP_BUT_STARTTLS,
        &[Fault::Stripped, Fault::Injected],
        "it is done to STARTTLS",
    ),
    (
        EVERY_STEP_BUT_HANDSHAKE,
        &[
            Fault::WrongHost,
            Fault::Expired,
            Fault::SelfSigned,
            Fault::OldTls,
        ],
        "certificate and TLS version are told in the handshake",
    ),
    (
        EVERY_STEP_BUT_AUTH,
        &[Fault::NoAuth, Fault::AuthAfterTls, Fault::LoginOnly],
        "it matters when logging in",
    ),
];

const EVERY_STEP_BUT_STARTTLS: &[At] = &[
    At::Dns,
    At::Connect,
    At::Greeting,
    At::Ehlo,
    At::Handshake,
    At::Auth,
    At::Mail,
    At::Rcpt,
    At::Data,
    At::Body,
    At::Dot,
    At::Reply,
    At::Quit,
];

const EVERY_STEP_BUT_HANDSHAKE: &[At] = &[
    At::Dns,
    At::Connect,
    At::Greeting,
    At::Ehlo,
    At::StartTls,
    At::Auth,
    At::Mail,
    At::Rcpt,
    At::Data,
    At::Body,
    At::Dot,
    At::Reply,
    At::Quit,
];

const EVERY_STEP_BUT_AUTH: &[At] = &[
    At::Dns,
    At::Connect,
    At::Greeting,
    At::Ehlo,
    At::StartTls,
    At::Handshake,
    At::Mail,
    At::Rcpt,
    At::Data,
    At::Body,
    At::Dot,
    At::Reply,
    At::Quit,
];

/// Gives the reason why a pair means nothing.
pub fn senseless(at: At, fault: Fault) -> Option<&'static str> {
    SENSELESS
        .iter()
        .find(|(steps, faults, _)| steps.contains(&at) && faults.contains(&fault))
        .map(|(_, _, reason)| *reason)
}

pub fn step_name(at: At) -> &'static str {
    STEPS
        .iter()
        .find(|(step, _)| *step == at)
        .map_or("?", |(_, name)| name)
}

pub fn fault_name(fault: Fault) -> &'static str {
    FAULTS
        .iter()
        .find(|(one, _)| *one == fault)
        .map_or("?", |(_, name)| name)
}
