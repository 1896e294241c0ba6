"""What staff type about a product: every field of the API's form, read into that form."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from inventory.api import etag
from inventory.documents import ProductIn, product_out
from inventory.models import Product
from inventory.purchase_forms import PriceField, plain
from inventory.stock_forms import FigureField
from oms.core import api, display, money, text
from oms.core.day_fields import DayField
from oms.core.errors import Problem
from oms.core.pages import sentence

# What a refusal says beside its field; any other speaks through `oms.core.pages`.
SAID: dict[str, Any] = {
    "unknown_sku": gettext_lazy("There is no such SKU."),
    "duplicate_sku": gettext_lazy("This SKU is there already."),
    "nested_kit": gettext_lazy("A kit cannot be a part of a kit."),
    "kit_has_no_stock": gettext_lazy("There is stock of it: a kit has none of its own."),
}
# The field of a refusal whose pointer does not end in the field's name.
FIELDS = {"/name/en": "name_en", "/name/ar": "name_ar", "/name/fa": "name_fa", "/price/currency": "currency"}
ROOTS = {"price", "cost", "requires", "components", "sku", "barcode", "hs_code"}


class ProductForm(forms.Form):
    """All of a product. Without `product` it is a new one, whose SKU is chosen once."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        max_length=64,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        help_text=gettext_lazy("It cannot change later: documents carry it."),
    )
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"), max_length=500, widget=forms.TextInput({"dir": "ltr"})
    )
    name_ar = forms.CharField(
        label=gettext_lazy("Name in Arabic"),
        max_length=500,
        required=False,
        widget=forms.TextInput({"dir": "rtl"}),
    )
    name_fa = forms.CharField(
        label=gettext_lazy("Name in Persian"),
        max_length=500,
        required=False,
        widget=forms.TextInput({"dir": "rtl"}),
    )
    barcode = forms.CharField(
        label=gettext_lazy("Barcode"), max_length=128, required=False, widget=forms.TextInput({"dir": "ltr"})
    )
    price = PriceField(label=gettext_lazy("Price"), required=False)
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        required=False,
        initial=settings.COMPANY_CURRENCY,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocapitalize": "characters"}),
    )
    cost = PriceField(label=gettext_lazy("Unit cost"), required=False)
    backorder = forms.BooleanField(
        label=gettext_lazy("Backorder"),
        required=False,
        help_text=gettext_lazy("Sold while there is none; what is missing waits for more to come."),
    )
    available_from = DayField(
        label=gettext_lazy("Available from"),
        required=False,
        help_text=gettext_lazy("Until then it is only promised, and that only with backorder."),
    )
    low_stock_at = FigureField(label=gettext_lazy("Low from"), required=False)
    tracks_lots = forms.BooleanField(
        label=gettext_lazy("Kept in lots"),
        required=False,
        help_text=gettext_lazy("Every unit belongs to a lot, and what expires first goes first."),
    )
    shelf_life_days = FigureField(
        label=gettext_lazy("Shelf life in days"),
        required=False,
        max_value=36_500,
        help_text=gettext_lazy("How long a lot is good that arrives without a last day."),
    )
    components = forms.CharField(
        label=gettext_lazy("Parts of a kit"),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr", "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, as SKU:quantity. A kit is stocked by its parts alone."),
    )
    requires = forms.CharField(
        label=gettext_lazy("Requires"),
        max_length=4000,
        required=False,
        help_text=gettext_lazy(
            "What a location must be able to do, such as engraving. With commas between them."
        ),
    )
    weight_g = FigureField(label=gettext_lazy("Weight in grams"), required=False)
    length_mm = FigureField(label=gettext_lazy("Length in mm"), required=False)
    width_mm = FigureField(label=gettext_lazy("Width in mm"), required=False)
    height_mm = FigureField(label=gettext_lazy("Height in mm"), required=False)
    hs_code = forms.CharField(
        label=gettext_lazy("HS code"), max_length=32, required=False, widget=forms.TextInput({"dir": "ltr"})
    )

    def __init__(self, *args: Any, product: Product | None = None, **kwargs: Any) -> None:
        if product is not None:
            kwargs["initial"] = typed(product)
        super().__init__(*args, **kwargs)
        for name in ("low_stock_at", "shelf_life_days", "weight_g", "length_mm", "width_mm", "height_mm"):
            self.fields[name].widget.attrs.pop("autofocus", None)
        sign = display.currency_sign(settings.COMPANY_CURRENCY, get_language() or "en")
        self.fields["cost"].help_text = _(
            "What a unit costs us in %(currency)s, where no purchase says it."
        ) % {"currency": display.isolated(sign)}
        self.kept_sku = product.sku if product else ""
        if product is not None:
            del self.fields["sku"]

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as the page shows them."""
        return [
            (
                _("Details"),
                self._some("sku", "name_en", "name_ar", "name_fa", "barcode", "price", "currency", "cost"),
            ),
            (
                _("Stock"),
                self._some(
                    "tracks_lots",
                    "shelf_life_days",
                    "backorder",
                    "available_from",
                    "low_stock_at",
                    "components",
                ),
            ),
            (
                _("Shipping"),
                self._some("weight_g", "length_mm", "width_mm", "height_mm", "hs_code", "requires"),
            ),
        ]

    def clean_currency(self) -> str:
        currency = (self.cleaned_data["currency"] or settings.COMPANY_CURRENCY).upper()
        if not money.known(currency):
            raise forms.ValidationError(_("There is no such currency."))
        return str(currency)

    def clean_components(self) -> list[dict[str, Any]]:
        """Lines of `SKU:quantity`; a SKU alone is one unit."""
        found = []
        for line in self.cleaned_data["components"].splitlines():
            if not line.strip():
                continue
            sku, _colon, units = line.strip().rpartition(":") if ":" in line else (line.strip(), "", "1")
            units = text.figure(units)
            if (
                not sku.strip()
                or not (units.isascii() and units.isdigit())
                or not 1 <= int(units[:9]) <= 1_000_000
            ):
                raise forms.ValidationError(_("Write SKU:quantity, one a line."))
            found.append({"sku": sku.strip(), "quantity": int(units)})
        return found

    def clean_requires(self) -> list[str]:
        words = self.cleaned_data["requires"].replace("،", ",").split(",")
        return [word.strip() for word in words if word.strip()]

    def asked(self) -> ProductIn:
        """The API's form of what was typed. Raises Invalid as the API does."""
        given = dict(self.cleaned_data)
        price = given["price"]
        same = (
            "components",
            "requires",
            "barcode",
            "hs_code",
            "low_stock_at",
            "tracks_lots",
            "shelf_life_days",
        )
        body = {name: given[name] for name in same}
        body |= {
            name: given[name] for name in ("weight_g", "length_mm", "width_mm", "height_mm", "available_from")
        }
        body |= {
            "sku": self.kept_sku or given["sku"],
            "name": {code: given[f"name_{code}"] for code in ("en", "ar", "fa") if given[f"name_{code}"]},
            "price": None if price is None else {"amount": str(price), "currency": given["currency"]},
            "cost": None if given["cost"] is None else str(given["cost"]),
            "backorder": "allow" if given["backorder"] else "deny",
        }
        form: ProductIn = api.decode_body(msgspec.json.encode(body), ProductIn)
        return form

    def tell(self, problem: Problem) -> None:
        """A refusal beside the field it is about."""
        if problem.code == "lots_in_stock":
            self.add_error("tracks_lots", sentence(problem))
            return
        for fault in problem.errors or [{}]:
            said = str(SAID.get(str(fault.get("code", problem.code))) or sentence(problem))
            self.add_error(self._field(str(fault.get("pointer", ""))), said)

    def _field(self, pointer: str) -> str | None:
        root = pointer.removeprefix("/").partition("/")[0]
        name = FIELDS.get(pointer) or (root if root in ROOTS else pointer.removeprefix("/"))
        return name if name in self.fields else None

    def _some(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]


def typed(product: Product) -> Mapping[str, Any]:
    """A product as its form holds it. `seen` is what the reader had before their eyes."""
    same = ("barcode", "hs_code", "available_from", "low_stock_at", "tracks_lots", "shelf_life_days")
    sizes = ("weight_g", "length_mm", "width_mm", "height_mm")
    currency = product.price_currency or settings.COMPANY_CURRENCY
    held: dict[str, Any] = {name: getattr(product, name) for name in same}
    return {
        **held,
        **{name: getattr(product, name) or None for name in sizes},
        **{f"name_{code}": product.name.get(code, "") for code in ("en", "ar", "fa")},
        "seen": etag(product_out(product)),
        "price": "" if product.price is None else plain(product.price, currency),
        "currency": currency,
        "cost": "" if product.cost is None else plain(product.cost, settings.COMPANY_CURRENCY),
        "backorder": product.backorder == "allow",
        "components": "\n".join(f"{part['sku']}:{part['quantity']}" for part in product.components),
        "requires": ", ".join(product.requires),
    }
