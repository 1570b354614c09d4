//! Where and as whom: the state folder, the store, the language.

use crate::arguments::{Arguments, Lang};
use crate::exit::{self, Stop};
use crate::screen::Screen;
use std::io;
use std::path::{Path, PathBuf};
use tillmail::error::{Error, MAIL_E_FOLDER};
use tillmail::{Language, Mailer, Opening};

/// What the options name.
pub(crate) struct Place {
    opening: Opening,
    store: Option<String>,
}

impl Place {
    /// Takes the options, and the library's own defaults for the rest.
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let usual = Opening::default();
        let folder = arguments.folder.clone().unwrap_or(usual.folder);
        Place {
            opening: Opening {
                folder: absolute(folder),
                store: arguments.store.clone().unwrap_or(usual.store),
                role: usual.role,
                language: arguments.lang.map(language),
            },
            store: arguments.store.clone(),
        }
    }

    /// The state folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.opening.folder
    }

    /// The store, where one was named; lists are of every store without.
    pub(crate) fn named_store(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// Looks into the folder; makes nothing and sends nothing.
    pub(crate) fn visit(&self, screen: &mut Screen) -> Result<Mailer, Stop> {
        let mailer = Mailer::visit(self.opening.clone()).map_err(|error| self.refused(error))?;
        let language = self
            .opening
            .language
            .or_else(|| mailer.saved_language())
            .unwrap_or(screen.language);
        screen.language = language;
        Ok(mailer.speaking(language))
    }

    /// Opens the folder as a till does: sends, unless another process does already.
    pub(crate) fn open(&self, language: Language) -> Result<Mailer, Stop> {
        let opening = Opening {
            language: Some(language),
            ..self.opening.clone()
        };
        Ok(Mailer::open(opening)?)
    }

    /// A folder that is not there, or not for this user, has exit codes of its own.
    fn refused(&self, error: Error) -> Stop {
        if error.code != MAIL_E_FOLDER {
            return error.into();
        }
        let found = std::fs::read_dir(self.folder()).map(|_| self.folder().join("outbox.db"));
        let code = match found.and_then(std::fs::metadata) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => exit::NO_INPUT,
            Err(why) if why.kind() == io::ErrorKind::NotADirectory => exit::NO_INPUT,
            Err(why) if why.kind() == io::ErrorKind::PermissionDenied => exit::NO_PERMISSION,
            _ => return error.into(),
        };
        Stop::As(code, Box::new(error))
    }
}

/// The folder as the library knows it, wherever this was typed.
fn absolute(folder: PathBuf) -> PathBuf {
    std::path::absolute(&folder).unwrap_or(folder)
}

fn language(given: Lang) -> Language {
    match given {
        Lang::Fr => Language::French,
        Lang::En => Language::English,
    }
}

/// The language until the settings are read: as asked, else the system's, else French.
pub(crate) fn first_language(arguments: &Arguments) -> Language {
    let system = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match (arguments.lang, system) {
        (Some(given), _) => language(given),
        (None, Some(locale)) => of_locale(&locale),
        (None, None) => Language::default(),
    }
}

/// "C" is no language; somebody who speaks neither is taken to read English.
fn of_locale(locale: &str) -> Language {
    let name = locale.split(['.', '_', '@']).next().unwrap_or_default();
    match name {
        "" | "C" | "POSIX" | "fr" => Language::French,
        _ => Language::English,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_language_is_read_from_its_locale() {
        for (locale, language) in [
            ("fr_FR.UTF-8", Language::French),
            ("fr", Language::French),
            ("C", Language::French),
            ("C.UTF-8", Language::French),
            ("POSIX", Language::French),
            ("en_GB.UTF-8", Language::English),
            ("de_DE@euro", Language::English),
        ] {
            assert_eq!(of_locale(locale), language, "{locale}");
        }
    }
}
