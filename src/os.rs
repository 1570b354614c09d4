//! What only the operating system can do. With `ffi`, the only place with unsafe code.
#![allow(unsafe_code)]

pub(crate) mod fork;
pub(crate) mod names;
pub(crate) mod signals;
pub(crate) mod stack;
pub(crate) mod standard;

#[cfg(windows)]
use std::io;

/// Keeps the host's floating-point settings as they were, and ours safe meanwhile.
///
/// Delphi lets floating-point faults raise exceptions; SQLite counts on them being masked. The guard
/// masks them on entry and puts the host's words back on exit.
pub(crate) struct FpuGuard {
    /// The x87 environment as FNSTENV writes it: 28 bytes, with control, status and tag words.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    x87: [u32; 7],
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    mxcsr: u32,
}

/// Every exception masked, extended precision, round to nearest: the state `FNINIT` gives.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
static X87_MASKED: u16 = 0x037f;
/// Every exception masked, round to nearest.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
static MXCSR_MASKED: u32 = 0x1f80;

impl FpuGuard {
    /// Masks floating-point exceptions of this thread until the guard is dropped.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    pub(crate) fn enter() -> Self {
        let mut guard = FpuGuard {
            x87: [0; 7],
            mxcsr: 0,
        };
        // SAFETY: the instructions only store and load this thread's floating-point state, from and to
        // these variables; FNCLEX runs after the state is kept, or loading the control word would raise
        // what is pending. A processor without SSE2 does not run this build at all.
        unsafe {
            std::arch::asm!(
                "fnstenv [{x87}]",
                "fnclex",
                "fldcw word ptr [{x87_masked}]",
                "stmxcsr dword ptr [{mxcsr}]",
                "ldmxcsr dword ptr [{mxcsr_masked}]",
                x87 = in(reg) &raw mut guard.x87,
                mxcsr = in(reg) &raw mut guard.mxcsr,
                x87_masked = in(reg) &raw const X87_MASKED,
                mxcsr_masked = in(reg) &raw const MXCSR_MASKED,
                options(nostack),
            );
        }
        guard
    }

    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    pub(crate) fn enter() -> Self {
        FpuGuard {}
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Drop for FpuGuard {
    fn drop(&mut self) {
        // SAFETY: loads what `enter` stored. The x87 stack is empty at both points, as the C calling
        // conventions want it, so the tag word fits.
        unsafe {
            std::arch::asm!(
                "fldenv [{x87}]",
                "ldmxcsr dword ptr [{mxcsr}]",
                x87 = in(reg) &raw const self.x87,
                mxcsr = in(reg) &raw const self.mxcsr,
                options(nostack),
            );
        }
    }
}

/// Keeps the library in memory until the process ends: its worker must not lose its code to an early unloading.
#[cfg(windows)]
pub(crate) fn pin_library() {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };
    let mut module = std::ptr::null_mut();
    let address = pin_library as *const () as *const u16;
    // SAFETY: with FROM_ADDRESS the second argument is an address inside this library, which it is;
    // the handle is written to a local variable. A failure leaves everything as it was.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
            address,
            &raw mut module,
        );
    }
}

/// Keeps the library in memory until the process ends: its worker must not lose its code to an early unloading.
#[cfg(unix)]
pub(crate) fn pin_library() {
    use std::mem::MaybeUninit;
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: dladdr fills `info` for an address of our own code; its file name lives as long as the
    // library is loaded. RTLD_NODELETE makes that "for ever"; RTLD_NOLOAD loads nothing new.
    unsafe {
        let address = pin_library as *const () as *const libc::c_void;
        if libc::dladdr(address, info.as_mut_ptr()) != 0 {
            let name = info.assume_init().dli_fname;
            if !name.is_null() {
                libc::dlopen(
                    name,
                    libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE,
                );
            }
        }
    }
}

