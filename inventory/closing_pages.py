"""Staff's pages of closed months: which there are, and what one came to, by location and by product."""

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import closing, finding, stock_list
from inventory.models import Closing, ClosingLine, Location, Product
from oms.core import exporting
from oms.core.access import Principal
from oms.core.chips import once
from oms.core.errors import Conflict, NotFound
from oms.core.listing import Column, Listing
from oms.core.money import rounded
from oms.core.pages import done, part_or_page, staff_page


def visible_lines(principal: Principal) -> "QuerySet[ClosingLine]":
    """Lines of the locations a principal may see, without those where nothing was and nothing happened."""
    lines: QuerySet[ClosingLine] = principal.limit_to_locations(ClosingLine.objects.all())
    return lines.exclude(opening_quantity=0, in_quantity=0, out_quantity=0, closing_quantity=0)


def rows(principal: Principal) -> "QuerySet[Closing]":
    """Closings with their value at the reader's locations."""
    here = visible_lines(principal).filter(closing=OuterRef("pk")).order_by().values("closing")

    def total(name: str) -> Any:
        return Coalesce(
            Subquery(here.annotate(total=Sum(name)).values("total")), 0, output_field=_field(name)
        )

    return Closing.objects.annotate(units=total("closing_quantity"), value=total("closing_value"))


def _money(name: str) -> Any:
    return lambda one: rounded(getattr(one, name), settings.COMPANY_CURRENCY)


MONTHS = Listing(
    name="closings",
    columns=(
        Column("month", gettext_lazy("Month"), sort="month", fixed=True, export=lambda one: one.month),
        Column("units", gettext_lazy("Units"), numeric=True, export=lambda one: one.units),
        Column("value", gettext_lazy("Value"), numeric=True, export=_money("value")),
        Column("closed", gettext_lazy("Closed"), export=lambda one: one.closed_at),
    ),
    row_template="inventory/_closing_row.html",
    default_sort="-month",
    empty_title=gettext_lazy("No month is closed yet"),
    empty_text=gettext_lazy("A month can be closed an hour after its end; its figures never change again."),
    empty_icon="calendar-check",
)


class LineFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    location = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Location"), method="at", widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ClosingLine
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = self.request.principal.limit_to_locations(Location.objects.all(), "code")
        codes = places.order_by("name").values_list("code", "name")
        self.filters["location"].extra["choices"] = once(lambda: codes)

    def look_up(self, lines: Any, name: str, value: str) -> Any:
        return lines.filter(product__in=finding.find(Product.objects.order_by(), value).values("pk"))

    def at(self, lines: Any, name: str, value: list[str]) -> Any:
        return lines.filter(location__code__in=value) if value else lines


_in, _out, _end = _money("in_value"), _money("out_value"), _money("closing_value")

LINES = Listing(
    name="closing-lines",
    columns=(
        Column(
            "sku", gettext_lazy("SKU"), sort="product__sku", fixed=True, export=lambda line: line.product.sku
        ),
        Column("name", gettext_lazy("Product"), export=lambda line: stock_list.name_of(line.product)),
        Column("location", gettext_lazy("Location"), export=lambda line: line.location.name),
        Column("opening", gettext_lazy("Opening"), numeric=True, export=lambda line: line.opening_quantity),
        Column("opening_value", gettext_lazy("Opening value"), numeric=True, export=_money("opening_value")),
        Column("in", gettext_lazy("In"), numeric=True, export=lambda line: line.in_quantity),
        Column(
            "in_value",
            gettext_lazy("Value in"),
            numeric=True,
            shown=False,
            filed=True,
            export=_money("in_value"),
        ),
        Column("out", gettext_lazy("Out"), numeric=True, export=lambda line: line.out_quantity),
        Column(
            "out_value",
            gettext_lazy("Value out"),
            numeric=True,
            shown=False,
            filed=True,
            export=_money("out_value"),
        ),
        Column("closing", gettext_lazy("Closing"), numeric=True, export=lambda line: line.closing_quantity),
        Column(
            "value",
            gettext_lazy("Closing value"),
            sort="closing_value",
            numeric=True,
            export=_money("closing_value"),
        ),
    ),
    row_template="inventory/_closing_line_row.html",
    default_sort="-value",
    filterset=LineFilter,
    pinned=("location",),
    search_label=gettext_lazy("SKU, barcode or name"),
    empty_title=gettext_lazy("Nothing here"),
    empty_text=gettext_lazy("No stock lay or moved here in this month."),
    empty_icon="calendar-check",
)


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def closings(request: Any) -> HttpResponseBase:
    page = MONTHS.read(request, rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="closings")
    context = {
        "list": page,
        "next": closing.next_month() if request.principal.may("valuation:write") else None,
        "currency": settings.COMPANY_CURRENCY,
    }
    return part_or_page(request, "inventory/closings.html", "_list_part.html", context)


@staff_page(scope="valuation:write", methods=("POST",))
def close_month(request: Any) -> HttpResponseBase:
    """The next month that is over."""
    month = closing.next_month()
    if month is None:
        raise Conflict("No month is over that is not closed.", code="month_out_of_turn")
    made = closing.close(month, actor=request.principal.actor)
    return done(request, _("The month is closed."), reverse("closing-detail", args=[str(made)]))


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def closing_page(request: Any, month: str) -> HttpResponseBase:
    found = get_closing(month)
    lines = visible_lines(request.principal).filter(closing=found)
    page = LINES.read(request, lines.select_related("product", "location"))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name=f"closing-{found}")
    names = (
        "opening_quantity",
        "opening_value",
        "in_value",
        "out_value",
        "closing_quantity",
        "closing_value",
    )
    by_place: Any = (
        lines.order_by()
        .values("location__name", "location__code")
        .annotate(**{f"sum_{name}": Sum(name) for name in names})
    )
    context = {
        "list": page,
        "closing": found,
        "places": by_place.order_by("-sum_closing_value"),
        "sums": lines.aggregate(
            **{f"sum_{name}": Coalesce(Sum(name), 0, output_field=_field(name)) for name in names}
        ),
        "unpriced": lines.filter(Q(closing_value=0), closing_quantity__gt=0).count(),
        "currency": settings.COMPANY_CURRENCY,
    }
    return part_or_page(request, "inventory/closing.html", "_list_part.html", context)


def _field(name: str) -> Any:
    return ClosingLine._meta.get_field(name)


def get_closing(month: str) -> Closing:
    """The closing of "2026-10"."""
    year, _dash, number = month.partition("-")
    if not (month.isascii() and year.isdigit() and number.isdigit() and len(month) == 7):
        raise NotFound
    found = (
        Closing.objects.filter(month__year=int(year), month__month=int(number)).first() if int(year) else None
    )
    if found is None:
        raise NotFound
    return found
