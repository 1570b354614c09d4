#!/bin/sh
# Tries what dist.sh has made: digests, the glibc floor, compiling by pkg-config, and everything running on Debian 11.
#
#     packaging/linux/check.sh ARCHIVE WHEEL
set -eu

cd "$(dirname "$0")/../.."
archive=$1 wheel=$2
floor=2.31
root=$(sh packaging/linux/debian11.sh)
libraries=$root/usr/lib/$(gcc -print-multiarch)
[ "$(id -u)" -eq 0 ] || { echo "Run this as root: it tries $archive inside $root" >&2; exit 1; }

inside=$(mktemp -d "$root/tmp/check-XXXXXX")
trap 'rm -rf "$inside"' EXIT
trap 'exit 1' HUP INT TERM
fail() { echo "check: $1" >&2; exit 1; }

tar -xzf "$archive" -C "$inside" --strip-components=1 --no-same-owner
(cd "$inside" && sha256sum --quiet -c SHA256SUMS) || fail "the digests of $archive are wrong"

# 1. No symbol newer than the floor; no library that a small system has not.
for file in lib/libtillmail.so bin/tillmail; do
    newest=$(readelf --version-info --wide "$inside/$file" | sed -n 's/.*Name: GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -n 1)
    [ -n "$newest" ] || fail "$file: no version of glibc found"
    [ "$(printf '%s\n' "$newest" "$floor" | sort -V | tail -n 1)" = "$floor" ] \
        || fail "$file needs glibc $newest, and $floor is promised: $(readelf --dyn-syms --wide "$inside/$file" | grep -c "GLIBC_$newest") symbols"
    echo "$file needs glibc $newest"
done
readelf -d "$inside/lib/libtillmail.so" | grep -q 'SONAME.*\[libtillmail.so.1\]' || fail 'the SONAME is not libtillmail.so.1'
[ "$(readlink -f "$inside/lib/libtillmail.so")" = "$(readlink -f "$inside/lib/libtillmail.so.1")" ] || fail 'the links are wrong'

# 2. A till compiled as pkg-config says, shared and static, against what a Debian 11 has.
packaged() { PKG_CONFIG_LIBDIR="$inside/lib/pkgconfig" pkg-config "$@" tillmail; }
compile() {
    out=$1; shift
    gcc -std=c99 -O2 -Wall -Wextra -Werror --sysroot="$root" -B"$libraries" -L"$libraries" examples/till.c -o "$inside/$out" "$@"
}
# shellcheck disable=SC2046 # One word for each flag.
compile till-shared $(packaged --cflags --libs) -Wl,-rpath-link,"$inside/lib"
rm -f "$inside/lib/libtillmail.so"
# shellcheck disable=SC2046
compile till-static $(packaged --static --cflags --libs)
! readelf -d "$inside/till-static" | grep -q tillmail || fail 'the static till asks for the shared library'

# 3. There, with nothing else installed: both tills, the command, and Python with the wheel.
cp "$wheel" "$inside/"
here=/tmp/$(basename "$inside")
there() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$here" LANG=C.UTF-8 "$@"; }
for program in till-shared till-static; do
    there LD_LIBRARY_PATH="$here/lib" chroot "$root" "$here/$program" "$here/$program-run" "$here/examples/receipt.json" \
        >"$inside/said" 2>&1 || fail "$program: $(cat "$inside/said")"
    grep -q 'state: sent' "$inside/said" || fail "$program: $(cat "$inside/said")"
done
there chroot "$root" "$here/bin/tillmail" journal --folder "$here/till-static-run/state" --lang en >"$inside/said" 2>&1 \
    || fail "tillmail journal: $(cat "$inside/said")"
grep -q sent "$inside/said" || fail "tillmail journal: $(cat "$inside/said")"
there chroot "$root" python3 -m pip install -q --no-index --no-deps --target "$here/python" "$here/$(basename "$wheel")" \
    >"$inside/said" 2>&1 || fail "pip: $(cat "$inside/said")"
there PYTHONPATH="$here/python" chroot "$root" python3 "$here/examples/till.py" "$here/python-run" "$here/examples/receipt.json" \
    >"$inside/said" 2>&1 || fail "till.py: $(cat "$inside/said")"
grep -q 'state: sent' "$inside/said" || fail "till.py: $(cat "$inside/said")"
echo "On $(. "$root/etc/os-release" && echo "$PRETTY_NAME"): a shared and a static program, the command and Python send."
