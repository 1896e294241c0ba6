"""Counts on the screen: the list, a new one, counting without seeing a figure, the differences, the approval."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment import counting as floor
from fulfillment.count_api import visible
from fulfillment.scanning import plain
from inventory import counting
from inventory.models import CountKind, CountLine, CountState, Location, Product, StockCount, StockLevel
from inventory.stock_forms import FigureField
from oms.core import display, exporting, reading, text
from oms.core.access import Principal
from oms.core.badges import BADGES, badge
from oms.core.errors import Invalid, NotFound, Problem
from oms.core.listing import Column, Listing, View
from oms.core.pages import done, part_or_page, staff_page, tell_form, told
from oms.core.saying import said

# Shorter than the shortest barcode, and more than lies on a shelf.
LONGEST = 1_000_000


class CountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="number", lookup_expr="istartswith")
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=[(value, known.text) for value, known in BADGES["count"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = StockCount
        fields = ("state",)


def rows(principal: Principal) -> "QuerySet[StockCount]":
    """With how far each is."""
    return visible(principal).annotate(
        lines_in_all=Count("lines"), lines_counted=Count("lines", filter=Q(lines__counted__isnull=False))
    )


def _waiting(principal: Principal) -> "QuerySet[StockCount]":
    return visible(principal).filter(state=CountState.REVIEW)


LISTING = Listing(
    name="counts",
    columns=(
        Column("number", gettext_lazy("Count"), sort="pk", fixed=True, export=lambda count: count.number),
        Column("location", gettext_lazy("Location"), export=lambda count: count.location.name),
        Column("kind", gettext_lazy("What"), export=lambda c: str(badge("count_kind", c.kind).text)),
        Column("opened", gettext_lazy("Begun"), export=lambda count: count.opened_at),
        Column("counted", gettext_lazy("Counted"), numeric=True, export=lambda count: count.lines_counted),
        Column("lines", gettext_lazy("Lines"), numeric=True, export=lambda count: count.lines_in_all),
        Column("state", gettext_lazy("State"), export=lambda c: str(badge("count", c.state).text)),
    ),
    row_template="fulfillment/_count_row.html",
    default_sort="-number",
    filterset=CountFilter,
    views=(
        View("all", gettext_lazy("All"), ""),
        View("counting", gettext_lazy("Counting"), "state=counting"),
        View("review", gettext_lazy("To approve"), "state=review", _waiting),
    ),
    pinned=("state",),
    search_label=gettext_lazy("Number"),
    empty_title=gettext_lazy("Nothing counted yet"),
    empty_text=gettext_lazy("Sales, picks and deliveries go on while you count."),
    empty_icon="clipboard-check",
)


class NewCountForm(forms.Form):
    location = forms.ModelChoiceField(
        label=gettext_lazy("Location"),
        queryset=Location.objects.none(),
        to_field_name="code",
        empty_label=None,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[(value, known.text) for value, known in BADGES["count_kind"].items()],
        widget=forms.RadioSelect,
        initial=CountKind.FULL,
    )
    named = forms.CharField(
        label=gettext_lazy("Bins or SKUs"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr", "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, or with commas between them. Not needed to count everything."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)

    def __init__(self, principal: Principal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = principal.limit_to_locations(Location.objects.filter(active=True), "code")
        choice: Any = self.fields["location"]
        choice.queryset = places.order_by("name")
        choice.label_from_instance = lambda location: location.name

    def clean_note(self) -> str:
        try:
            return text.clean(self.cleaned_data["note"], 500) if self.cleaned_data["note"].strip() else ""
        except ValueError as error:
            raise forms.ValidationError(told(error)) from error

    @property
    def names(self) -> list[str]:
        named = text.digits(self.cleaned_data["named"])
        typed = named.replace("\x00", "").replace("،", ",").replace(",", "\n")
        return list(dict.fromkeys(word.strip() for word in typed.splitlines() if word.strip()))


class EntryForm(forms.Form):
    """A figure that is a product's code, or as long as one, is believed when it is sent a second time (`sure`)."""

    line = forms.UUIDField(widget=forms.HiddenInput)
    counted = FigureField(error_messages={"invalid": gettext_lazy("Type a whole number.")})
    doubted = ""

    def clean_counted(self) -> int:
        figure: int = self.cleaned_data["counted"]
        typed = plain(self.data["counted"]) if self.data["counted"].isprintable() else ""
        if self.data.get("sure") == str(figure):
            return figure
        if figure >= LONGEST or Product.objects.filter(Q(sku=typed) | Q(barcode=typed)).exists():
            self.doubted = str(figure)
            fault = _("%(code)s is a product's code. If so many are here, send it again.")
            if figure >= LONGEST:
                fault = _("%(code)s is very many. If so many are here, send it again.")
            raise forms.ValidationError(fault % {"code": display.isolated(typed)})
        return figure


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def count_list(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="counts")
    context = {"list": page, "writes": request.principal.may("stock:write")}
    return part_or_page(request, "fulfillment/counts.html", "_list_part.html", context)