/// Seals bytes for this machine with DPAPI.
#[cfg(windows)]
pub(crate) fn protect(plain: &[u8]) -> io::Result<Vec<u8>> {
    use windows_sys::Win32::Security::Cryptography::CryptProtectData;
    // SAFETY: as `dpapi` asks: the two blobs are the input and an empty output.
    dpapi(plain, |input, output| unsafe {
        CryptProtectData(
            input,
            std::ptr::null(),
            std::ptr::null(),
            std::ptr::null(),
            std::ptr::null(),
            DPAPI_FLAGS,
            output,
        )
    })
}

/// Opens what `protect` sealed on this machine.
#[cfg(windows)]
pub(crate) fn unprotect(sealed: &[u8]) -> io::Result<Vec<u8>> {
    use windows_sys::Win32::Security::Cryptography::CryptUnprotectData;
    // SAFETY: as `dpapi` asks: the two blobs are the input and an empty output.
    dpapi(sealed, |input, output| unsafe {
        CryptUnprotectData(
            input,
            std::ptr::null_mut(),
            std::ptr::null(),
            std::ptr::null(),
            std::ptr::null(),
            DPAPI_FLAGS,
            output,
        )
    })
}

/// No dialog, and for every user of this machine: a service and a till share one folder.
#[cfg(windows)]
const DPAPI_FLAGS: u32 = windows_sys::Win32::Security::Cryptography::CRYPTPROTECT_UI_FORBIDDEN
    | windows_sys::Win32::Security::Cryptography::CRYPTPROTECT_LOCAL_MACHINE;

#[cfg(windows)]
type Blob = windows_sys::Win32::Security::Cryptography::CRYPT_INTEGER_BLOB;

#[cfg(windows)]
fn dpapi(bytes: &[u8], call: impl FnOnce(*const Blob, *mut Blob) -> i32) -> io::Result<Vec<u8>> {
    use windows_sys::Win32::Foundation::LocalFree;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let input = Blob {
        cbData: length,
        pbData: bytes.as_ptr().cast_mut(),
    };
    let mut output = Blob {
        cbData: 0,
        pbData: std::ptr::null_mut(),
    };
    if call(&raw const input, &raw mut output) == 0 {
        return Err(io::Error::last_os_error());
    }
    let length = usize::try_from(output.cbData).map_err(io::Error::other)?;
    // SAFETY: on success DPAPI gives `cbData` bytes at `pbData`, ours until LocalFree, called once.
    unsafe {
        let copy = std::slice::from_raw_parts(output.pbData, length).to_vec();
        LocalFree(output.pbData.cast());
        Ok(copy)
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_floating_point_settings_come_back() {
        let control = || {
            let mut x87 = 0_u16;
            let mut mxcsr = 0_u32;
            // SAFETY: stores the control words into local variables.
            unsafe {
                std::arch::asm!("fnstcw word ptr [{0}]", "stmxcsr dword ptr [{1}]",
                    in(reg) &raw mut x87, in(reg) &raw mut mxcsr, options(nostack));
            }
            (x87, mxcsr & 0xffc0)
        };
        let before = control();
        // Division by zero unmasked, as Delphi has it.
        let unmasked = 0x1f80_u32 & !0x0200;
        // SAFETY: loads a valid MXCSR value.
        unsafe {
            std::arch::asm!("ldmxcsr dword ptr [{0}]", in(reg) &raw const unmasked, options(nostack))
        };
        {
            let _guard = FpuGuard::enter();
            assert_eq!(control(), (X87_MASKED, MXCSR_MASKED));
            assert!(std::hint::black_box(1.0_f64) / std::hint::black_box(0.0_f64) > 1.0);
        }
        assert_eq!(control(), (before.0, unmasked));
        // SAFETY: puts the usual value back.
        unsafe {
            std::arch::asm!("ldmxcsr dword ptr [{0}]", in(reg) &raw const MXCSR_MASKED, options(nostack))
        };
    }
}
