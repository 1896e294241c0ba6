"""Products by SKU: the columns a list has of them; what it leaves out stays as it is."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from inventory import putting
from inventory.models import Product
from oms.backoffice.importing import values
from oms.backoffice.importing.fields import Field, Row, always
from oms.backoffice.importing.kinds.kind import Context, Decided, Kind, blame, clean, nested
from oms.core.errors import Problem

_BACKORDER = {"deny": "no|لا|خیر|ممنوع|0|false", "allow": "yes|نعم|بله|مسموح|مجاز|1|true"}

FIELDS = (
    Field(
        "sku",
        _("SKU"),
        always(values.code),
        "sku|item sku|variant sku|item code|product code|article|part number|رمز المنتج|رمز التخزين|"
        "الرمز|كود المنتج|رمز sku|شناسه کالا|کد کالا|کد محصول|شناسه محصول",
        required=True,
        example="TEE-RED-M",
    ),
    Field(
        "name.en",
        _("Name in English"),
        always(values.words),
        "name|title|product|product name|item name|name en|english name|name english|description|"
        "الاسم بالانجليزية|الاسم الانجليزي|نام انگلیسی",
        example="T-shirt, red, M",
        help=_("A new product without one is called by its Arabic or Persian name."),
    ),
    Field(
        "name.ar",
        _("Name in Arabic"),
        always(values.words),
        "name ar|arabic name|name arabic|الاسم|اسم المنتج|الاسم بالعربية|الاسم العربي|اسم الصنف|نام عربی",
        example="تيشيرت أحمر مقاس وسط",
    ),
    Field(
        "name.fa",
        _("Name in Persian"),
        always(values.words),
        "name fa|persian name|farsi name|نام|نام کالا|نام محصول|عنوان|نام فارسی|الاسم بالفارسية",
        example="تی‌شرت قرمز سایز متوسط",
    ),
    Field(
        "barcode",
        _("Barcode"),
        always(values.code),
        "barcode|ean|ean13|upc|gtin|isbn|variant barcode|الباركود|باركود|رمز شريطي|بارکد",
        example="6281000000017",
    ),
    Field(
        "price.amount",
        _("Price"),
        always(values.amount),
        "price|sale price|unit price|list price|variant price|retail price|السعر|سعر البيع|سعر|قیمت|"
        "قیمت فروش|مبلغ",
        example="99.00",
    ),
    Field(
        "price.currency",
        _("Currency"),
        always(lambda cell: cell.upper()),
        "currency|currency code|العملة|عملة|ارز|واحد پول",
        example="SAR",
    ),
    Field(
        "weight_g",
        _("Weight"),
        lambda heading, options: values.measure(values.WEIGHT, heading),
        "weight|weight g|weight grams|grams|variant grams|net weight|الوزن|وزن المنتج|وزن|وزن کالا",
        example="0.25 kg",
        help=_("In grams, unless the cell or the heading names another unit."),
    ),
    Field(
        "length_mm",
        _("Length"),
        lambda heading, options: values.measure(values.LENGTH, heading),
        "length|length mm|depth|الطول|طول",
        example="300",
    ),
    Field(
        "width_mm",
        _("Width"),
        lambda heading, options: values.measure(values.LENGTH, heading),
        "width|width mm|العرض|عرض",
        example="200",
    ),
    Field(
        "height_mm",
        _("Height"),
        lambda heading, options: values.measure(values.LENGTH, heading),
        "height|height mm|الارتفاع|ارتفاع",
        example="20",
    ),
    Field(
        "hs_code",
        _("HS code"),
        always(values.code),
        "hs code|hs|tariff|tariff code|customs code|الرمز الجمركي|رمز النظام المنسق|کد تعرفه|تعرفه گمرکی",
        example="6109.10",
    ),
    Field(
        "requires",
        _("Requires"),
        always(values.several),
        "requires|capabilities|needs|يتطلب|المتطلبات|نیازمندی ها|نیاز دارد",
        help=_("What a location must be able to do, such as engraving."),
        example="",
    ),
    Field(
        "components",
        _("Parts of a kit"),
        always(values.parts),
        "components|bundle|parts|kit|مكونات|مكونات الحزمة|اجزا|اجزای بسته",
        help=_("SKU:quantity, with semicolons between them: MUG:2;BOX:1"),
        example="",
    ),
    Field(
        "backorder",
        _("Backorder"),
        always(values.one_of(_BACKORDER)),
        "backorder|allow backorder|inventory policy|oversell|البيع عند النفاد|طلب مسبق|پیش فروش|"
        "فروش بدون موجودی",
        example="deny",
    ),
    Field(
        "low_stock_at",
        _("Low from"),
        always(values.whole),
        "low stock at|low stock|reorder point|minimum|min stock|حد التنبيه|الحد الادنى|حد إعادة الطلب|"
        "حداقل موجودی|نقطه سفارش",
        example="5",
    ),
    Field(
        "cost",
        _("Unit cost"),
        always(values.amount),
        "cost|unit cost|cost price|purchase price|التكلفة|سعر التكلفة|تكلفة الوحدة|بهای تمام شده|قیمت خرید",
        help=_("What a unit costs us, in the company's currency."),
        example="41.50",
    ),
    Field(
        "tracks_lots",
        _("Kept in lots"),
        always(values.yes_or_no),
        "lots|tracks lots|batch tracked|has lots|تتبع الدفعات|دفعات|ردیابی بچ|سری ساخت",
        example="no",
    ),
    Field(
        "shelf_life_days",
        _("Shelf life in days"),
        always(values.whole),
        "shelf life|shelf life days|best before days|مدة الصلاحية|الصلاحية بالأيام|عمر مفید|ماندگاری",
        example="",
    ),
    Field(
        "available_from",
        _("Available from"),
        always(values.day),
        "available from|release date|launch date|on sale from|متاح من|تاريخ الإصدار|تاریخ عرضه|موجود از",
        help=_("Before that day it is only promised. A date such as 2026-12-31."),
        example="",
    ),
)


_KEYS = [one.key for one in FIELDS]


def keys(row: Row) -> Iterable[str]:
    """A kit is decided together with those of its parts that the file brings."""
    yield str(row.values.get("sku", row.number))
    for part in row.values.get("components") or ():
        yield part["sku"]


def write(rows: Sequence[Row], context: Context) -> Decided:
    decided = Decided()
    for row in rows:
        if not row.values.get("sku"):
            row.refuse("required", "sku")
    good = clean(rows, decided, "sku")
    skus = [row.values["sku"] for row in good]
    known = set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    patches = [_patch(row, new=row.values["sku"] not in known) for row in good]
    results = putting.put_products(patches, actor=context.actor)
    for row, result in zip(good, results, strict=True):
        if isinstance(result, Problem):
            blame(row, result, FIELDS)
            decided.refuse(row)
        else:
            decided.count(result)
    return decided


def _patch(row: Row, *, new: bool) -> dict[str, Any]:
    patch = nested(row.values, _KEYS)
    names = {code: name for code, name in patch.get("name", {}).items() if name}
    if names and new:
        patch["name"] = patch["name"] | {"en": names.get("en") or next(iter(names.values()))}
    price = patch.get("price")
    if price is not None:
        if price.get("amount") is None:
            patch.pop("price")
            if "amount" in price:
                patch["price"] = None
        else:
            patch["price"] = {
                "amount": price["amount"],
                "currency": price.get("currency") or settings.COMPANY_CURRENCY,
            }
    return patch


KIND = Kind(
    key="products",
    scope="products:write",
    label=_("Products"),
    text=_("New SKUs are added; of known ones the columns of the file are changed."),
    icon="tag",
    fields=FIELDS,
    key_fields=("sku", "components"),
    keys=keys,
    write=write,
    options=("empty",),
    grows=(Product,),
    opens="product-list",
    opens_label=_("Open the products"),
)
