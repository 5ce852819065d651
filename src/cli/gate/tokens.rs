//! `draftkeep gate token`, `tokens` and `revoke`: which programs may write over HTTP.

use std::collections::BTreeSet;

use owo_colors::Style;
use serde_json::{Value, json};

use super::super::caller;
use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision};
use crate::archive::{GateToken, Reader, Writer};
use crate::config::{Account, Config};
use crate::model::{GateAction, rfc3339};
use crate::token;

/// A name has at most this many characters.
const LONGEST_NAME: usize = 32;

/// Make a token for a program, and print it once
///
/// The archive keeps only its hash, so nobody can print it again. It opens the draft box of one account. What the configuration
/// does not let programs do (gate.allow of the account), no token may do.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A publisher gets the token as its AppSecret, beside the account's appid.

Examples:
  draftkeep gate token --account mag --name publisher --allow create,update
  draftkeep gate token --account mag --name reader
  draftkeep gate token --account mag --name ci --allow create > ci.token")]
pub(in super::super) struct NewToken {
    /// The account whose draft box it opens
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    /// What it is called; writes are known by this name. Letters a to z, digits, - and _
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: String,
    /// What it may do, of create, update, delete; without it, it may only read
    #[arg(long, value_name = "ACTIONS", value_delimiter = ',')]
    allow: Vec<GateAction>,
}

/// List the tokens of programs, the revoked ones too
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep gate tokens
  draftkeep gate tokens --json")]
pub(in super::super) struct TokenList {}

/// Let a token open nothing any more
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It takes effect with the next request. The name is not given again: the writes
of the program are known by it.

Examples:
  draftkeep gate revoke publisher")]
pub(in super::super) struct Revoke {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
}

fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    match text {
        "" => Err("it is empty".to_owned()),
        text if !text.chars().all(is_plain) => Err("only a to z, 0 to 9, - and _ are allowed".to_owned()),
        text if text.len() > LONGEST_NAME => Err(format!("it is longer than {LONGEST_NAME} characters")),
        text => Ok(text.to_owned()),
    }
}

impl NewToken {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = Config::load_without_secrets(&context.config)?;
        let account = self.account(&config)?;
        self.refuse_forbidden(account)?;
        // A token makes no archive.
        drop(context.reader_at(&config.archive)?);
        let (secret, hash) = token::new()
            .map_err(|error| CommandError::new(Exit::Failed, "the system gives no random numbers").because(&error))?;
        let now = context.clock.now();
        let new = GateToken {
            name: self.name,
            account: account.name.to_string(),
            allow: self.allow.into_iter().collect(),
            made_by: caller::user_name(),
            made_at: now,
            revoked_at: None,
        };
        let mut writer = Writer::open(&config.archive)?;
        let id = writer.get_or_create_account(&account.name, &account.appid, now)?;
        if !writer.add_gate_token(id, &new, hash)? {
            let message = format!("there is, or was, a token {}", new.name);
            return Err(CommandError::new(Exit::Usage, message)
                .hint("Choose another name. See which are taken: draftkeep gate tokens"));
        }
        print_new(&new, &secret, context)?;
        if config.gate.is_none() {
            context.ui.hint("Nothing listens yet: add [gate] with listen = \"127.0.0.1:8789\" to the configuration, then reload the daemon");
        }
        Ok(Exit::Done)
    }

    fn account<'c>(&self, config: &'c Config) -> Result<&'c Account, CommandError> {
        let found = config.accounts.iter().find(|account| account.name.as_str() == self.account);
        found.ok_or_else(|| {
            let names: Vec<&str> = config.accounts.iter().map(|account| account.name.as_str()).collect();
            CommandError::new(Exit::Usage, format!("the configuration has no account {:?}", self.account))
                .hint(format!("It has: {}", names.join(", ")))
        })
    }

    fn refuse_forbidden(&self, account: &Account) -> Result<(), CommandError> {
        let asked: BTreeSet<GateAction> = self.allow.iter().copied().collect();
        if asked.contains(&GateAction::Restore) {
            return Err(CommandError::new(Exit::Usage, "nothing restores over HTTP, so a token does not allow it")
                .hint("Leave restore out. Agents restore by: draftkeep mcp"));
        }
        let Some(action) = asked.difference(&account.gate.allow).next() else { return Ok(()) };
        let all: BTreeSet<GateAction> = account.gate.allow.union(&asked).copied().collect();
        let all: Vec<String> = all.iter().map(|action| format!("\"{action}\"")).collect();
        let message = format!("{} does not let programs {action} drafts, so no token may", account.name);
        Err(CommandError::new(Exit::Usage, message).hint(format!(
            "Leave it out, or allow it in the table of the account: gate = {{ allow = [{}] }}",
            all.join(", ")
        )))
    }
}

