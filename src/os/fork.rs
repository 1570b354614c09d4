//! Noticing a fork: a child has the parent's memory but not its threads, and shares its files.
//!
//! A lock that another thread held when the process forked is never released in the child, and SQLite
//! forbids an open file to be used on both sides. So a child of a process in which the library was in use
//! is turned away before any lock is asked for, for good. A child of a process where nothing was open and
//! no call was under way is as good as new.
//!
//! Two things notice it: the process number, and a handler that `fork` runs in the child. The number alone
//! would be fooled when it comes round again or in a new name space, the handler alone by `_Fork` and `clone`.

use super::standard;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Who uses the library, in one word so that both change together: the process in the upper half, and
/// in the lower half how many presences it has.
static HERE: AtomicU64 = AtomicU64::new(0);

/// No process has this number; it marks what a child inherits.
#[cfg(unix)]
const NOBODY: u64 = 0;

/// A call under way or something open, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct InUse {
    counted: bool,
}

impl InUse {
    /// Counts a presence in this process; nothing where the library was in use when this process was forked off.
    pub(crate) fn enter() -> Option<Self> {
        let process = process();
        let entered = HERE.fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
            match (owner(word), count(word)) {
                (owner, _) if owner == process => Some(word + 1),
                (_, 0) => Some(process << 32 | 1),
                _ => None,
            }
        });
        entered.is_ok().then_some(InUse { counted: true })
    }
}

/// What is opened without a call of the host; in a forked child it counts nothing.
impl Default for InUse {
    fn default() -> Self {
        InUse::enter().unwrap_or(InUse { counted: false })
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let process = process();
        if self.counted {
            // In a child what it inherited is never counted down.
            let _ = HERE.fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
                (owner(word) == process && count(word) > 0).then(|| word - 1)
            });
        }
    }
}

fn owner(word: u64) -> u64 {
    word >> 32
}

fn count(word: u64) -> u64 {
    word & 0xffff_ffff
}

fn process() -> u64 {
    u64::from(std::process::id())
}

/// A file for a lock, that a forked child closes at once: its copy of the descriptor would keep the lock
/// (it is the open file's, not the process's) for as long as the child lives, and nobody would drain.
#[derive(Debug)]
pub(crate) struct LockedFile {
    #[cfg(unix)]
    slot: Option<&'static unix::Slot>,
    file: File,
}

impl LockedFile {
    /// Opens the file, makes it where there is none; locking it is the caller's.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Who can open the file can hold the lock and keep everybody from sending.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o660);
        let file = options.open(path).and_then(standard::above)?;
        Ok(LockedFile {
            #[cfg(unix)]
            slot: unix::note(&file),
            file,
        })
    }
}

impl Deref for LockedFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

#[cfg(unix)]
impl Drop for LockedFile {
    fn drop(&mut self) {
        // Before the file is closed: its number may then be somebody else's.
        if let Some(slot) = self.slot {
            slot.clear();
        }
    }
}

#[cfg(unix)]
mod unix {
    use super::{HERE, NOBODY, count};
    use std::fs::File;
    use std::mem::MaybeUninit;
    use std::os::fd::{AsRawFd, RawFd};
    use std::sync::Once;
    use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

    /// Locked files of one process. A host opens one folder; more than these only our own tests open.
    const MOST: usize = 32;

    const NONE: RawFd = -1;

    static SLOTS: [Slot; MOST] = [const { Slot::empty() }; MOST];

    /// The number of a locked file, and which file it is: the child closes nothing else.
    #[derive(Debug)]
    pub(super) struct Slot {
        taken: AtomicBool,
        descriptor: AtomicI32,
        device: AtomicU64,
        inode: AtomicU64,
    }

    impl Slot {
        const fn empty() -> Self {
            Slot {
                taken: AtomicBool::new(false),
                descriptor: AtomicI32::new(NONE),
                device: AtomicU64::new(0),
                inode: AtomicU64::new(0),
            }
        }

        pub(super) fn clear(&self) {
            self.descriptor.store(NONE, Ordering::Release);
            self.taken.store(false, Ordering::Release);
        }
    }

    /// Notes a file for the children to close.
    pub(super) fn note(file: &File) -> Option<&'static Slot> {
        use std::os::unix::fs::MetadataExt;
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // SAFETY: the handler only does what is allowed between fork and exec. If there is no memory
            // to register it, children keep the lock until they end; nothing else depends on it.
            unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) };
        });
        let identity = file.metadata().ok()?;
        let slot = SLOTS
            .iter()
            .find(|slot| !slot.taken.swap(true, Ordering::AcqRel))?;
        slot.device.store(identity.dev(), Ordering::Release);
        slot.inode.store(identity.ino(), Ordering::Release);
        slot.descriptor.store(file.as_raw_fd(), Ordering::Release);
        Some(slot)
    }

    /// Runs in each child of `fork`, where only async-signal-safe functions may be called.
    unsafe extern "C" fn in_the_child() {
        let word = HERE.load(Ordering::Acquire);
        if count(word) > 0 {
            HERE.store(NOBODY << 32 | count(word), Ordering::Release);
        }
        for slot in &SLOTS {
            let descriptor = slot.descriptor.swap(NONE, Ordering::AcqRel);
            if descriptor != NONE && is(descriptor, slot) {
                // SAFETY: the child's copy of our file, which nobody in the child uses.
                unsafe { libc::close(descriptor) };
            }
        }
    }

    /// The descriptors are copied a moment before the memory: the number may have been another file's.
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        reason = "the types differ between systems"
    )]
    fn is(descriptor: RawFd, slot: &Slot) -> bool {
        let mut found = MaybeUninit::<libc::stat>::zeroed();
        // SAFETY: fstat fills `found`, which is all numbers, or leaves its zeros.
        let found = unsafe {
            if libc::fstat(descriptor, found.as_mut_ptr()) != 0 {
                return false;
            }
            found.assume_init()
        };
        let (device, inode) = (
            slot.device.load(Ordering::Acquire),
            slot.inode.load(Ordering::Acquire),
        );
        u64::try_from(found.st_dev) == Ok(device) && u64::try_from(found.st_ino) == Ok(inode)
    }
}
