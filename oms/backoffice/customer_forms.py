"""The forms of a customer's page and of the block and trust lists."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from oms.core import display
from orders import noting
from orders.models import Standing
from orders.queries import HOME_COUNTRIES
from orders.standing import LONGEST_REASON


def countries() -> list[tuple[str, str]]:
    """Whose numbers are read without their country's code, the company's own first."""
    language = get_language() or "en"
    codes = dict.fromkeys([settings.COMPANY_COUNTRY, *HOME_COUNTRIES])
    return [(code, display.country(code, language)) for code in codes]


class NoteForm(forms.Form):
    text = forms.CharField(max_length=noting.LONGEST)


class TagsForm(forms.Form):
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=3500,
        help_text=_("Separate them with commas."),
    )

    def words(self) -> list[str]:
        """The tags in the order typed, each once."""
        typed = self.cleaned_data["tags"].replace("،", ",").split(",")
        return list(dict.fromkeys(tag.strip() for tag in typed if tag.strip()))


class ReachForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"dir": "auto"}))
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"inputmode": "email", "dir": "ltr"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"inputmode": "tel", "dir": "ltr"}),
        help_text=_("Past orders keep the contact they came with."),
    )


class BlockForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=_("For colleagues; the customer never sees it."),
    )
    hold_orders = forms.BooleanField(
        label=_("Put their orders that have not left on hold"), required=False, initial=True
    )


class TrustForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class ClearForm(forms.Form):
    release_orders = forms.BooleanField(
        label=_("Let the orders go on that were held for it"), required=False, initial=True
    )


class ContactsForm(forms.Form):
    """Many contacts at once, a line each."""

    standing = forms.ChoiceField(
        label=_("List"),
        choices=[(Standing.BLOCKED, _("Block list")), (Standing.TRUSTED, _("Trust list"))],
        widget=forms.RadioSelect,
        initial=Standing.BLOCKED,
    )
    contacts = forms.CharField(
        label=_("E-mail addresses and phones"),
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "ltr", "spellcheck": "false"}),
        help_text=_("One a line, at most 500, in any digits."),
    )
    country = forms.ChoiceField(label=_("Country of phones without a country code"))
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["country"]
        choices.choices = countries()
