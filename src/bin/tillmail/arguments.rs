//! What can be typed; the comments are the help pages.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Mailing receipts on this machine: how it stands, why, and what to do.
///
/// Only `flush` sends. Everything else visits the folder, also while tills run. Exit codes are those of sysexits.h;
/// docs/COMMAND.md lists them.
#[derive(Debug, Parser)]
#[command(
    name = "tillmail",
    version,
    max_term_width = 100,
    after_help = "Example: tillmail status"
)]
pub(crate) struct Arguments {
    /// State folder; default: the one the tills use by default
    #[arg(long, global = true, env = "TILLMAIL_FOLDER", value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Store whose settings are meant; default: 1
    #[arg(long, global = true, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// Language; default: the one in the settings, else the system's, else French
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Lang>,
    /// Gives JSON instead of tables and sentences
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to colour; NO_COLOR is respected
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Lang {
    Fr,
    En,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows how mailing stands: trouble with its cure, counts, limits, versions
    #[command(after_help = "Example: tillmail status --folder /var/lib/tillmail\n\
        Ends with 0 when all is well, 75 for a warning, 69 when mails do not leave, 78 when it is not set up.")]
    Status,
    /// Tries the settings step by step; nothing is saved, nothing is sent
    #[command(
        after_help = "Examples: tillmail verify --to client@example.com\n          tillmail verify --domain --dkim-selector s1"
    )]
    Verify(Verify),
    /// Signs an account in with its provider (OAuth 2): shows a code and an address, and waits for the owner
    #[command(
        after_help = "Examples: tillmail sign-in\n          tillmail sign-in --account sophie --browser\n\
        The settings need smtp.oauth. Ends with 0 once the account is signed in, 77 when the owner declined or came too\n\
        late, 75 after Ctrl-C, which cancels: what was signed in before stays."
    )]
    SignIn(SignIn),
    /// Lists the mail providers that are known, or tells what an address needs
    #[command(
        after_help = "Examples: tillmail presets boutique@gmail.com\n          tillmail presets contact@maboutique.fr --lookup"
    )]
    Presets(Presets),
    /// Shows the mail that a receipt would become; nothing is sent, nothing is kept
    #[command(
        after_help = "Examples: tillmail preview receipt.json --out preview\n          tillmail preview receipt.json --text\n\
        --out writes subject.txt, text.txt, mail.html with its pictures, and the attachments: open mail.html in a browser."
    )]
    Preview(Preview),
    /// Lists mails, the newest first
    #[command(
        after_help = "Examples: tillmail journal --state failed --since 2d\n          tillmail journal --follow"
    )]
    Journal(Journal),
    /// Shows one mail with every try and the server's words
    #[command(after_help = "Example: tillmail show 42")]
    Show(Show),
    /// Sends mails on their way again: failed, uncertain or waiting ones
    #[command(
        after_help = "Examples: tillmail retry 42 43\n          tillmail retry --state failed\n\
        A mail that is uncertain may have arrived: it can then arrive twice."
    )]
    Retry(Retry),
    /// Takes waiting mails back
    #[command(after_help = "Example: tillmail cancel 42")]
    Cancel(Cancel),
    /// Sends a mail a second time, marked DUPLICATA
    #[command(after_help = "Example: tillmail resend 42 --to client@example.com")]
    Resend(Resend),
    /// Forgets a customer: address, subjects and contents of the mails to it
    #[command(after_help = "Example: tillmail erase client@example.com --yes")]
    Erase(Erase),
    /// Sends what waits, and ends: for a task scheduler while the tills are closed
    #[command(after_help = "Example: tillmail flush --timeout 10m\n\
        Ends with 0 when all mails left, 75 when some still wait, 69 when some failed.")]
    Flush(Flush),
    /// Writes one file for whoever helps: settings without secrets, health, journal, last conversations
    #[command(after_help = "Example: tillmail support-bundle --output till-3.json\n\
        Customers' addresses are masked; subjects and contents are left out.")]
    SupportBundle(SupportBundle),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Recipient to ask the server about; default: the sender
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: Option<String>,
    /// A user's account instead of the store's
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Ends within this time, such as 30s or 2m
    #[arg(long, default_value = "45s", value_parser = duration, value_name = "TIME")]
    pub(crate) timeout: Duration,
    /// Shows the conversation too, without secrets
    #[arg(long)]
    pub(crate) transcript: bool,
    /// Also looks at what the sender's domain says about its mails: SPF, DMARC, DKIM
    #[arg(long)]
    pub(crate) domain: bool,
    /// Selector of the domain's DKIM key: what follows "s=" in the DKIM-Signature of a mail
    #[arg(long, requires = "domain", value_name = "SELECTOR")]
    pub(crate) dkim_selector: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SignIn {
    /// A user's account instead of the store's
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// In a browser on this machine
    #[arg(long, group = "what")]
    pub(crate) browser: bool,
    /// With a code, on a phone or another computer; the default where the provider has it
    #[arg(long, group = "what")]
    pub(crate) device: bool,
    /// Only tells how it stands
    #[arg(long, group = "what")]
    pub(crate) state: bool,
    /// Ends a sign-in that waits, if this machine has one
    #[arg(long, group = "what")]
    pub(crate) cancel: bool,
    /// Forgets the account's tokens: it has to sign in again
    #[arg(long, group = "what")]
    pub(crate) sign_out: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Presets {
    /// An address, or the name of a provider as the list shows it
    #[arg(value_name = "ADDRESS|NAME")]
    pub(crate) which: Option<String>,
    /// Also asks the domain name system (DNS) who hosts the address, where the list does not know
    #[arg(long, requires = "which")]
    pub(crate) lookup: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// File with the receipt as the till gives it, JSON; "-" for the standard input
    #[arg(value_name = "RECEIPT")]
    pub(crate) receipt: PathBuf,
    /// Folder to write the parts into; it is made, and files of an earlier preview in it are written over
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// File with settings to try, JSON; merged over the saved ones, never saved
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Prints only the HTML part
    #[arg(long, group = "part", conflicts_with = "out")]
    pub(crate) html: bool,
    /// Prints only the text part
    #[arg(long, group = "part", conflicts_with = "out")]
    pub(crate) text: bool,
    /// Prints only the subject
    #[arg(long, group = "part", conflicts_with = "out")]
    pub(crate) subject: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Journal {
    /// Goes on with new lines as they come, until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only mails in this state
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<State>,
    /// Only mails whose last failure is of this class, such as recipient, auth or network
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: Option<String>,
    /// Only mails taken since: 2h, 3d, 2026-11-24, or RFC 3339
    #[arg(long, value_name = "TIME", conflicts_with = "follow")]
    pub(crate) since: Option<String>,
    /// Only this receipt number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) number: Option<String>,
    /// Only mails to this address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: Option<String>,
    /// So many lines, 1 to 500; with --follow: lines of the past to begin with, 10 by default
    #[arg(long, short = 'n', value_parser = clap::value_parser!(u32).range(1..=500), value_name = "LINES")]
    pub(crate) limit: Option<u32>,
    /// The library's own events (settings saved, accounts paused) instead of mails
    #[arg(long, conflicts_with_all = ["follow", "state", "class", "since", "number", "to"])]
    pub(crate) library: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum State {
    Queued,
    Sending,
    Sent,
    Failed,
    Uncertain,
    Cancelled,
}

impl State {
    /// Gives the library's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Failed => "failed",
            State::Uncertain => "uncertain",
            State::Cancelled => "cancelled",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Number of the mail, as `journal` shows it
    #[arg(value_name = "ID")]
    pub(crate) id: i64,
}

#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Numbers of the mails; all of them or none
    #[arg(
        value_name = "ID",
        required_unless_present = "state",
        conflicts_with = "state"
    )]
    pub(crate) ids: Vec<i64>,
    /// All mails in this state whose content is still kept; with --store only that store's
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<RetryState>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RetryState {
    Failed,
    Uncertain,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// Numbers of the mails
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct Resend {
    /// Number of the mail
    #[arg(value_name = "ID")]
    pub(crate) id: i64,
    /// Where the copy goes; default: where the mail went
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The customer's address
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// Does it; without, it is only said how many mails there are
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Flush {
    /// Ends within this time, such as 30s, 10m or 1h
    #[arg(long, default_value = "10m", value_parser = duration, value_name = "TIME")]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct SupportBundle {
    /// File to write; "-" for the standard output; default: tillmail-support-DATE.json in this folder
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// So many mails of the journal, the newest ones
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500), value_name = "MAILS")]
    pub(crate) mails: u32,
}

