//! An event that a target has not looked at yet.

use crate::model::EventKind;

/// An event that a target has not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub id: i64,
    pub matter: String,
    /// `None`: it concerns the service.
    pub account: Option<String>,
    pub kind: EventKind,
    /// How many characters the draft had before it and has after it; `None` where nothing was compared.
    pub characters: Option<[u64; 2]>,
    /// How often that happened within the hour before, this time included; 0 where it is about a draft.
    pub times_in_hour: u32,
    /// The loss of which the target was told last, of all of this matter.
    pub told: Option<ToldLoss>,
}

/// A loss of which a target was told last, of all that happened to a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldLoss {
    /// The number of its event.
    pub event: i64,
    pub kind: EventKind,
    /// The characters that the draft had before it.
    pub characters: Option<u64>,
}
