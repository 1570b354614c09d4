#!/bin/sh
# Installs what `make bench` needs on Debian 12; does nothing, and needs no network, when all is there.
set -eu

. "$(dirname "$0")/../packaging/toolchain.sh"
install_missing gcc libc6-dev libcurl4-openssl-dev libssl-dev msmtp iproute2 python3 openssl ca-certificates
