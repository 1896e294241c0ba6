"""The columns a list of orders can have: those of the order and those of its lines."""

from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.backoffice.importing import values
from oms.backoffice.importing.countries import country
from oms.backoffice.importing.fields import Field, Options, always

_METHODS = {
    "card": "credit card|mada|visa|mastercard|apple pay|بطاقة|مدى|بطاقة ائتمان|کارت|کارت بانکی|درگاه",
    "cod": "cash on delivery|cash|الدفع عند الاستلام|نقدا|پرداخت در محل|نقدی",
    "bank": "bank transfer|transfer|تحويل بنكي|حوالة|انتقال بانکی|واریز",
    "cheque": "check|شيك|چک",
    "wallet": "stc pay|محفظة|کیف پول",
    "store_credit": "store credit|gift card|رصيد المتجر|بطاقة هدية|اعتبار فروشگاه|کارت هدیه",
}
_PAID = {
    "captured": "paid|مدفوع|تم الدفع|پرداخت شده",
    "authorized": "authorised|مصرح|تأیید شده",
    "pending": "unpaid|awaiting|غير مدفوع|بانتظار الدفع|پرداخت نشده|در انتظار",
}
_DELIVERY = {
    "ship": "shipping|delivery|شحن|توصيل|ارسال",
    "pickup": "collect|store pickup|استلام|من الفرع|تحویل حضوری",
}


def _moment(heading: str, options: Options) -> values.Reader:
    zone = timezone.get_current_timezone()
    known = zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")
    return values.moment(known, month_first=options.get("dates") == "month_first")


