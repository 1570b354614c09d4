//! Taking a mutex that somebody may have held while panicking: the panic became an error code at the border, and what
//! the mutex guards is whole between any two statements.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the mutex.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
