"""The pages of waiting lines and channel buffers."""

from datetime import date

import pytest

from inventory.models import ChannelBuffer, Product, StockLevel
from oms.core.models import Event
from orders.models import Line
from tests import shop
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


def test_waiting_lines_oldest_promise_first_with_their_day():
    shop.product("TEE", RUH=1)
    Product.objects.update(backorder="allow")
    web = shop.api()
    orders = []
    for units, day in ((3, "2026-11-20"), (2, "2026-11-10")):
        body = shop.order_body(("TEE", units), placed_at=f"{day}T10:00:00Z")
        orders.append(web.post("orders/", body).json())
    Line.objects.filter(order=orders[0]["id"]).update(expected_at=date(2026, 12, 24))
    page = signed_in("agent").get("/orders/waiting/")
    assert [(row.order.number, row.backordered) for row in page.context["list"].rows] == [
        (int(orders[1]["number"]), 2),
        (int(orders[0]["number"]), 2),
    ]
    assert "Dec" in page.content.decode()
    dated = signed_in("manager").get("/orders/waiting/?expected=true")
    assert [row.order.number for row in dated.context["list"].rows] == [int(orders[0]["number"])]
    assert signed_in("warehouse").get("/orders/waiting/").status_code == 403


def test_a_buffer_is_set_changed_and_taken_away():
    shop.product("TEE", RUH=10)
    channel = shop.channel("web")
    staff = signed_in("manager")
    assert staff.post("/stock/buffers/", {"channel": "web", "sku": "", "units": "٢"}).status_code == 302
    assert staff.post("/stock/buffers/", {"channel": "web", "sku": "TEE", "units": "4"}).status_code == 302
    assert staff.post("/stock/buffers/", {"channel": "web", "sku": "NONE", "units": "4"}).status_code == 422
    assert list(ChannelBuffer.objects.order_by("units").values_list("product__sku", "units")) == [
        (None, 2),
        ("TEE", 4),
    ]
    assert "TEE" in staff.get("/stock/buffers/").content.decode()
    buffer = ChannelBuffer.objects.get(product__sku="TEE")
    assert signed_in("agent").post(f"/stock/buffers/{buffer.pk}/drop/").status_code == 403
    assert staff.post(f"/stock/buffers/{buffer.pk}/drop/").status_code == 302
    assert list(ChannelBuffer.objects.values_list("channel", "product", "units")) == [(channel.pk, None, 2)]
    assert Event.objects.filter(kind="buffer.set").count() == 2


def test_buffers_and_safety_stand_on_the_pages_of_their_product_and_channel():
    shop.product("TEE", RUH=10)
    shop.channel("web")
    StockLevel.objects.update(safety=3)
    staff, admin = signed_in("manager"), signed_in("admin")
    product, channel = "/products/TEE/", "/settings/channels/web/"
    every, own = {"channel": "web", "sku": "", "units": "2"}, {"channel": "web", "sku": "TEE", "units": "4"}
    for given, where in ((every, channel), (own, product)):
        answer = admin.post("/stock/buffers/", given, HTTP_REFERER=f"http://testserver{where}")
        assert (answer.status_code, answer.url) == (302, f"http://testserver{where}")
    page = staff.get(product)
    assert [(one.product_id is None, one.units) for one in page.context["buffers"]] == [(False, 4)]
    level = StockLevel.objects.get()
    assert f'href="/stock/{level.pk}/adjust/?state=safety"' in page.content.decode()
    assert [one.units for one in admin.get(channel).context["buffers"]] == [2, 4]
    buffer = ChannelBuffer.objects.get(product__sku="TEE")
    admin.post(f"/stock/buffers/{buffer.pk}/drop/", HTTP_REFERER=f"http://testserver{product}")
    assert [(one.product_id is None, one.units) for one in staff.get(product).context["buffers"]] == [
        (True, 2)
    ]
    agent = signed_in("agent").get(product)
    assert agent.context["buffer_form"] is None
    assert "/adjust/?state=safety" not in agent.content.decode()


def test_buffers_over_the_api():
    shop.product("TEE", RUH=10)
    company, web = shop.api(None), shop.api("web")
    made = company.post("channel-buffers/", {"channel": "web", "sku": "TEE", "units": 3})
    assert (made.status_code, made.json()["sku"], made.json()["units"]) == (201, "TEE", 3)
    assert company.post("channel-buffers/", {"channel": "web", "sku": "TEE", "units": 5}).status_code == 201
    assert [row["units"] for row in web.get("channel-buffers/").json()["data"]] == [5]
    assert web.get("availability/?sku=TEE").json()["data"][0]["available"] == 5
    assert shop.api("souq").delete(f"channel-buffers/{made.json()['id']}/").status_code == 404
    assert web.delete(f"channel-buffers/{made.json()['id']}/").status_code == 204
    assert web.get("availability/?sku=TEE").json()["data"][0]["available"] == 10
    wrong = company.post("channel-buffers/", {"channel": "moon", "units": 3})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_channel")


def test_who_keeps_the_units_of_a_level():
    shop.product("TEE", RUH=10)
    web = shop.api()
    web.post("orders/", shop.order_body(("TEE", 2)))
    web.post("reservations/", {"lines": [{"sku": "TEE", "quantity": 3}], "minutes": 5})
    page = signed_in("manager").get(f"/stock/{StockLevel.objects.get().pk}/")
    assert sorted((one.kind, one.units, one.over) for one in page.context["kept"]) == [
        ("checkout", 3, False),
        ("order", 2, False),
    ]
