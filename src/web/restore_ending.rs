//! How the restore of a form ended, as the archive keeps it: for programs the document of `restore`, and beside it what the page of
//! the restore tells in either language.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::restore_failure::Failure;
use crate::archive::WebRestore;
use crate::restore::Report;

/// The member of the document in which the page finds it.
const MEMBER: &str = "page";

/// How a restore ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ending {
    pub(super) report: Option<Report>,
    pub(super) failure: Option<Failure>,
}

impl Ending {
    /// Reads how the last form ended; `None` where it has not.
    pub(super) fn of_last(forms: &[WebRestore]) -> Option<Self> {
        let mut document: Value = serde_json::from_str(forms.last()?.ending.as_deref()?).ok()?;
        // A newer program may write another form of it; the rest of the page is true all the same.
        serde_json::from_value(document[MEMBER].take()).ok()
    }

    /// Writes it, with the document for programs.
    pub(super) fn write(&self, mut document: Value) -> Result<String, serde_json::Error> {
        if let Some(failure) = &self.failure {
            document = json!({ "failure": failure.document() });
        }
        document[MEMBER] = serde_json::to_value(self)?;
        Ok(document.to_string())
    }
}
