# The toolchain of what is shipped, and what keeps it small; sourced by linux/build.sh and windows/build.sh.
#
# The standard library is built from source: as toolchains bring it, it is made for speed, and it carries a reader of debug
# information for backtraces that a stripped library cannot show. docs/performance/footprint.md says what each part saves.

# A call's panic becomes MAIL_E_BUG with its words; where in our sources it was is told nowhere, so it is left out.
# Frame pointers: what the unwinding tables lose is more than what the functions gain.
SMALL_RUST='-Zlocation-detail=none -Cforce-frame-pointers=yes'
# No panic goes through SQLite or ring.
SMALL_C='-fno-asynchronous-unwind-tables'
SMALL_STD='-Zbuild-std=std,panic_unwind -Zbuild-std-features=panic-unwind,optimize_for_size'

# Installs what is missing of the Debian packages named.
install_missing() {
    missing=
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || { echo "Run this as root (sudo sh $0) to install:$missing" >&2; exit 1; }
    export DEBIAN_FRONTEND=noninteractive
    apt-get update >&2
    # shellcheck disable=SC2086 # One word for each package.
    apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing >&2
}

# Takes the toolchain that has the standard library's source: rustup's where it has it, else Debian's.
use_toolchain() {
    if [ ! -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/rtstartup" ]; then
        install_missing rustc-web cargo-web rust-web-src
        PATH=/usr/bin:$PATH
    fi
    library=$(rustc --print sysroot)/lib/rustlib/src/rust/library
    # For -Z.
    export RUSTC_BOOTSTRAP=1
}

# Refuses a library that has grown beyond what docs/performance/footprint.md promises.
within() {
    bytes=$(wc -c <"$1")
    [ "$bytes" -le "$2" ] && return 0
    echo "$1 has $bytes bytes, $((bytes - $2)) more than the $2 it may have: see docs/performance/footprint.md" >&2
    exit 1
}
