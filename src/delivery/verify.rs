//! Tries settings step by step, without saving and without sending.

use super::fault::Fault;
use super::oauth::supply::Keeper;
use super::record::Record;
use super::round::{login, route};
use super::session;
use super::step::Step;
use super::tls::Tls;
use super::trace::Trace;
use crate::address::Mailbox;
use crate::error::{Error, MAIL_E_FOLDER, Result};
use crate::json::json;
use crate::settings::in_force::{InForce, Server, Way};
use crate::text;
use lettre::Address;
use serde_json::Value;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Tries to reach, to log in and to be allowed to send from `sender` to `to`; blocks until `limit` at most.
/// Each finished step is told to `watcher` at once.
/// The reply lists each step with its time; a failure carries the same list.
pub(crate) fn verify(
    settings: &InForce,
    way: &Way,
    sender: &Mailbox,
    to: &Address,
    keeper: &dyn Keeper,
    limit: Duration,
    watcher: &mut dyn FnMut(Step, u64),
) -> Result<Value> {
    match way {
        Way::Folder(path) => folder(path),
        Way::Smtp(server) => {
            let tls = Tls::new(server.ca_file.as_deref())?;
            let login = login(server, sender, keeper, tls)?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::no_resources)?;
            let record = Arc::new(Record::default());
            let (mut trace, steps) = Trace::watched();
            let mut conversation =
                Box::pin(conversation(&login, sender, to, limit, &record, &mut trace));
            let outcome = runtime.block_on(poll_fn(|context| {
                let outcome = conversation.as_mut().poll(context);
                steps.try_iter().for_each(|(step, ms)| watcher(step, ms));
                outcome
            }));
            drop(conversation);
            runtime.shutdown_background();
            report(server, settings, &record, &trace, outcome)
        }
    }
}

async fn conversation(
    login: &session::Login<'_>,
    sender: &Mailbox,
    to: &Address,
    limit: Duration,
    record: &Arc<Record>,
    trace: &mut Trace,
) -> std::result::Result<(), Fault> {
    let until = Instant::now() + limit;
    let mut session = session::open(login, until, record, trace).await?;
    session.probe(&sender.address, to, until, trace).await?;
    session.quit().await;
    Ok(())
}

fn report(
    server: &Server,
    settings: &InForce,
    record: &Record,
    trace: &Trace,
    outcome: std::result::Result<(), Fault>,
) -> Result<Value> {
    let mut steps: Vec<Value> = trace
        .steps()
        .iter()
        .map(|(step, ms)| step_json(*step, *ms, true))
        .collect();
    let server_json =
        json!({ "host": server.host, "port": server.port, "security": server.security });
    match outcome {
        Ok(()) => {
            Ok(json!({ "steps": steps, "server": server_json, "transcript": record.transcript() }))
        }
        Err(fault) => {
            steps.push(step_json(fault.step, trace.running_ms(), false));
            let from = settings.sender_address.as_deref().unwrap_or_default();
            let cause = fault.cause(&route(server, from));
            let mut error = fault.to_error(&cause);
            error.details = Some(Box::new(
                json!({ "steps": steps, "server": server_json, "transcript": record.transcript(), "cause": cause.id }),
            ));
            Err(error)
        }
    }
}

fn step_json(step: Step, ms: u64, ok: bool) -> Value {
    json!({ "step": step.as_str(), "ok": ok, "ms": ms })
}

/// The folder account is right when a file can be made there.
fn folder(path: &Path) -> Result<Value> {
    let probe = path.join(format!(".tillmail-{}", std::process::id()));
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| {
            Error::at(
                MAIL_E_FOLDER,
                "folder.path",
                text::state_folder(path, &error),
            )
        })?;
    let written = json!({ "step": "folder", "ok": true, "ms": 0 });
    Ok(json!({ "steps": [written] }))
}
