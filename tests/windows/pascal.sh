#!/bin/sh
# Makes the Pascal programs for Windows: `sh tests/windows/pascal.sh 32|64` prints their folder.
#
# They are those of tests/pascal, once a kind of host (utf8, page1252, unicode), and the till of examples/delphi.
# Debian has Free Pascal's source, but neither its compiler for Win32 nor its units for Windows: both are made here
# in half a minute, once, in $TILLMAIL_CACHE (~/.cache/tillmail), which may be deleted at any time.
set -eu

# Grows whenever what is made below changes.
VERSION=1

cd "$(dirname "$0")/../.."
case "${1:-}" in
    32) cpu=i386 ;;
    64) cpu=x86_64 ;;
    *) echo "usage: $0 32|64" >&2; exit 2 ;;
esac
bits=$1
output=$PWD/build/windows/pascal$bits
cache=${TILLMAIL_CACHE:-$HOME/.cache/tillmail}/pascal
ready=$cache/win$bits-$VERSION

missing=
for package in fp-compiler fp-units-rtl fp-units-base fpc-source; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
    [ "$(id -u)" -eq 0 ] || { echo "Run this as root (sudo sh $0 $bits) to install:$missing" >&2; exit 1; }
    {
        apt-get update
        # shellcheck disable=SC2086 # One word for each package.
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing
    } >&2
fi
release=$(fpc -iV)
source=/usr/share/fpcsrc/$release

mkdir -p "$cache" "$output"
exec 9>"$cache/win$bits.lock"
flock 9

quietly() {
    "$@" >"$cache/win$bits.log" 2>&1 || { tail -n 20 "$cache/win$bits.log" >&2; exit 1; }
}

# Debian's compiler knows Windows of 64 bits; the one for 32 is compiled by it.
make_compiler() {
    [ "$bits" = 32 ] || { ln -s "$(command -v ppcx64)" "$new/compiler"; return 0; }
    mkdir "$new/made"
    quietly fpc "-FU$new/made" "-FE$new/made" "$source/compiler/utils/msg2inc.pp"
    messages=$(dpkg -L "fp-compiler-$release" | grep '/msg/errore\.msg$')
    (cd "$new/made" && quietly ./msg2inc "$messages" msg msg)
    (cd "$source/compiler" && quietly ppcx64 -dI386 -dGDB -O2 -Fusystems -Fux86 -Fui386 -Fix86 -Fii386 \
        "-Fi$new/made" "-FU$new/made" "-FE$new/made" "-o$new/compiler" pp.pas)
    rm -r "$new/made"
}

make_units() {
    mkdir "$new/units"
    cd "$source/rtl/win$bits"
    set -- "$new/compiler" "-Twin$bits" -n -O2 -Fi../inc "-Fi../$cpu" -Fi../win -Fi../win/wininc -Fi../objpas \
        -Fi../objpas/sysutils -Fi../objpas/classes -Fi. "-FU$new/units" "-FE$new/units" "-Fu$new/units"
    quietly "$@" -Us -Sg system.pp
    quietly "$@" ../objpas/objpas.pp
    quietly "$@" ../inc/fpintres.pp
    if [ "$bits" = 32 ]; then quietly "$@" sysinitpas.pp; else quietly "$@" sysinit.pp; fi
    # What a program with UTF-16 strings needs besides.
    quietly "$@" ../inc/uuchar.pp
    quietly "$@" -Fu../inc "-Fu../$cpu" -Fu../win -Fu../objpas -Fu../objpas/sysutils -Fu../objpas/classes \
        -Fu../charmaps buildrtl.pp
    cd "$OLDPWD"
}

if [ ! -d "$ready" ]; then
    new=$cache/win$bits.new
    rm -rf "$new"
    mkdir "$new"
    make_compiler
    make_units
    mv "$new" "$ready"
fi

packages=$source/packages
# compile HOST PROGRAM OPTION...
compile() {
    host=$1
    program=$2
    shift 2
    # The units of one kind of host are of no use to another.
    mkdir -p "$output/$host/units"
    quietly "$ready/compiler" "-Twin$bits" -n -Cr -Co "$@" "-Fu$ready/units" \
        "-Fu$packages/fcl-json/src" "-Fi$packages/fcl-json/src" "-Fu$packages/fcl-base/src" "-Fi$packages/fcl-base/src" \
        "-Fu$packages/rtl-objpas/src/inc" "-Fi$packages/rtl-objpas/src/inc" "-Fu$packages/rtl-objpas/src/win" \
        "-Fu$packages/rtl-objpas/src/common" "-Fi$packages/rtl-objpas/src/$cpu" \
        -Fubindings/delphi -Futests/pascal "-FU$output/$host/units" "-FE$output/$host" "$program"
}
# The contract comes last: it compiles fpjson, after which Free Pascal forgets that UNICODE holds for other units.
for name in texts failures host contract; do
    compile utf8 "tests/pascal/$name.pas" -Mdelphi
    compile page1252 "tests/pascal/$name.pas" -Mdelphi -dPAGE1252
    compile unicode "tests/pascal/$name.pas" -Mdelphiunicode
done
compile till examples/delphi/till.dpr -Mdelphi
echo "$output"
