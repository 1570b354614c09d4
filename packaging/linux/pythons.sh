#!/bin/sh
# Runs the tests of the Python bindings and the till of examples/ with other interpreters than Debian's.
#
#     packaging/linux/pythons.sh python3.8 /opt/python3.13/bin/python3 ...
#
# Each gets a virtual environment with the wheel of `make wheels`, and pytest from PyPI, so this needs the network;
# `make test` does the same with Debian's Python alone and needs none.
set -eu

cd "$(dirname "$0")/../.."
root=$PWD
[ $# -gt 0 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 1; }
wheel=$(ls "$root"/dist/tillmail-*-manylinux*.whl) || { echo 'There is no wheel yet: make wheels' >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch"
for python; do
    rm -rf venv till
    "$python" -m venv venv
    venv/bin/python -m pip install --quiet --disable-pip-version-check pytest "$wheel"
    echo "$(venv/bin/python --version):"
    env -u TILLMAIL_LIBRARY -u PYTHONPATH TILLMAIL_ROOT="$root" PYTHONDONTWRITEBYTECODE=1 \
        venv/bin/python -m pytest -q -p no:cacheprovider "$root/bindings/python/tests"
    env -u TILLMAIL_LIBRARY -u PYTHONPATH -u TILLMAIL_SMTP_URL \
        venv/bin/python "$root/examples/till.py" till "$root/examples/receipt.json"
done
