"""Stock as counted or as moved: each row one correction of one figure, with its reason."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from inventory import stock
from inventory.models import Location, Product, StockLevel
from oms.backoffice.importing import values
from oms.backoffice.importing.fields import Field, Row, always
from oms.backoffice.importing.kinds.kind import Context, Decided, Kind, blame, clean
from oms.core import text
from oms.core.errors import Problem

_STATES = {
    "on_hand": "on hand|in stock|متوفر|المتوفر|في المخزون|موجود|موجودی",
    "damaged": "damage|broken|تالف|معیوب|خراب",
    "quality_control": "quality control|qc|فحص الجودة|قيد الفحص|کنترل کیفیت",
    "safety": "safety stock|buffer|مخزون الأمان|احتياطي|ذخیره احتیاطی|موجودی اطمینان",
}

FIELDS = (
    Field(
        "sku",
        _("SKU"),
        always(values.code),
        "sku|item sku|variant sku|item code|product code|رمز المنتج|رمز التخزين|الرمز|كود المنتج|"
        "شناسه کالا|کد کالا|کد محصول",
        required=True,
        example="TEE-RED-M",
    ),
    Field(
        "location",
        _("Location"),
        always(values.code),
        "location|location code|warehouse|store|branch|site|الموقع|المستودع|المخزن|الفرع|رمز الموقع|"
        "انبار|کد انبار|محل|شعبه",
        example="RUH",
    ),
    Field(
        "set_to",
        _("New figure"),
        always(values.whole),
        "set to|quantity|qty|on hand|stock|available|count|counted|new quantity|الكمية|كمية|المخزون|"
        "الرصيد|العدد|موجودی|تعداد|مقدار|شمارش",
        help=_("What there is now, as counted."),
        example="40",
    ),
    Field(
        "change",
        _("Change by"),
        always(values.whole),
        "change|adjustment|delta|difference|received|التغيير|التعديل|الفرق|الوارد|تغییر|اختلاف|ورودی",
        help=_("More or less than before: 12, -3."),
        example="",
    ),
    Field(
        "state",
        _("State"),
        always(values.one_of(_STATES)),
        "state|status|condition|الحالة|وضعیت",
        help=_("Empty is on hand."),
        example="",
    ),
    Field(
        "lot",
        _("Lot"),
        always(values.code),
        "lot|lot number|lot code|batch|batch number|batch no|الدفعة|دفعة|رقم الدفعة|رقم التشغيلة|بچ|شماره بچ|"
        "سری ساخت|شماره سری ساخت",
        help=_("For what is kept in lots: the figure is this lot's."),
        example="",
    ),
    Field(
        "expires_on",
        _("Last day"),
        always(values.day),
        "expires on|expiry|expiry date|expiration|expiration date|exp|best before|use by|تاريخ الانتهاء|"
        "تاريخ انتهاء الصلاحية|الصلاحية|انتهاء الصلاحية|تاریخ انقضا|انقضا|تاریخ مصرف",
        help=_("Of a new lot. Empty: as long as the product keeps."),
        example="",
    ),
    Field("bin", _("Bin"), always(values.words), "bin|shelf|bin location|الرف|رف|قفسه", example="A-04-2"),
    Field(
        "reason",
        _("Reason"),
        always(values.words),
        "reason|note|comment|السبب|ملاحظة|علت|دلیل|توضیح",
        example="Counted again",
    ),
)


def keys(row: Row) -> Iterable[str]:
    sku = row.values.get("sku", row.number)
    yield f"{sku}\n{row.values.get('location', '')}"
    # A lot is the product's wherever it lies, its last day too.
    if lot := row.values.get("lot"):
        yield f"{sku}\nlot\n{lot}"


def write(rows: Sequence[Row], context: Context) -> Decided:
    decided = Decided()
    named = Product.objects.filter(sku__in={str(row.values.get("sku")) for row in rows})
    products = dict(named.values_list("sku", "pk"))
    kits = set(named.exclude(components=[]).values_list("sku", flat=True))
    places = context.principal.limit_to_locations(Location.objects.all(), "code")
    locations = dict(places.values_list("code", "pk"))
    made = {}
    for row in rows:
        if row.values.get("sku") in kits:
            row.refuse("kit_has_no_stock", "sku", str(row.values["sku"]))
        correction = _correction(row, context, products, locations)
        if correction is not None:
            made[row.number] = correction
    good = clean(rows, decided)
    results = stock.adjust_many([made[row.number] for row in good], actor=context.actor)
    for row, result in zip(good, results, strict=True):
        if isinstance(result, Problem):
            blame(row, result, FIELDS)
            decided.refuse(row)
        else:
            decided.count("changed" if result else "unchanged")
    return decided


def _correction(
    row: Row, context: Context, products: dict[str, int], locations: dict[str, int]
) -> stock.Correction | None:
    """The row as a correction; what it lacks is written down as its faults."""
    found = row.values
    sku = str(found.get("sku") or "")
    code = str(found.get("location") or context.options.get("location", ""))
    set_to, change = found.get("set_to"), found.get("change")
    reason = found.get("reason") or context.options.get("reason", "")
    faulty = {fault.field for fault in row.faults}
    if not sku:
        row.refuse("required", "sku")
    elif sku not in products:
        row.refuse("unknown_sku", "sku", sku)
    if not code:
        row.refuse("required", "location")
    elif code not in locations:
        row.refuse("unknown_location", "location", code)
    if not faulty & {"set_to", "change"} and (set_to is None) == (change is None):
        row.refuse("one_figure", "set_to")
    if set_to is not None and not 0 <= set_to <= stock.INT_MAX:
        row.refuse("not_a_figure", "set_to", str(set_to))
    if change is not None and abs(change) > stock.INT_MAX:
        row.refuse("not_a_figure", "change", str(change))
    if not reason:
        row.refuse("required", "reason")
    shelf = found.get("bin")
    if shelf is not None and (len(shelf) > 32 or not shelf.isprintable()):
        row.refuse("too_long", "bin", "32")
    try:
        reason = text.clean(reason, 500)
    except ValueError:
        row.refuse("too_long", "reason", "500")
    try:
        lot = text.clean(found.get("lot") or "", 64)
    except ValueError:
        row.refuse("too_long", "lot", "64")
    if row.faults:
        return None
    state = found.get("state") or "on_hand"
    day = date.fromisoformat(found["expires_on"]) if found.get("expires_on") else None
    return stock.Correction(
        products[sku], locations[code], reason, set_to, change, state, shelf, lot=lot, expires_on=day
    )


KIND = Kind(
    key="stock",
    scope="stock:write",
    label=_("Stock"),
    text=_("Figures as counted, or what came and went; each with its movement."),
    icon="warehouse",
    fields=FIELDS,
    key_fields=("sku", "location", "lot"),
    keys=keys,
    write=write,
    options=("location", "reason"),
    either=(("set_to", "change"), ("location", "option:location"), ("reason", "option:reason")),
    grows=(StockLevel,),
    opens="stock-list",
    opens_label=_("Open the stock"),
)
