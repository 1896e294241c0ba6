"""What staff type about stock: a new figure with its reason, and what they ask to be available."""

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from inventory import lots
from inventory.line_forms import date_field
from inventory.models import Lot, LotLevel, State, StockLevel
from inventory.stock import INT_MAX
from oms.core import reading, text
from oms.core.address import countries
from oms.core.badges import BADGES
from oms.core.fields import WholeField, WholeInput
from oms.core.pages import told

MOST_SKUS = 50
MOST_LOTS = 100

REASONS = (
    gettext_lazy("Counted again"),
    gettext_lazy("Goods arrived"),
    gettext_lazy("Damaged in the warehouse"),
    gettext_lazy("Found again"),
    gettext_lazy("Lost"),
)


class FigureField(WholeField):
    """A whole number from 0, typed with any digits."""

    def __init__(self, **kwargs: Any) -> None:
        widget = WholeInput({"autofocus": True})
        super().__init__(**{"min_value": 0, "max_value": INT_MAX, "widget": widget, **kwargs})


class AdjustForm(forms.Form):
    """A new figure of one state. `seen` is the figure its reader had before their eyes.

    Where the product tracks lots, it says whose the difference is.
    """

    state = forms.ChoiceField(
        choices=[(value, known.text) for value, known in BADGES["figure"].items()], widget=forms.HiddenInput
    )
    seen = WholeField(widget=forms.HiddenInput)
    set_to = FigureField(label=gettext_lazy("New figure"))
    lot = forms.CharField(
        label=gettext_lazy("Lot"),
        max_length=64,
        widget=forms.TextInput(attrs={"list": "stock-lots", "autocomplete": "off", "dir": "ltr"}),
        help_text=gettext_lazy("The difference is this lot's."),
        error_messages={"required": gettext_lazy("Say which lot.")},
    )
    new_lot = forms.BooleanField(label=gettext_lazy("A new lot"), required=False)
    expires_on = date_field(
        gettext_lazy("Its last day"), gettext_lazy("Of a new lot. Empty: as long as the product keeps.")
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.TextInput(attrs={"list": "stock-reasons", "autocomplete": "off"}),
        help_text=gettext_lazy("Kept with the change, for whoever asks later."),
    )

    def __init__(self, *args: Any, level: StockLevel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level = level
        # What is kept back as safety stock are no units, so it has no lots.
        self.of_lots = level.product.tracks_lots and self["state"].value() != State.SAFETY
        if not self.of_lots:
            for name in ("lot", "new_lot", "expires_on"):
                del self.fields[name]

    @classmethod
    def of(cls, level: StockLevel, state: str) -> "AdjustForm":
        """The form before anything is typed."""
        figure = getattr(level, state)
        return cls(level=level, initial={"state": state, "seen": figure, "set_to": figure})

    @property
    def known_lots(self) -> list[LotLevel]:
        """To choose from while typing."""
        return list(lots.lying(self.level.product, self.level.location)[:MOST_LOTS]) if self.of_lots else []

    def named_lot(self) -> Lot | None:
        """Raises Invalid for a lot nobody knows, or that is known otherwise."""
        if not self.of_lots:
            return None
        asked = self.cleaned_data
        return lots.named(
            self.level.product, asked["lot"], expires_on=asked["expires_on"], new=asked["new_lot"]
        )

    @property
    def reasons(self) -> tuple[Any, ...]:
        return REASONS

    def clean_lot(self) -> str:
        try:
            return text.clean(self.cleaned_data["lot"], 64)
        except ValueError as error:
            raise forms.ValidationError(told(error)) from error

    def clean_reason(self) -> str:
        try:
            return text.clean(self.cleaned_data["reason"], 500)
        except ValueError as error:
            raise forms.ValidationError(told(error)) from error

    def now(self, figure: int) -> None:
        """Someone changed the figure meanwhile: say so, and show what it is now."""
        self.data = {**self.data.dict(), "seen": str(figure)}  # type: ignore[attr-defined]
        self.add_error(
            "set_to", _("It is %(now)s now: someone changed it meanwhile.") % {"now": reading.figure(figure)}
        )


class AskForm(forms.Form):
    """Codes, one a line or with commas, and where the customer is."""

    sku = forms.CharField(
        label=gettext_lazy("SKUs"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr", "autofocus": True, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, or with commas between them."),
    )
    city = forms.CharField(label=gettext_lazy("City of the customer"), required=False, max_length=200)
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        required=False,
        help_text=gettext_lazy("The nearest locations come first."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = countries(get_language() or "en")
        self.fields["country"].choices = [("", "–"), *named]  # type: ignore[attr-defined]

    def clean_sku(self) -> list[str]:
        typed = text.digits(self.cleaned_data["sku"]).replace("،", ",").replace(",", "\n")
        skus = list(dict.fromkeys(word.strip() for word in typed.splitlines() if word.strip()))
        if len(skus) > MOST_SKUS:
            raise forms.ValidationError(_("At most %(most)s at once.") % {"most": reading.figure(MOST_SKUS)})
        return skus
