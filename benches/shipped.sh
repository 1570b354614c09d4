#!/bin/sh
# Builds as what is shipped is built, but for this machine's own C library: sh shipped.sh TARGET_DIR CARGO_ARGUMENT…
# Prints the folder of the results.
set -eu

packaging=$(dirname "$0")/../packaging
target=$1
shift
triple=$(rustc -vV | sed -n 's/^host: //p')
. "$packaging/toolchain.sh"
use_toolchain
export RUSTFLAGS="$SMALL_RUST" CFLAGS="$SMALL_C"
# shellcheck disable=SC2086 # One word for each option.
cargo "$@" --release $SMALL_STD --target "$triple" --target-dir "$target" >&2
echo "$target/$triple/release"
