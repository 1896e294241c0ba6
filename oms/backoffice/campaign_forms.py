"""The form of a campaign: to whom, in whose name, and its text in each language."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from channels.campaign_texts import LONGEST_BODY, LONGEST_SUBJECT
from channels.models import Campaign
from oms.backoffice.customer_filters import CustomerFilter
from oms.core import display
from oms.core.models import Channel, SavedView, User
from orders import segments
from orders.models import Customer
from orders.segments import Conditions

EVERYONE, THESE = "everyone", "these"


class CampaignForm(forms.Form):
    """`to` is a segment (a saved view of the list of customers), everyone, or the conditions it was opened with."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("For colleagues."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    channel = forms.ModelChoiceField(
        label=_("In the name of"), queryset=Channel.objects.order_by("name"), empty_label=None
    )
    to = forms.ChoiceField(label=_("Who gets it"))
    widened = forms.BooleanField(
        label=_("Also customers who were never asked"),
        required=False,
        help_text=_(
            "Saudi Arabia's law, like others, asks for consent before marketing. Tick this only for news about what"
            " they bought."
        ),
    )
    fallback = forms.ChoiceField(
        label=_("Who reads none of these languages gets"), choices=settings.LANGUAGES
    )

    def __init__(
        self, *args: Any, user: User, conditions: Conditions, these: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.conditions = user, conditions
        self.segments = {str(each.pk): each for each in segments_of(user)}
        choices = [(EVERYONE, _("Everyone")), *((key, each.name) for key, each in self.segments.items())]
        if conditions != Conditions():
            choices.insert(0, (THESE, these or _("The customers you chose in the list")))
        chosen: Any = self.fields["to"]
        chosen.choices = choices
        for language, _name in settings.LANGUAGES:
            self.fields[f"subject_{language}"] = forms.CharField(
                label=_("Subject"),
                required=False,
                max_length=LONGEST_SUBJECT,
                widget=forms.TextInput(attrs=_writing(language)),
            )
            self.fields[f"body_{language}"] = forms.CharField(
                label=_("Text"),
                required=False,
                max_length=LONGEST_BODY,
                widget=forms.Textarea(attrs={"rows": 8, **_writing(language)}),
            )
        channel: Any = self.fields["channel"]
        channel.label_from_instance = _sender

    def languages(self) -> Iterator[tuple[str, Any, Any]]:
        """Each language's code with its two fields, the writer's own language first."""
        mine = get_language()
        for language, _name in sorted(settings.LANGUAGES, key=lambda each: each[0] != mine):
            yield language, self[f"subject_{language}"], self[f"body_{language}"]

    def given(self) -> dict[str, Any]:
        """What `campaigns.draft` and `change` take. The form is valid."""
        data = self.cleaned_data
        to = data["to"]
        asked, segment = self.conditions, ""
        if to == EVERYONE:
            asked = Conditions()
        elif to != THESE:
            asked, segment = conditions_of(self.segments[to].query), self.segments[to].name
        return {
            "name": data["name"],
            "channel": data["channel"],
            "texts": {
                language: {"subject": data[f"subject_{language}"], "body": data[f"body_{language}"]}
                for language, _name in settings.LANGUAGES
            },
            "fallback": data["fallback"],
            "conditions": asked,
            "segment": segment,
            "widened": data["widened"],
        }


def _writing(language: str) -> dict[str, str]:
    return {"dir": "rtl" if display.is_rtl(language) else "ltr", "lang": language}


def segments_of(user: User) -> list[SavedView]:
    """The saved views of the list of customers that this member of staff sees."""
    seen = SavedView.objects.filter(listing="customers")
    return [each for each in seen.order_by("created_at") if each.shared or each.owner_id == user.pk]


def conditions_of(query: str) -> Conditions:
    """What an address of the list of customers asks; nothing where it is none."""
    asked = CustomerFilter(QueryDict(query), queryset=Customer.objects.none())
    return asked.conditions() if asked.is_valid() else Conditions()


def initial_of(campaign: Campaign, user: User) -> dict[str, Any]:
    """A draft as its form shows it: its segment where that still asks the same."""
    known: dict[str, Any] = {
        "name": campaign.name,
        "channel": campaign.channel_id,
        "widened": campaign.widened,
        "fallback": campaign.fallback,
        "to": THESE if campaign.conditions else EVERYONE,
    }
    asked = segments.read(campaign.conditions)
    for each in segments_of(user):
        if each.name == campaign.segment and conditions_of(each.query) == asked:
            known["to"] = str(each.pk)
    for language, text in campaign.texts.items():
        known[f"subject_{language}"], known[f"body_{language}"] = text["subject"], text["body"]
    return known


def _sender(channel: Channel) -> str:
    """What readers see, with the channel behind it: two channels may sell under one brand."""
    return f"{channel.brand} · {channel.name}" if channel.brand not in ("", channel.name) else channel.name
