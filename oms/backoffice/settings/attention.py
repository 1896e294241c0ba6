"""What needs attention: how long an order may stand at each stage, and what makes one important."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fulfillment.carriers.names import service_name
from fulfillment.deadlines import ARRIVES
from fulfillment.models import Rate
from oms.backoffice.settings.parts import Link, form_page
from oms.core import display, money
from oms.core.badges import badge
from oms.core.errors import Problem
from oms.core.fields import DecimalField, WholeField
from oms.core.pages import done, staff_page, tell_form
from orders import attention
from orders.models import STANDS, Attention

MOST_TAGS = 50


class AttentionForm(forms.Form):
    """A field a stage, in hours; empty: an order may stand there for ever."""

    soon = WholeField(
        label=gettext_lazy("Due soon, hours before"),
        min_value=1,
        max_value=attention.LONGEST,
        help_text=gettext_lazy("A parcel that has to leave within these hours is due soon."),
    )
    value = DecimalField(
        label=gettext_lazy("Important from this value"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=4,
    )
    services = forms.MultipleChoiceField(
        label=gettext_lazy("Important by these deliveries"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tags = forms.CharField(
        label=gettext_lazy("Important by these tags"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Of an order or its customer; separate them with commas."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for stage in STANDS:
            self.fields[stage] = WholeField(
                label=_("%(stage)s, hours") % {"stage": badge("stage", stage).text},
                required=False,
                min_value=1,
                max_value=attention.LONGEST,
            )
        self.order_fields([*STANDS, "soon", "value", "services", "tags"])
        fields: Any = self.fields
        sign = display.currency_sign(settings.COMPANY_CURRENCY, get_language() or "en")
        fields["value"].help_text = _("In %(currency)s.") % {"currency": sign}
        offered = {*ARRIVES, *Rate.objects.order_by().values_list("service", flat=True).distinct()}
        fields["services"].choices = sorted(
            ((code, service_name(code)) for code in offered | set(self.initial.get("services", []))),
            key=lambda each: each[1],
        )

    @property
    def groups(self) -> list[tuple[str, str, list[list[forms.BoundField]]]]:
        return [
            (
                _("Stuck"),
                _("An order that stands longer than this at a stage is called stuck. Empty: never."),
                [[self[stage] for stage in STANDS]],
            ),
            (_("Due soon"), "", [[self["soon"]]]),
            (_("Important"), "", [[self["value"], self["tags"]], [self["services"]]]),
        ]

    def clean_tags(self) -> list[str]:
        typed = self.cleaned_data["tags"].replace("،", ",").split(",")
        tags = list(dict.fromkeys(tag.strip() for tag in typed if tag.strip()))
        if len(tags) > MOST_TAGS or any(len(tag) > 64 for tag in tags):
            raise forms.ValidationError(_("At most 50 tags of at most 64 letters."))
        return tags


@staff_page(scope="rates:write")
def rules(request: Any) -> HttpResponseBase:
    kept = Attention.objects.first() or Attention()
    names = [*STANDS, "soon", "value", "services"]
    held = {name: getattr(kept, name) for name in names} | {"tags": ", ".join(kept.tags)}
    if kept.value is not None:
        held["value"] = money.rounded(kept.value, settings.COMPANY_CURRENCY)
    form = AttentionForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            attention.set_rules(form.cleaned_data, actor=request.principal.actor)
            return done(
                request,
                _("Saved. Lists and figures follow it within half a minute."),
                reverse("settings-home"),
            )
        except Problem as problem:
            tell_form(form, problem)
    back = Link(_("Settings"), reverse("settings-home"))
    lead = _("What surfaces by itself: stuck, due soon, important.")
    return form_page(request, form, title=_("What needs attention"), lead=lead, back=back, submit=_("Save"))
