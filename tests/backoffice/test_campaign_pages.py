"""Campaigns by managers: written, looked at, tested, sent; agents look on."""

import pytest
from django.core import mail
from django.test import Client

from channels import campaigns, notifications
from channels.models import Campaign
from oms.core.models import Channel, SavedView, User
from orders import describing
from orders.models import Customer
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> Client:
    user = User.objects.create_user("huda", "huda@example.com", role="manager")
    SavedView.objects.create(owner=user, listing="customers", name="VIPs", query="tag=VIP")
    client.force_login(user)
    return client


@pytest.fixture
def vip() -> Customer:
    shop.channel()
    one = Customer.objects.create(name="Sara Aziz", email="sara@example.com", email_key="sara@example.com")
    describing.tag(one, add=["VIP"], actor="staff:huda")
    Customer.objects.create(
        name="Ali", email="ali@example.com", email_key="ali@example.com", marketing="agreed"
    )
    return describing.agree(one, "agreed", actor="staff:huda")


def form(**changes: str) -> dict[str, str]:
    given = {
        "name": "Winter",
        "channel": str(shop.channel().pk),
        "to": str(SavedView.objects.get().pk),
        "fallback": "ar",
        "subject_ar": "أهلًا {first_name}",
        "body_ar": "عروض الشتاء",
    }
    return {**given, **changes}


def test_a_campaign_to_a_segment_from_draft_to_sent(manager, vip):
    page = manager.post("/customers/campaigns/new/", form(), follow=True)
    campaign = Campaign.objects.get()
    assert (campaign.segment, campaign.conditions, campaign.texts["ar"]["body"]) == (
        "VIPs",
        {"tags": ["VIP"]},
        "عروض الشتاء",
    )
    assert page.context["audience"] == campaigns.Audience(1, 1, 0, 0, 0, 0)
    shown = manager.get(f"/customers/campaigns/{campaign.pk}/preview/ar/")
    assert "عروض الشتاء" in shown.content.decode()
    assert "unsafe-inline" in shown["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    manager.post(f"/customers/campaigns/{campaign.pk}/test/")
    notifications.send_due()
    assert [letter.to for letter in mail.outbox] == [["huda@example.com"]]
    manager.post(f"/customers/campaigns/{campaign.pk}/send/")
    campaigns.run_due()
    notifications.send_due()
    campaigns.run_due()
    assert [letter.to for letter in mail.outbox[1:]] == [["sara@example.com"]]
    page = manager.get(f"/customers/campaigns/{campaign.pk}/").content.decode()
    assert "campaign-mail" in page
    assert manager.get("/customers/campaigns/").context["list"].rows[0].sent == 1


def test_the_list_of_customers_hands_over_whom_it_shows(manager, vip):
    page = manager.get("/customers/", {"tag": "VIP"})
    assert "/customers/campaigns/new/?state=tag%3DVIP" in page.content.decode()
    manager.post("/customers/campaigns/new/", form(to="these", state="tag=VIP"))
    assert Campaign.objects.get().conditions == {"tags": ["VIP"]}


def test_an_unknown_personal_field_is_refused_beside_its_text(manager, vip):
    page = manager.post("/customers/campaigns/new/", form(subject_ar="أهلًا {nick}"))
    assert page.status_code == 422
    assert "nick" in page.context["form"].errors["subject_ar"][0]
    assert not Campaign.objects.exists()


def test_a_draft_is_changed_and_deleted_and_a_sent_one_is_not(manager, vip):
    manager.post("/customers/campaigns/new/", form())
    campaign = Campaign.objects.get()
    path = f"/customers/campaigns/{campaign.pk}"
    assert manager.get(f"{path}/change/").context["form"].initial["to"] == str(SavedView.objects.get().pk)
    manager.post(f"{path}/change/", form(name="Spring", to="everyone"))
    campaign.refresh_from_db()
    assert (campaign.name, campaign.segment, campaign.conditions) == ("Spring", "", {})
    manager.post(f"{path}/send/")
    manager.post(f"{path}/drop/")
    assert manager.post(f"{path}/change/", form(name="Late")).status_code == 422
    assert Campaign.objects.get().name == "Spring"


def test_an_agent_looks_on(client: Client, manager, vip):
    manager.post("/customers/campaigns/new/", form())
    campaign = Campaign.objects.get()
    client.force_login(User.objects.create_user("maha", role="agent"))
    assert client.get(f"/customers/campaigns/{campaign.pk}/").status_code == 200
    assert client.post(f"/customers/campaigns/{campaign.pk}/send/").status_code == 403
    assert "campaign-new" not in client.get("/customers/").content.decode()
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_two_channels_of_one_brand_are_told_apart(manager):
    Channel.objects.create(code="app", name="Mobile app", brand="Al-Noor")
    Channel.objects.create(code="web-2", name="Web shop", brand="Al-Noor")
    Channel.objects.create(code="plain", name="Counter")
    page = manager.get("/customers/campaigns/new/").content.decode()
    for sender in ("Al-Noor · Mobile app", "Al-Noor · Web shop", "Counter"):
        assert f">{sender}</option>" in page
