#!/bin/sh
# Packs what a till developer copies for Windows: dist/tillmail-VERSION-win32.zip and -win64.zip, with their sums.
set -eu

cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# The time of the last commit, for every file: the same sources give the same zip.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 315532800)}

for tool in zip python3; do
    command -v "$tool" >/dev/null || {
        [ "$(id -u)" -eq 0 ] || { echo "Run this as root (sudo sh $0) to install $tool" >&2; exit 1; }
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$tool"
    }
done

# What is in the folder and not what was built there.
sources() {
    git ls-files "$1" 2>/dev/null || find "$1" -type f
}

pack() {
    bits=$1
    target=$2
    name=tillmail-$version-win$bits
    stage=$PWD/build/dist/$name
    built=build/windows/win$bits
    sh packaging/windows/build.sh "$bits" command
    rm -rf "$stage"
    mkdir -p "$stage/lib" "$stage/include" "$stage/docs" "$stage/examples"
    cp "$built/tillmail.dll" "$built/tillmail.exe" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$stage"
    cp "$built/tillmail.lib" "$built/libtillmail.dll.a" "$built/tillmail.def" "$stage/lib"
    cp include/tillmail.h "$stage/include"
    cp docs/*.schema.json docs/COMMAND.md "$stage/docs"
    cp examples/till.c examples/ten_lines.c examples/receipt.json "$stage/examples"
    sources bindings | while IFS= read -r file; do
        mkdir -p "$stage/$(dirname "$file")"
        cp "$file" "$stage/$file"
    done
    python3 packaging/licences.py "$target" >"$stage/THIRD-PARTY-LICENSES.txt"
    (
        cd "$stage"
        find . -type f ! -name SHA256SUMS | sed 's|^\./||' | LC_ALL=C sort | while IFS= read -r file; do
            sha256sum "$file"
        done >SHA256SUMS
        find . -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
        cd ..
        find "$name" -type f | LC_ALL=C sort >"$name.files"
        rm -f "$name.zip"
        TZ=UTC zip -q -X -9 "$name.zip" -@ <"$name.files"
    )
    mkdir -p dist
    mv "build/dist/$name.zip" dist
}

pack 32 i686-win7-windows-gnu
pack 64 x86_64-win7-windows-gnu
(cd dist && for file in *.tar.gz *.whl *.zip; do [ ! -e "$file" ] || sha256sum "$file"; done >SHA256SUMS)
echo "dist/tillmail-$version-win32.zip dist/tillmail-$version-win64.zip"
