//! How a drill went, as a proof of the account.

use std::fmt::Display;

use super::choose::NoDrill;
use super::run::DrillResult;
use crate::archive::{Error, ProofKey, ProofKind, ProofRecord, Writer};
use crate::config::Account;
use crate::model::Timestamp;
use crate::proof::{self, ProofFault, ProofFaultKind};

/// Records that a drill found nothing wrong, or what.
///
/// # Errors
///
/// If the archive fails.
pub fn record(
    writer: &mut Writer,
    account: &Account,
    began_at: Timestamp,
    fault: Option<&ProofFault>,
) -> Result<ProofRecord, Error> {
    let key = ProofKey { kind: ProofKind::Drill, appid: account.appid.clone() };
    let record = match fault {
        None => ProofRecord::good(key, began_at, 1),
        Some(fault) => proof::failed(key, began_at, 1, fault),
    };
    writer.record_proof(&record)?;
    Ok(record)
}

impl NoDrill {
    /// Says what is wrong.
    pub fn fault(&self, account: &Account) -> ProofFault {
        let fault = |kind, said| ProofFault::new(kind, account.name.as_str(), said);
        match self {
            Self::NothingToRestore(_) => fault(ProofFaultKind::NothingToRestore, String::new()),
            Self::Left(error) => fault(ProofFaultKind::DraftNotDeleted, error.to_string()),
            Self::NotNow(_) | Self::Restore(_) => not_made(self, account),
        }
    }
}

/// Says that no draft was made, or that nobody knows whether one was.
pub fn not_made(error: &dyn Display, account: &Account) -> ProofFault {
    ProofFault::new(ProofFaultKind::DraftNotMade, account.name.as_str(), error.to_string())
}

impl DrillResult {
    /// Says what is wrong, if something is.
    pub fn fault(&self, account: &Account) -> Option<ProofFault> {
        let fault = |kind, said| ProofFault::new(kind, account.name.as_str(), said);
        let compared = match &self.restored.report {
            Ok(report) => report.unexpected().next().map(|article| {
                let fields: Vec<_> = article.unexpected().map(|field| field.field.as_str()).collect();
                let said = format!("article {}: {}", article.position + 1, fields.join(", "));
                fault(ProofFaultKind::DraftDiffers, said)
            }),
            Err(reason) => Some(fault(ProofFaultKind::DraftNotRead, reason.to_string())),
        };
        let kept = self.deleted.as_ref().err().map(|error| fault(ProofFaultKind::DraftNotDeleted, error.to_string()));
        match (compared, kept) {
            (Some(compared), Some(kept)) => {
                Some(ProofFault { said: format!("{}; {}", compared.said, kept.text()), ..compared })
            }
            (compared, kept) => compared.or(kept),
        }
    }
}
