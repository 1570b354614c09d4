#!/bin/sh
# One Windows for one test: `unshare --mount --pid --fork --kill-child sh machine.sh ROOT SCRATCH`, as root.
#
# ROOT is what wine.sh made; its fresh C: is laid under a new layer, and SCRATCH becomes D:. Prints its process
# number as the machine outside sees it, and ends when its standard input does: then everything in it is gone.
set -eu

root=$1
scratch=$2
read -r pid rest </proc/self/stat
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mkdir "$root/tmp/changed" "$root/tmp/work"
mount -t overlay -o "lowerdir=$root/prefix,upperdir=$root/tmp/changed,workdir=$root/tmp/work" overlay "$root/prefix"
mount --bind "$scratch" "$root/mnt"
ln -s /mnt "$root/prefix/dosdevices/d:"
echo "$pid"
exec chroot "$root" cat
