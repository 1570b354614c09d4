"""Writes the meal of examples/receipts/restaurant_escpos.json as a till prints it: `restaurant.py FILE`.

The logo, the QR code and the setting of the text are python-escpos's; drawer, status, tabs, the older form of the
bar code and the commands that python-escpos lacks are written by hand. The same meal as data is in
examples/receipts/restaurant_sale.json.
"""

import base64
import json
import sys
from pathlib import Path

from escpos.printer import Dummy
from PIL import Image, ImageDraw

COLUMNS = 48


def logo() -> Image.Image:
    """A plate with fork and knife, drawn with straight edges and circles: the same on every machine."""
    image = Image.new("1", (240, 120), 1)
    draw = ImageDraw.Draw(image)
    draw.ellipse((70, 10, 170, 110), outline=0, width=4)
    draw.ellipse((92, 32, 148, 88), outline=0, width=2)
    for x in (36, 44, 52):
        draw.rectangle((x, 12, x + 3, 44), fill=0)
    draw.rectangle((36, 44, 55, 49), fill=0)
    draw.rectangle((43, 50, 48, 108), fill=0)
    draw.rectangle((190, 12, 200, 60), fill=0)
    draw.rectangle((190, 61, 195, 108), fill=0)
    return image


def two(label: str, figure: str, columns: int = COLUMNS) -> str:
    return label + figure.rjust(columns - len(label)) + "\n"


def stream() -> bytes:
    p = Dummy()
    p.hw("INIT")
    # Drawer, paper status, automatic status back: what a till sends around a receipt.
    p.cashdraw(2)
    p._raw(b"\x10\x04\x01\x1da\x0c\x1dr1")
    p.charcode("CP858")
    p.set(align="center")
    p.image(logo(), impl="bitImageRaster", center=False)
    p.set_with_default(align="center", bold=True, double_width=True, double_height=True)
    p.text("CHEZ ÉMILE\n")
    p.set_with_default(align="center")
    p.text("Brasserie depuis 1962\n12 rue de l'Église - 69005 Lyon\nTél. 04 78 00 00 00\n")
    p.text("SARL Émile & Fils - SIRET 123 456 782 00010\nNAF 5610A - TVA FR11123456782\n\n")
    p.set_with_default(bold=True)
    p.text(two("Ticket n° 2026-11-0427", "20/11/2026 13:42"))
    p.set_with_default()
    p.text("Table 7 - 2 couverts - Serveur : Zoé\n")
    p.text("-" * COLUMNS + "\n")
    # Quantity, label and amount at tab stops, the amount at a place in dots.
    p._raw(b"\x1bD\x04\x00")
    for quantity, label, unit, code, total in [
        (2, "Menu du midi", "18,90", "A", "37,80"),
        (1, "Entrecôte frites", "24,50", "A", "24,50"),
        (1, "Crème brûlée", "7,50", "A", "7,50"),
        (1, "Côtes du Rhône 50 cl", "14,00", "B", "14,00"),
        (2, "Café", "2,20", "A", "4,40"),
    ]:
        p._raw(str(quantity).encode() + b"\t")
        p.text(label)
        figures = (f"{unit:>7}" if quantity > 1 else " " * 7) + f" {total:>9} {code}"
        at = (COLUMNS - len(figures)) * 12
        p._raw(b"\x1b$" + at.to_bytes(2, "little"))
        p.text(figures + "\n")
    p.text("-" * COLUMNS + "\n")
    p.set_with_default(bold=True, double_width=True, double_height=True)
    p.text(two("TOTAL EUR", "88,20", COLUMNS // 2))
    p.set_with_default()
    p.text("\n")
    p.text(two("Titre-restaurant", "19,00"))
    p.text(two("Carte bancaire", "50,00"))
    p.text(two("Espèces", "20,00"))
    p.text(two("Rendu", "0,80"))
    p.text("\n")
    p.set_with_default(underline=1)
    p.text(f"{'TVA':<14}{'HT':>11}{'TVA':>11}{'TTC':>12}\n")
    p.set_with_default()
    p.text(f"{'A  10,0 %':<14}{'67,45':>11}{'6,75':>11}{'74,20':>12}\n")
    p.text(f"{'B  20,0 %':<14}{'11,67':>11}{'2,33':>11}{'14,00':>12}\n")
    p.text("\n")
    p.set_with_default(align="center", invert=True)
    p.text(" SERVICE COMPRIS \n")
    p.set_with_default(align="center")
    p.text("\nMerci de votre visite, à bientôt !\nVotre avis nous intéresse :\n")
    p.qr("https://example.fr/avis?t=2026-11-0427", native=True, size=5)
    p._raw(b"\x1dH\x02\x1dh\x50\x1dw\x02\x1dk\x49\x0e{B2026-11-0427")
    p.set_with_default(align="center", font="b")
    p.text("Caisse 1 - Lignes : 5 - Logiciel Till 4.2\nSignature : kQ7v-9TzB\n")
    p.set_with_default()
    p.cut()
    return p.output


request = {
    "store": "restaurant",
        "number": "2026-11-0427",
    "date": "2026-11-20T13:42:00+01:00",
    "to": "client@example.fr",
    "escpos": base64.b64encode(stream()).decode("ascii"),
}
Path(sys.argv[1]).write_text(json.dumps(request, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
