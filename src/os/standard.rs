//! The descriptors 0, 1 and 2: where a host has closed them, the system gives them to the next file that
//! is opened, and a stray printf of the host would write into it. What we write to is moved above them.
//! (SQLite sees to its own files.)

/// Moves a file or a socket above the standard descriptors, where it has got one of them.
#[cfg(unix)]
pub(crate) fn above<F>(opened: F) -> std::io::Result<F>
where
    F: Into<std::os::fd::OwnedFd> + From<std::os::fd::OwnedFd> + std::os::fd::AsFd,
{
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    if opened.as_fd().as_raw_fd() > libc::STDERR_FILENO {
        return Ok(opened);
    }
    let low: OwnedFd = opened.into();
    // SAFETY: no pointer is passed; the new descriptor has no other owner.
    let high = unsafe {
        let high = libc::fcntl(
            low.as_raw_fd(),
            libc::F_DUPFD_CLOEXEC,
            libc::STDERR_FILENO + 1,
        );
        if high == -1 {
            return Err(std::io::Error::last_os_error());
        }
        OwnedFd::from_raw_fd(high)
    };
    Ok(high.into())
}

/// Gives it back: elsewhere files have no small numbers.
#[cfg(not(unix))]
pub(crate) fn above<F>(opened: F) -> std::io::Result<F> {
    Ok(opened)
}
