#!/bin/sh
# Installs what the tests need on Debian 12; does nothing, and needs no network, when all is there.
set -eu

PACKAGES="postfix dovecot-core dnsmasq-base gcc g++ clang libclang-rt-14-dev valgrind pkg-config make python3 e2fsprogs openssl libglib2.0-dev locales abigail-tools debootstrap mypy python3-pytest python3-venv nlohmann-json3-dev mono-mcs mono-runtime libmono-system-runtime-serialization4.0-cil fp-compiler fp-units-rtl fp-units-base fp-units-fcl fp-units-misc lcl-gtk2 lcl-units xvfb fonts-dejavu-core tidy zbar-tools poppler-utils"
POLICY=/usr/sbin/policy-rc.d

is_installed() {
    status=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) || return 1
    [ "$status" = installed ]
}

missing=
for package in $PACKAGES; do
    is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Run this as root (sudo sh $0) to install:$missing" >&2
    exit 1
fi

# The tests start their own servers: the packages' scripts must not start the system's.
if [ ! -e "$POLICY" ]; then
    trap 'rm -f "$POLICY"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086 # One word for each package.
apt-get install -y --no-install-recommends $missing
