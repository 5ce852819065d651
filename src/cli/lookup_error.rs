//! The errors for a draft or a version that is not found.

use super::accounts::unknown_account;
use super::error::{CommandError, Exit};
use super::list::title;
use super::times::local;
use crate::archive::Draft;
use crate::invocation::for_the_shell;
use crate::lookup::LookupError;
use crate::sanitize;

/// How many drafts are named where one was meant.
const MOST_CANDIDATES: usize = 8;

const SEE_ALL: &str = "See what there is: draftkeep list";

impl From<LookupError> for CommandError {
    fn from(error: LookupError) -> Self {
        match &error {
            LookupError::UnknownAccount { name, known } => {
                let known: Vec<_> = known.iter().map(String::as_str).collect();
                unknown_account("the archive has", name.as_str(), &known)
            }
            LookupError::TooShort(_) => Self::of(Exit::NotFound, &error).hint(SEE_ALL),
            LookupError::NoDraft { similar, .. } if similar.is_empty() => {
                Self::of(Exit::NotFound, &error).hint(SEE_ALL)
            }
            LookupError::NoDraft { similar, .. } => candidates(Self::of(Exit::NotFound, &error), similar),
            LookupError::Ambiguous { drafts, .. } => candidates(Self::of(Exit::Usage, &error), drafts),
            LookupError::NoVersion { draft, .. } => Self::of(Exit::NotFound, &error)
                .hint(format!("See its versions: draftkeep log {}", for_the_shell(&draft.to_string()))),
            LookupError::Pruned { label, pruned_at, .. } => {
                let told = format!("{label} was pruned at {}", local(*pruned_at));
                Self::new(Exit::NotFound, told)
                    .hint("A copy or an export from before may still have it; see docs/retention.md")
            }
            LookupError::Lost { label, repaired_at, .. } => {
                let told = format!("{label} is lost: the repair at {} did not find it", local(*repaired_at));
                Self::new(Exit::NotFound, told)
                    .hint("A copy from before the damage may have it: draftkeep repair --to NEW --from COPY")
            }
            LookupError::Unreadable { account, id, .. } => Self::of(Exit::Damaged, &error)
                .hint(format!("See which of its versions can be: draftkeep log {account}/{id}"))
                .with_ways_out(),
            LookupError::Archive(_) => match error {
                LookupError::Archive(error) => error.into(),
                error => Self::of(Exit::Failed, &error),
            },
        }
    }
}

fn candidates(error: CommandError, drafts: &[Draft]) -> CommandError {
    let error = drafts.iter().take(MOST_CANDIDATES).fold(error, |error, draft| error.hint(candidate(draft)));
    match drafts.len().saturating_sub(MOST_CANDIDATES) {
        0 => error,
        more => error.hint(format!("Or one of {more} more; see them all: draftkeep list")),
    }
}

fn candidate(draft: &Draft) -> String {
    format!("Did you mean {}/{}? {} {}", draft.account, draft.id, draft.media_id, sanitize::line(&title(&draft.title)))
}
