#!/bin/sh
# Builds library and command for every Linux with glibc 2.31 or later (Debian 11, Ubuntu 20.04), and prints their folder.
#
# Rust's own part asks for glibc 2.17 only; the rest comes from what gcc finds when it compiles SQLite and links. So both
# see the headers and libraries of packaging/linux/debian11.sh.
set -eu

# Most bytes of the library; the goal is 3,500,000.
BOUND=5000000

cd "$(dirname "$0")/../.."
. packaging/toolchain.sh
use_toolchain
triple=$(rustc -vV | sed -n 's/^host: //p')
case $triple in
    *-linux-gnu) ;;
    *) echo "This builds for Linux with glibc, not for $triple" >&2; exit 1 ;;
esac
sysroot=$(sh packaging/linux/debian11.sh)
libraries=$sysroot/usr/lib/$(gcc -print-multiarch)
target=${CARGO_TARGET_DIR:-$PWD/target}
small=$(echo "$triple" | tr - _)
big=$(echo "$small" | tr a-z A-Z)

echo 'Building for glibc 2.31; the first time takes a few minutes.' >&2
# -B and -L: gcc looks beside itself first, whatever its --sysroot says. No path of this machine stands in what is shipped.
export "CFLAGS_$small=--sysroot=$sysroot -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=cargo $SMALL_C" \
    "CARGO_TARGET_${big}_RUSTFLAGS=$SMALL_RUST -C link-arg=--sysroot=$sysroot -C link-arg=-B$libraries -C link-arg=-L$libraries --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$(realpath "$library")=std --remap-path-prefix=$PWD=tillmail"
build() {
    what=$1
    shift
    # shellcheck disable=SC2086 # One word for each option.
    cargo "$what" --release --locked $SMALL_STD --target "$triple" --target-dir "$target" "$@" >&2
}
# Command and static library first. What they leave as the shared library was not optimised as a whole, because the
# command needs it as a Rust crate too: so it is made once more, alone.
build build
build rustc --lib --no-default-features --features pdf --crate-type cdylib
within "$target/$triple/release/libtillmail.so" "$BOUND"
echo "$target/$triple/release"
