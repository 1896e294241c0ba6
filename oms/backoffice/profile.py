"""A member of staff about themselves: language, theme, digits, calendar, clocks, and the way to a second factor."""

from typing import Any, cast
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from oms.backoffice.signing_in import keep_language
from oms.core import display
from oms.core.display import TIME_ZONES
from oms.core.models import Theme, User
from oms.core.pages import done, staff_page


class ProfileForm(forms.ModelForm):
    """`time_zone` empty: the company's clocks."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    class Meta:
        model = User
        fields = (
            "first_name",
            "last_name",
            "language",
            "theme",
            "density",
            "digits",
            "calendar",
            "time_zone",
            "mention_mails",
        )
        labels = {
            "first_name": gettext_lazy("First name"),
            "last_name": gettext_lazy("Last name"),
            "theme": gettext_lazy("Theme"),
            "density": gettext_lazy("Density of lists"),
            "digits": gettext_lazy("Digits"),
            "calendar": gettext_lazy("Calendar"),
            "mention_mails": gettext_lazy("E-mail me when a colleague mentions me"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted({*TIME_ZONES.values(), "UTC"})
        language = get_language() or "en"
        company = _("The company's: %(zone)s") % {"zone": display.zone(settings.COMPANY_TIME_ZONE, language)}
        clocks = cast(forms.ChoiceField, self.fields["time_zone"])
        clocks.choices = [("", company), *((zone, display.zone(zone, language)) for zone in zones)]

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"]
        return str(ZoneInfo(name)) if name else ""


@staff_page()
def profile(request: Any) -> HttpResponseBase:
    """The reader's own habits, and whether a second factor guards the sign-in."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(request.user.language):
            answer = done(request, _("Your profile is saved."), request.path)
        keep_language(answer, request.user.language)
        return answer
    return render(
        request, "staff/profile.html", {"form": form, "second_factor": is_mfa_enabled(request.user)}
    )


@staff_page(methods=("POST",))
def theme(request: Any) -> HttpResponseBase:
    """Light or dark from the palette: kept, then told to the page without a reload."""
    wanted = request.POST.get("theme", "")
    if wanted in Theme.values:
        request.user.theme = wanted
        request.user.save(update_fields=["theme"])
    return HttpResponse(status=204)
