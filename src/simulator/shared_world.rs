//! The world behind a lock, for many connections at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::world::World;

/// Shares the world between connections.
#[derive(Clone)]
pub(super) struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// A test that panics while it holds the lock does not block others.
    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