fn print_new(new: &GateToken, secret: &str, context: &CommandContext) -> Result<(), CommandError> {
    if context.ui.json {
        let mut document = document(new);
        document["token"] = secret.into();
        return context.ui.document(&document);
    }
    context.ui.text(&format!("{secret}\n"))?;
    let may: Vec<&str> = ["read"].into_iter().chain(new.allow.iter().map(|action| action.as_str())).collect();
    context.ui.status(&format!("It opens the drafts of {}: {}. It is shown this once.", new.account, may.join(", ")));
    Ok(())
}

impl TokenList {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let tokens = reader(context)?.gate_tokens()?;
        if context.ui.json {
            context.ui.document(&tokens.iter().map(document).collect::<Vec<_>>())?;
        } else if tokens.is_empty() {
            context.ui.status("There are no tokens. Make one: draftkeep gate token --account ACCOUNT --name NAME");
        } else {
            print(&tokens, context)?;
        }
        Ok(Exit::Done)
    }
}

impl Revoke {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = reader(context)?;
        let known = reader.gate_tokens()?.into_iter().find(|token| token.name == self.name);
        let Some(known) = known else {
            return Err(CommandError::new(Exit::NotFound, format!("there is no token {:?}", self.name))
                .hint("See which there are: draftkeep gate tokens"));
        };
        let now = context.clock.now();
        let is_revoked_now = Writer::open(reader.path())?.revoke_gate_token(&known.name, now)?;
        let revoked_at = if is_revoked_now { Some(now) } else { known.revoked_at };
        if context.ui.json {
            context.ui.document(&document(&GateToken { revoked_at, ..known }))?;
        } else if is_revoked_now {
            context.ui.status(&format!("{} opens nothing any more.", known.name));
        } else {
            context.ui.status(&format!("{} was revoked before.", known.name));
        }
        Ok(Exit::Done)
    }
}

fn reader(context: &CommandContext) -> Result<Reader, CommandError> {
    let config = Config::load_without_secrets(&context.config)?;
    Ok(context.reader_at(&config.archive)?)
}

fn document(token: &GateToken) -> Value {
    json!({
        "name": token.name,
        "account": token.account,
        "allow": token.allow.iter().map(|action| action.as_str()).collect::<Vec<_>>(),
        "made_by": token.made_by,
        "made_at": rfc3339(token.made_at),
        "revoked_at": token.revoked_at.map(rfc3339),
    })
}

fn actions(token: &GateToken) -> String {
    let actions: Vec<&str> = token.allow.iter().map(|action| action.as_str()).collect();
    actions.join(", ")
}

fn print(tokens: &[GateToken], context: &CommandContext) -> Result<(), CommandError> {
    let column = |heading, at: fn(&GateToken) -> _| {
        TimeColumn::new(heading, &tokens.iter().map(at).collect::<Vec<_>>(), TimePrecision::Minute)
    };
    let (made, revoked) = (column("MADE", |token| Some(token.made_at)), column("REVOKED", |token| token.revoked_at));
    let columns = [
        Column { heading: "NAME", align: Align::Left },
        Column { heading: "ACCOUNT", align: Align::Left },
        Column { heading: "MAY", align: Align::Left },
        Column { heading: &made.heading, align: Align::Left },
        Column { heading: "BY", align: Align::Left },
        Column { heading: &revoked.heading, align: Align::Left },
    ];
    let row = |((token, made), revoked): ((&GateToken, &String), &String)| {
        let may = if token.allow.is_empty() { "read".to_owned() } else { actions(token) };
        let values =
            vec![token.name.clone(), token.account.clone(), may, made.clone(), token.made_by.clone(), revoked.clone()];
        TableRow { values, style: Style::new() }
    };
    let rows: Vec<_> = tokens.iter().zip(&made.values).zip(&revoked.values).map(row).collect();
    context.ui.table(&columns, &rows)
}
