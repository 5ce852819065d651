//! `draftkeep notify test`: a real message, now.

use serde_json::json;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::super::runtime::block_on;
use super::{Rule, rules};
use crate::delivery::{self, PingResult, TestResult};
use crate::model::{Language, Timestamp};
use crate::notify::Client;

/// Send a test message now, and show what the target answers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exits with 6 if a target refuses, with 1 if it cannot be reached, and with 3 if
only some of the recipients get it.

Examples:
  draftkeep notify test                        to every target
  draftkeep notify test editors")]
pub(in super::super) struct TestMessage {
    /// The name of a target in the configuration; all of them without it
    #[arg(value_name = "TARGET")]
    target: Option<String>,
}

impl TestMessage {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let rules = rules(&config, self.target.as_deref())?;
        let client = delivery::client(config.ca_file.as_deref()).map_err(|error| {
            CommandError::new(Exit::Failed, "the certificates of ca_file cannot be read").because(&error)
        })?;
        let results = block_on(async {
            let mut results = Vec::new();
            for rule in rules {
                results.push((rule, test(rule, &client, context.clock.now()).await));
            }
            results
        })?;
        if context.ui.json {
            context.ui.document(&results.iter().map(json).collect::<Vec<_>>())?;
        } else {
            results.iter().for_each(|(rule, result)| print(context, *rule, result));
        }
        Ok(exit(results.iter().map(|(_, result)| result)))
    }
}

async fn test(rule: Rule<'_>, client: &Client, now: Timestamp) -> TestResult {
    match rule {
        Rule::Messages(rule) => delivery::test(rule, client, now).await,
        Rule::Ping(ping) => match delivery::test_ping(ping, client, now).await {
            PingResult::Arrived => TestResult::Sent,
            PingResult::Failed(reason) => TestResult::Failed(reason.text(Language::English)),
            PingResult::Refused(reason) => TestResult::Refused(reason.text(Language::English)),
        },
    }
}

fn print(context: &CommandContext, rule: Rule<'_>, result: &TestResult) {
    let (name, kind) = (rule.name(), rule.kind());
    match (result, rule) {
        (TestResult::Sent, Rule::Messages(_)) => {
            context.ui.status(&format!("{name} ({kind}): sent; look whether it arrived."));
        }
        (TestResult::Sent, Rule::Ping(_)) => {
            context.ui.status(&format!(
                "{name} ({kind}): a success was sent, and accepted; the other side waits for the next one."
            ));
        }
        (TestResult::Partly(answer) | TestResult::Refused(answer) | TestResult::Failed(answer), _) => {
            context.ui.warning(&format!("{name} ({kind}): {answer}"));
        }
    }
}

fn json((rule, result): &(Rule<'_>, TestResult)) -> serde_json::Value {
    let (state, answer) = match result {
        TestResult::Sent => ("sent", None),
        TestResult::Partly(answer) => ("partly", Some(answer)),
        TestResult::Refused(answer) => ("refused", Some(answer)),
        TestResult::Failed(answer) => ("failed", Some(answer)),
    };
    json!({"name": rule.name(), "to": rule.kind(), "result": state, "answer": answer})
}

fn exit<'a>(results: impl Iterator<Item = &'a TestResult>) -> Exit {
    results.fold(Exit::Done, |exit, result| match (result, exit) {
        (TestResult::Refused(_), _) | (_, Exit::Refused) => Exit::Refused,
        (TestResult::Failed(_), _) | (_, Exit::Failed) => Exit::Failed,
        (TestResult::Partly(_), _) => Exit::Partly,
        (TestResult::Sent, exit) => exit,
    })
}