@staff_page(scope="stock:write")
def count_new(request: Any) -> HttpResponseBase:
    form = NewCountForm(request.principal, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            count = _open(form, request.principal.actor)
        except Problem as problem:
            tell_form(form, problem, {"/bins": "named", "/kind": "kind", "/skus": "named"})
        else:
            return done(request, _("The count has begun."), reverse("count-enter", args=[count.number]))
    return render(request, "fulfillment/count_new.html", {"form": form}, status=422 if form.is_bound else 200)


def _open(form: NewCountForm, actor: str) -> StockCount:
    kind, names = form.cleaned_data["kind"], form.names
    products: list[Product] = []
    if kind == CountKind.BIN:
        names = _bins(form.cleaned_data["location"], names)
    if kind == CountKind.SKU:
        products = list(Product.objects.filter(sku__in=names, components=[]))
        unknown = sorted(set(names) - {product.sku for product in products})
        if unknown:
            detail = said("There is no product %(code)s.", code=", ".join(unknown[:5]))
            raise Invalid.at("/skus", detail, "unknown_sku")
        if not names:
            raise Invalid.at("/skus", said("Name at least one SKU."), "unknown_sku")
    return counting.open_count(
        form.cleaned_data["location"],
        kind=kind,
        bins=names if kind == CountKind.BIN else (),
        products=products,
        note=form.cleaned_data["note"],
        actor=actor,
    )


def _bins(location: Location, names: list[str]) -> list[str]:
    """The bins there, as they are kept, however they are spelled. Raises Invalid `unknown_bin`."""
    if not names:
        raise Invalid.at("/bins", said("Name at least one bin."), "unknown_bin")
    known = {
        plain(name): name
        for name in StockLevel.objects.filter(location=location).values_list("bin", flat=True)
    }
    unknown = [name for name in names if not name.isprintable() or plain(name) not in known]
    if unknown:
        raise Invalid.at(
            "/bins", said("No such bin here: %(bins)s", bins=", ".join(unknown[:5])), "unknown_bin"
        )
    return [known[plain(name)] for name in names]


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def count_detail(request: Any, number: str) -> HttpResponseBase:
    """What differs, once counting is over; how far it is, before."""
    count = get_count(request.principal, number)
    lines = _lines(count)
    blind = count.state == CountState.COUNTING and not request.principal.may("valuation:read")
    shown = [] if blind else [line for line in lines if line.difference]
    short = counting.short_of(shown)
    context: dict[str, Any] = {
        "count": count,
        "sums": counting.sums(count),
        "blind": blind,
        "lines": [(line, _value(line), short.get(line.pk, 0)) for line in sorted(shown, key=_size)],
        "left_out": [line for line in lines if line.counted is None],
        "values": request.principal.may("valuation:read"),
        "approves": request.principal.may("valuation:write"),
        "writes": request.principal.may("stock:write"),
        "currency": settings.COMPANY_CURRENCY,
    }
    return render(request, "fulfillment/count.html", context)


def _value(line: CountLine) -> Decimal:
    return (line.difference or 0) * (line.unit_cost or Decimal(0))


def _size(line: CountLine) -> Decimal:
    """The dearest difference first; where nobody knows the cost, the largest."""
    return -abs((line.difference or 0) * (line.unit_cost or Decimal(1)))


@staff_page(scope="stock:write")
def count_enter(request: Any, number: str) -> HttpResponseBase:
    """The counter's screen: a line at a time in the order of the bins, or the one just scanned. No figure is shown
    but those typed here: scanned, a line has its first unit; counted already, its figure."""
    count = get_count(request.principal, number)
    if request.method == "POST":
        return _enter(request, count)
    if count.state != CountState.COUNTING:
        return done(request, _("Nothing more is counted here."), reverse("count-detail", args=[number]))
    lines = _lines(count)
    scanned, unknown = request.GET.get("code", "")[:128], ""
    current = None
    if scanned:
        current = _scanned(lines, scanned)
        unknown = "" if current else scanned
    elif request.GET.get("line"):
        current = next((line for line in lines if str(line.pk) == request.GET["line"]), None)
    counted = current is not None and current.counted is not None
    figure = str(current.counted) if current is not None and counted else "1" if scanned and current else ""
    return _screen(request, count, lines, current, unknown=unknown, figure=figure, again=counted)


def _screen(
    request: Any,
    count: StockCount,
    lines: list[CountLine],
    current: CountLine | None,
    *,
    figure: str,
    unknown: str = "",
    again: bool = False,
    faults: Mapping[str, str] = MappingProxyType({}),
    sure: str = "",
    then: str = "",
) -> HttpResponseBase:
    """`figure` stands in the field; `again`: it was counted as that before. `sure` and `then` are sent along."""
    context = {
        "count": count,
        "lines": [(line, _codes(line)) for line in lines],
        "current": current or next((line for line in lines if line.counted is None), None),
        "chosen": current is not None,
        "counted": sum(line.counted is not None for line in lines),
        "unknown": unknown,
        "said": _("%(code)s is not on this list.") % {"code": display.isolated(unknown)} if unknown else "",
        "figure": figure,
        "again": again,
        "faults": faults,
        "sure": sure,
        "then": then,
    }
    return render(request, "fulfillment/count_enter.html", context, status=422 if faults else 200)


def _enter(request: Any, count: StockCount) -> HttpResponseBase:
    back = reverse("count-enter", args=[count.number])
    if request.POST.get("code"):
        line = counting.add_line(
            count,
            _product(request.POST["code"]),
            lot=request.POST.get("lot", "")[:64],
            actor=request.principal.actor,
        )
        return done(request, _("It is on the list now."), f"{back}?line={line.pk}")
    form = EntryForm(request.POST)
    if not form.is_valid():
        lines = _lines(count)
        named = request.POST.get("line", "")
        current = next((line for line in lines if str(line.pk) == named), None)
        if current is None:
            raise NotFound
        return _screen(
            request,
            count,
            lines,
            current,
            figure=request.POST.get("counted", "")[:128],
            faults={"counted": " ".join(str(fault) for fault in form.errors["counted"])},
            sure=form.doubted,
            then=request.POST.get("then", "")[:128],
        )
    if not count.lines.filter(pk=form.cleaned_data["line"]).exists():
        raise NotFound
    line = floor.enter(
        form.cleaned_data["line"], counted=form.cleaned_data["counted"], actor=request.principal.actor
    )
    told_so = _("%(sku)s is counted: %(units)s.") % {
        "sku": display.isolated(line.product.sku),
        "units": reading.figure(line.counted or 0),
    }
    then = request.POST.get("then", "")[:128]
    return done(request, told_so, f"{back}?{urlencode({'code': then})}" if then else back)


@staff_page(scope="stock:write", methods=("POST",))
def count_submit(request: Any, number: str) -> HttpResponseBase:
    count = floor.submit(get_count(request.principal, number), actor=request.principal.actor)
    said = _("Booked.") if count.state == CountState.DONE else _("A manager looks at the differences now.")
    return done(request, said, reverse("count-detail", args=[number]))


@staff_page(scope="valuation:write", methods=("POST",))
def count_approve(request: Any, number: str) -> HttpResponseBase:
    floor.approve(get_count(request.principal, number), actor=request.principal.actor)
    return done(request, _("Booked."), reverse("count-detail", args=[number]))


@staff_page(scope="valuation:write", methods=("POST",))
def count_send_back(request: Any, number: str) -> HttpResponseBase:
    counting.send_back(get_count(request.principal, number), reason="", actor=request.principal.actor)
    return done(request, _("It is counted again."), reverse("count-detail", args=[number]))


@staff_page(scope="stock:write", methods=("POST",))
def count_cancel(request: Any, number: str) -> HttpResponseBase:
    counting.cancel(get_count(request.principal, number), actor=request.principal.actor)
    return done(request, _("Cancelled. Nothing was booked."), reverse("count-list"))


def get_count(principal: Principal, number: str) -> StockCount:
    """The only way a page obtains a count."""
    found = visible(principal).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def _lines(count: StockCount) -> list[CountLine]:
    """In the order of the bins."""
    return list(count.lines.select_related("product", "lot").order_by("bin", "product__sku", "lot_id"))


def _codes(line: CountLine) -> str:
    """What a scanner may say for this line, one a line."""
    lot = line.lot.code if line.lot is not None else ""
    return "\n".join(filter(None, map(plain, (line.product.sku, line.product.barcode, lot))))


def _scanned(lines: list[CountLine], code: str) -> CountLine | None:
    """The line a lot's code, a barcode or a SKU means; of several lots the first that is not counted."""
    read = plain(code) if code.isprintable() else ""
    found = [line for line in lines if line.lot is not None and plain(line.lot.code or "-") == read]
    if not found:
        found = [
            line for line in lines if read in (plain(line.product.sku), plain(line.product.barcode or "-"))
        ]
    return next((line for line in found if line.counted is None), found[0] if found else None)


def _product(code: str) -> Product:
    code = code.replace("\x00", "")[:128]
    found = Product.objects.filter(Q(sku=code) | Q(barcode=text.digits(code))).order_by("pk").first()
    if found is None:
        raise Invalid.at("/code", said("There is no product %(code)s.", code=code), "unknown_sku")
    return found
