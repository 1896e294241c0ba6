"""A campaign reaches each of its segment once, in their language, after what is about orders."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from channels import campaign_texts, campaigns, notifications
from channels.models import Campaign, Message
from oms.core.errors import IllegalMove, Invalid
from oms.core.models import Event
from orders import describing, histories, segments, standing
from orders.models import Customer
from tests import shop

pytestmark = pytest.mark.django_db

TEXTS = {
    "en": {
        "subject": "Dear {first_name}, new at {brand}",
        "body": "Thank you for {orders} order.\n\nSee https://example.com",
    },
    "ar": {"subject": "جديدنا لك يا {first_name}", "body": "شكرًا لك على طلبك {last_order}."},
}


@pytest.fixture
def web() -> shop.Api:
    shop.product("TEE", RUH=100)
    return shop.api()


def customer(name: str, *, agreed: bool | None = True, language: str = "", **more) -> Customer:
    email = more.pop("email", f"{name.lower()}@example.com")
    one = Customer.objects.create(
        name=f"{name} Aziz", email=email, email_key=email or None, language=language, **more
    )
    if agreed is not None:
        one = describing.agree(one, "agreed" if agreed else "refused", actor="staff:maha")
    return one


def drafted(**changes) -> Campaign:
    given = {
        "name": "Winter",
        "channel": shop.channel(),
        "texts": TEXTS,
        "fallback": "en",
        "conditions": segments.Conditions(),
        "actor": "staff:maha",
    }
    return campaigns.draft(**{**given, **changes})


def send() -> None:
    while campaigns.run_due():
        pass
    notifications.send_due()
    campaigns.run_due()


def told() -> dict[str, str]:
    return {letter.to[0]: letter.subject for letter in mail.outbox}


def test_each_who_agreed_gets_it_once_in_their_language(web):
    customer("Sara", language="ar")
    customer("Ali")
    customer("Omar", agreed=None)
    customer("Huda", agreed=False)
    standing.block(customer("Blocked"), actor="staff:maha")
    campaign = drafted()
    assert campaigns.audience(segments.Conditions(), widened=False) == campaigns.Audience(5, 2, 1, 0, 1, 1)
    campaigns.start(campaign, actor="staff:maha")
    send()
    send()
    assert told() == {
        "sara@example.com": "جديدنا لك يا Sara",
        "ali@example.com": "Dear Ali, new at web",
    }
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    kinds = Event.objects.filter(kind__startswith="campaign.").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["campaign.drafted", "campaign.started", "campaign.sent"]


def test_who_was_never_asked_is_taken_in_only_when_that_is_said(web):
    customer("Omar", agreed=None)
    with pytest.raises(Invalid) as refused:
        campaigns.start(drafted(), actor="staff:maha")
    assert refused.value.code == "nobody"
    campaigns.start(drafted(widened=True), actor="staff:maha")
    send()
    assert set(told()) == {"omar@example.com"}


def test_the_mail_names_the_readers_own_facts_and_a_way_out(web):
    web.post("orders/", shop.order_body(("TEE", 1)))
    shop.work()
    histories.catch_up()
    mail.outbox.clear()
    Message.objects.all().delete()
    describing.agree(Customer.objects.get(), "agreed", actor="staff:maha")
    campaigns.start(drafted(texts={"en": TEXTS["en"]}), actor="staff:maha")
    send()
    (letter,) = mail.outbox
    assert "Thank you for \u20681\u2069 order." in letter.body
    assert '<a href="https://example.com"' in letter.alternatives[0][0]
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop in letter.body


def test_a_name_is_no_markup_and_no_field(web):
    customer("Eve", language="en").__class__.objects.update(name="<b>{brand}</b> Eve")
    campaigns.start(
        drafted(texts={"en": {"subject": "Hi", "body": "Dear {first_name}!"}}), actor="staff:maha"
    )
    send()
    html = mail.outbox[0].alternatives[0][0]
    assert "Dear \u2068&lt;b&gt;{brand}&lt;/b&gt;\u2069!" in html


@pytest.mark.parametrize(
    ("texts", "pointer"),
    [
        ({"en": {"subject": "Hi {nick}", "body": "x"}}, "/texts/en/subject"),
        ({"en": {"subject": "Hi", "body": ""}}, "/texts/en/body"),
        ({"en": {"subject": "", "body": ""}}, "/texts"),
        ({"ar": {"subject": "م", "body": "م"}}, "/fallback"),
        ({"xx": {"subject": "Hi", "body": "x"}}, "/texts/xx"),
    ],
)
def test_half_a_text_and_unknown_fields_are_refused_by_name(web, texts, pointer):
    with pytest.raises(Invalid) as refused:
        drafted(texts=texts)
    assert refused.value.errors[0]["pointer"] == pointer
    assert not Campaign.objects.exists()


def test_who_refuses_or_is_blocked_in_between_is_left_out(web):
    sara, ali = customer("Sara"), customer("Ali")
    customer("Omar")
    campaigns.start(drafted(), actor="staff:maha")
    campaigns.run_due()
    describing.agree(sara, "refused", actor="customer")
    standing.block(ali, actor="staff:maha")
    send()
    assert set(told()) == {"omar@example.com"}
    skipped = Message.objects.filter(state="skipped").values_list("recipient", "last_error")
    assert set(skipped) == {
        ("sara@example.com", "The customer wants no such messages."),
        ("ali@example.com", "The customer is blocked."),
    }


def test_a_stopped_campaign_sends_no_further_mail(web):
    customer("Sara")
    campaign = campaigns.start(drafted(), actor="staff:maha")
    campaigns.run_due()
    assert campaigns.stop(campaign, actor="staff:maha") == 1
    send()
    campaign.refresh_from_db()
    assert (campaign.state, mail.outbox) == ("stopped", [])
    for act in (campaigns.stop, campaigns.start):
        with pytest.raises(IllegalMove):
            act(campaign, actor="staff:maha")


def test_what_is_about_orders_goes_first_and_campaigns_keep_their_pace(web, settings):
    settings.CAMPAIGN_PER_MINUTE = 2
    for n in range(4):
        customer(f"C{n}")
    campaigns.start(drafted(), actor="staff:maha")
    campaigns.run_due()
    Message.objects.update(next_try_at=timezone.now() - timedelta(hours=1))
    web.post("orders/", shop.order_body(("TEE", 1)))
    shop.work()
    notifications.send_due()
    assert mail.outbox[0].to == ["sara@example.com"]
    assert len(mail.outbox) == 3
    notifications.send_due()
    assert len(mail.outbox) == 3, "the minute is not over"
    Message.objects.filter(state="sent").update(sent_at=timezone.now() - timedelta(minutes=2))
    notifications.send_due()
    assert len(mail.outbox) == 5


def test_slices_leave_nobody_out_and_nobody_twice(web, monkeypatch):
    monkeypatch.setattr(campaigns, "SLICE", 2)
    for n in range(5):
        customer(f"C{n}")
    campaign = campaigns.start(drafted(), actor="staff:maha")
    assert [campaigns.run_due() for _ in range(3)] == [True, True, False]
    Campaign.objects.update(written_to=None, written_at=None)  # as if a worker's step had been lost
    send()
    assert (Message.objects.filter(campaign=campaign).count(), len(mail.outbox)) == (5, 5)


def test_a_customer_ends_it_by_the_button_and_not_by_a_scanner_that_follows_links(web, client: Client):
    sara = customer("Sara")
    path = campaign_texts.stop_url(str(sara.pk)).partition("://")[2].partition("/")[2]
    page = client.get(f"/{path}")
    sara.refresh_from_db()
    assert (page.status_code, sara.marketing) == (200, "agreed")
    assert b"sara@example.com" not in page.content
    client.post(f"/{path}", {"List-Unsubscribe": "One-Click"})
    sara.refresh_from_db()
    assert sara.marketing == "refused"
    assert Event.objects.filter(kind="customer.refused").get().actor == "customer"
    client.post(f"/{path}", {"again": "1"})
    sara.refresh_from_db()
    assert sara.marketing == "agreed"
    assert client.get(f"/t/news/{sara.pk}.forged/").status_code == 404
