#!/bin/sh
# Prepares `make check-deep` on Debian 12: what `make test` needs, and a compiler for ThreadSanitizer.
#
# ThreadSanitizer reports falsely where it does not see how threads wait for each other, and that is in Rust's
# standard library: so the library itself must be built with it, and that needs its source. Debian's package
# rust-web-src has the source for Debian's own compiler rustc-web. Both are unpacked into a folder, not installed:
# they would take the place of rustup's. The runtime is the one that comes with rustup's toolchain.
#
# setup.sh FOLDER: afterwards FOLDER/rustc is that compiler. Needs no network when all is there.
set -eu

FOLDER=$1
PACKAGES="rustc-web libstd-rust-web-dev rust-web-src"
HERE=$(cd "$(dirname "$0")" && pwd)

sh "$HERE/../setup-debian.sh"

[ ! -e "$FOLDER/complete" ] || exit 0

mkdir -p "$FOLDER"
cd "$FOLDER"
rm -rf debs usr
mkdir debs
apt-get update
version=$(apt-cache show rust-web-src | sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
# What the compiler is linked to, by the names that Debian gives to the versions.
compiler=$(apt-cache depends rustc-web libstd-rust-web-dev "libstd-rust-web-$version" |
    sed -n 's/^ *Depends: \(libstd-rust-web-[0-9.]*\|libllvm[0-9]*\|libz3-[0-9]*\)$/\1/p' | sort -u)
(
    cd debs
    # shellcheck disable=SC2086 # One word for each package.
    apt-get download $PACKAGES $compiler
    for package in *.deb; do
        dpkg -x "$package" ..
    done
)
rm -rf debs

printf '#!/bin/sh\nLD_LIBRARY_PATH=%s/usr/lib/x86_64-linux-gnu exec %s/usr/bin/rustc "$@"\n' "$PWD" "$PWD" >rustc
chmod 755 rustc
# It looks for its runtime beside its libraries, under this name.
runtime=$(find "$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/lib" -name 'librustc-*_rt.tsan.a' | head -n 1)
[ -n "$runtime" ] || { echo 'the Rust toolchain has no librustc-*_rt.tsan.a' >&2; exit 1; }
cp "$runtime" usr/lib/rustlib/x86_64-unknown-linux-gnu/lib/librustc-stable_rt.tsan.a
./rustc -vV
touch complete
