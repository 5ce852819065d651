//! What the configuration shall say: from options, else from whoever sits at the terminal.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use dialoguer::{Input, Password};

use super::super::error::{CommandError, Exit};
use super::{Init, drafts};
use crate::config::{DraftSelection, is_placeholder};
use crate::model::AccountName;
use crate::secret::Secret;

/// What is proposed as a name.
const NAME: &str = "mag";

/// More is no secret.
const LONGEST_SECRET: u64 = 4096;

#[derive(Debug)]
pub(super) struct InitInput {
    pub(super) name: AccountName,
    pub(super) appid: String,
    pub(super) secret: Secret,
    pub(super) drafts: DraftSelection,
}

impl InitInput {
    /// Asks for what the options do not say.
    pub(super) fn ask(init: &Init) -> Result<Self, CommandError> {
        let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
        let missing: Vec<&str> = [
            ("--name", init.name.is_none()),
            ("--appid", init.appid.is_none()),
            ("--secret-file", init.secret_file.is_none()),
        ]
        .into_iter()
        .filter_map(|(flag, is_missing)| is_missing.then_some(flag))
        .collect();
        if !can_ask && !missing.is_empty() {
            let message = format!("there is no terminal to ask at, and no {}", missing.join(", no "));
            return Err(CommandError::new(Exit::Usage, message).hint("See the options: draftkeep init --help"));
        }
        let words = match &init.drafts {
            None if can_ask && !missing.is_empty() => None,
            words => Some(words.clone().unwrap_or_default()),
        };
        Ok(Self {
            name: init.name.clone().map_or_else(name, Ok)?,
            appid: init.appid.clone().map_or_else(appid, Ok)?,
            secret: match &init.secret_file {
                Some(path) => read_secret(path)?,
                None => secret()?,
            },
            drafts: match words {
                Some(words) => drafts(&words).map_err(|rule| CommandError::new(Exit::Usage, rule))?,
                None => ask_for_drafts()?,
            },
        })
    }
}

fn name() -> Result<AccountName, CommandError> {
    let check = |text: &String| text.parse::<AccountName>().map(drop);
    let input = Input::<String>::new().with_prompt("Your own name for the account").default(NAME.to_owned());
    let text = input.validate_with(check).interact_text().map_err(|error| not_answered(&error))?;
    text.parse().map_err(|rule: &str| CommandError::new(Exit::Usage, rule))
}

fn appid() -> Result<String, CommandError> {
    let check = |text: &String| crate::config::appid(text.trim());
    let input = Input::<String>::new().with_prompt("Its AppID (开发者ID, wx…)");
    let text = input.validate_with(check).interact_text().map_err(|error| not_answered(&error))?;
    Ok(text.trim().to_owned())
}

fn secret() -> Result<Secret, CommandError> {
    let check = |text: &String| secret_of(text).map(drop);
    let input = Password::new().with_prompt("Its AppSecret (开发者密码; not shown)");
    let text = input.validate_with(check).interact().map_err(|error| not_answered(&error))?;
    secret_of(&text).map_err(no_secret)
}

/// Asks for a new secret, twice, and shows nothing of it.
pub(in crate::cli) fn hidden(prompt: &str) -> Result<String, CommandError> {
    let input = Password::new().with_prompt(prompt).with_confirmation("Once more", "They differ");
    input.interact().map_err(|error| not_answered(&error))
}

fn ask_for_drafts() -> Result<DraftSelection, CommandError> {
    let check = |text: &String| drafts(std::slice::from_ref(text)).map(drop);
    let prompt = "Drafts to watch: all of the box, or media_ids with commas between them";
    let input = Input::<String>::new().with_prompt(prompt).default("all".to_owned());
    let text = input.validate_with(check).interact_text().map_err(|error| not_answered(&error))?;
    drafts(&[text]).map_err(|rule| CommandError::new(Exit::Usage, rule))
}

fn read_secret(path: &Path) -> Result<Secret, CommandError> {
    let mut text = String::new();
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(LONGEST_SECRET).read_to_string(&mut text),
        false => File::open(path).and_then(|file| file.take(LONGEST_SECRET).read_to_string(&mut text)),
    };
    read.map_err(|error| CommandError::new(Exit::Usage, format!("{} cannot be read", path.display())).because(&error))?;
    secret_of(&text).map_err(no_secret)
}

/// Refuses what can be no secret, as `config check` does of a file.
fn secret_of(text: &str) -> Result<Secret, &'static str> {
    let word = text.trim();
    if word.is_empty() || word.contains(char::is_whitespace) {
        return Err("one word is expected");
    }
    if is_placeholder(word) {
        return Err("this is a placeholder, not the secret itself");
    }
    Ok(Secret::new(word))
}

fn no_secret(rule: &str) -> CommandError {
    CommandError::new(Exit::Usage, format!("there is no secret: {rule}"))
}

fn not_answered(error: &dialoguer::Error) -> CommandError {
    CommandError::new(Exit::Failed, "the question was not answered; nothing was written").because(error)
}
