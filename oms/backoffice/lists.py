"""What a reader keeps about a list: columns and saved views."""

from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from oms.core.errors import Invalid
from oms.core.models import Density, ListChoice, SavedView
from oms.core.pages import came_from, done, staff_page


@staff_page(methods=("POST",))
def columns(request: Any, name: str) -> HttpResponseBase:
    """The columns to show of one list, and how dense all lists are."""
    chosen = [key for key in request.POST.getlist("columns") if len(key) <= 64][:64]
    ListChoice.objects.update_or_create(user=request.user, listing=name, defaults={"columns": chosen})
    density = request.POST.get("density", "")
    if density in Density.values and density != request.user.density:
        request.user.density = density
        request.user.save(update_fields=["density"])
    return done(request, _("The columns are kept for you."))


@staff_page(methods=("POST",))
def save_view(request: Any, name: str) -> HttpResponseBase:
    """The filters and sort of the page this came from, under a name."""
    label = request.POST.get("label", "").strip()[:64]
    query = request.POST.get("state", "")
    if not label:
        raise Invalid(_("Give the view a name."))
    if len(query) > 2000:
        raise Invalid(_("These filters are too long to keep."))
    SavedView.objects.update_or_create(
        owner=request.user,
        listing=name,
        name=label,
        defaults={"query": QueryDict(query).urlencode(), "shared": request.POST.get("shared") == "on"},
    )
    path = came_from(request).partition("?")[0]
    return done(request, _("The view is saved."), f"{path}?{query}")


@staff_page(methods=("POST",))
def delete_view(request: Any, pk: int) -> HttpResponseBase:
    """Of one's own views."""
    get_object_or_404(SavedView, pk=pk, owner=request.user).delete()
    return done(request, _("The view is deleted."), came_from(request).partition("?")[0])
