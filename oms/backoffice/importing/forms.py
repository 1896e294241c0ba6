"""What a person chooses: a kind and a file, how the file is read, and what its columns do not say."""

from typing import Any

from babel import Locale
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from inventory.models import Location
from oms.backoffice.importing.asking import kinds_for
from oms.backoffice.importing.kinds import Kind
from oms.backoffice.importing.models import Import
from oms.core.access import Principal
from oms.core.address import COUNTRIES
from oms.core.models import Channel

ENCODINGS = [
    ("", _("Find out")),
    ("utf-8", "UTF-8"),
    ("windows-1256", _("Windows, Arabic (1256)")),
    ("windows-1252", _("Windows, Latin (1252)")),
    ("utf-16", "UTF-16"),
]
DELIMITERS = [
    ("", _("Find out")),
    (",", _("Comma")),
    (";", _("Semicolon")),
    ("\t", _("Tab")),
    ("|", _("Vertical bar")),
]


class FileForm(forms.Form):
    kind = forms.ChoiceField(widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = kinds_for(principal)
        self.fields["kind"].choices = [(kind.key, kind.label) for kind in kinds]  # type: ignore[attr-defined]


class ReadingForm(forms.Form):
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(label=_("Between the cells"), choices=DELIMITERS, required=False)

    @classmethod
    def of(cls, job: Import) -> "ReadingForm":
        return cls(initial={name: job.reading.get(name, "") for name in ("encoding", "delimiter")})


class OptionsForm(forms.Form):
    """The fields that a kind asks beside the columns; the others are left out."""

    channel = forms.ChoiceField(label=_("Channel"), required=False)
    location = forms.ChoiceField(label=_("Location, where the file names none"), required=False)
    reason = forms.CharField(
        label=_("Reason, where the file gives none"),
        max_length=500,
        required=False,
        initial=_("Imported from a file"),
    )
    currency = forms.CharField(label=_("Currency, where the file names none"), max_length=3, required=False)
    country = forms.ChoiceField(label=_("Country, where the file names none"), required=False)
    dates = forms.ChoiceField(
        label=_("Dates such as 03/04"),
        choices=[("", _("Day first")), ("month_first", _("Month first"))],
        required=False,
    )
    empty = forms.ChoiceField(
        label=_("Empty cells"),
        choices=[("", _("Leave what is there")), ("clear", _("Empty the field"))],
        required=False,
    )

    def __init__(self, *args: Any, kind: Kind, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [name for name in self.fields if name not in kind.options]:
            del self.fields[name]
        none = [("", "–")]
        if "channel" in self.fields:
            channels = list(Channel.objects.filter(active=True).order_by("name").values_list("code", "name"))
            self.fields["channel"].choices = channels if len(channels) == 1 else none + channels  # type: ignore[attr-defined]
        if "location" in self.fields:
            places = principal.limit_to_locations(Location.objects.all(), "code")
            known = list(places.order_by("name").values_list("code", "name"))
            self.fields["location"].choices = known if len(known) == 1 else none + known  # type: ignore[attr-defined]
        if "currency" in self.fields:
            self.fields["currency"].initial = settings.COMPANY_CURRENCY
        if "country" in self.fields:
            names = Locale.parse(get_language() or "en").territories
            countries = sorted(
                ((code, str(names.get(code, code))) for code in COUNTRIES), key=lambda one: one[1]
            )
            self.fields["country"].choices = none + countries  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()
