"""What checkouts keep now, as staff see it, and let go."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Reservation, StockLevel
from orders.models import Checkout
from tests import shop
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> Checkout:
    """Three tees at Riyadh for a checkout of the web shop; two more were kept until a minute ago."""
    shop.location("RUH", name="Riyadh", priority=1)
    shop.location("JED", name="Jeddah")
    shop.product("TEE", RUH=5, JED=4)
    web = shop.api()
    old = web.post("reservations/", {"lines": [{"sku": "TEE", "quantity": 2}], "minutes": 5}).json()
    Reservation.objects.filter(owner=old["id"]).update(expires_at=timezone.now() - timedelta(minutes=1))
    Checkout.objects.filter(pk=old["id"]).update(expires_at=timezone.now() - timedelta(minutes=1))
    made = web.post("reservations/", {"lines": [{"sku": "TEE", "quantity": 3}], "minutes": 5}).json()
    return Checkout.objects.get(pk=made["id"])


def test_what_is_kept_now_is_listed_with_its_channel_and_its_end(kept: Checkout) -> None:
    page = signed_in("manager").get("/stock/reservations/")
    [row] = page.context["list"].rows
    assert (row.product.sku, row.quantity, row.location.code, row.channel) == ("TEE", 3, "RUH", "web")
    assert row.expires_at == kept.expires_at
    assert f"/stock/reservations/{kept.pk}/release/" in page.content.decode()


def test_the_level_says_how_many_and_leads_there(kept: Checkout) -> None:
    staff = signed_in("manager")
    level = StockLevel.objects.get(location__code="RUH")
    page = staff.get(f"/stock/{level.pk}/").content.decode()
    assert "/stock/reservations/?sku=TEE&amp;location=RUH" in page
    assert " for checkouts" in page
    assert len(staff.get("/stock/reservations/?sku=TEE&location=RUH").context["list"].rows) == 1
    assert staff.get("/stock/reservations/?sku=TEE&location=JED").context["list"].rows == []
    elsewhere = StockLevel.objects.get(location__code="JED")
    assert "for checkouts" not in staff.get(f"/stock/{elsewhere.pk}/").content.decode()


def test_released_its_units_can_be_sold_again_and_nothing_else_is(kept: Checkout) -> None:
    staff = signed_in("agent")
    assert staff.post(f"/stock/reservations/{kept.pk}/release/").status_code == 302
    kept.refresh_from_db()
    assert kept.state == "released"
    # What is past its end waits for its worker, or for who needs it.
    assert [row.quantity for row in Reservation.objects.all()] == [2]
    assert staff.get("/stock/reservations/").context["list"].rows == []
    assert staff.post(f"/stock/reservations/{kept.pk}/release/").status_code == 302


def test_warehouse_staff_see_their_locations_and_release_nothing(kept: Checkout) -> None:
    client = signed_in("warehouse", locations=["RUH"])
    page = client.get("/stock/reservations/")
    assert len(page.context["list"].rows) == 1
    assert f"/{kept.pk}/release/" not in page.content.decode()
    assert client.post(f"/stock/reservations/{kept.pk}/release/").status_code == 403
