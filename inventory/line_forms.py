"""Rows of products as people type, paste or scan them: a SKU or barcode, how many, and where asked, at what cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from inventory.models import Product
from oms.core import money, text
from oms.core.day_fields import DayField
from oms.core.errors import Problem
from oms.core.fields import WholeField, WholeInput
from oms.core.pages import sentence

BLANKS = 3
MANY = 500
MOST = 1_000_000


@dataclass(slots=True)
class Typed:
    """One row as it was typed, and what is wrong with it."""

    sku: str = ""
    quantity: str = ""
    cost: str = ""
    error: str = ""
    product: Product | None = None

    @property
    def name(self) -> str:
        """The product's name in the reader's language."""
        names = self.product.name if self.product else {}
        return str(names.get(get_language() or "en") or names.get("en") or "")

    @property
    def blank(self) -> bool:
        return not (self.sku or self.quantity or self.cost)


@dataclass(frozen=True, slots=True)
class Read:
    """A row that is right."""

    product: Product
    quantity: int
    cost: Decimal | None


@dataclass
class Rows:
    """The rows of one form. Without `data` they are what they were, and some blank ones."""

    data: QueryDict | None = None
    initial: Sequence[Typed] = ()
    read: list[Read] = field(default_factory=list)
    missing: str = ""

    def __post_init__(self) -> None:
        self.rows = list(self.initial) if self.data is None else self._typed(self.data)

    def is_valid(self) -> bool:
        """Read every row that is not blank; a wrong one says so. No row at all is wrong too, and the first says it."""
        asked = [row for row in self.rows if not row.blank]
        self.missing = "" if asked else _("Say what is needed.")
        known = _products([text.digits(row.sku).strip() for row in asked])
        seen: set[int] = set()
        for row in asked:
            row.product = known.get(text.digits(row.sku).strip().lower())
            row.error = self._fault(row, seen)
        return bool(asked) and not any(row.error for row in asked)

    def shown(self) -> list[Typed]:
        """With blank rows to type in."""
        filled = [row for row in self.rows if not row.blank]
        blank = [Typed() for _ in range(BLANKS if len(filled) > 1 else BLANKS + 1)]
        blank[0].error = self.missing
        return filled + blank

    def tell(self, place: int, error: str) -> None:
        """A refusal of the n-th row that was read."""
        asked = [row for row in self.rows if not row.blank]
        if place < len(asked):
            asked[place].error = error

    def _fault(self, row: Typed, seen: set[int]) -> str:
        """All that is wrong with a row at once; one that is right is read."""
        faults = []
        if row.product is None:
            faults.append(_("There is no such SKU.") if row.sku else _("Which SKU?"))
        elif row.product.pk in seen:
            faults.append(_("This SKU is there twice."))
        else:
            seen.add(row.product.pk)
        quantity = text.figure(row.quantity)
        if not (quantity.isascii() and quantity.isdigit() and 1 <= int(quantity[:9]) <= MOST):
            faults.append(_("How many?"))
        cost = None
        if row.cost.strip():
            try:
                cost = money.parse_price(text.figure(row.cost))
            except ValueError:
                faults.append(_("That is no amount."))
        if row.product is not None and not faults:
            self.read.append(Read(row.product, int(quantity), cost))
        return " ".join(faults)

    @staticmethod
    def _typed(data: QueryDict) -> list[Typed]:
        columns = [data.getlist(name)[:MANY] for name in ("sku", "quantity", "cost")]
        length = max(map(len, columns))
        padded = [column + [""] * (length - len(column)) for column in columns]
        return [
            Typed(*(cell.replace("\x00", "").strip()[:64] for cell in row))
            for row in zip(*padded, strict=True)
        ]


def _products(typed: list[str]) -> dict[str, Product]:
    """Products by what was typed, in lower case: a SKU as it is, a barcode, else a SKU in other case."""
    codes = [code for code in typed if code]
    found: dict[str, Product] = {}
    for product in Product.objects.filter(Q(sku__in=codes) | Q(barcode__in=codes) & ~Q(barcode="")).order_by(
        "pk"
    ):
        if product.barcode in codes:
            found.setdefault(product.barcode.lower(), product)
        if product.sku in codes:
            found[product.sku.lower()] = product
    missing = [code.lower() for code in codes if code.lower() not in found]
    if missing:
        loose = Product.objects.annotate(lower=Lower("sku")).filter(lower__in=missing).order_by("-pk")
        found |= {product.sku.lower(): product for product in loose}
    return found


# What a refusal says beside a row or a field; any other speaks through its own detail.
SAID: dict[str, Any] = {
    "kit": gettext_lazy("A kit: name its parts."),
    "same_location": gettext_lazy("From and to are the same location."),
    "unknown_location": gettext_lazy("Choose a location."),
    "no_price": gettext_lazy("This supplier has no price for it. Write one."),
    "below_minimum": gettext_lazy("The supplier sends no fewer than their list says."),
    "supplier_inactive": gettext_lazy("This supplier is switched off."),
}


def told(form: forms.Form, lines: Rows, refusal: Problem) -> None:
    """A refusal beside the row or the field it is about, else above the form."""
    faults = refusal.errors or [{"pointer": ""}]
    for fault in faults:
        said = str(SAID.get(refusal.code) or sentence(refusal))
        field, _slash, rest = str(fault["pointer"]).removeprefix("/").partition("/")
        place = rest.partition("/")[0]
        if field == "lines" and place.isdigit():
            lines.tell(int(place), said)
        else:
            form.add_error(field if field in form.fields else None, said)


def find_product(typed: str) -> Product | None:
    """By SKU in any case, else by barcode."""
    code = text.digits(typed).replace("\x00", "").strip()
    found = Product.objects.filter(sku__iexact=code).order_by("sku").first() if code else None
    return found or (Product.objects.filter(barcode=code).first() if code else None)


def date_field(label: Any, help_text: Any = "") -> DayField:
    return DayField(label=label, help_text=help_text, required=False)


class ReasonForm(forms.Form):
    """Why something ends."""

    def __init__(self, *args: Any, label: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.CharField(
            label=label, max_length=500, required=required, widget=forms.Textarea(attrs={"rows": 2})
        )


class UnitsField(WholeField):
    """So many units, typed with any digits; nothing typed is none."""

    def __init__(self, *, label: str, initial: int = 0, most: int = MOST, **attributes: Any) -> None:
        attrs = {"aria-label": label, **attributes}
        super().__init__(
            required=False, min_value=0, max_value=most, initial=initial, widget=WholeInput(attrs)
        )

    def clean(self, value: Any) -> int:
        return int(super().clean(value) or 0)


def words(given: str, length: int = 500) -> str:
    """What somebody typed, cleaned; characters nobody can read are left out."""
    try:
        return text.clean(given, length, lines=True)
    except ValueError:
        return "".join(char for char in given if char.isprintable() or char == "\n")[:length]
