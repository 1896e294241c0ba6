"""Products as people look for them: by SKU, barcode or words of a name, in any digits and letters."""

from functools import cache
from typing import Any

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Concat, Lower

from inventory.models import Product
from oms.core import text

LONGEST = 254
LANGUAGES = ("en", "ar", "fa")
# Letters that `text.fold` may change: Latin with accents, Arabic with its marks, digits of three scripts.
FOLDED = (range(0xC0, 0x180), range(0x600, 0x700), range(0x200B, 0x2010))


def find(products: "QuerySet[Product]", q: str) -> "QuerySet[Product]":
    """Those whose code begins so, whose barcode it is, or whose name has every word of it."""
    q = q.replace("\x00", "").strip()[:LONGEST]
    if not q:
        return products
    code = text.digits(q)
    named = Q()
    for word in text.fold(q).split():
        named &= Q(folded__contains=word)
    known = Q(sku__istartswith=code) | Q(barcode=code)
    return products.annotate(folded=_folded()).filter(known | named if named else known)


def _folded() -> Func:
    """A product's names in one spelling, as `text.fold` spells what is typed."""
    names: list[Any] = []
    for language in LANGUAGES:
        names += [KeyTextTransform(language, F("name")), Value(" ")]
    changed, into = _letters()
    return Func(
        Lower(Concat(*names, output_field=TextField())),
        Value(changed),
        Value(into),
        function="translate",
        output_field=TextField(),
    )


@cache
def _letters() -> tuple[str, str]:
    """PostgreSQL's `translate` arguments: letters with another spelling, then letters that vanish."""
    into, gone = {}, []
    for place in (place for block in FOLDED for place in block):
        letter = chr(place)
        folded = text.fold(letter)
        if not folded:
            gone.append(letter)
        elif len(folded) == 1 and folded != letter:
            into[letter] = folded
    return "".join(into) + "".join(gone), "".join(into.values())
