#!/bin/sh
# Gives the path of a small Debian 11: the libraries to link against, and the system to try the result in.
#
# glibc's symbols carry the version they came with, and the linker takes the newest ones it finds. What is linked
# on Debian 12 asks for glibc 2.34; against this folder's it loads from Debian 11 (glibc 2.31) on.
#
#     packaging/linux/debian11.sh        prints the folder; makes it first where it is missing (as root, one minute)
#
# The folder lies in ${TILLMAIL_CACHE:-$HOME/.cache/tillmail}. DEBIAN_MIRROR names another mirror than debootstrap's own.
set -eu

# Counts up when the list of packages changes.
STAMP=1
PACKAGES=libc6-dev,python3,python3-pip

cache=${TILLMAIL_CACHE:-${HOME:?}/.cache/tillmail}
folder=$cache/debian11-$STAMP

if [ ! -e "$folder/.complete" ]; then
    [ "$(id -u)" -eq 0 ] || { echo "Run this as root once (sudo sh $0): it makes $folder" >&2; exit 1; }
    command -v debootstrap >/dev/null || { echo 'debootstrap is missing: run tests/setup-debian.sh' >&2; exit 1; }
    mkdir -p "$cache"
    # One makes it; the others wait and find it.
    exec 9>"$cache/debian11.lock"
    flock -w 900 9 || { echo "$cache/debian11.lock is held by somebody else" >&2; exit 1; }
    if [ ! -e "$folder/.complete" ]; then
        rm -rf "$folder"
        echo "Making a Debian 11 in $folder" >&2
        debootstrap --variant=minbase --include="$PACKAGES" bullseye "$folder" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} \
            >"$cache/debian11.log" 2>&1 \
            || { tail -n 20 "$cache/debian11.log" >&2; echo "debootstrap failed: see $cache/debian11.log" >&2; exit 1; }
        # The linker follows links as this machine does: /lib would be its own.
        find "$folder/usr" -name '*.so*' -lname '/*' | while read -r link; do
            ln -sfn "$(realpath -ms --relative-to "$(dirname "$link")" "$folder$(readlink "$link")")" "$link"
        done
        rm -rf "$folder/var/cache/apt/archives" "$folder/var/lib/apt/lists"
        touch "$folder/.complete"
    fi
fi
echo "$folder"
