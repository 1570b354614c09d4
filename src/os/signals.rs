//! Signals: ours never reach the host's handlers, and none of our own making ends the host.

/// Holds back, on this thread, the signal for a file that grows past RLIMIT_FSIZE: by default it ends the
/// process, and the write tells the same as an error. What came up meanwhile is taken away again.
#[must_use]
pub(crate) struct HeldBack {
    #[cfg(target_os = "linux")]
    before: Option<file_size::Before>,
}

impl HeldBack {
    /// Holds it back until the guard is dropped.
    pub(crate) fn enter() -> Self {
        HeldBack {
            #[cfg(target_os = "linux")]
            before: file_size::hold_back(),
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for HeldBack {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            file_size::let_go(before);
        }
    }
}

/// Blocks every signal on this thread until `work` is done; threads that it starts inherit that.
#[cfg(unix)]
pub(crate) fn without<T>(work: impl FnOnce() -> T) -> T {
    use std::mem::MaybeUninit;
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: both sets live here; sigfillset fills the first before it is used, pthread_sigmask the second.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
    }
    let done = work();
    // SAFETY: `before` was filled above.
    unsafe {
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut());
    }
    done
}

/// Does the work.
#[cfg(not(unix))]
pub(crate) fn without<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg(target_os = "linux")]
mod file_size {
    use std::mem::MaybeUninit;

    pub(super) struct Before {
        mask: libc::sigset_t,
        pending: bool,
    }

    /// Gives what it was before; nothing where the signal is blocked anyway.
    pub(super) fn hold_back() -> Option<Before> {
        let held = only_file_size();
        let mut mask = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: both sets live here; the second is filled before it is read.
        let mask = unsafe {
            if libc::pthread_sigmask(libc::SIG_BLOCK, &raw const held, mask.as_mut_ptr()) != 0 {
                return None;
            }
            mask.assume_init()
        };
        // SAFETY: reads the set that was just filled.
        let blocked_by_host = unsafe { libc::sigismember(&raw const mask, libc::SIGXFSZ) } == 1;
        (!blocked_by_host).then(|| Before {
            mask,
            pending: is_pending(),
        })
    }

    pub(super) fn let_go(before: &Before) {
        if !before.pending && is_pending() {
            let (held, at_once) = (
                only_file_size(),
                libc::timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                },
            );
            // SAFETY: set and time live here; the signal is blocked on this thread, and is taken from it.
            unsafe {
                libc::sigtimedwait(&raw const held, std::ptr::null_mut(), &raw const at_once)
            };
        }
        // SAFETY: the mask that `hold_back` found.
        unsafe {
            libc::pthread_sigmask(
                libc::SIG_SETMASK,
                &raw const before.mask,
                std::ptr::null_mut(),
            );
        }
    }

    fn only_file_size() -> libc::sigset_t {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: sigemptyset fills the set before anything reads it.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);
            set.assume_init()
        }
    }

    fn is_pending() -> bool {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: sigpending fills the set, which is asked only then.
        unsafe {
            libc::sigpending(set.as_mut_ptr()) == 0
                && libc::sigismember(set.as_ptr(), libc::SIGXFSZ) == 1
        }
    }
}
