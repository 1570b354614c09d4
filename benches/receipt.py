"""The work that is measured: the receipt of a sale that becomes a mail of about 12 KB, with text, HTML with accents and
the shop's logo, a PNG of 3 KB, inside.
"""
import base64
import json
import random
import struct
import zlib

LABELS = [
    ("Baguette tradition", "2", "1.30", "2.60"),
    ("Pain de campagne au levain", "1", "4.19", "4.19"),
    ("Éclair au chocolat", "1", "3.40", "3.40"),
    ("Café crème", "2", "2.80", "5.60"),
    ("Thé à la menthe", "1", "3.20", "3.20"),
]


def logo():
    """A PNG of 3 KB: noise, because nothing else has a size that no encoder changes."""
    pixels = random.Random(7)
    width, height = 46, 64
    rows = b"".join(b"\0" + pixels.randbytes(width) for _ in range(height))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def request():
    """What mail_send_receipt is given; till.c puts the number in."""
    lines = [
        {"label": label, "quantity": quantity, "unit_price": price, "vat_code": "A", "total": total}
        for label, quantity, price, total in LABELS
    ]
    return json.dumps(
        {
            "number": "B-@NUMBER@",
            "type": "ticket",
            "date": "2026-11-22T10:42:18+01:00",
            "to": "client@example.fr",
            "sale": {
                "till": "1",
                "cashier": "Zoé",
                "lines": lines,
                "total": "18.99",
                "payments": [{"label": "Espèces", "amount": "20.00"}],
                "change": "1.01",
                "line_count": len(lines),
                "vat": [{"code": "A", "rate": "5.5", "net": "18.00", "tax": "0.99", "gross": "18.99"}],
                "signature": "hK3-9fQ-27x-Vb1",
                "software": "Caisse Démo 4.2",
                "footer": "Merci de votre visite, à bientôt !",
            },
        },
        ensure_ascii=False,
    )


def shop():
    """The settings that the mail is made with."""
    return {
        "sender": {"address": "boutique@example.test", "name": "Au Fournil"},
        "shop": {
            "sign": "Au Fournil",
            "address": ["3 place du Marché", "35400 Saint-Malo"],
            "phone": "02 99 00 00 00",
            "siret": "000 000 000 00000",
            "logos": [base64.b64encode(logo()).decode()],
        },
    }
