#!/bin/sh
# Makes a Python with python-escpos for the tests: `sh tests/escpos/venv.sh` prints its interpreter.
#
# It is made once, in $TILLMAIL_CACHE (~/.cache/tillmail), which may be deleted at any time. PyPI is needed then.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${TILLMAIL_CACHE:-$HOME/.cache/tillmail}/escpos
# Other versions are another Python.
ready=$cache/$(sha256sum <"$here/requirements.txt" | cut -c 1-16)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ ! -d "$ready" ]; then
    # An interpreter finds its packages by its own place: it is made there, and marked when it is whole.
    rm -rf "$cache/new"
    if ! { /usr/bin/python3 -m venv "$cache/new" &&
        "$cache/new/bin/python" -m pip install --disable-pip-version-check --no-deps -r "$here/requirements.txt" &&
        "$cache/new/bin/python" -c 'import escpos.printer'; } >"$cache/log" 2>&1; then
        echo "python-escpos cannot be installed from PyPI; $cache/log has more." >&2
        exit 1
    fi
    mv "$cache/new" "$ready"
fi
echo "$ready/bin/python"
