//! `draftkeep notify preview`: a message as people read it, and in the form in which the target would get it.

use std::collections::BTreeMap;
use std::io;

use serde_json::json;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::rule_for_messages;
use crate::archive::{Event, Reader};
use crate::config::Config;
use crate::delivery;
use crate::notify::{self, MailPreview, Message};
use crate::web::shared_link;

/// Show the message that events make for a target; sends nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Shows what people read, then what the target gets: the JSON of a robot, a
webhook or a program, the headers and the text of a mail. No secret is read, so
a signature is missing. Several events make one message, as a digest has them.

Examples:
  draftkeep notify preview 42 --target editors
  draftkeep notify preview 42 43 47 --target editors
  draftkeep notify preview 42 --target editors --json")]
pub(in super::super) struct Preview {
    /// The numbers of events, as draftkeep notify log --json shows them
    #[arg(value_name = "EVENT", required = true)]
    events: Vec<i64>,
    /// The name of a target in the configuration
    #[arg(long, value_name = "TARGET")]
    target: String,
}

impl Preview {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = Config::load_without_secrets(&context.config)?;
        let rule = rule_for_messages(&config, &self.target)?;
        let reader = context.reader_at(&config.archive)?;
        let links = shared_link::links(&config);
        let now = context.clock.now();
        let events = self.events.iter().map(|id| find(&reader, *id)).collect::<Result<Vec<_>, _>>()?;
        let message = delivery::preview(&reader, &events, rule, &links, now)?;
        let message = message.ok_or_else(|| CommandError::new(Exit::Damaged, "the events cannot be read any more"))?;
        let sent = notify::preview(&rule.to, &message, now).map_err(|why| CommandError::new(Exit::Usage, why))?;
        if context.ui.json {
            context.ui.document(&json(&message, &sent))?;
        } else {
            let sent = sent_as_text(&sent)?;
            context.ui.text(&format!("{}\n{} gets:\n{sent}", plain_text(&message), rule.to.kind()))?;
        }
        Ok(Exit::Done)
    }
}

fn find(reader: &Reader, event: i64) -> Result<Event, CommandError> {
    reader.event(event)?.ok_or_else(|| {
        CommandError::new(Exit::NotFound, format!("the archive has no event {event}"))
            .hint("See the events there are: draftkeep notify log --json")
    })
}

/// Writes the message as a text: title, lines, and where to go on.
fn plain_text(message: &Message) -> String {
    let mut lines = vec![message.title.clone(), String::new()];
    lines.extend(message.lines.iter().cloned());
    lines.extend(message.link.as_ref().map(|link| format!("\n{}: {}", link.label, link.url)));
    lines.extend(message.command.as_ref().map(|command| format!("\n{command}")));
    lines.join("\n") + "\n"
}

fn sent_as_text(sent: &notify::Preview) -> Result<String, CommandError> {
    Ok(match sent {
        notify::Preview::Json(body) => serde_json::to_string_pretty(body).map_err(io::Error::from)? + "\n",
        notify::Preview::Mail(MailPreview { headers, text, .. }) => {
            let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            format!("{headers}\n{text}")
        }
    })
}

fn json(message: &Message, sent: &notify::Preview) -> serde_json::Value {
    let sent = match sent {
        notify::Preview::Json(body) => body.clone(),
        notify::Preview::Mail(MailPreview { headers, text, html }) => {
            let headers: BTreeMap<_, _> = headers.iter().cloned().collect();
            json!({"headers": headers, "text": text, "html": html})
        }
    };

    let Message { kind, severity, title, lines, link, command, people, data, .. } = message;
    json!({
        "kind": kind,
        "severity": severity.as_str(),
        "title": title,
        "lines": lines,
        "link": link.as_ref().map(|link| &link.url),
        "command": command,
        "people": people,
        "data": data,
        "sent": sent,
    })
}
