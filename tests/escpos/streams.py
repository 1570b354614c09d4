"""Writes the streams that the tests read: `streams.py FOLDER`.

python-escpos makes them; what it cannot do is in restaurant.py and in src/receipt/escpos/tests.rs, by hand.
"""

import sys
from pathlib import Path

from escpos.printer import Dummy
from PIL import Image


def printer() -> Dummy:
    """A printer that keeps what it is sent, of the kind that python-escpos knows least about."""
    made = Dummy()
    made.hw("INIT")
    return made


def code_pages() -> bytes:
    p = printer()
    for page, words in [
        ("CP437", "Café crème ½ £ ñ"),
        ("CP850", "Été à Noël © ÀÂÊ Õ"),
        ("CP858", "Crème brûlée 6,50 €"),
        ("CP1252", "Œuf à la coque – 3,20 €"),
        ("CP852", "Łódź Žižkov"),
        ("CP866", "Борщ"),
        ("CP863", "Où êtes-vous"),
        ("CP865", "Smørrebrød"),
    ]:
        p.charcode(page)
        p.text(f"{page} {words}\n")
    p.charcode("AUTO")
    p.text("AUTO Crème 6,50 €, Œuf\n")
    return p.output


def styles() -> bytes:
    p = printer()
    p.set(align="center", bold=True, double_width=True, double_height=True)
    p.text("CHEZ ÉMILE\n")
    p.set_with_default()
    p.text("normal\n")
    p.set_with_default(underline=1)
    p.text("souligné\n")
    p.set_with_default(underline=2)
    p.text("souligné fort\n")
    p.set_with_default(invert=True)
    p.text("inverse\n")
    p.set_with_default(custom_size=True, width=4, height=1)
    p.text("large\n")
    p.set_with_default(double_height=True)
    p.text("haut\n")
    p.set_with_default(font="b")
    p.text("x" * 56 + "\n")
    p.set_with_default(align="right", bold=True)
    p.text("à droite\n")
    p.set_with_default()
    p.text("TOTAL ")
    p.set(bold=True)
    p.text("12,00")
    p.set(bold=False)
    p.text(" EUR\n")
    return p.output


def bar_codes() -> bytes:
    p = printer()
    p.set(align="center")
    for kind, data, form in [
        ("EAN13", "376012345001", "A"),
        ("EAN13", "3760123450010", "B"),
        ("EAN8", "9638507", "A"),
        ("UPC-A", "03600029145", "B"),
        ("CODE39", "TICKET-42", "A"),
        ("ITF", "123456", "B"),
        ("NW7", "A40156B", "B"),
        ("CODE128", "{BTicket 42", "B"),
        ("CODE128", "{A12{C4567", "B"),
        ("CODE93", "C93", "B"),
    ]:
        p.barcode(data, kind, function_type=form, pos="BELOW", check=False)
    p.set(align="left")
    p.barcode("{BNO TEXT", "CODE128", function_type="B", pos="OFF", check=False)
    return p.output


def qr_codes() -> bytes:
    p = printer()
    p.text("Avant\n")
    p.qr("https://example.fr/t/42?a=1&b=2", native=True, size=6, center=False)
    p.set(align="center")
    p.qr("Café 6,50 €", native=True, ec=3)
    p.text("Après\n")
    return p.output


def picture() -> Image.Image:
    """A frame with a cross and a bar, 100 by 61: neither is a multiple of a byte."""
    image = Image.new("1", (100, 61), 1)
    for x in range(100):
        for y in range(61):
            edge = x in (0, 99) or y in (0, 60)
            cross = x * 60 // 99 == y or (99 - x) * 60 // 99 == y
            if edge or cross or (20 <= x < 28 and 5 <= y < 50):
                image.putpixel((x, y), 0)
    return image


def pictures(implementation: str) -> bytes:
    p = printer()
    p.text("Avant\n")
    # Three pieces, which belong together.
    p.image(picture(), impl=implementation, fragment_height=24, center=False)
    p.text("Après\n")
    p.image(picture(), impl=implementation, center=False)
    return p.output


def scaled() -> bytes:
    p = printer()
    p.image(picture(), impl="bitImageRaster", high_density_vertical=False, high_density_horizontal=False)
    p.image(picture(), impl="graphics", high_density_vertical=False)
    p.image(picture(), impl="bitImageColumn", high_density_horizontal=False)
    return p.output


def machine() -> bytes:
    """Drawer, buzzer, status, tabs, feeds and cuts."""
    p = printer()
    p.cashdraw(2)
    p.cashdraw([27, 112, 0, 25, 250])
    p.buzzer(2, 4)
    p._raw(b"\x10\x04\x01\x1dr\x01\x1da\xff\x10\x14\x01\x00\x01")
    p.set_with_default()
    p.line_spacing(40)
    p.text("\tun")
    p.control("HT", tab_size=20)
    p.text("\tdeux\n")
    p.ln(2)
    p.text("trois\n")
    p.print_and_feed(2)
    p.text("quatre\n")
    p.cut()
    p.text("second ticket\n")
    p.cut(mode="PART", feed=False)
    return p.output


def main() -> None:
    folder = Path(sys.argv[1])
    streams = {
        "code_pages": code_pages(),
        "styles": styles(),
        "bar_codes": bar_codes(),
        "qr_codes": qr_codes(),
        "raster": pictures("bitImageRaster"),
        "graphics": pictures("graphics"),
        "column": pictures("bitImageColumn"),
        "scaled": scaled(),
        "machine": machine(),
    }
    for name, stream in streams.items():
        (folder / f"{name}.bin").write_bytes(stream)
    # Pillow's 1 is white.
    bits = bytes(byte ^ 0xFF for byte in picture().tobytes())
    (folder / "picture.bits").write_bytes(bits)


main()
