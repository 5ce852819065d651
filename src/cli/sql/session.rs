//! What may be asked, one question after the other: statements, and commands that begin with a dot.

use std::ops::ControlFlow;

use clap::ValueEnum;

use super::error;
use super::examples::{Example, examples};
use super::format::Format;
use crate::archive::sql::{self, SqlSession, Value};
use crate::cli::error::{CommandError, Exit};
use crate::cli::output::Ui;
use crate::config::suggest;
use crate::sanitize;

/// The commands: what is typed, and what it does.
const COMMANDS: [(&str, &str); 6] = [
    (".tables", "the views, which are made to be asked, and the tables below them"),
    (".schema [NAME]", "the SQL that made them, with comments"),
    (".examples [N]", "ten questions and their queries; N answers one of them"),
    (".format [NAME]", "write answers as table, csv or json"),
    (".help", "this list"),
    (".quit", "leave, as Ctrl-D does"),
];

/// The archive, and how its answers are written.
pub(super) struct Session {
    pub(super) ui: Ui,
    pub(super) console: SqlSession,
    pub(super) format: Format,
}

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query<'a> {
    Statement(&'a str),
    Command(&'a str),
}

/// Returns the questions that a text holds whole, and what is left of it. A command ends with its line.
pub(super) fn questions(text: &str) -> (Vec<Query<'_>>, &str) {
    let (mut questions, mut rest) = (Vec::new(), text);
    loop {
        let begun = rest.trim_start();
        let (question, end) = match begun.starts_with('.') {
            true => (Query::Command as fn(_) -> _, begun.find('\n').map(|end| end + 1)),
            false => (Query::Statement as fn(_) -> _, sql::statement_end(begun)),
        };
        let Some(end) = end else { return (questions, if sql::is_blank(rest) { "" } else { rest }) };
        questions.extend(Some(&begun[..end]).filter(|text| !sql::is_blank(text)).map(|text| question(text.trim())));
        rest = &begun[end..];
    }
}

impl Session {
    /// Answers all questions of a text; the last needs no `;`.
    pub(super) fn script(&mut self, text: &str) -> Result<(), CommandError> {
        let text = format!("{text}\n");
        let (mut questions, rest) = questions(&text);
        questions.extend(Some(rest.trim()).filter(|rest| !rest.is_empty()).map(Query::Statement));
        if questions.is_empty() {
            return Err(CommandError::new(Exit::Usage, "nothing is asked").hint("See: draftkeep sql .examples"));
        }
        if self.format == Format::Json && questions.len() > 1 {
            let message = format!("these are {} questions, and JSON is one document", questions.len());
            return Err(CommandError::new(Exit::Usage, message).hint("Ask them one by one, or with --format csv."));
        }
        for question in questions {
            if self.answer(question)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Answers one question, or breaks where it is to leave.
    pub(super) fn answer(&mut self, question: Query<'_>) -> Result<ControlFlow<()>, CommandError> {
        match question {
            Query::Statement(statement) => self.statement(statement).map(drop)?,
            Query::Command(".quit" | ".exit") => return Ok(ControlFlow::Break(())),
            Query::Command(command) => self.command(command)?,
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Answers a statement, and returns how many rows came.
    fn statement(&self, text: &str) -> Result<usize, CommandError> {
        let explained = |error| error::explain(&self.console, text, error);
        let mut statement = self.console.statement(text).map_err(explained)?;
        let columns = statement.columns();
        let mut count = 0;
        let rows = statement.rows().inspect(|_| count += 1).map(|row| row.map_err(explained));
        self.format.write(&self.ui, &columns, rows)?;
        Ok(count)
    }

    fn command(&mut self, command: &str) -> Result<(), CommandError> {
        match command.split_whitespace().collect::<Vec<_>>()[..] {
            [".tables"] => self.statement(sql::TABLES).map(drop),
            [".schema"] => self.schema(None),
            [".schema", name] => self.schema(Some(name)),
            [".examples"] => self.examples(),
            [".examples", number] => self.example(number),
            [".format"] => self.rows(["format"], std::iter::once([text(&name(self.format))])),
            [".format", name] => self.set_format(name),
            [".help"] => self.help(),
            _ => Err(unknown(command)),
        }
    }

    fn print(&self, text: &str) -> Result<(), CommandError> {
        self.ui.content(&sanitize::lines(text))
    }

    fn rows<const N: usize>(
        &self,
        columns: [&str; N],
        rows: impl Iterator<Item = [Value; N]>,
    ) -> Result<(), CommandError> {
        self.format.write(&self.ui, &columns.map(str::to_owned), rows.map(|row| Ok(row.into())))
    }

    fn schema(&self, name: Option<&str>) -> Result<(), CommandError> {
        let explained = |error| error::explain(&self.console, "", error);
        let found = self.console.schema(name).map_err(explained)?;
        if let (Some(name), true) = (name, found.is_empty()) {
            let error = CommandError::new(Exit::NotFound, format!("there is no table and no view {name}"));
            let tables = self.console.tables().map_err(explained)?;
            return Err(match suggest(name, tables.iter().map(String::as_str)) {
                Some(meant) => error.hint(format!("Did you mean: .schema {meant}")),
                None => error.hint("See what there is: draftkeep sql .tables"),
            });
        }
        match self.format {
            Format::Table => self.print(&(found.join(";\n\n") + ";\n")),
            _ => self.rows(["sql"], found.into_iter().map(|sql| [Value::Text(sql)])),
        }
    }

    fn examples(&self) -> Result<(), CommandError> {
        let numbered = (1..).zip(examples());
        if self.format != Format::Table {
            let row = |(number, it): (i64, Example)| [Value::Integer(number), text(it.question), text(it.query)];
            return self.rows(["number", "question", "query"], numbered.map(row));
        }
        let shown = numbered.map(|(number, it)| {
            format!("{number:>2}  {}\n\n      {}\n", it.question, it.query.replace('\n', "\n      "))
        });
        self.print(&shown.collect::<Vec<_>>().join("\n"))?;
        self.ui.hint("Answer one: .examples 4. The names of drafts in them are samples; put yours.");
        Ok(())
    }

    fn example(&self, number: &str) -> Result<(), CommandError> {
        let examples = examples();
        let at = number.parse().ok().and_then(|number: usize| number.checked_sub(1));
        match at.and_then(|at| examples.get(at)) {
            Some(example) => {
                self.ui.status(example.question);
                let rows = self.statement(example.query)?;
                if let (0, Some(sample)) = (rows, example.sample()) {
                    self.ui.hint(&format!("{sample}; put yours:"));
                    example.query.lines().for_each(|line| self.ui.status(&format!("  {line}")));
                }
                Ok(())
            }
            None => Err(CommandError::new(Exit::NotFound, format!("there is no example {number}"))
                .hint(format!("There are 1 to {}: draftkeep sql .examples", examples.len()))),
        }
    }

    fn help(&self) -> Result<(), CommandError> {
        if self.format != Format::Table {
            return self.rows(["command", "does"], COMMANDS.iter().map(|(command, does)| [text(command), text(does)]));
        }
        let line = |(command, does): &(&str, &str)| format!("{command:<16}{does}\n");
        self.print(&(COMMANDS.iter().map(line).collect::<String>() + "\nEverything else is SQL, and ends in ;\n"))
    }

    fn set_format(&mut self, typed: &str) -> Result<(), CommandError> {
        self.format = Format::from_str(typed, true).map_err(|_| {
            let names: Vec<_> = Format::value_variants().iter().map(|&format| name(format)).collect();
            CommandError::new(Exit::Usage, format!("there is no format {typed}"))
                .hint(format!("There are: {}", names.join(", ")))
        })?;
        Ok(())
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn name(format: Format) -> String {
    format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn unknown(command: &str) -> CommandError {
    let word = command.split_whitespace().next().unwrap_or_default();
    let known = COMMANDS.iter().find(|(form, _)| form.split(' ').next() == Some(word));
    if let Some((form, _)) = known {
        return CommandError::new(Exit::Usage, format!("{word} is not used like that")).hint(format!("It is: {form}"));
    }
    let error = CommandError::new(Exit::Usage, format!("there is no command {word}"));
    match suggest(word, COMMANDS.iter().filter_map(|(form, _)| form.split(' ').next())) {
        Some(meant) => error.hint(format!("Did you mean {meant}?")),
        None => error.hint("See what there is: .help"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_apart() {
        use Query::{Command, Statement};
        let (found, rest) = questions("SELECT 1;\n .tables\n;; -- nothing\n SELECT\n.5; .schema a\nSELECT 'x");
        assert_eq!(
            found,
            [Statement("SELECT 1;"), Command(".tables"), Statement("-- nothing\n SELECT\n.5;"), Command(".schema a")]
        );
        assert_eq!(rest, "SELECT 'x");
        assert_eq!(questions(".quit"), (vec![], ".quit"));
        assert_eq!(questions(" -- a comment\n"), (vec![], ""));
    }
}