FIELDS = (
    Field(
        "external_id",
        _("Order number"),
        always(values.code),
        "external id|order|order id|order number|order no|name|reference|رقم الطلب|الطلب|رقم المرجع|"
        "شماره سفارش|سفارش|کد سفارش",
        required=True,
        example="1001",
    ),
    Field(
        "placed_at",
        _("Ordered at"),
        _moment,
        "placed at|date|order date|created at|تاريخ الطلب|التاريخ|تاریخ|تاریخ سفارش",
        example="2026-11-22 10:00",
    ),
    Field(
        "currency",
        _("Currency"),
        always(lambda cell: cell.upper()),
        "currency|العملة|ارز|واحد پول",
        example="SAR",
    ),
    Field("language", _("Language"), always(lambda cell: cell.lower()), "language|locale|اللغة|زبان"),
    Field(
        "customer.name",
        _("Customer"),
        always(values.words),
        "customer|customer name|billing name|full name|العميل|اسم العميل|مشتری|نام مشتری",
        example="Sara Al-Otaibi",
    ),
    Field(
        "customer.email",
        _("E-mail"),
        always(values.words),
        "email|e-mail|customer email|البريد|البريد الإلكتروني|ایمیل",
        example="sara@example.com",
    ),
    Field(
        "customer.phone",
        _("Phone"),
        always(values.code),
        "phone|mobile|customer phone|billing phone|الجوال|رقم الجوال|الهاتف|موبایل|تلفن|شماره تماس",
        example="+966501234567",
    ),
    Field(
        "shipping_address.name",
        _("Receiver"),
        always(values.words),
        "receiver|recipient|ship to|shipping name|المستلم|اسم المستلم|گیرنده|نام گیرنده",
    ),
    Field(
        "shipping_address.line1",
        _("Address"),
        always(values.words),
        "address|address1|address line 1|street|shipping address|shipping address1|shipping street|"
        "العنوان|الشارع|نشانی|آدرس",
        example="12 King Fahd Rd",
    ),
    Field(
        "shipping_address.line2",
        _("Address, second line"),
        always(values.words),
        "address2|address line 2|shipping address2|تكملة العنوان|ادامه نشانی",
    ),
    Field(
        "shipping_address.district",
        _("District"),
        always(values.words),
        "district|neighbourhood|الحي|محله",
        example="Al Olaya",
    ),
    Field(
        "shipping_address.city",
        _("City"),
        always(values.words),
        "city|shipping city|town|المدينة|شهر",
        example="Riyadh",
    ),
    Field(
        "shipping_address.region",
        _("Region"),
        always(values.words),
        "region|province|shipping province|المنطقة|استان",
    ),
    Field(
        "shipping_address.postal_code",
        _("Postcode"),
        always(values.code),
        "postcode|postal code|zip|shipping zip|الرمز البريدي|کد پستی",
        example="12211",
    ),
    Field(
        "shipping_address.country",
        _("Country"),
        always(country),
        "country|country code|shipping country|الدولة|البلد|کشور",
        example="SA",
    ),
    Field(
        "shipping_address.phone",
        _("Receiver’s phone"),
        always(values.code),
        "shipping phone|receiver phone|جوال المستلم|تلفن گیرنده",
    ),
    Field(
        "shipping_address.short_address",
        _("Short address"),
        always(values.code),
        "short address|national address|العنوان المختصر|العنوان الوطني",
        example="RRRD2929",
    ),
    Field(
        "sku",
        _("SKU"),
        always(values.code),
        "sku|item sku|lineitem sku|variant sku|item code|product code|رمز المنتج|رمز التخزين|"
        "شناسه کالا|کد کالا|کد محصول",
        required=True,
        example="TEE-RED-M",
    ),
    Field(
        "quantity",
        _("Quantity"),
        always(values.whole),
        "quantity|qty|lineitem quantity|units|الكمية|كمية|العدد|تعداد|مقدار",
        example="2",
        help=_("Empty is one."),
    ),
    Field(
        "unit_price",
        _("Unit price"),
        always(values.amount),
        "unit price|price|lineitem price|item price|السعر|سعر الوحدة|سعر|قیمت|قیمت واحد|فی",
        required=True,
        example="99.00",
    ),
    Field(
        "discount",
        _("Line discount"),
        always(values.amount),
        "discount|line discount|lineitem discount|الخصم|خصم|تخفیف",
    ),
    Field(
        "tax_rate",
        _("Tax rate"),
        always(values.rate),
        "tax rate|tax|vat|vat rate|الضريبة|نسبة الضريبة|مالیات|نرخ مالیات",
        example="15%",
    ),
    Field(
        "shipping.service",
        _("Delivery service"),
        always(values.words),
        "service|shipping service|shipping method|طريقة الشحن|خدمة الشحن|روش ارسال",
        example="standard",
    ),
    Field(
        "shipping.price",
        _("Delivery price"),
        always(values.amount),
        "shipping|shipping price|delivery fee|shipping cost|رسوم الشحن|الشحن|تكلفة الشحن|هزینه ارسال",
        example="25.00",
    ),
    Field(
        "shipping.tax_rate",
        _("Tax rate of delivery"),
        always(values.rate),
        "shipping tax rate|ضريبة الشحن|مالیات ارسال",
        example="15%",
    ),
    Field(
        "prices_include_tax",
        _("Prices include tax"),
        always(values.yes_or_no),
        "prices include tax|tax included|taxes included|شامل الضريبة|الأسعار تشمل الضريبة|با مالیات|"
        "قیمت با مالیات",
        example="1",
    ),
    Field(
        "payment.method",
        _("Payment method"),
        always(values.one_of(_METHODS)),
        "payment method|payment|paid by|طريقة الدفع|روش پرداخت|پرداخت",
        example="card",
    ),
    Field(
        "payment.state",
        _("Payment state"),
        always(values.one_of(_PAID)),
        "payment state|payment status|financial status|حالة الدفع|وضعیت پرداخت",
        example="captured",
    ),
    Field(
        "payment.amount",
        _("Amount paid"),
        always(values.amount),
        "payment amount|amount paid|paid|المبلغ المدفوع|مبلغ پرداخت شده",
        help=_("Empty with a method is the whole order."),
    ),
    Field(
        "payment.reference",
        _("Payment reference"),
        always(values.code),
        "payment reference|transaction|transaction id|رقم العملية|مرجع الدفع|شماره تراکنش|کد پیگیری",
    ),
    Field(
        "delivery.kind",
        _("Delivery"),
        always(values.one_of(_DELIVERY)),
        "delivery|delivery kind|نوع التوصيل|نوع تحویل",
    ),
    Field(
        "delivery.location",
        _("Pickup location"),
        always(values.code),
        "pickup location|branch|فرع الاستلام|شعبه تحویل",
    ),
    Field("note", _("Note"), always(values.words), "note|notes|comment|ملاحظات|ملاحظة|یادداشت|توضیحات"),
    Field("gift_message", _("Gift message"), always(values.words), "gift message|رسالة الإهداء|پیام هدیه"),
    Field("tags", _("Tags"), always(values.several), "tags|labels|الوسوم|وسوم|برچسب ها|برچسب"),
)
