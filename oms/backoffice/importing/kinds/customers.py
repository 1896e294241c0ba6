"""Customers by e-mail or phone, as placing an order finds them."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from oms.backoffice.importing import values
from oms.backoffice.importing.countries import country
from oms.backoffice.importing.fields import Field, Row, always
from oms.backoffice.importing.kinds.kind import Context, Decided, Kind, blame, clean
from oms.core import text
from oms.core.errors import Problem
from orders import enrolling
from orders.models import Customer

ANSWERS = {
    "agreed": "yes|y|true|1|subscribed|accepted|نعم|موافق|مشترك|بله|موافق است|عضو",
    "refused": "no|n|false|0|unsubscribed|declined|لا|غير موافق|ملغى|رافض|نه|خیر|لغو عضویت",
}
FIELDS = (
    Field(
        "name",
        _("Name"),
        always(values.words),
        "name|customer|customer name|full name|الاسم|اسم العميل|الاسم الكامل|نام|نام مشتری|"
        "نام و نام خانوادگی",
        required=True,
        example="Sara Al-Otaibi",
    ),
    Field(
        "email",
        _("E-mail"),
        always(values.words),
        "email|e-mail|email address|mail|البريد|البريد الإلكتروني|الإيميل|ایمیل|پست الکترونیک",
        example="sara@example.com",
    ),
    Field(
        "phone",
        _("Phone"),
        always(values.code),
        "phone|phone number|mobile|mobile number|tel|telephone|الهاتف|الجوال|رقم الجوال|رقم الهاتف|"
        "موبایل|تلفن|شماره تماس|شماره موبایل",
        example="+966501234567",
    ),
    Field(
        "country",
        _("Country"),
        always(country),
        "country|country code|الدولة|البلد|کشور",
        help=_("Reads phones without a country code."),
        example="SA",
    ),
    Field(
        "tags",
        _("Tags"),
        always(values.several),
        "tags|labels|الوسوم|وسوم|برچسب ها|برچسب",
        help=_("Added to those a customer has."),
        example="VIP, Riyadh",
    ),
    Field(
        "marketing",
        _("Marketing"),
        always(values.one_of(ANSWERS)),
        "marketing|accepts marketing|accepts email marketing|email marketing|consent|newsletter|"
        "التسويق|الرسائل التسويقية|بازاریابی|خبرنامه",
        help=_("Agreed or refused; no file turns a refusal round."),
        example="agreed",
    ),
)


def keys(row: Row) -> Iterable[str]:
    """Rows of one person are decided together, by e-mail or by phone."""
    email = text.email_key(row.values.get("email") or "")
    phone = text.phone_key(row.values.get("phone") or "", row.values.get("country") or "")
    return [key for key in (email, phone) if key] or [f"\n{row.number}"]


def write(rows: Sequence[Row], context: Context) -> Decided:
    decided = Decided()
    good = clean(rows, decided)
    people = [
        enrolling.Person(
            row.values.get("name") or "",
            row.values.get("email") or "",
            row.values.get("phone") or "",
            row.values.get("country") or context.options.get("country", ""),
            tuple(row.values.get("tags") or ()),
            row.values.get("marketing") or "",
        )
        for row in good
    ]
    for row, result in zip(good, enrolling.enrol(people, actor=context.actor), strict=True):
        if isinstance(result, Problem):
            blame(row, result, FIELDS)
            decided.refuse(row)
        else:
            decided.count(result)
    return decided


KIND = Kind(
    key="customers",
    scope="orders:write",
    label=_("Customers"),
    text=_("People by e-mail or phone; who is known is brought up to date, nobody comes twice."),
    icon="users",
    fields=FIELDS,
    key_fields=("email", "phone", "country"),
    keys=keys,
    write=write,
    options=("country",),
    either=(("email", "phone"),),
    grows=(Customer,),
    opens="customer-list",
    opens_label=_("Open the customers"),
)
