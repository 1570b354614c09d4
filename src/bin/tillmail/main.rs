//! The support technician's command: how mailing stands on this machine, and why.
//!
//! It uses the library's own interface, [`tillmail::Mailer`], and no SQL of its own. Looking changes nothing: only
//! `flush` opens the folder as a till does; everything else visits it.

mod arguments;
mod bundle;
mod decide;
mod exit;
mod flush;
mod interrupt;
mod journal;
mod page;
mod place;
mod presets;
mod preview;
mod reply;
mod screen;
mod show;
mod sign_in;
mod status;
mod table;
mod times;
mod verify;
mod words;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::Stop;
use place::Place;
use screen::Screen;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            // Help and version come this way too; a reader that has gone needs no words.
            let _ = told.print();
            let usage = told.use_stderr();
            return ExitCode::from(if usage { exit::USAGE } else { exit::OK });
        }
    };
    let mut screen = Screen::new(&arguments);
    let ended = run(&arguments, &mut screen).and_then(|code| screen.flush().map(|()| code));
    ExitCode::from(match ended {
        Ok(code) => code,
        Err(stop) => exit::tell(&mut screen, stop),
    })
}

fn run(arguments: &Arguments, screen: &mut Screen) -> Result<u8, Stop> {
    let place = Place::new(arguments);
    match &arguments.command {
        Command::Status => status::run(&place, screen),
        Command::Verify(options) => verify::run(&place, screen, options),
        Command::SignIn(options) => sign_in::run(&place, screen, options),
        Command::Presets(options) => presets::run(&place, screen, options),
        Command::Preview(options) => preview::run(&place, screen, options),
        Command::Journal(options) => journal::run(&place, screen, options),
        Command::Show(options) => show::run(&place, screen, options),
        Command::Retry(options) => decide::retry(&place, screen, options),
        Command::Cancel(options) => decide::cancel(&place, screen, options),
        Command::Resend(options) => decide::resend(&place, screen, options),
        Command::Erase(options) => decide::erase(&place, screen, options),
        Command::Flush(options) => flush::run(&place, screen, options),
        Command::SupportBundle(options) => bundle::run(&place, screen, options),
    }
}
