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
#[cfg(any(target_os = "linux", windows))]
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

#[cfg(not(any(target_os = "linux", windows)))]
fn has_room() -> bool {
    true
}

/// Tells whether this thread has `NEEDED` bytes left. A stack, a fiber's too, is one allocation, and
/// Windows tells where it begins; GetCurrentThreadStackLimits would, too, but is not in Windows 7.
#[cfg(windows)]
fn has_room() -> bool {
    use windows_sys::Win32::System::Memory::{MEMORY_BASIC_INFORMATION, VirtualQuery};
    let mut region = MEMORY_BASIC_INFORMATION::default();
    let here = &raw const region;
    // SAFETY: asks about the page of a local variable, and fills that variable, of the size given.
    let filled = unsafe { VirtualQuery(here.cast(), &raw mut region, size_of_val(&region)) };
    filled == 0 || here.addr().saturating_sub(region.AllocationBase.addr()) >= NEEDED
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

#[cfg(all(test, any(target_os = "linux", windows)))]
mod tests {
    use super::*;

    /// Takes most of a megabyte from the stack, as a host's own calls do; no thread of Wine has less at its start.
    #[cfg(windows)]
    #[inline(never)]
    fn deep_down<T>(ask: impl FnOnce() -> T) -> T {
        let taken = [1_u8; 800 << 10];
        let answer = ask();
        std::hint::black_box(&taken);
        answer
    }

    #[cfg(windows)]
    #[test]
    fn where_little_is_left_the_work_runs_apart() {
        let asked = Builder::new().stack_size(1 << 20).spawn(|| {
            let runs_here = || {
                let caller = std::thread::current().id();
                with_room(|| std::thread::current().id() == caller).unwrap()
            };
            (runs_here(), deep_down(runs_here))
        });
        assert_eq!(asked.unwrap().join().unwrap(), (true, false));
    }

    #[cfg(target_os = "linux")]
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
