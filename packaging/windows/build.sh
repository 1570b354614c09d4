#!/bin/sh
# Builds tillmail.dll for Windows 7 and later on Debian: `sh packaging/windows/build.sh 32|64 [command|tests]`.
#
# Puts DLL, import libraries and .def, and with `command` also tillmail.exe, with `tests` also the unit tests as
# tests.exe, into build/windows/win32 or win64.
# The standard library is built from source, because nobody ships one for these targets: the usual windows-gnu
# targets need bcryptprimitives.dll!ProcessPrng, which Windows 7 does not have. The first time takes ten
# minutes; what it makes stays in $TILLMAIL_CACHE (~/.cache/tillmail), which may be deleted at any time.
set -eu

# Most bytes of tillmail.dll for 32 bits; the goal is 3,000,000.
BOUND=4550000

cd "$(dirname "$0")/../.."
. packaging/toolchain.sh
case "${1:-}" in
    32) cpu=i686 machine=i386 ;;
    64) cpu=x86_64 machine=i386:x86-64 ;;
    *) echo "usage: $0 32|64 [command|tests]" >&2; exit 2 ;;
esac
folder=win$1
target=$cpu-win7-windows-gnu
gcc=$cpu-w64-mingw32
output=$PWD/build/windows/$folder
cache=${TILLMAIL_CACHE:-$HOME/.cache/tillmail}/windows
startup=$cache/startup/$target

PACKAGES="gcc-mingw-w64-i686 gcc-mingw-w64-x86-64 g++-mingw-w64-i686-posix g++-mingw-w64-x86-64-posix binutils-mingw-w64-i686 binutils-mingw-w64-x86-64 llvm"

# What `cargo test` sets for its tests would make crates look changed.
for name in $(env | sed -n 's/^\(CARGO_PKG_[A-Z_]*\|CARGO_MANIFEST_[A-Z]*\|CARGO\|RUSTUP_TOOLCHAIN\|RUST_RECURSION_COUNT\|LD_LIBRARY_PATH\)=.*/\1/p'); do
    unset "$name"
done

# shellcheck disable=SC2086 # One word for each package.
install_missing $PACKAGES
use_toolchain

mkdir -p "$startup" "$output"
# Two worktrees may share the cache: cargo's own lock ends before the result is copied out.
exec 9>"$cache/lock"
flock 9

# The link asks for them, and no toolchain ships them for these targets.
for object in rsbegin rsend; do
    rustc --target "$target" --emit=obj -o "$startup/$object.o" "$library/rtstartup/$object.rs"
done

# cc-rs does not know the compilers of the win7 targets.
export "CC_${cpu}_win7_windows_gnu=$gcc-gcc" "AR_${cpu}_win7_windows_gnu=$gcc-ar" "CFLAGS_${cpu}_win7_windows_gnu=$SMALL_C"
linker=CARGO_TARGET_$(echo "$target" | tr 'a-z-' 'A-Z_')_LINKER
export "$linker=$gcc-gcc"
# No time and no folder of this machine in the file: the same sources give the same DLL.
separator=$(printf '\037')
set_flags() {
    CARGO_ENCODED_RUSTFLAGS=$1
    shift
    for flag in "$@"; do
        CARGO_ENCODED_RUSTFLAGS=$CARGO_ENCODED_RUSTFLAGS$separator$flag
    done
    export CARGO_ENCODED_RUSTFLAGS
}
# shellcheck disable=SC2086 # One word for each flag.
set_flags "-Lnative=$startup" $SMALL_RUST -Clink-arg=-Wl,--no-insert-timestamp \
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates" \
    "--remap-path-prefix=$(realpath "$library")=std" "--remap-path-prefix=$PWD=tillmail"

build() {
    what=$1
    shift
    # shellcheck disable=SC2086 # One word for each option.
    cargo "$what" --release --locked $SMALL_STD --target "$target" --target-dir "$cache/target" "$@"
}
# A running program may have the old file open: the new one takes its place.
put() {
    cp "$1" "$output/new-$2"
    mv -f "$output/new-$2" "$output/$2"
}

build rustc --lib --no-default-features --features pdf --crate-type cdylib
[ "$1" = 64 ] || within "$cache/target/$target/release/tillmail.dll" "$BOUND"
put "$cache/target/$target/release/tillmail.dll" tillmail.dll
case "${2:-}" in
    command)
        build rustc --bin tillmail
        put "$cache/target/$target/release/tillmail.exe" tillmail.exe
        ;;
    tests)
        build test --lib --no-run --no-default-features --features pdf 2>"$cache/tests.log" || { cat "$cache/tests.log" >&2; exit 1; }
        put "$(sed -n 's/^ *Executable unittests src.lib.rs (\(.*\))$/\1/p' "$cache/tests.log")" tests.exe
        ;;
esac

# The .def is the header's list of functions; C++Builder's implib reads it, and the import libraries are made of it.
{
    echo 'LIBRARY tillmail.dll'
    echo 'EXPORTS'
    sed -n 's/^[a-z].*[ *]\(mail_[a-z_]*\)(.*/    \1/p' include/tillmail.h | LC_ALL=C sort
} >"$output/tillmail.def"
"$gcc-dlltool" --deterministic-libraries -m "$machine" -d "$output/tillmail.def" -l "$output/libtillmail.dll.a"
# Visual C++ reads LLVM's import libraries; GNU's it does not.
llvm-dlltool -m "$machine" -d "$output/tillmail.def" -l "$output/tillmail.lib"
