//! What to call next, so that the day's limits buy the freshest archive. Pure: no clock, no network, no SQL.
//!
//! The platform lets a new account call `draft/get` 500 times a day, `draft/batchget` and `draft/count` 1,000 times, all
//! its systems together. Polling by the clock spends that before lunch, on drafts that nobody touches. So:
//!
//! 1. **Changes are seen in the list, and read by `draft/get`.** A page of `draft/batchget` without content tells of twenty
//!    drafts when they were last saved; the limits of both endpoints add up. `draft/count` tells of new drafts.
//! 2. **What is most likely lost is looked at first** (`plan`): each draft by the chance that it was saved since the last
//!    look, which is learned from the time since its last save and the hour of the day (`hazard`).
//! 3. **Each call has a price** (`price`): the loss it must prevent, which follows what is left of the day's limit.
//! 4. **A quarter of the calls is spread evenly** and not for sale, so that a busy morning never leaves the evening blind.
//! 5. **Spare gets read the hottest draft**, and what the account's other systems usually still need today is left to them
//!    (`habits`).

mod budget;
mod habits;
mod hazard;
mod hourly;
mod plan;
mod price;
mod promise;
mod view;

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

pub use self::budget::Budget;
pub use self::habits::Habits;
pub use self::plan::{Plan, Step, plan};
pub use self::promise::{Promise, promise};
pub use self::view::{Draft, Scope, View};
use crate::model::Endpoint;

/// Drafts on a page of the list, the most that are allowed (官方文档 获取草稿列表).
const PAGE: usize = 20;

/// A kind of call that polling has a choice of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A page of `draft/batchget`.
    List,
    /// `draft/get`
    Get,
    /// `draft/count`
    Count,
}

impl Call {
    pub const ALL: [Self; 3] = [Self::List, Self::Get, Self::Count];

    pub fn endpoint(self) -> Endpoint {
        match self {
            Self::List => Endpoint::DraftBatchget,
            Self::Get => Endpoint::DraftGet,
            Self::Count => Endpoint::DraftCount,
        }
    }
}

/// Something for each kind of call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Each<T: Default> {
    list: T,
    get: T,
    count: T,
}

impl<T: Default> Index<Call> for Each<T> {
    type Output = T;

    fn index(&self, call: Call) -> &T {
        match call {
            Call::List => &self.list,
            Call::Get => &self.get,
            Call::Count => &self.count,
        }
    }
}

impl<T: Default> IndexMut<Call> for Each<T> {
    fn index_mut(&mut self, call: Call) -> &mut T {
        match call {
            Call::List => &mut self.list,
            Call::Get => &mut self.get,
            Call::Count => &mut self.count,
        }
    }
}
