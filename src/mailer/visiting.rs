//! Opening a folder to look at it: for the technician's command, while tills run.

use super::Mailer;
use crate::delivery::desk::Shared;
use crate::error::{Error, MAIL_E_FOLDER, Result};
use crate::opening::Opening;
use crate::outbox::{Intake, Outbox};
use crate::settings::checks::store_id;
use crate::settings::presets::file::PresetFile;
use crate::settings::secret::Vault;
use crate::text::{self, Language};
use std::sync::{Arc, Mutex};

impl Mailer {
    /// Opens a state folder that is there, to look and to decide about single mails: makes nothing, converts
    /// nothing, sends nothing. Tills may go on meanwhile; whoever of them drains takes up what is decided here.
    pub fn visit(opening: Opening) -> Result<Self> {
        store_id(&opening.store).map_err(|error| error.inside("store"))?;
        let folder = &opening.folder;
        let missing = match Outbox::is_in(folder) {
            Ok(true) => None,
            Ok(false) => Some(text::no_state_folder(folder)),
            Err(error) => Some(text::state_folder(folder, &error)),
        };
        if let Some(missing) = missing {
            return Err(Error::new(MAIL_E_FOLDER, missing));
        }
        let outbox = Outbox::visit(&opening.folder)?;
        Ok(Mailer {
            reader: Mutex::new(outbox.reader()?),
            outbox: Mutex::new(outbox),
            intake: Intake::default(),
            vault: Vault::visit(&opening.folder)?,
            presets: Arc::new(PresetFile::of(&opening.folder)),
            shared: Arc::new(Shared::default()),
            worker: Mutex::new(None),
            visiting: true,
            saved: Mutex::new(None),
            sign_ins: Mutex::default(),
            opening,
        })
    }

    /// Speaks this language from now on.
    pub fn speaking(mut self, language: Language) -> Self {
        self.opening.language = Some(language);
        self
    }
}
