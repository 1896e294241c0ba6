"""What the demo's staff know of their customers: tags, notes, consent, lists, segments, and two campaigns. Once."""

from django.db import transaction

from channels import campaigns
from channels.demo import dice, hurrying
from channels.models import Campaign
from oms.core.models import Channel, SavedView, User
from orders import commenting, describing, histories, noting, standing
from orders.models import Customer, Order
from orders.segments import Conditions

ACTOR = "staff:manager"
BEST = 12
NOTES = (
    "يفضّل الاتصال بعد صلاة العصر.",
    "Buys gifts for a school each term: offer boxes of twelve.",
    "آدرس دقیق را پیامکی می‌فرستد؛ پیش از ارسال بپرسید.",
)
SEGMENTS = (
    ("VIP", "tag=VIP"),
    ("الرياض", "city=Riyadh"),
    ("طلبان أو أكثر", "orders_min=2&sort=-paid"),
)
THANKS = {
    "en": {
        "subject": "{first_name}, a thank-you from {brand}",
        "body": "Dear {first_name},\n\nyou ordered {orders} times with us, and we noticed.\n\nThe winter collection"
        " opens for you two days before everyone else.",
    },
    "ar": {
        "subject": "{first_name}، شكرًا من {brand}",
        "body": "أهلًا {first_name}،\n\nطلبت منا {orders} مرات، ونقدّر ذلك.\n\nتشكيلة الشتاء متاحة لك قبل الجميع بيومين.",
    },
    "fa": {
        "subject": "{first_name} عزیز، سپاس از سوی {brand}",
        "body": "سلام {first_name}،\n\nشما {orders} بار از ما خرید کرده‌اید و قدردانیم.\n\nمجموعهٔ زمستانی دو روز زودتر"
        " برای شما باز می‌شود.",
    },
}
OFFER = {
    "en": {
        "subject": "White Friday at {brand}",
        "body": "Dear {first_name},\n\nit begins on Thursday at midnight.",
    },
    "ar": {
        "subject": "الجمعة البيضاء في {brand}",
        "body": "أهلًا {first_name}،\n\nتبدأ الخميس عند منتصف الليل.",
    },
}


@transaction.atomic
def know() -> None:
    """All of it or nothing; nothing where there is a campaign."""
    if Campaign.objects.exists():
        return
    histories.catch_up()
    best = list(Customer.objects.filter(order_count__gt=0).order_by("-paid", "pk")[:BEST])
    for customer in Customer.objects.filter(email_key__isnull=False).order_by("pk"):
        answer = dice.number(10, "marketing", customer.email_key)
        if answer < 6:
            describing.agree(customer, "refused" if answer == 0 else "agreed", actor="customer")
    for place, customer in enumerate(best):
        describing.tag(customer, add=["VIP"] if place % 3 else ["VIP", "gifts"], actor=ACTOR)
        if customer.email_key:
            describing.agree(customer, "agreed", actor="customer")
    for customer, words in zip(best, NOTES, strict=False):
        noting.note(customer, words, actor=ACTOR)
    if latest := Order.objects.order_by("-placed_at", "-pk").first():
        commenting.comment(latest, "@admin @agent العميل يسأل: هل يصل قبل الخميس؟", actor=ACTOR)
        commenting.comment(latest, "@manager I told them Wednesday.", actor="staff:agent")
    hurrying.hurry(actor=ACTOR)
    for customer in best[:2]:
        standing.trust(customer, reason="Pays and accepts since years", actor=ACTOR)
    standing.put(
        [standing.contact("+966509998877"), standing.contact("refuses@example.com")],
        "blocked",
        reason="Refused three parcels at the door",
        actor=ACTOR,
    )
    owner = User.objects.get(username="manager")
    for name, query in SEGMENTS:
        SavedView.objects.get_or_create(
            owner=owner, listing="customers", name=name, defaults={"query": query, "shared": True}
        )
    channel = Channel.objects.order_by("pk")[0]
    thanks = campaigns.draft(
        name="Thank you, VIP",
        channel=channel,
        texts=THANKS,
        fallback="en",
        conditions=Conditions(tags=("VIP",)),
        segment="VIP",
        actor=ACTOR,
    )
    if campaigns.recipients(thanks).exists():
        campaigns.start(thanks, actor=ACTOR)
    campaigns.draft(
        name="White Friday", channel=channel, texts=OFFER, fallback="en", conditions=Conditions(), actor=ACTOR
    )
