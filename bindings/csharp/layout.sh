#!/bin/sh
# Lays out the C# binding with its libraries as NuGet wants them, ready for `dotnet pack`:
#
#     layout.sh OUT LINUX_X64.so WIN_X64.dll WIN_X86.dll
#
# A library in the wrong place would be found out only on a customer's till, so each is looked at first.
set -eu

[ $# -eq 4 ] || { echo "usage: $0 OUT LINUX_X64.so WIN_X64.dll WIN_X86.dll" >&2; exit 2; }
here=$(dirname "$0")
out=$1

# The bytes of a file as hexadecimal digits: FILE OFFSET COUNT.
bytes() {
    od -An -v -tx1 -j "$2" -N "$3" "$1" | tr -d ' \n'
}

# Class and machine of an ELF file.
elf() {
    echo "$(bytes "$1" 0 5) $(bytes "$1" 18 2)"
}

# Signature and machine of a PE file; where they are stands at 0x3c, the lowest byte first.
pe() {
    at=$(bytes "$1" 60 4 | sed 's/\(..\)\(..\)\(..\)\(..\)/0x\4\3\2\1/')
    echo "$(bytes "$1" 0 2) $(bytes "$1" "$((at))" 6)"
}

# Puts one library into its place: WANTED FOUND FILE FOLDER NAME.
place() {
    [ "$1" = "$2" ] || { echo "$3 is no library for $4" >&2; exit 1; }
    mkdir -p "$out/runtimes/$4/native"
    cp "$3" "$out/runtimes/$4/native/$5"
}

place "7f454c4602 3e00" "$(elf "$2")" "$2" linux-x64 libtillmail.so
place "4d5a 504500006486" "$(pe "$3")" "$3" win-x64 tillmail.dll
place "4d5a 504500004c01" "$(pe "$4")" "$4" win-x86 tillmail.dll
cp "$here"/*.cs "$here/TillMail.csproj" "$here/README.md" "$out"
