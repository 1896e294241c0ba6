"""What staff type about buying: a supplier and their prices, a purchase order, a delivery."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from inventory.line_forms import MOST, UnitsField, date_field, words
from inventory.models import Location, PurchaseLine, State, Supplier
from inventory.purchasing import Came
from oms.core import display, money, reading, text
from oms.core.access import Principal
from oms.core.address import Address, countries
from oms.core.fields import DecimalInput, WholeField, WholeInput

# Lots or costs one line of a delivery is counted in.
MOST_PARTS = 20
PARTS = ("line1", "line2", "city", "postal_code", "country")
NOTE = forms.Textarea(attrs={"rows": 3})


class PriceField(forms.Field):
    """A unit price with any digits, up to four decimals."""

    def __init__(self, **kwargs: Any) -> None:
        widget = DecimalInput({"dir": "ltr"})
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        typed = text.figure(str(value or ""))
        if not typed:
            return None
        try:
            return money.parse_price(typed)
        except ValueError as error:
            raise forms.ValidationError(_("That is no amount.")) from error


class SupplierForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=64, help_text=gettext_lazy("Short, as on papers. It stays.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    contact = forms.CharField(label=gettext_lazy("Contact person"), max_length=200, required=False)
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Purchase orders go there."),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "tel"}),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        min_length=3,
        initial=settings.COMPANY_CURRENCY,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocapitalize": "characters"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of their orders"),
        choices=[("en", "English"), ("ar", "العربية"), ("fa", "فارسی")],
    )
    lead_days = WholeField(
        label=gettext_lazy("Days until they deliver"), min_value=0, max_value=1000, initial=7
    )
    line1 = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)
    line2 = forms.CharField(label=gettext_lazy("Address, second line"), max_length=200, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=200, required=False)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=32, required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        initial=True,
        help_text=gettext_lazy("While it is off, nothing is ordered there."),
    )

    def __init__(self, *args: Any, supplier: Supplier | None = None, **kwargs: Any) -> None:
        if supplier is not None:
            names = ("name", "contact", "email", "phone", "currency", "language", "lead_days", "active")
            known = {name: getattr(supplier, name) for name in names}
            kwargs["initial"] = known | {name: supplier.address.get(name, "") for name in PARTS}
        super().__init__(*args, **kwargs)
        if supplier is not None:
            del self.fields["code"]
        named = countries(get_language() or "en")
        self.fields["country"].choices = [("", "–"), *named]  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = [name for name in PARTS if cleaned.get(name)]
        for name in ("line1", "city", "country"):
            if given and not cleaned.get(name):
                self.add_error(name, _("An address has a street, a city and a country."))
        return cleaned

    def facts(self) -> dict[str, Any]:
        """As `suppliers.clean` takes them."""
        given = self.cleaned_data
        names = ("name", "contact", "email", "phone", "currency", "language", "lead_days", "active")
        address = Address(**{name: given[name] for name in PARTS if given[name]}) if given["line1"] else None
        return {name: given[name] for name in names} | {"address": address}


class PriceForm(forms.Form):
    """One row of a supplier's price list."""

    sku = forms.CharField(
        label=gettext_lazy("SKU or barcode"),
        max_length=128,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    supplier_sku = forms.CharField(
        label=gettext_lazy("Their code"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    price = PriceField(label=gettext_lazy("Unit cost"))
    min_quantity = forms.CharField(
        label=gettext_lazy("At least"),
        max_length=7,
        required=False,
        initial="1",
        widget=WholeInput(),
    )

    def clean_min_quantity(self) -> int:
        typed = text.figure(self.cleaned_data["min_quantity"]) or "1"
        if not (typed.isascii() and typed.isdigit()) or not 1 <= int(typed) <= MOST:
            raise forms.ValidationError(_("How many?"))
        return int(typed)


class PurchaseForm(forms.Form):
    """Of whom, for where, by when."""

    supplier = forms.ChoiceField(label=gettext_lazy("Supplier"))
    location = forms.ChoiceField(label=pgettext_lazy("place", "Deliver to"))
    expected_on = date_field(
        gettext_lazy("Wanted by"), gettext_lazy("Empty: as long as the supplier usually takes.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=1000,
        required=False,
        widget=NOTE,
        help_text=gettext_lazy("The supplier reads it."),
    )

    def __init__(self, *args: Any, principal: Principal, fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        places = principal.limit_to_locations(Location.objects.filter(active=True), "code")
        fields["location"].choices = list(places.order_by("priority", "name").values_list("code", "name"))
        if fixed:
            del self.fields["supplier"]
            return
        known = Supplier.objects.filter(active=True).order_by("name").values_list("code", "name")
        fields["supplier"].choices = [("", "–"), *known]


class DeliveryForm(forms.Form):
    """How many of each line came, how many of those are damaged or to be checked, and at what cost; in several parts
    where it came in several lots or at several costs."""

    delivery_note = forms.CharField(label=gettext_lazy("Delivery note no."), max_length=100, required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Needed where more came than was ordered."),
    )

    def __init__(self, *args: Any, lines: Iterable[PurchaseLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line, part in self.parts():
            self._add(line, part)

    def parts(self) -> Iterator[tuple[PurchaseLine, str]]:
        """Each line, and each further lot or cost of it: "" for the first, then "-1", "-2", …"""
        for line in self.lines:
            yield line, ""
            for n in range(1, MOST_PARTS):
                if f"came-{line.pk}-{n}" not in self.data:
                    break
                yield line, f"-{n}"

    def _add(self, line: PurchaseLine, part: str) -> None:
        sku, key = line.product.sku, f"{line.pk}{part}"
        most = 0 if part else line.to_come
        self.fields[f"came-{key}"] = UnitsField(label=f"{_('Quantity')} · {sku}", **{"data-most": most})
        self.fields[f"damaged-{key}"] = UnitsField(label=f"{_('Damaged')} · {sku}")
        self.fields[f"checked-{key}"] = UnitsField(label=f"{_('Quality control')} · {sku}")
        self.fields[f"cost-{key}"] = cost = PriceField(required=False)
        agreed = plain(line.unit_cost, line.order.currency)
        cost.widget.attrs |= {"aria-label": f"{_('Unit cost')} · {sku}", "placeholder": reading.typed(agreed)}
        if line.product.tracks_lots:
            attrs = {"dir": "ltr", "autocomplete": "off", "aria-label": f"{_('Lot')} · {sku}"}
            self.fields[f"lot-{key}"] = forms.CharField(
                max_length=64,
                required=False,
                widget=forms.TextInput(attrs={**attrs, "placeholder": _("Lot")}),
            )
            self.fields[f"expires-{key}"] = last = date_field(_("Last day"))
            last.widget.attrs["aria-label"] = f"{_('Last day')} · {sku}"

    def lots(self) -> dict[str, tuple[forms.BoundField, forms.BoundField]]:
        """The fields of the lot and its last day by the name of the units' field, where products have lots."""
        return {
            f"came-{line.pk}{part}": (self[f"lot-{line.pk}{part}"], self[f"expires-{line.pk}{part}"])
            for line, part in self.parts()
            if line.product.tracks_lots
        }

    def more(self) -> dict[str, tuple[str, forms.BoundField, forms.BoundField]]:
        """Beside what is damaged, by the name of the units' field: the currency, the units to be checked, the cost."""
        return {
            f"came-{line.pk}{part}": (
                display.currency_sign(line.order.currency, get_language() or "en"),
                self[f"checked-{line.pk}{part}"],
                self[f"cost-{line.pk}{part}"],
            )
            for line, part in self.parts()
        }

    def rows(self) -> list[tuple[PurchaseLine, int, forms.BoundField, forms.BoundField]]:
        return [
            (
                line,
                0 if part else line.to_come,
                self[f"came-{line.pk}{part}"],
                self[f"damaged-{line.pk}{part}"],
            )
            for line, part in self.parts()
        ]

    def came(self) -> list[Came]:
        found = []
        for line, part in self.parts():
            key = f"{line.pk}{part}"
            units = self.cleaned_data[f"came-{key}"]
            damaged = self.cleaned_data[f"damaged-{key}"]
            checked = self.cleaned_data[f"checked-{key}"]
            cost = self.cleaned_data[f"cost-{key}"]
            lot = words(self.cleaned_data.get(f"lot-{key}", ""), 64)
            last = self.cleaned_data.get(f"expires-{key}")
            found += [
                Came(line.pk, count, state, cost, lot, last)
                for state, count in (
                    (State.ON_HAND, units - damaged - checked),
                    (State.DAMAGED, damaged),
                    (State.QUALITY_CONTROL, checked),
                )
                if count
            ]
        return found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        for line, part in self.parts():
            key = f"{line.pk}{part}"
            if cleaned[f"damaged-{key}"] + cleaned[f"checked-{key}"] > cleaned[f"came-{key}"]:
                self.add_error(f"came-{key}", _("More are damaged or to be checked than came."))
            if cleaned.get(f"expires-{key}") and not cleaned[f"lot-{key}"]:
                self.add_error(f"lot-{key}", _("Say which lot."))
        if not self.errors and not self.came():
            self.add_error(None, _("Scan or count what arrived."))
        return cleaned


def plain(price: Decimal, currency: str) -> str:
    """A unit price as it is typed."""
    return money.price_as_json(price, currency)["amount"]
