#!/bin/sh
# Makes a small Debian with Wine for the tests: `sh tests/windows/wine.sh 32|64` prints its folder.
#
# wine32 cannot always be installed beside amd64, and a chroot leaves the machine as it is. It is made once, in
# $TILLMAIL_CACHE (~/.cache/tillmail), which may be deleted at any time, and holds a fresh Windows in /prefix
# that each test copies. Debian's mirror is needed the first time; that takes two minutes.
set -eu

# Grows whenever what is made below changes.
VERSION=1

case "${1:-}" in
    32) cpu=i386 wine=wine32 ;;
    64) cpu=amd64 wine=wine64 ;;
    *) echo "usage: $0 32|64" >&2; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] || { echo "The tests under Wine need root for a chroot. Try: sudo make test-windows" >&2; exit 1; }
cache=${TILLMAIL_CACHE:-$HOME/.cache/tillmail}/wine
ready=$cache/$cpu-$VERSION

mkdir -p "$cache"
exec 9>"$cache/$cpu.lock"
flock 9
if [ -d "$ready" ]; then
    echo "$ready"
    exit 0
fi

fail() {
    echo "The chroot with Wine cannot be made: $1; $cache/$cpu.log has more." >&3
    exit 1
}
exec 3>&2
{
    command -v debootstrap || {
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends debootstrap
    } || fail 'debootstrap cannot be installed'
    new=$cache/$cpu.new
    rm -rf --one-file-system "$new"
    debootstrap --arch="$cpu" --variant=minbase bookworm "$new" || fail 'debootstrap failed'
    # The mirror's security part may be out of date; what the first one has is enough.
    chroot "$new" apt-get update || true
    chroot "$new" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$wine" wine ||
        fail "$wine cannot be installed"
    chroot "$new" apt-get clean
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$new/etc/hosts"
    # No Mono and no Gecko: nothing here needs them, and Wine would ask for them.
    unshare --mount --pid --fork --kill-child sh -ec '
        mount -t proc proc "$1/proc"
        mount --bind /dev "$1/dev"
        chroot "$1" env -i PATH=/usr/bin:/bin HOME=/root LC_ALL=C.UTF-8 WINEDEBUG=-all WINEPREFIX=/prefix \
            WINEDLLOVERRIDES="mscoree,mshtml=" sh -ec "timeout 300 wine wineboot --init; timeout 60 wineserver -w"
    ' sh "$new" || fail 'Wine does not start'
    [ -f "$new/prefix/system.reg" ] || fail 'Wine made no prefix'
    mv "$new" "$ready"
} >"$cache/$cpu.log" 2>&1 9>&-
echo "$ready"
