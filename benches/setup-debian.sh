#!/bin/sh
# Installs what `make bench` needs on Debian 12; does nothing, and needs no network, when all is there.
set -eu

PACKAGES="gcc libc6-dev libcurl4-openssl-dev libssl-dev msmtp iproute2 python3 openssl ca-certificates"

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
export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086 # One word for each package.
apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 $missing
