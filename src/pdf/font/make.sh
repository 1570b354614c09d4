#!/bin/sh
# Makes the two fonts of the PDF from DejaVu Sans Mono (Debian: fonts-dejavu-core, fonttools): the characters that
# receipts use, without hinting, deflated. Run it only to change the characters; its output is committed.
set -eu
cd "$(dirname "$0")"
FROM=/usr/share/fonts/truetype/dejavu
# ASCII, Latin-1, Latin Extended-A, what code pages 437, 850, 858, 860, 863, 865 and 1252 have besides (Greek letters,
# arrows, mathematics, box drawing, blocks, marks), Romanian, combining accents, dashes and quotes, currencies.
UNICODES='0020-007E,00A0-017F,0192,0218-021B,02C6,02C7,02D8-02DD,0300-0304,0306-0308,030A-030C,0327,0328,0393,0398,03A3,03A6,03A9,03B1,03B4,03B5,03C0,03C3,03C4,03C6,1E9E,2007,2009-200A,2010-2015,2017-201A,201C-201E,2020-2022,2026,202F,2030,2032,2033,2039,203A,203C,203E,2044,207F,20A3,20A7,20AC,2116,2122,2126,2190-2195,21A8,2206,2211,2212,2215,2217,2219-221A,221E,221F,2229,2248,2260,2261,2264,2265,2302,2310,2320,2321,2500-257F,2580-2593,25A0,25A1,25AA,25AC,25B2,25BA,25BC,25C4,25CA,25CB,25CF,25D8,25D9,2605,2606,263A-263C,2640,2642,2660,2663,2665,2666,266A,266B,2713,2714,2717,2718,FB01,FB02,FFFD'
for style in '' -Bold; do
    pyftsubset "$FROM/DejaVuSansMono$style.ttf" --unicodes="$UNICODES" --no-hinting --layout-features='' \
        --drop-tables+=GSUB,GPOS,GDEF,FFTM,name,post --output-file="mono$style.ttf"
    python3 -c 'import sys, zlib; open(sys.argv[2], "wb").write(zlib.compress(open(sys.argv[1], "rb").read(), 9))' \
        "mono$style.ttf" "mono$style.ttf.z"
    rm "mono$style.ttf"
done
