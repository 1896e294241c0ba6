"""Tracking numbers of our own: a prefix, 18 digits of the shipment's id and a check digit. Pure.

Digits, because Code C packs two into a symbol (wider bars on the label) and they survive a telephone
in any language. The same shipment always gets the same number, so a repeated booking changes nothing.
"""

import hashlib

DIGITS = 18


def tracking_number(prefix: str, reference: str) -> str:
    """The number of a shipment: "RL1234567890123456785"."""
    digest = hashlib.blake2b(reference.encode(), digest_size=16).digest()
    digits = f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}}"
    return f"{prefix}{digits}{check_digit(digits)}"


def is_number(prefix: str, text: str) -> bool:
    """True when the text is one of our numbers with its check digit right: no digit mistyped."""
    digits = text.removeprefix(prefix)
    well_formed = digits != text and len(digits) == DIGITS + 1 and digits.isascii() and digits.isdigit()
    return well_formed and check_digit(digits[:-1]) == digits[-1]


def check_digit(digits: str) -> str:
    """ISO 7064 MOD 11,10: finds every single wrong digit and nearly every swapped pair."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)
