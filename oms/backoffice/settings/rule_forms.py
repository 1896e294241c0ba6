"""A routing rule as a form, and rules in words."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from fulfillment import routing
from fulfillment.carriers.names import service_name
from fulfillment.ruling import RuleForm as Written
from fulfillment.strategies import Aim, Conditions, Rule
from oms.core import display
from oms.core.address import COUNTRIES
from oms.core.day_fields import MomentField
from oms.core.fields import DecimalField, WholeField
from oms.core.models import Channel

Words = str | Promise

OBJECTIVES: dict[str, Words] = {
    "cost": gettext_lazy("Least total cost"),
    "shipments": gettext_lazy("Fewest locations"),
    "parcels": gettext_lazy("Fewest parcels"),
    "shipping": gettext_lazy("Cheapest carrier"),
    "handling": gettext_lazy("Least packing cost"),
    "distance": gettext_lazy("Nearest"),
    "days": gettext_lazy("Fastest"),
    "lateness": gettext_lazy("Least late"),
    "stockout": gettext_lazy("Least risk of running out"),
    "priority": gettext_lazy("Location's priority"),
    "goods": gettext_lazy("Lowest book value"),
}
# A drawback, and what one of it is priced by.
WEIGHTS: dict[str, tuple[Words, Words]] = {
    "split_per_parcel": (gettext_lazy("Each location beyond the first"), ""),
    "handling_per_parcel": (
        gettext_lazy("Each parcel packed"),
        gettext_lazy("Where the location names none."),
    ),
    "late_per_day": (gettext_lazy("Each day late"), ""),
    "per_day": (gettext_lazy("Each day until it arrives"), ""),
    "per_km": (gettext_lazy("Each kilometre"), ""),
    "per_priority": (gettext_lazy("Each step of a location's priority"), ""),
    "stockout_per_unit": (
        gettext_lazy("Each unit out of what a location sells itself"),
        gettext_lazy("Within the weeks named below."),
    ),
    "cover_weeks": (gettext_lazy("Weeks a location covers"), gettext_lazy("No amount: weeks.")),
    "shipping": (gettext_lazy("Carrier's price, times"), gettext_lazy("1: as it is.")),
    "goods": (gettext_lazy("Book value, times"), gettext_lazy("1: what is left is the margin.")),
}
FACTORS = frozenset({"cover_weeks", "shipping", "goods"})
# What staff start from.
PRESETS: dict[str, tuple[Words, str, Aim]] = {
    "cost": (gettext_lazy("Least total cost"), "coins", Aim()),
    "nearest": (gettext_lazy("Nearest"), "map-pin", Aim("lexicographic", {}, ["distance", "cost"])),
    "parcels": (gettext_lazy("Fewest parcels"), "package", Aim("lexicographic", {}, ["parcels", "cost"])),
    "fastest": (gettext_lazy("Fastest"), "zap", Aim("lexicographic", {}, ["days", "cost"])),
    "margin": (gettext_lazy("Best margin"), "trending-up", Aim("weighted", {"goods": "1"}, [])),
    "priority": (
        gettext_lazy("Location's priority"),
        "list-ordered",
        Aim("lexicographic", {}, ["priority", "cost"]),
    ),
}
PLACES = 4  # objectives one after another


def _split(typed: str) -> list[str]:
    """What stands between commas, Arabic ones too, each once."""
    return list(dict.fromkeys(word.strip() for word in typed.replace("،", ",").split(",") if word.strip()))


class RuleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    enabled = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    countries = forms.CharField(
        label=gettext_lazy("To the countries"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Codes such as SA, AE. Empty: every country."),
    )
    services = forms.CharField(
        label=gettext_lazy("Services"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("As orders ask for them: standard, express. Empty: every service."),
    )
    tags = forms.CharField(
        label=gettext_lazy("One of the tags"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Empty: any."),
    )
    value_from = DecimalField(
        label=gettext_lazy("Order value from"), required=False, min_value=0, max_digits=18, decimal_places=4
    )
    value_to = DecimalField(
        label=gettext_lazy("Below"), required=False, min_value=0, max_digits=18, decimal_places=4
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        required=False,
        max_length=3,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    valid_from = MomentField(
        label=pgettext_lazy("date", "From"),
        required=False,
    )
    valid_until = MomentField(
        label=gettext_lazy("Until"),
        required=False,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("How ways of sending are compared"),
        choices=[
            ("weighted", gettext_lazy("Everything has its price; the least sum wins")),
            ("lexicographic", gettext_lazy("One thing after another; the next only decides between equals")),
        ],
    )
    was = WholeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_default: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_default = is_default
        every: Any = self.fields
        every["channels"].choices = list(Channel.objects.order_by("code").values_list("code", "name"))
        every["currency"].initial = settings.COMPANY_CURRENCY
        for n in range(PLACES):
            every[f"objective_{n}"] = forms.ChoiceField(
                label=f"{n + 1}",
                required=False,
                choices=[("", "–"), *OBJECTIVES.items()],
            )
        known = {field.name: field.default for field in fields(routing.Weights)}
        sign = display.currency_sign(settings.COMPANY_CURRENCY, get_language() or "en")
        for name, (label, help_text) in WEIGHTS.items():
            unit = "" if name in FACTORS else f" ({sign})"
            every[f"weight_{name}"] = DecimalField(
                label=f"{label}{unit}",
                help_text=cast(str, help_text),
                required=False,
                min_value=0,
                max_digits=18,
                decimal_places=4,
                initial=_plain(known[name]),
            )

    def order(self) -> list[forms.BoundField]:
        return [self[f"objective_{n}"] for n in range(PLACES)]

    def prices(self) -> list[forms.BoundField]:
        return [self[f"weight_{name}"] for name in WEIGHTS]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        codes = [code.upper() for code in _split(cleaned.get("countries") or "")]
        wrong = [code for code in codes if code not in COUNTRIES]
        if wrong:
            self.add_error(
                "countries", _("No country has the code %(code)s.") % {"code": display.isolated(wrong[0])}
            )
        cleaned["countries"] = codes
        named = any(cleaned.get(f"objective_{n}") for n in range(PLACES))
        if cleaned.get("kind") == "lexicographic" and not named:
            self.add_error("objective_0", _("Say what counts first."))
        start, end = cleaned.get("valid_from"), cleaned.get("valid_until")
        if start and end and end <= start:
            self.add_error("valid_until", _("It ends after it starts."))
        return cleaned

    def written(self) -> Written:
        """The rule as it is to be kept."""
        given = self.cleaned_data
        bounded = given["value_from"] is not None or given["value_to"] is not None
        conditions = Conditions(
            channels=given["channels"],
            countries=given["countries"],
            services=_split(given["services"]),
            tags=_split(given["tags"]),
            value_from=_amount(given["value_from"]),
            value_to=_amount(given["value_to"]),
            currency=(given["currency"].upper() or settings.COMPANY_CURRENCY) if bounded else None,
        )
        chosen = [given[f"objective_{n}"] for n in range(PLACES) if given[f"objective_{n}"]]
        known = {field.name: field.default for field in fields(routing.Weights)}
        weights = {
            name: f"{given[f'weight_{name}']:f}"
            for name in WEIGHTS
            if given[f"weight_{name}"] is not None and given[f"weight_{name}"] != known[name]
        }
        aim = Aim(given["kind"], weights, list(dict.fromkeys(chosen)))
        return Written(
            name=given["name"],
            conditions=Conditions() if self.is_default else conditions,
            aim=aim,
            enabled=self.is_default or given["enabled"],
            valid_from=None if self.is_default else given["valid_from"],
            valid_until=None if self.is_default else given["valid_until"],
            was=given["was"],
        )


def initial(rule: Rule) -> dict[str, Any]:
    """A kept rule as the form shows it."""
    conditions, aim = rule.conditions, rule.aim
    shown: dict[str, Any] = {
        "name": rule.name,
        "enabled": rule.enabled,
        "channels": conditions.channels,
        "countries": ", ".join(conditions.countries),
        "services": ", ".join(conditions.services),
        "tags": ", ".join(conditions.tags),
        "value_from": conditions.value_from,
        "value_to": conditions.value_to,
        "currency": conditions.currency or settings.COMPANY_CURRENCY,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
        "kind": aim.kind,
        "was": rule.version or None,
    }
    shown |= {f"objective_{n}": word for n, word in enumerate(aim.objectives[:PLACES])}
    return shown | {f"weight_{name}": amount for name, amount in aim.weights.items()}


def said(conditions: Conditions) -> list[str]:
    """When a rule is asked, in words."""
    language = get_language() or "en"
    found = []
    if conditions.channels:
        found.append(_("channel %(names)s") % {"names": _names(conditions.channels)})
    if conditions.countries:
        names = [display.country(code, language) for code in conditions.countries]
        found.append(_("to %(names)s") % {"names": _names(names)})
    if conditions.services:
        names = [service_name(code) for code in conditions.services]
        found.append(_("service %(names)s") % {"names": _names(names)})
    if conditions.tags:
        found.append(_("tag %(names)s") % {"names": _names(conditions.tags)})
    currency = conditions.currency or settings.COMPANY_CURRENCY
    if conditions.value_from is not None:
        least = display.isolated(display.money(Decimal(conditions.value_from), currency, language))
        found.append(_("value from %(amount)s") % {"amount": least})
    if conditions.value_to is not None:
        most = display.isolated(display.money(Decimal(conditions.value_to), currency, language))
        found.append(_("value below %(amount)s") % {"amount": most})
    return found


def aimed(aim: Aim) -> str:
    """What a rule looks at, in words."""
    if aim.kind == "lexicographic":
        return _(", then ").join(str(OBJECTIVES[word]) for word in aim.objectives)
    if not aim.weights:
        return str(OBJECTIVES["cost"])
    priced = [str(WEIGHTS[name][0]) for name in aim.weights if name in WEIGHTS]
    return _("Least total cost, with its own prices: %(names)s") % {"names": _names(priced)}


def in_force(rule: Rule) -> str:
    """The kind of its badge: on, later, over or off."""
    now = timezone.now()
    if not rule.enabled:
        return "off"
    if rule.valid_from and rule.valid_from > now:
        return "later"
    return "over" if rule.valid_until and rule.valid_until <= now else "on"


def _names(words: Sequence[str]) -> str:
    comma = display.comma(get_language() or "en")
    return f"{comma} ".join(display.isolated(word) for word in words)


def _plain(amount: Any) -> str:
    return f"{Decimal(amount).normalize():f}"


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
