#!/usr/bin/env python3
"""Prints what each crate has in an unstripped library or object: code, data, functions.

    costs.py FILE

A function of the standard library that was made for somebody's type counts as theirs.
"""
import collections
import re
import subprocess
import sys

STANDARD = {"core", "alloc", "std", "hashbrown", "compiler_builtins", "panic_unwind"}

def owner(name):
    crates = [word for word in re.findall(r"(?<![\w:])([a-z_][a-z0-9_]*)::", name)]
    for crate in crates:
        if crate not in STANDARD:
            return crate
    return "std" if crates else None

def c_owner(name):
    """Names the source of a function without a crate."""
    if name.startswith("mail_"):
        return "tillmail"
    if "ring_core" in name or "ecp_nistz" in name or name.startswith(("__ecp", "bn_", "aes_", "gcm_", "x25519", "k25519", "limbs", "LIMB", "p256", "p384")):
        return "ring (C)"
    return "SQLite"

def main(path):
    listed = subprocess.run(["nm", "-S", "--size-sort", "-C", path], check=True, capture_output=True, text=True).stdout
    code, data, count = collections.Counter(), collections.Counter(), collections.Counter()
    for line in listed.splitlines():
        fields = line.split(" ", 3)
        if len(fields) < 4:
            continue
        size, kind, name = int(fields[1], 16), fields[2], fields[3]
        crate = owner(name) or c_owner(name)
        if kind in "tTwW":
            code[crate] += size
            count[crate] += 1
        elif kind in "rRdD":
            data[crate] += size
    for crate, size in sorted((code + data).items(), key=lambda row: -row[1]):
        if size >= 2000:
            print(f"{crate:24} {code[crate]:9} {data[crate]:9} {count[crate]:6}")

main(sys.argv[1])
