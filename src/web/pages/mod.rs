//! The pages.

pub(super) mod account;
pub(super) mod accounts;
mod compare;
pub(super) mod draft;
pub(super) mod files;
pub(super) mod restore;
mod restore_form;
pub(super) mod restore_in_place;
mod restore_report;
pub(super) mod restores;
pub(super) mod search;
pub(super) mod shared;
pub(super) mod told;
mod version;
pub(super) mod versions;
pub(super) mod when;
pub(super) mod writes;
