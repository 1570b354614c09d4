#!/bin/sh
# Installs what `make gallery` needs on Debian 12 beside the tests' packages: a browser, a tool that makes pictures
# small, and the fonts the pictures are made with. Does nothing, and needs no network, when all is there.
set -eu

. "$(dirname "$0")/../toolchain.sh"
install_missing chromium pngquant python3 fonts-dejavu-core fonts-liberation fonts-noto-color-emoji
