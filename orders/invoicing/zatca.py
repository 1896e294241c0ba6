"""The QR code of a Saudi simplified tax invoice: five facts as tag, length, value, in base64. Pure.

Tags 1 to 5 are the seller's name, its VAT number, the moment, the total with VAT and the VAT (ZATCA, phase 1).
"""

import base64
from datetime import UTC, datetime
from decimal import Decimal

LONGEST = 255  # one byte holds the length


def qr_text(seller: str, vat_number: str, at: datetime, total: Decimal, tax: Decimal) -> str:
    """What the code on the paper says."""
    facts = (seller, vat_number, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", f"{total:.2f}", f"{tax:.2f}")
    return base64.b64encode(b"".join(_tlv(tag, fact) for tag, fact in enumerate(facts, start=1))).decode()


def _tlv(tag: int, fact: str) -> bytes:
    value = fact.encode()
    while len(value) > LONGEST:
        fact = fact[:-1]
        value = fact.encode()
    return bytes((tag, len(value))) + value
