#!/bin/sh
# Builds library and command for every Linux with glibc 2.31 or later (Debian 11, Ubuntu 20.04), and prints their folder.
#
# Rust's own part asks for glibc 2.17 only; the rest comes from what gcc finds when it compiles SQLite and links. So both
# see the headers and libraries of packaging/linux/debian11.sh.
set -eu

cd "$(dirname "$0")/../.."
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
env "CFLAGS_$small=--sysroot=$sysroot -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=cargo" \
    "CARGO_TARGET_${big}_RUSTFLAGS=-C link-arg=--sysroot=$sysroot -C link-arg=-B$libraries -C link-arg=-L$libraries --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$PWD=tillmail" \
    cargo build --release --locked --target "$triple" --target-dir "$target" >&2
echo "$target/$triple/release"
