//! Who is told of what happened: the senders of the program, and the rule that each message arrives, and once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use draftkeep::archive::{DaemonReport, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::conditions::{self, AccountCheck};
use draftkeep::config::{Account, Config};
use draftkeep::delivery::{Links, Step, TargetSender};
use draftkeep::model::{ConditionReport, Timestamp};
use draftkeep::notify::Client;
use draftkeep::simulator::{RobotKind, SimulatorHandle};
use rusqlite::Connection;

use crate::world::Broken;

/// The target: a webhook, whose messages have ids.
const ROBOT: RobotKind = RobotKind::Webhook;

/// So many messages are sent in a row.
const IN_A_ROW: usize = 30;

/// Returns the lines of the configuration that name the target.
pub(crate) fn configure(directory: &Path, platform: &SimulatorHandle) -> String {
    platform.world().robots.rules(ROBOT).takes_any_time = true;
    let url = format!("{}{}", platform.base_url(), ROBOT.path());
    std::fs::write(directory.join("hook.url"), url).expect("a file");
    std::fs::write(directory.join("hook.secret"), ROBOT.secret().unwrap_or_default()).expect("a file");
    "[[notify]]\nname = 'hook'\nat_least = 'info'\n\
     to = { webhook = { url = { file = 'hook.url' }, secret = { file = 'hook.secret' } } }\n"
        .to_owned()
}

/// Sends to the targets of a configuration.
pub(crate) struct Senders(Vec<TargetSender>);

impl Senders {
    pub(crate) fn new(config: &Config, archive: &WriterHandle, clock: &Clock) -> Self {
        let client = Arc::new(Client::default());
        let sender = |rule: &draftkeep::config::NotifyConfig| TargetSender {
            rule: rule.clone(),
            archive: archive.clone(),
            path: config.archive.clone(),
            clock: clock.clone(),
            links: Links::default(),
            client: Arc::clone(&client),
        };
        Self(config.notify.iter().map(sender).collect())
    }

    /// Makes the targets known.
    pub(crate) async fn open(&self) -> Result<(), Broken> {
        for sender in &self.0 {
            sender.open().await.map_err(|error| format!("the outbox cannot be opened: {error}"))?;
        }
        Ok(())
    }

    /// Sends what is due; returns when the next message is.
    pub(crate) async fn send(&self) -> Result<Option<Timestamp>, Broken> {
        let mut next = None;
        for sender in &self.0 {
            for _ in 0..IN_A_ROW {
                match sender.step().await.map_err(|error| format!("the outbox cannot be read: {error}"))? {
                    Step::Sent { .. } | Step::NotSent { .. } => {}
                    Step::Idle(due) => {
                        next = due;
                        break;
                    }
                    Step::Parked => {
                        return Err("the target took the message, and the program says it refused".to_owned());
                    }
                }
            }
        }
        Ok(next)
    }
}

/// Looks which conditions hold, as the daemon does after a poll.
pub(crate) async fn look(archive: &WriterHandle, account: &Account, now: Timestamp) -> Result<(), Broken> {
    let check = AccountCheck { account: account.clone(), report: DaemonReport::default(), has_just_started: false };
    let looked = archive.run(move |writer| {
        check.run(writer, now)?;
        conditions::check_service(writer, ConditionReport::default(), now).map(drop)
    });
    looked.await.map_err(|error| format!("the conditions cannot be looked at: {error}"))
}

/// Each message that is said to be sent has arrived: once, if its answer came. `doubts` is how often the program says that none came, and the
/// platform knows how many did not.
pub(crate) fn arrived(archive: &Connection, platform: &SimulatorHandle) -> Result<(), Broken> {
    let name = format!("robot/{}", ROBOT.as_str());
    let answered = platform.world().request_log.answers(&name);
    let mut received: BTreeMap<String, u64> = BTreeMap::new();
    for message in platform.world().robots.received() {
        let id = message.text.split([' ', ':']).nth(1).unwrap_or_default();
        *received.entry(id.rsplit('-').next().unwrap_or_default().to_owned()).or_default() += 1;
    }
    let mut query =
        archive.prepare_cached("SELECT id, state, doubts FROM outbox_message").map_err(|error| error.to_string())?;
    let messages = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    for message in messages.map_err(|error| error.to_string())? {
        let (id, state, doubts): (i64, String, u64) = message.map_err(|error| error.to_string())?;
        let times = received.get(&id.to_string()).copied().unwrap_or_default();
        if (state == "sent" && times == 0) || times > 1 + doubts {
            return Err(format!("message {id} is {state} after {doubts} doubts, and arrived {times} times"));
        }
    }
    let (arrived, again) = (received.values().sum::<u64>(), received.values().map(|times| times - 1).sum::<u64>());
    if again > arrived - answered {
        return Err(format!("{again} messages arrived again, and of {arrived} answers {answered} came"));
    }
    Ok(())
}

/// Each event is in a message, and each message was sent. The target is not told of its own trouble.
pub(crate) fn all_told(archive: &Connection) -> Result<(), Broken> {
    let sql = "SELECT event.kind, event.id FROM event
               WHERE event.kind NOT LIKE 'notify.%' AND NOT EXISTS (SELECT 1 FROM outbox_item JOIN outbox_message message ON message.id = outbox_item.message
                                 WHERE event.id BETWEEN first_event AND last_event AND message.state = 'sent'
                                   AND (event.draft IS NULL OR matter = 'draft:' || event.draft))";
    let mut query = archive.prepare_cached(sql).map_err(|error| error.to_string())?;
    let mut untold = query.query_map((), |row| Ok(format!("{} {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
    match untold.as_mut().map_err(|error| error.to_string())?.next() {
        None => Ok(()),
        Some(event) => Err(format!("nobody was told of {}", event.map_err(|error| error.to_string())?)),
    }
}
