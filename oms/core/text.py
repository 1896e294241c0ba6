"""Text as people type it: digits and letters of Arabic and Persian folded, search keys, dirt refused. Pure.

Stored text stays as it was sent. Keys are for looking up only: two spellings of one name share a key, and
both sides of a search must go through the same function.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

from oms.core.saying import said

MAX_KEY = 200
MAX_SKU = 64

_DIGITS = {ord(a): str(n) for row in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for n, a in enumerate(row)}

# Letters that keyboards and platforms exchange freely. After NFKD the hamza and madda of أ إ آ ؤ ئ are
# marks of their own, so only the bare letters are named here.
_LETTERS = {
    **dict.fromkeys(map(ord, "يىېےۍ"), "ی"),
    **dict.fromkeys(map(ord, "كڪ"), "ک"),
    **dict.fromkeys(map(ord, "ٱٲٳ"), "ا"),
    **dict.fromkeys(map(ord, "ةۃەھہ"), "ه"),
    **dict.fromkeys(map(ord, "’‘ʼ`´"), "'"),  # noqa: RUF001
}
_MARKS = [
    (0x0300, 0x036F),  # accents of Latin letters
    (0x0610, 0x061A),  # Arabic honorific and Koranic signs
    (0x0640, 0x0640),  # tatweel
    (0x064B, 0x065F),  # harakat, hamza and madda above and below
    (0x0670, 0x0670),  # dagger alif
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E8),
    (0x06EA, 0x06ED),
]
# Invisible: zero-width (non-)joiner and space, direction marks, byte order mark, soft hyphen.
_INVISIBLE = [(0x00AD, 0x00AD), (0x061C, 0x061C), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F)]
_INVISIBLE += [(0xFEFF, 0xFEFF)]


def _nothing(ranges: list[tuple[int, int]]) -> dict[int, None]:
    return {code: None for first, last in ranges for code in range(first, last + 1)}


_FOLD: dict[int, str | None] = {**_LETTERS, **_DIGITS, **_nothing(_MARKS), **_nothing(_INVISIBLE)}
_HIDDEN: dict[int, str | None] = {**_DIGITS, **_nothing(_INVISIBLE)}

# Direction overrides: pasted along from phone books; kept, they would turn the text after them around.
_OVERRIDES = _nothing([(0x202A, 0x202E), (0x2066, 0x2069)])

_SHORT_ADDRESS = re.compile(r"[A-Z]{4}[0-9]{4}", re.ASCII)
_SAUDI_POSTCODE = re.compile(r"[1-9][0-9]{4}(-[0-9]{4})?", re.ASCII)
# Zones of Iran's post begin with 1 or 3 to 9; a keyboard's row of one digit is no address.
_IRANIAN_POSTCODE = re.compile(r"(?!(\d)\1{9})[13-9][0-9]{9}", re.ASCII)
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)
_NOT_DIGIT = re.compile(r"[^0-9]+")


def digits(text: str) -> str:
    """The same text with Arabic and Persian digits as 0-9."""
    return text if text.isascii() else text.translate(_DIGITS)


def figure(typed: str) -> str:
    """A number as people type it, as ASCII: "۱٬۲۵۰٫۵" and "١٬٢٥٠٫٥" are "1250.5", "12،5" and "12,5" are "12.5".

    A comma that parts full groups of three is no decimal point: "1,250" is 1250. What is no number stays as typed.
    """
    plain = "".join(digits(typed).translate(_HIDDEN).split())
    plain = plain.replace("٫", ".").replace("٬", "").replace("،", ",").replace("−", "-")  # noqa: RUF001
    if "," in plain:
        plain = plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain.replace(",", ".", 1)
    return plain


def fold(text: str) -> str:
    """One spelling for all: letters of Arabic and Persian, accents, case, digits and spaces folded.

    Drops tatweel, harakat and everything invisible. "مُحَمَّد  علي" and "محمد علی" fold alike, "José" is "jose".
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKD", text).translate(_FOLD)
    return " ".join(text.lower().split())


def name_key(name: str) -> str:
    """The search key of a person's or company's name, at most 200 characters; its beginnings are keys too."""
    return fold(name)[:MAX_KEY].rstrip()


def email_key(email: str) -> str:
    """The search key of an e-mail address. Dots and +tags stay: only one provider ignores them."""
    if not email.isascii():
        email = unicodedata.normalize("NFKC", email).translate(_HIDDEN)
    return "".join(email.split()).casefold()[:MAX_KEY]


@lru_cache(maxsize=20_000)
def phone_key(phone: str, country: str = "") -> str:
    """The search key of a phone: E.164 ("+966501234567") where it can be one, else its bare digits.

    `country` (ISO 3166) reads numbers without a country code. Dirt such as "9991234%6789" ends as digits.
    """
    text = phone.strip()[:64].translate(_HIDDEN)
    plain = _NOT_DIGIT.sub("", text)
    if len(plain) < 4:
        return plain
    region = country.upper() or None
    for candidate in (text, "+" + plain if text.startswith("+") else plain):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return plain[:32]


def clean(text: object, max_length: int, *, lines: bool = False) -> str:
    """The text without outer spaces; ValueError for control characters, NUL, broken Unicode, or too long.

    `lines=True` is for notes: line breaks (as \\n) and tabs may stay.
    """
    if not isinstance(text, str):
        raise ValueError(said("This is text."))
    if not text.isprintable():  # the common case costs one call
        if lines:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = text.translate(_OVERRIDES)
        allowed = "\n\t" if lines else ""
        for char in text:
            if char not in allowed and unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
                raise ValueError(
                    said("The character U+%(code)s does not belong here.", code=f"{ord(char):04X}")
                )
    text = text.strip()
    if len(text) > max_length:
        raise ValueError(said("At most %(most)s characters.", most=max_length))
    return text


def sku(text: object) -> str:
    """A SKU as sent: 1 to 64 printable characters, spaces inside allowed. ValueError otherwise."""
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_SKU or not text.isprintable():
        raise ValueError(said("A SKU has 1 to %(most)s printable characters.", most=MAX_SKU))
    if text[0] == " " or text[-1] == " ":
        raise ValueError(said("A SKU does not begin or end with a space."))
    return text


def postcode(text: str, country: str = "") -> str:
    """A postcode to store and compare: digits and case folded; in Iran "12345-67890" is 1234567890."""
    code = " ".join(text.translate(_HIDDEN).upper().split())
    if country.upper() == "IR":
        return _NOT_DIGIT.sub("", code) if code.replace("-", "").replace(" ", "").isdigit() else code
    return code


def short_address(text: str) -> str:
    """A Saudi short address to store and compare: "rrrd ٢٩٢٩" is RRRD2929."""
    return "".join(text.translate(_HIDDEN).upper().split()).replace("-", "")


def is_saudi_short_address(text: str) -> bool:
    """Four letters and four digits, after folding."""
    return _SHORT_ADDRESS.fullmatch(short_address(text)) is not None


def is_saudi_postcode(text: str) -> bool:
    """Five digits, with the four additional ones or without, after folding."""
    return _SAUDI_POSTCODE.fullmatch(postcode(text, "SA")) is not None


def is_iranian_postcode(text: str) -> bool:
    """Ten digits in a zone that exists, after folding."""
    return _IRANIAN_POSTCODE.fullmatch(postcode(text, "IR")) is not None