/// Reads `45`, `45s`, `10m`, `2h` or `3d`.
pub(crate) fn duration(given: &str) -> Result<Duration, String> {
    let digits = given.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
    let seconds: u64 = match given.get(digits.len()..) {
        Some("" | "s") => 1,
        Some("m" | "min") => 60,
        Some("h") => 3_600,
        Some("d" | "j") => 86_400,
        _ => return Err("a time such as 45s, 10m or 2h is needed".to_owned()),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(seconds))
        .filter(|seconds| *seconds <= 366 * 86_400)
        .map(Duration::from_secs)
        .ok_or_else(|| "a time such as 45s, 10m or 2h is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_command_has_no_contradiction() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_an_example_in_its_help() {
        for command in Arguments::command().get_subcommands() {
            let after = command.get_after_help().map(ToString::to_string);
            let example = format!("tillmail {}", command.get_name());
            assert!(
                after.is_some_and(|after| after.contains(&example)),
                "{example}"
            );
        }
    }

    #[test]
    fn times_are_read_with_their_unit() {
        for (given, seconds) in [
            ("45", Some(45)),
            ("45s", Some(45)),
            ("10m", Some(600)),
            ("2h", Some(7_200)),
            ("3d", Some(259_200)),
            ("", None),
            ("m", None),
            ("-1s", None),
            ("1.5h", None),
            ("10 m", None),
            ("99999999999999999999s", None),
            ("400d", None),
        ] {
            let read = duration(given).ok().map(|duration| duration.as_secs());
            assert_eq!(read, seconds, "{given:?}");
        }
    }
}
