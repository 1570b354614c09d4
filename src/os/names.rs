//! Looking a server's name up, with the answer that Rust's own look-up hides: whether the name does not exist
//! or the name service failed. The first is a spelling mistake to correct, the second passes by itself.

#[cfg(windows)]
use std::io;
use std::net::SocketAddr;

/// Why a name has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAddress {
    /// The name service says that there is no such name, or no address to it.
    NotFound,
    /// The name service did not answer, or could not.
    NoAnswer,
}

/// Looks a name up; blocks for as long as the system's resolver does.
#[cfg(unix)]
pub(crate) fn addresses_of(host: &str, port: u16) -> Result<Vec<SocketAddr>, NoAddress> {
    use std::ffi::CString;
    // A name with a NUL in it exists nowhere.
    let name = CString::new(host).map_err(|_| NoAddress::NotFound)?;
    // SAFETY: zeroes are a valid `addrinfo`: no flags, any family, null pointers.
    let mut wanted: libc::addrinfo = unsafe { std::mem::zeroed() };
    wanted.ai_socktype = libc::SOCK_STREAM;
    let mut list = std::ptr::null_mut();
    // SAFETY: the name ends with NUL; `wanted` and `list` are ours for the call.
    let code = unsafe {
        libc::getaddrinfo(
            name.as_ptr(),
            std::ptr::null(),
            &raw const wanted,
            &raw mut list,
        )
    };
    if code != 0 {
        return Err(meaning(code));
    }
    // SAFETY: after a 0, `list` is what getaddrinfo gave, and it is given back exactly once.
    let found = unsafe {
        let found = read(list, port);
        libc::freeaddrinfo(list);
        found
    };
    Ok(found)
}

/// "No such name", "no address to it" and "no address of a usable family" are answers; all else is none.
#[cfg(unix)]
fn meaning(code: libc::c_int) -> NoAddress {
    // glibc's EAI_NODATA and EAI_ADDRFAMILY, which POSIX has dropped.
    #[cfg(target_os = "linux")]
    const NO_ADDRESS: [libc::c_int; 2] = [-5, -9];
    #[cfg(not(target_os = "linux"))]
    const NO_ADDRESS: [libc::c_int; 0] = [];
    if code == libc::EAI_NONAME || NO_ADDRESS.contains(&code) {
        NoAddress::NotFound
    } else {
        NoAddress::NoAnswer
    }
}

/// Reads the addresses of a list that getaddrinfo made.
///
/// # Safety
/// `entry` is null or the first entry of such a list.
#[cfg(unix)]
unsafe fn read(mut entry: *const libc::addrinfo, port: u16) -> Vec<SocketAddr> {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV6};
    let mut found = Vec::new();
    // SAFETY: getaddrinfo links its entries by `ai_next` up to null, and `ai_family` says which address is behind
    // `ai_addr`.
    unsafe {
        while let Some(one) = entry.as_ref() {
            match one.ai_family {
                libc::AF_INET => {
                    let address = one.ai_addr.cast::<libc::sockaddr_in>().read_unaligned();
                    let ip = Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr));
                    found.push(SocketAddr::from((ip, port)));
                }
                libc::AF_INET6 => {
                    let address = one.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned();
                    let ip = Ipv6Addr::from(address.sin6_addr.s6_addr);
                    found.push(SocketAddrV6::new(ip, port, 0, address.sin6_scope_id).into());
                }
                _ => {}
            }
            entry = one.ai_next;
        }
    }
    found
}

/// Looks a name up; blocks for as long as the system's resolver does.
#[cfg(windows)]
pub(crate) fn addresses_of(host: &str, port: u16) -> Result<Vec<SocketAddr>, NoAddress> {
    use std::net::ToSocketAddrs;
    match (host, port).to_socket_addrs() {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(meaning(&error)),
    }
}

/// Rust's look-up keeps Windows' own number.
#[cfg(windows)]
fn meaning(error: &io::Error) -> NoAddress {
    use windows_sys::Win32::Networking::WinSock::{WSAHOST_NOT_FOUND, WSANO_DATA};
    match error.raw_os_error() {
        Some(WSAHOST_NOT_FOUND | WSANO_DATA) => NoAddress::NotFound,
        _ if error.kind() == io::ErrorKind::InvalidInput => NoAddress::NotFound,
        _ => NoAddress::NoAnswer,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_this_machine_need_no_name_service() {
        for (host, expected) in [
            ("192.0.2.7", "192.0.2.7:25"),
            ("2001:db8::7", "[2001:db8::7]:25"),
        ] {
            let found = addresses_of(host, 25).unwrap();
            assert_eq!(found, [expected.parse().unwrap()], "{host}");
        }
        assert!(
            addresses_of("localhost", 25)
                .unwrap()
                .iter()
                .all(|address| address.ip().is_loopback())
        );
        assert_eq!(addresses_of("a\0b", 25), Err(NoAddress::NotFound));
    }

    #[test]
    fn an_answer_is_told_from_none() {
        for (code, expected) in [
            (libc::EAI_NONAME, NoAddress::NotFound),
            (libc::EAI_AGAIN, NoAddress::NoAnswer),
            (libc::EAI_FAIL, NoAddress::NoAnswer),
            (libc::EAI_SYSTEM, NoAddress::NoAnswer),
        ] {
            assert_eq!(meaning(code), expected, "{code}");
        }
    }
}
