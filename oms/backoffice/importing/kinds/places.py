"""Locations by code: opened, or changed in the columns the file has."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from inventory import putting
from inventory.models import Location
from oms.backoffice.importing import values
from oms.backoffice.importing.countries import country
from oms.backoffice.importing.fields import Field, Row, always
from oms.backoffice.importing.kinds.kind import Context, Decided, Kind, blame, clean, nested
from oms.backoffice.importing.values import Unreadable
from oms.core.errors import Problem

_KINDS = {
    "warehouse": "مستودع|مخزن|انبار|dc|distribution center",
    "store": "shop|branch|متجر|فرع|معرض|فروشگاه|شعبه",
    "third_party": "third party|3pl|طرف ثالث|شرکت ثالث",
    "supplier": "vendor|مورد|تأمین‌کننده|تامین کننده",
}


def days(cell: str) -> list[int]:
    """Working days as 0 = Monday … 6 = Sunday: "0,1,2" or "0-4"."""
    found: list[int] = []
    for part in values.several(cell):
        first, dash, last = part.partition("-")
        found += range(values.whole(first), values.whole(last) + 1) if dash else [values.whole(part)]
    return found


def hour(cell: str) -> str:
    """An hour as 14:00; a spreadsheet writes 14:00:00 or 0.58333."""
    plain = values.text.digits(cell)
    if "." in plain and ":" not in plain:
        minutes = round(float(values.number(plain)) * 1440)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    hours, colon, minutes_part = plain.partition(":")
    if not colon or not hours.strip().isdigit():
        raise Unreadable("not_an_hour", cell)
    return f"{int(hours):02}:{minutes_part[:2]}"


FIELDS = (
    Field(
        "code",
        _("Code"),
        always(values.code),
        "code|location code|warehouse code|رمز الموقع|الرمز|كود|کد|کد انبار",
        required=True,
        example="RUH",
    ),
    Field(
        "name",
        _("Name"),
        always(values.words),
        "name|location|location name|الاسم|اسم الموقع|نام|نام انبار",
        example="Riyadh warehouse",
    ),
    Field(
        "kind",
        _("Kind"),
        always(values.one_of(_KINDS)),
        "kind|type|location type|النوع|نوع",
        example="warehouse",
    ),
    Field(
        "address.line1",
        _("Address"),
        always(values.words),
        "address|address1|address line 1|street|line1|العنوان|الشارع|نشانی|آدرس",
        example="12 King Fahd Rd",
    ),
    Field(
        "address.line2",
        _("Address, second line"),
        always(values.words),
        "address2|address line 2|line2|تكملة العنوان|ادامه نشانی",
    ),
    Field(
        "address.district",
        _("District"),
        always(values.words),
        "district|neighbourhood|الحي|محله",
        example="Al Olaya",
    ),
    Field("address.city", _("City"), always(values.words), "city|town|المدينة|شهر", example="Riyadh"),
    Field("address.region", _("Region"), always(values.words), "region|province|state|المنطقة|استان"),
    Field(
        "address.postal_code",
        _("Postcode"),
        always(values.code),
        "postcode|postal code|zip|الرمز البريدي|کد پستی",
        example="12211",
    ),
    Field(
        "address.country",
        _("Country"),
        always(country),
        "country|country code|الدولة|البلد|کشور",
        example="SA",
    ),
    Field(
        "address.phone", _("Phone"), always(values.code), "phone|telephone|mobile|الهاتف|الجوال|تلفن|موبایل"
    ),
    Field(
        "address.short_address",
        _("Short address"),
        always(values.code),
        "short address|national address|العنوان المختصر|العنوان الوطني",
        example="RRRD2929",
    ),
    Field(
        "capabilities",
        _("Capabilities"),
        always(values.several),
        "capabilities|abilities|services|الإمكانات|الخدمات|قابلیت ها|خدمات",
    ),
    Field(
        "priority",
        _("Priority"),
        always(values.whole),
        "priority|rank|الأولوية|اولویت",
        example="1",
        help=_("The lowest is asked first."),
    ),
    Field(
        "daily_capacity",
        _("Orders a day"),
        always(values.whole),
        "daily capacity|capacity|الطاقة اليومية|ظرفیت روزانه",
    ),
    Field(
        "cutoff", _("Cut-off"), always(hour), "cutoff|cut off|cut-off|آخر موعد|ساعت پایان", example="14:00"
    ),
    Field(
        "timezone",
        _("Time zone"),
        always(values.words),
        "timezone|time zone|المنطقة الزمنية|منطقه زمانی",
        example="Asia/Riyadh",
    ),
    Field(
        "working_days",
        _("Working days"),
        always(days),
        "working days|days|أيام العمل|روزهای کاری",
        help=_("0 is Monday, 6 is Sunday: 0-4 or 0,1,2."),
        example="",
    ),
    Field("active", _("Active"), always(values.yes_or_no), "active|enabled|نشط|مفعل|فعال", example="1"),
)
_KEYS = [one.key for one in FIELDS]


def keys(row: Row) -> Iterable[str]:
    yield str(row.values.get("code", row.number))


def write(rows: Sequence[Row], context: Context) -> Decided:
    decided = Decided()
    for row in rows:
        if not row.values.get("code"):
            row.refuse("required", "code")
    good = clean(rows, decided, "code")
    results = putting.put_locations([_patch(row, context) for row in good], actor=context.actor)
    for row, result in zip(good, results, strict=True):
        if isinstance(result, Problem):
            blame(row, result, FIELDS)
            decided.refuse(row)
        else:
            decided.count(result)
    return decided


def _patch(row: Row, context: Context) -> dict[str, Any]:
    return nested(row.values, _KEYS)


KIND = Kind(
    key="locations",
    scope="locations:write",
    label=_("Locations"),
    text=_("Warehouses, stores and suppliers; new codes are opened, known ones changed."),
    icon="map-pin",
    fields=FIELDS,
    key_fields=("code",),
    keys=keys,
    write=write,
    options=("empty",),
    grows=(Location,),
    opens="settings-locations",
    opens_label=_("Open the locations"),
)
