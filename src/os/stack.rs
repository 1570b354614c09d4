//! Room on the stack: a host may call from a thread with very little.
//!
//! A call needs up to NEEDED bytes of stack (a TLS handshake, a JSON text nested 128 deep). Where the
//! calling thread has less, or its stack is none that we know (fibers), the work runs on a thread of our
//! own while the caller waits. That costs a thread's start, and only such callers pay it.

use super::signals;
use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, JoinHandle};

/// Every thread of ours: panics on threads of this name are not printed.
pub(crate) const THREAD_NAME: &str = "tillmail";
/// What a call may need; docs/CHECKS.md has what was measured.
const NEEDED: usize = 384 << 10;
/// Stack of our own threads. Given by us: the usual size can be changed by RUST_MIN_STACK in the host's environment.
const OURS: usize = 2 << 20;

/// Starts a thread that takes no signals: the host's handlers run on the host's threads only.
pub(crate) fn spawn_quiet(work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    signals::without(|| ours().spawn(work))
}

/// Does the work on this thread where there is room, else on a thread of our own.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    if has_room() { Ok(work()) } else { apart(work) }
}

/// Does the work on a quiet thread of our own; a panic goes on in the caller.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let started = signals::without(|| ours().spawn_scoped(scope, work))?;
        Ok(started.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

fn ours() -> Builder {
    Builder::new().name(THREAD_NAME.to_owned()).stack_size(OURS)
}

#[cfg(not(target_os = "linux"))]
fn has_room() -> bool {
    true
}

/// Tells whether this thread has `NEEDED` bytes left. Its bounds are asked for once; where the system
/// does not tell them (no /proc for the main thread), there is room.
#[cfg(target_os = "linux")]
fn has_room() -> bool {
    use std::cell::Cell;
    use std::ops::Range;
    thread_local! {
        static STACK: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
    }
    let (start, end) = STACK.get().unwrap_or_else(|| {
        let Range { start, end } = bounds().unwrap_or(0..usize::MAX);
        STACK.set(Some((start, end)));
        (start, end)
    });
    let here = stack_pointer();
    here < end && here.checked_sub(start).is_some_and(|left| left >= NEEDED)
}

#[cfg(target_os = "linux")]
fn bounds() -> Option<std::ops::Range<usize>> {
    use std::mem::MaybeUninit;
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::zeroed();
    let (mut lowest, mut size) = (std::ptr::null_mut(), 0_usize);
    // SAFETY: pthread_getattr_np fills the attributes, which are read and destroyed only then; the
    // results go into local variables.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let told = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        if told != 0 {
            return None;
        }
    }
    let start = lowest.addr();
    Some(start..start.checked_add(size)?)
}

/// Where the stack is now. Not the address of a variable: AddressSanitizer keeps those elsewhere.
#[cfg(all(target_os = "linux", any(target_arch = "x86", target_arch = "x86_64")))]
fn stack_pointer() -> usize {
    let here: usize;
    // SAFETY: copies a register.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        std::arch::asm!("mov {}, rsp", out(reg) here, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "x86")]
        std::arch::asm!("mov {}, esp", out(reg) here, options(nomem, nostack, preserves_flags));
    }
    here
}

#[cfg(all(
    target_os = "linux",
    not(any(target_arch = "x86", target_arch = "x86_64"))
))]
fn stack_pointer() -> usize {
    let here = 0_u8;
    (&raw const here).addr()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_small_thread_has_no_room_and_its_work_runs_apart() {
        for (size, roomy) in [(64 << 10, false), (4 << 20, true)] {
            let asked = Builder::new().stack_size(size).spawn(move || {
                let caller = std::thread::current().id();
                let runs_here = with_room(|| std::thread::current().id() == caller).unwrap();
                (has_room(), runs_here)
            });
            assert_eq!(
                asked.unwrap().join().unwrap(),
                (roomy, roomy),
                "{size} bytes"
            );
        }
    }

    #[test]
    fn a_panic_apart_goes_on_in_the_caller() {
        let panic = std::panic::catch_unwind(|| apart(|| std::panic::panic_any("deep inside")));
        assert_eq!(
            panic.unwrap_err().downcast_ref::<&str>(),
            Some(&"deep inside")
        );
    }
}
