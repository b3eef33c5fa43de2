//! Jails that are alike, lent to one caller each.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::jail::{self, Jail, JailError, JailSpec};

/// Makes jails as they are needed and keeps them for the next caller.
///
/// All have the same directory: each mounts its root there in a namespace of its own.
pub(super) struct Pool {
    spec: JailSpec,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    idle: Vec<Box<dyn Jail>>,
    /// Idle or lent.
    made: usize,
    limit: usize,
}

impl Pool {
    pub(super) fn new(spec: JailSpec, limit: usize) -> Pool {
        let state = State { idle: Vec::new(), made: 0, limit: limit.max(1) };
        Pool { spec, state: Mutex::new(state), returned: Condvar::new() }
    }

    /// A jail that is set up; waits for one if all there may be are lent.
    pub(super) fn borrow(&self) -> Result<Lent<'_>, JailError> {
        let mut state = self.state();
        loop {
            if let Some(jail) = state.idle.pop() {
                return Ok(Lent { pool: self, jail: Some(jail) });
            }
            if state.made < state.limit {
                break;
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.made += 1;
        drop(state);
        let mut jail = jail::new(self.spec.clone());
        match jail.setup() {
            Ok(()) => Ok(Lent { pool: self, jail: Some(jail) }),
            Err(error) => self.without(error),
        }
    }

    /// The kernel gives no more jails than there are: those must do.
    fn without(&self, error: JailError) -> Result<Lent<'_>, JailError> {
        let mut state = self.state();
        state.made -= 1;
        if state.made == 0 {
            return Err(error);
        }
        state.limit = state.made;
        drop(state);
        self.borrow()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes back to the pool when dropped.
pub(super) struct Lent<'a> {
    pool: &'a Pool,
    jail: Option<Box<dyn Jail>>,
}

impl Lent<'_> {
    /// Lets `work` use the jail. If it fails the jail is not lent again.
    pub(super) fn with<T>(mut self, work: impl FnOnce(&mut dyn Jail) -> Result<T, JailError>) -> Result<T, JailError> {
        let Some(jail) = &mut self.jail else { return Err(JailError::NotSetUp) };
        let done = work(&mut **jail);
        if done.is_err() {
            self.jail = None;
        }
        done
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        match self.jail.take() {
            Some(jail) => state.idle.push(jail),
            None => state.made -= 1,
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}
