//! An event that a target has not looked at yet.

use crate::model::EventKind;

/// An event that a target has not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub id: i64,
    pub matter: String,
    /// `None`: it concerns the service.
    pub account: Option<String>,
    /// The target that it is about, if it is about one.
    pub target: Option<String>,
    pub kind: EventKind,
    /// How often that happened within the hour before, this time included; 0 where it is about a draft.
    pub times_in_hour: u32,
}
