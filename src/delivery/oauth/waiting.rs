//! A sign-in that waits for its owner, in a thread of its own: what to show, how it stands, and its end.

use super::browser::{self, Visit};
use super::client::{Granted, Provider};
use super::device::Code;
use super::supply;
use crate::clock;
use crate::delivery::fault::Fault;
use crate::delivery::round::route;
use crate::delivery::tls::Tls;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::os::fork::InUse;
use crate::os::stack;
use crate::outbox::{Event, Gate, Outbox};
use crate::requests::SignInFlow;
use crate::settings::in_force::Server;
use crate::settings::oauth::Tokens;
use crate::settings::secret::Vault;
use crate::text;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::Instant;

/// What the owner is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    pub(crate) user_code: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) address_with_code: Option<String>,
    pub(crate) browser_url: Option<String>,
    pub(crate) lasts: Duration,
}

/// How it stands.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    Waits,
    SignedIn,
    Cancelled,
    Failed(Error),
}

/// A sign-in under way, or one that has ended.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) flow: SignInFlow,
    pub(crate) shown: Shown,
    pub(crate) started: clock::Millis,
    standing: Mutex<Standing>,
    changed: Condvar,
    cancel: Notify,
}

/// Who signs in, and where what comes of it is kept.
pub(crate) struct SignIn {
    pub(crate) server: Server,
    pub(crate) tokens: Tokens,
    pub(crate) folder: PathBuf,
    pub(crate) gate: Arc<Gate>,
    pub(crate) tls: Tls,
    pub(crate) language: text::Language,
}

/// What is waited for.
enum Begun {
    Code(Code),
    Visit(Box<Visit>),
}

impl Waiting {
    pub(crate) fn standing(&self) -> Standing {
        lock(&self.standing).clone()
    }

    /// Waits until it has ended, or for `limit`.
    pub(crate) fn wait(&self, limit: Duration) -> Standing {
        let standing = lock(&self.standing);
        let waits = |standing: &mut Standing| matches!(standing, Standing::Waits);
        let waited = self.changed.wait_timeout_while(standing, limit, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Ends it, where it still waits.
    pub(crate) fn cancel(&self) {
        self.end(Standing::Cancelled);
        self.cancel.notify_one();
    }

    /// The first end counts.
    fn end(&self, end: Standing) {
        let mut standing = lock(&self.standing);
        if matches!(*standing, Standing::Waits) {
            *standing = end;
            self.changed.notify_all();
        }
    }
}

impl SignIn {
    /// Asks the provider for what the owner is shown, then waits for them in a thread of its own. `when_done` is called there
    /// when the account is signed in.
    pub(crate) fn start(
        self,
        flow: SignInFlow,
        limit: Duration,
        when_done: impl FnOnce() + Send + 'static,
    ) -> Result<Arc<Waiting>> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::no_resources)?;
        let vault = Vault::open(&self.folder)?;
        let provider = self.provider(&vault)?;
        let begun = match flow {
            SignInFlow::DeviceCode => {
                let code = runtime.block_on(provider.code(Instant::now() + limit));
                Begun::Code(code.map_err(|fault| self.error(&fault))?)
            }
            SignInFlow::Browser => Begun::Visit(Box::new(provider.visit(self.language)?)),
        };
        drop(provider);
        let waiting = Arc::new(Waiting {
            flow,
            shown: begun.shown(),
            started: clock::now(),
            standing: Mutex::new(Standing::Waits),
            changed: Condvar::new(),
            cancel: Notify::new(),
        });
        let of_thread = waiting.clone();
        let in_use = InUse::default();
        stack::spawn_quiet(move || {
            let _in_use = in_use;
            self.wait_for_the_owner(runtime, &vault, begun, &of_thread, when_done);
        })
        .map_err(Error::no_resources)?;
        Ok(waiting)
    }

    fn provider<'a>(&'a self, vault: &Vault) -> Result<Provider<'a>> {
        Provider::open(&self.server, &self.tokens, vault, self.tls.clone())
    }

    fn wait_for_the_owner(
        &self,
        runtime: Runtime,
        vault: &Vault,
        begun: Begun,
        waiting: &Waiting,
        when_done: impl FnOnce(),
    ) {
        let outcome = self.provider(vault).map(|provider| {
            let granted = async {
                match begun {
                    Begun::Code(code) => provider.wait_for(&code).await,
                    Begun::Visit(visit) => provider.wait_for_visit(*visit).await,
                }
            };
            runtime.block_on(unless(waiting.cancel.notified(), granted))
        });
        runtime.shutdown_background();
        let kept = match outcome {
            Ok(None) => return,
            Ok(Some(Ok(granted))) => self.keep(&granted, vault, waiting),
            Ok(Some(Err(fault))) => Err(self.error(&fault)),
            Err(error) => Err(error),
        };
        match kept {
            Ok(()) => when_done(),
            Err(error) => waiting.end(Standing::Failed(error)),
        }
    }

    /// Keeps what the owner has agreed to, then tells it; one that was cancelled meanwhile keeps nothing.
    fn keep(&self, granted: &Granted, vault: &Vault, waiting: &Waiting) -> Result<()> {
        let now = clock::now();
        let tokens = supply::sealed(granted, None, vault, now)?;
        let mut outbox = Outbox::open(&self.folder, self.gate.clone())?;
        if !matches!(waiting.standing(), Standing::Waits) {
            return Ok(());
        }
        let account = supply::account(&self.server, &self.tokens, None);
        let event = Event {
            message: Some(text::signed_in(self.user())),
            ..Event::plain("settings_saved")
        };
        outbox.change_sign_in(&account, Some(&tokens), &event, now)?;
        waiting.end(Standing::SignedIn);
        Ok(())
    }

    fn user(&self) -> &str {
        self.server.user.as_deref().unwrap_or_default()
    }

    fn error(&self, fault: &Fault) -> Error {
        fault.to_error(&fault.cause(&route(&self.server, self.user())))
    }
}

impl Begun {
    fn shown(&self) -> Shown {
        match self {
            Begun::Code(code) => Shown {
                user_code: Some(code.user_code().to_owned()),
                address: Some(code.address().to_owned()),
                address_with_code: code.address_with_code().map(str::to_owned),
                browser_url: None,
                lasts: code.lasts(),
            },
            Begun::Visit(visit) => Shown {
                browser_url: Some(visit.url.clone()),
                lasts: browser::LASTS,
                ..Shown::default()
            },
        }
    }
}

/// Does the work, unless it is cancelled first.
async fn unless<T>(cancelled: impl Future, work: impl Future<Output = T>) -> Option<T> {
    let (mut cancelled, mut work) = (pin!(cancelled), pin!(work));
    poll_fn(|context| {
        if cancelled.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}
