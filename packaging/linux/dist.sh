#!/bin/sh
# Makes dist/tillmail-VERSION-linux-MACHINE.tar.gz and dist/*.whl, tries both in a Debian 11, and writes their digests.
#
#     packaging/linux/dist.sh [--wheels] [DLL...]    --wheels: no archive; each tillmail.dll becomes a wheel for its Windows
set -eu

cd "$(dirname "$0")/../.."
archive=yes
[ "${1-}" != --wheels ] || { archive=; shift; }
built=$(sh packaging/linux/build.sh)
triple=$(rustc -vV | sed -n 's/^host: //p')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=tillmail-$version-linux-$(uname -m)
work=build/dist
rm -rf "$work"
mkdir -p "$work/$name" dist

python3=/usr/bin/python3
"$python3" packaging/licences.py "$triple" >"$work/THIRD-PARTY-LICENSES.txt"
wheels=$("$python3" packaging/linux/wheels.py dist --licences "$work/THIRD-PARTY-LICENSES.txt" "$built/libtillmail.so" "$@")
wheel=$(echo "$wheels" | head -n 1)

if [ -n "$archive" ]; then
    make -s install-files RELEASE="$built" DESTDIR="$PWD/$work" PREFIX="/$name" LIBDIR="/$name/lib" \
        INCLUDEDIR="/$name/include" BINDIR="/$name/bin"
    # The objects of Rust's own library bring debug information along.
    strip --strip-debug "$work/$name/lib/libtillmail.a"
    # The folder may be put anywhere: pkg-config is told where relative to its own file.
    sed -i -e 's|^prefix=.*|prefix=${pcfiledir}/../..|' -e "s|=/$name/|=\${prefix}/|" "$work/$name/lib/pkgconfig/tillmail.pc"
    cp -R bindings docs examples README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$work/THIRD-PARTY-LICENSES.txt" "$work/$name"
    rm -rf "$work/$name"/bindings/*/tests "$work/$name"/bindings/*/bin "$work/$name"/bindings/*/obj
    find "$work/$name" -type d \( -name __pycache__ -o -name '.*_cache' \) -prune -exec rm -rf {} +
    (cd "$work/$name" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs -d '\n' sha256sum) >"$work/SHA256SUMS"
    mv "$work/SHA256SUMS" "$work/$name/SHA256SUMS"
    tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" -cf - "$name" \
        | gzip -9n >"dist/$name.tar.gz"
    sh packaging/linux/check.sh "dist/$name.tar.gz" "$wheel"
fi
# Whoever packs for another system adds to the same list.
(cd dist && for file in *.tar.gz *.whl *.zip; do [ ! -e "$file" ] || sha256sum "$file"; done >SHA256SUMS)
ls -l dist
