"""The order page over the test client: what it shows to whom, and each act with what it leaves behind."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from fulfillment import picking, printing
from fulfillment.models import Shipment
from fulfillment.steps import Units
from oms.backoffice import order_timeline
from oms.core import display
from oms.core.models import Event, User
from orders.invoicing import printing as invoice_printing
from orders.models import Comment, Invoice, Order
from returns.models import Return
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

AUTHORISED = [{"method": "card", "state": "authorized", "amount": "225.00"}]


@pytest.fixture
def web(db):
    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10, JED=5)
    shop.product("MUG", RUH=3)
    road.add_rate()
    yield road.open_shop()
    shop.work()
    road.prove()


def staff(role="agent", name="noor", first="Noor", language="en", **more):
    user = User.objects.create_user(
        name, password="relay-demo-2026", role=role, first_name=first, language=language, **more
    )
    client = Client()
    client.force_login(user)
    client.user = user
    return client


def page(client, order):
    answer = client.get(f"/orders/{order['number']}/")
    assert answer.status_code == 200, answer.content[:2000]
    return answer.content.decode()


def typed(client, order, dialog):
    """The fields a form of the page is sent with."""
    form = client.get(f"/orders/{order['number']}/").context["forms"][dialog]
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


def act(client, order, name, data=None):
    return client.post(f"/orders/{order['number']}/{name}/", data or {}, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def now(order):
    return Order.objects.get(pk=order["id"])


def primary(html):
    """What the one primary button of the head says."""
    head = html[html.index("order-head") : html.index("</header>", html.index("order-head"))]
    found = re.findall(r'class="button primary"[^>]*>(?:<svg.*?</svg>)?([^<]+)<', head, re.S)
    assert len(found) <= 1
    return found[0] if found else ""


def test_the_one_primary_button_is_the_next_step_all_the_way_to_the_carrier(web):
    order = web.routed(("TEE", 2), payments=AUTHORISED)
    manager = staff("manager")
    shipment = web.shipment(order)
    assert primary(page(manager, order)) == "Release to the warehouse"
    assert said(act(manager, order, "parcels/release")) == ["The warehouse has it."]
    assert primary(page(manager, order)) == "Start picking"
    web.pick(shipment, TEE=1)
    assert primary(page(manager, order)) == "Continue picking"
    assert "1 of 2 picked" in re.sub("<[^>]+>", "", page(manager, order))
    web.pick(shipment, TEE=1)
    assert primary(page(manager, order)) == "Pack"
    web.pack(shipment)
    assert primary(page(manager, order)) == "Print label"
    act(manager, order, f"parcels/{shipment['number']}/label")
    assert "Papers are being printed" in page(manager, order)
    printing.print_owed()
    html = page(manager, order)
    links = re.findall(r'href="([^"]+(?:label|slip|zpl)[^"]*)"', html)
    papers = [link for link in links if link.startswith(("/shipments/", "/api/"))]
    assert [manager.get(link).status_code for link in papers] == [200, 200, 200]
    assert primary(page(manager, order)) == "Hand over"
    assert said(act(manager, order, f"parcels/{shipment['number']}/hand-over")) == ["It is on its way."]
    assert Shipment.objects.get().state == "handed_over"
    assert primary(page(manager, order)) == ""


@pytest.mark.parametrize(
    ("language", "carrier", "service", "weight"),
    [("en", "Our own drivers", "Standard", "0.6 kg"), ("ar", "مندوبو المتجر", "عادي", "0.6 كجم")],
)
def test_a_parcel_has_the_same_words_on_its_orders_page_as_at_the_hand_over(
    web, language, carrier, service, weight
):
    order = web.routed(("TEE", 2))
    shipment = web.shipment(order)
    web.release(shipment)
    web.pick(shipment, TEE=2)
    web.step(
        shipment, "packages", {"packages": [{"weight_g": 600, "lines": [{"sku": "TEE", "quantity": 2}]}]}
    )
    web.label(shipment)
    manager = staff("manager", language=language)
    for address in (f"/orders/{order['number']}/", "/handover/"):
        text = manager.get(address).content.decode()
        assert [words for words in (carrier, service, weight) if words not in text] == [], address


def test_the_invoice_stands_on_the_page_and_opens_once_it_is_drawn(web):
    order = web.routed(("TEE", 1))
    web.up_to(web.shipment(order), "hand_over")
    shop.work()
    agent = staff()
    html = page(agent, order)
    number = Invoice.objects.get().number
    assert f"Invoice {number} issued" in re.sub("[\u2068\u2069]", "", html)
    assert f"{number}.pdf" not in html
    invoice_printing.print_owed()
    (link,) = re.findall(rf'href="([^"]+{number}.pdf)"', page(agent, order))
    assert agent.get(link)["Content-Type"] == "application/pdf"
    other = web.routed(("TEE", 1))
    assert agent.get(link.replace(order["number"], other["number"])).status_code == 404


def test_a_hold_comes_first_and_is_released_each_by_itself(web):
    order = web.routed(("TEE", 1), payments=AUTHORISED)
    agent = staff()
    answer = act(agent, order, "hold", {"reason": "risk", "note": "Card of another country"})
    assert said(answer) == ["The order is on hold."]
    html = page(agent, order)
    assert primary(html) == "Release hold"
    assert "Risk to check" in html
    assert "Card of another country" in html
    again = act(agent, order, "hold", {"reason": "risk"})
    assert again.status_code == 422
    assert 'data-show="hold"' in again.content.decode()

    act(agent, order, "hold", {"reason": "duplicate"})
    assert primary(page(agent, order)) == "Release holds"
    risk = now(order).holds.get(reason="risk")
    assert said(act(agent, order, "release", {"hold": str(risk.pk)})) == ["The hold is released."]
    assert said(act(agent, order, "release")) == ["The order goes on."]
    assert now(order).stage == "allocated"
    assert said(act(agent, order, "release")) == ["This hold was released already."]
    assert "Card of another country" in page(agent, order), "its history keeps what was said to it"


def test_what_the_system_says_to_a_hold_is_in_the_readers_language(web):
    address = {**shop.ADDRESS, "short_address": "12345678"}
    body = shop.order_body(("TEE", 1), shipping_address=address, payments=AUTHORISED)
    order = web.post("orders/", body).json()
    english, arabic = page(staff(), order), page(staff(name="huda", language="ar"), order)
    assert "A Saudi short address is four letters and four digits." in english
    assert "A Saudi short address" not in arabic
    assert "العنوان الوطني المختصر أربعة أحرف وأربعة أرقام." in arabic


def test_an_amount_is_asked_for_in_the_currency_as_its_language_writes_it(web):
    order = web.routed(("TEE", 1), payments=AUTHORISED)
    for name, language, sign in (("noor", "en", "SAR"), ("huda", "ar", "ر.س."), ("sara", "fa", "ریال سعودی")):
        form = (
            staff("admin", name, language=language)
            .get(f"/orders/{order['number']}/")
            .context["forms"]["capture"]
        )
        assert f"(\u2068{sign}\u2069)" in str(form.fields["amount"].label)


def test_an_agent_sees_no_button_of_the_floor_and_a_warehouse_worker_no_order(web):
    order = web.routed(("TEE", 1), payments=AUTHORISED)
    agent = staff()
    assert primary(page(agent, order)) == ""
    assert act(agent, order, "parcels/release").status_code == 403
    floor = staff("warehouse", "omar", locations=["RUH"])
    assert floor.get(f"/orders/{order['number']}/").status_code == 403
    assert floor.post(f"/orders/{order['number']}/refund/").status_code == 403
    elsewhere = staff("warehouse", "hadi", locations=["JED"])
    for path in ("parcels/release", f"parcels/{web.shipment(order)['number']}/release"):
        elsewhere.post(f"/orders/{order['number']}/{path}/")
    assert Shipment.objects.get().state == "planned"


def test_the_second_save_of_a_stale_note_is_refused_with_what_changed(web):
    order = web.place(("TEE", 1))
    noor, sami = staff(), staff(name="sami", first="Sami")
    hers, his = typed(noor, order, "notes"), typed(sami, order, "notes")
    assert said(act(noor, order, "notes", {**hers, "note": "Leave at the door"})) == ["The notes are saved."]

    refused = act(sami, order, "notes", {**his, "note": "Ring twice"})
    html = refused.content.decode()
    assert refused.status_code == 409
    assert "It changed since you opened it. Nothing was saved." in html
    assert "Note changed" in html
    assert "Noor" in html
    assert "Leave at the door" in html
    assert "Ring twice" in html
    assert now(order).note == "Leave at the door"

    form = refused.context["forms"]["notes"]
    second = {name: form[name].value() for name in ("version", "seen", "note", "gift_message")}
    assert said(act(sami, order, "notes", second)) == ["The notes are saved."]
    assert now(order).note == "Ring twice"


def test_tags_of_a_colleague_are_seen_before_they_are_written_over(web):
    order = web.place(("TEE", 1))
    noor, sami = staff(), staff(name="sami", first="Sami")
    act(noor, order, "tags", {**typed(noor, order, "tags"), "tags": "gift"})
    hers, his = typed(noor, order, "tags"), typed(sami, order, "tags")
    act(noor, order, "tags", {**hers, "tags": "VIP, fragile"})
    refused = act(sami, order, "tags", {**his, "tags": "gift, urgent"})
    assert refused.status_code == 409
    page = refused.content.decode()
    shown = page[page.index("The tags as they are now") : page.index('name="tags"')]
    assert re.findall(r"<bdi>(.*?)</bdi>", shown) == ["VIP", "fragile"]
    assert now(order).tags == ["VIP", "fragile"]
    told = "Added: \u2068VIP\u2069, \u2068fragile\u2069 · Removed: \u2068gift\u2069"
    assert page.count(told) == 2  # above the form and in the timeline
    assert refused.context["forms"]["tags"]["tags"].value() == "gift, urgent"


def test_writing_another_thing_meanwhile_stands_in_nobodys_way(web):
    order = web.place(("TEE", 1))
    noor, sami = staff(), staff(name="sami", first="Sami")
    hers, his = typed(noor, order, "notes"), typed(sami, order, "tags")
    act(noor, order, "notes", {**hers, "note": "Leave at the door"})
    assert said(act(sami, order, "tags", {**his, "tags": "VIP، هدية ,VIP"})) == ["The tags are saved."]
    assert (now(order).note, now(order).tags) == ("Leave at the door", ["VIP", "هدية"])


def test_money_is_never_taken_twice_by_two_people(web):
    order = web.routed(("TEE", 2), payments=[{"method": "cod", "state": "pending", "amount": "225.00"}])
    noor, sami = staff(), staff(name="sami", first="Sami")
    hers, his = typed(noor, order, "record"), typed(sami, order, "record")
    assert (str(hers["amount"]), hers["method"]) == ("225.00", "cod")
    got = act(noor, order, "payment", {**hers, "amount": "١٠٠٫٥٠"})
    assert said(got) == ["\u2068SAR\xa0100.50\u2069 received."]
    refused = act(sami, order, "payment", {**his, "amount": "100.50"})
    assert refused.status_code == 409
    assert "SAR\xa0100.50\u2069 received" in refused.content.decode()
    assert now(order).paid == Decimal("100.50")
    over = act(noor, order, "payment", {**typed(noor, order, "record"), "amount": "999.00"})
    assert over.status_code == 422
    assert "That is more than is left to be collected." in over.content.decode()
    for wrong, why in (("0", "above zero"), ("ten", "such as 10.00"), ("1.234", "such as 10.00")):
        answer = act(noor, order, "payment", {**typed(noor, order, "record"), "amount": wrong})
        assert (answer.status_code, why in answer.content.decode()) == (422, True)


def test_capture_refund_and_letting_go(web):
    order = web.routed(("TEE", 2), payments=AUTHORISED)
    agent = staff()
    fields = typed(agent, order, "capture")
    assert str(fields["amount"]) == "225.00"
    act(agent, order, "capture", {**fields, "source": "card:manual", "amount": "200"})
    assert now(order).paid == Decimal("200.00")
    back = typed(agent, order, "refund")
    act(agent, order, "refund", {**back, "amount": "50.00", "reference": "scratched"})
    assert now(order).paid == Decimal("150.00")
    act(agent, order, "void", typed(agent, order, "void"))
    entries = list(now(order).payments.order_by("at", "id").values_list("kind", "amount"))
    assert entries == [
        ("authorization", Decimal("225.0000")),
        ("capture", Decimal("200.0000")),
        ("refund", Decimal("50.0000")),
        ("void", Decimal("25.0000")),
    ]


def test_the_head_offers_each_act_once(web):
    order = web.routed(("TEE", 2), payments=[{"method": "card", "state": "captured", "amount": "225.00"}])
    agent = staff()
    beside = 'class="button ghost hide-phone" type="button" data-open="refund"'
    before = page(agent, order)
    act(agent, order, "cancel", typed(agent, order, "cancel"))
    after = page(agent, order)
    assert (primary(before) != "Refund", beside in before) == (True, True)
    assert (primary(after), beside in after) == ("Refund", False)


def test_the_number_of_a_parcel_keeps_its_order_among_persian_words(web):
    order = web.routed(("TEE", 1))
    reader = staff(role="manager", language="fa")
    answer = reader.get(f"/orders/{order['number']}/parcels/{order['number']}-1/move/")
    assert f"مرسولهٔ \u2068{order['number']}-1\u2069 ·" in answer.content.decode()


def test_a_part_is_cancelled_by_lines_and_then_the_rest(web):
    order = web.routed(
        ("TEE", 3), ("MUG", 1), payments=[{"method": "card", "state": "authorized", "amount": "999"}]
    )
    agent = staff()
    fields = typed(agent, order, "cancel-items")
    tee = order["lines"][0]["id"]
    empty = act(agent, order, "cancel-items", fields)
    assert (empty.status_code, "Say how many" in empty.content.decode()) == (422, True)
    assert act(agent, order, "cancel-items", {**fields, f"units-{tee}": "4"}).status_code == 422
    done = act(agent, order, "cancel-items", {**fields, f"units-{tee}": "2", "reason": "Two too many"})
    assert said(done) == ["Items cancelled: 2."]
    assert [line.cancelled for line in now(order).lines.order_by("position")] == [2, 0]
    html = page(agent, order)
    assert "2 items cancelled" in html
    assert "Two too many" in html.partition("order-fold")[2]
    stale = act(agent, order, "cancel", {**fields, "reason": ""})
    assert (stale.status_code, now(order).status) == (409, "open")
    assert said(act(agent, order, "cancel", typed(agent, order, "cancel"))) == ["The order is cancelled."]
    assert now(order).stage == "cancelled"
    assert "cancel" not in agent.get(f"/orders/{order['number']}/").context["forms"]


def test_what_a_cancellation_comes_to_is_shown_before_it_is_made(web):
    order = web.routed(
        ("TEE", 3), ("MUG", 1), payments=[{"method": "card", "state": "captured", "amount": "300"}]
    )
    agent, paid = staff(), Decimal("300")
    fields, lines = typed(agent, order, "cancel-items"), order["lines"]

    def sums(*units):
        chosen = {f"units-{line['id']}": str(count) for line, count in zip(lines, units, strict=True)}
        answer = act(agent, order, "cancel-items/preview", fields | chosen)
        assert answer.status_code == 200
        return [(str(words), amount) for words, amount, _ in answer.context["sums"]]

    before = now(order).total
    assert (sums(0, 0), sums(4, 0)) == ([], [])
    seen = sums(2, 0)
    assert now(order).total == before
    act(agent, order, "cancel-items", fields | {f"units-{lines[0]['id']}": "2"})
    total = now(order).total
    assert seen == [
        ("Worth of these items", before - total),
        ("The order comes to", total),
        ("To refund then", max(Decimal(0), paid - total)),
    ]
    assert (before - total, seen[2][1]) == (200, 75)


def test_a_comment_stays_among_staff(web):
    order = web.place(("TEE", 1))
    agent = staff()
    before = now(order).version
    act(agent, order, "comment", {"text": "Called her <b>twice</b>\nshe waits"})
    assert Comment.objects.get().text == "Called her <b>twice</b>\nshe waits"
    event = Event.objects.get(kind="order.commented")
    assert event.data == {
        "id": order["id"],
        "number": order["number"],
        "version": before,
        "comment": str(Comment.objects.get().pk),
    }
    assert now(order).version == before
    html = page(agent, order)
    assert "Called her &lt;b&gt;twice&lt;/b&gt;<br>she waits" in html
    assert said(act(agent, order, "comment", {"text": "  "})) == ["Write something first."]


def test_a_return_is_registered_with_the_rule_that_says_no_beside_its_line(web):
    order = web.routed(("TEE", 2), payments=AUTHORISED)
    agent = staff()
    shipment = web.up_to(web.shipment(order), "hand_over")
    assert "TEE has not been delivered." in agent.get(f"/orders/{order['number']}/return/").content.decode()
    web.scan(shipment, "delivered")
    tee = order["lines"][0]["id"]
    fields = {"method": "courier", "resolution": "refund", f"units-{tee}": "1", f"reason-{tee}": "size"}
    nothing = act(agent, order, "return", {**fields, f"units-{tee}": "0"})
    assert "Say how many of which item come back." in nothing.content.decode()
    swap = act(agent, order, "return", {**fields, "resolution": "exchange"})
    assert "An exchange names the SKU wanted instead." in swap.content.decode()
    assert said(act(agent, order, "return", fields)) == [
        f"Return \u2068R{order['number']}-1\u2069 is registered."
    ]
    assert Return.objects.get().lines.get().quantity == 1
    assert f"R{order['number']}-1" in page(agent, order)


def test_routing_is_told_in_plain_words(web):
    order = web.routed(("TEE", 2), payments=AUTHORISED)
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page(staff(), order)))
    assert re.search("the cheapest of|the only way to send it", text)
    assert "Chosen" in text
    assert "Sent to be prepared at" in text


@pytest.mark.parametrize("language", ["en", "ar", "fa"])
def test_every_kind_of_event_has_its_words(web, language):
    """No event of the road shows its code, in any language."""
    order = web.routed(
        ("TEE", 2), ("MUG", 1), payments=[{"method": "card", "state": "authorized", "amount": "999"}]
    )
    agent = staff("manager", language=language)
    act(agent, order, "hold", {"reason": "manual"})
    act(agent, order, "release")
    shipment = web.up_to(web.shipment(order), "hand_over")
    for code in ("in_transit", "delayed", "out_for_delivery", "delivery_failed", "delivered"):
        web.scan(shipment, code)
    act(agent, order, "tags", {**typed(agent, order, "tags"), "tags": "VIP"})
    kinds = set(road.kinds(order))
    assert len(kinds) > 15
    assert kinds <= set(order_timeline.SAYINGS)
    days = agent.get(f"/orders/{order['number']}/").context["days"]
    assert all(item.title for day in days for item in day.items)


def test_a_short_pick_is_told_with_what_was_asked_and_what_is_short(web):
    order = web.routed(("TEE", 4), ("MUG", 1))
    shipment = web.release(web.shipment(order))
    web.step(shipment, "picks", {"lines": [{"sku": "TEE", "quantity": 3}]})
    web.step(shipment, "picks", {"lines": [], "short": True})
    days = staff("manager").get(f"/orders/{order['number']}/").context["days"]
    titles = [item.title for day in days for item in day.items]
    assert f"3 of 5 items picked for parcel {display.isolated(shipment['number'])}, 2 short" in titles


def test_an_order_of_which_a_part_left_says_so_beside_its_stage(web):
    order = web.routed(("TEE", 12))
    manager = staff("manager")
    assert "Partly shipped" not in page(manager, order)
    assert "Partly shipped" not in manager.get("/orders/").content.decode()
    web.up_to(web.shipments(order)[0], "hand_over")
    head = page(manager, order).partition("order-title")[2].partition("</div>")[0]
    assert "To pick" in head
    assert "Partly shipped" in head
    assert "Partly shipped" in manager.get("/orders/").content.decode()


def test_pieces_scanned_one_by_one_are_one_line_from_the_first_to_the_last(web):
    order = web.routed(("TEE", 6))
    shipment = web.release(web.shipment(order))
    piece = {"lines": [{"sku": "TEE", "quantity": 1}]}
    for _piece in range(4):
        web.step(shipment, "picks", piece)
    picking.put_back(UUID(shipment["id"]), units=[Units("TEE", 1)], actor="staff:noor")
    for _piece in range(3):
        web.step(shipment, "picks", piece)
    seen = staff("manager").get(f"/orders/{order['number']}/").context["seen"]
    acts = [event for event in seen.events if event.kind in ("shipment.picking", "shipment.picked")]
    for event, minutes in zip(reversed(acts), (0, 2, 4, 6, 8, 8, 8, 8), strict=True):
        event.at = datetime(2026, 11, 24, 9, tzinfo=UTC) + timedelta(minutes=minutes)
    number = display.isolated(shipment["number"])
    items = [item for day in order_timeline.days(seen) for item in day.items]
    told = [item for item in items if item.icon in ("scan-barcode", "package-open")]
    assert [
        (item.title, item.text, item.since and f"{item.since:%H:%M}", f"{item.at:%H:%M}") for item in told
    ] == [
        (f"3 items picked for parcel {number}", f"3 × {display.isolated('TEE')}", None, "09:08"),
        (f"1 item of parcel {number} put back", "", None, "09:08"),
        (f"4 items picked for parcel {number}", f"4 × {display.isolated('TEE')}", "09:00", "09:06"),
    ]


def test_a_page_costs_the_same_queries_however_full_the_order_is(
    kept_figures, web, django_assert_num_queries
):
    small = web.place(("TEE", 1))
    full = web.routed(
        ("TEE", 3), ("MUG", 2), payments=[{"method": "card", "state": "authorized", "amount": "999"}]
    )
    manager = staff("manager")
    web.up_to(web.shipment(full), "hand_over")
    act(manager, full, "comment", {"text": "one"})
    act(manager, full, "comment", {"text": "two"})
    act(manager, small, "comment", {"text": "one"})
    page(manager, small)
    for order in (small, full):
        with django_assert_num_queries(QUERIES):
            page(manager, order)


# Session and user, the order with its neighbours, and one for each card; the sidebar's counts are kept.
QUERIES = 21


def test_previous_and_next_are_the_neighbours_in_time(web):
    first, second, third = (web.place(("TEE", 1), placed_at=f"2026-11-2{n}T10:00:00Z") for n in (1, 2, 3))
    agent = staff()
    shown = agent.get(f"/orders/{second['number']}/").context["seen"]
    assert (shown.newer, shown.older) == (int(third["number"]), int(first["number"]))
    assert agent.get(f"/orders/{third['number']}/").context["seen"].newer is None


def test_the_customers_page_gathers_their_orders(web):
    first, second = web.place(("TEE", 1)), web.place(("MUG", 1), note="Gate 4")
    agent = staff()
    act(agent, first, "comment", {"text": "Prefers mornings"})
    customer = now(first).customer
    assert now(second).customer_id == customer.pk
    html = agent.get(f"/customers/{customer.pk}/").content.decode()
    for words in (first["number"], second["number"], "Gate 4", "Prefers mornings", customer.name):
        assert words in html
    listed = agent.get("/customers/", {"q": customer.phone[-9:]}).content.decode()
    assert customer.name in listed
    assert "Nothing matches" in agent.get("/customers/", {"q": "nobody@example.com"}).content.decode()
