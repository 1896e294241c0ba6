"""Staff's pages of returns: the list by step, a return from the door to the refund, refusals in words."""

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fulfillment.cancelling import Asked, cancel
from fulfillment.models import PickedLot, Shipment, ShipmentLine
from inventory import lots
from inventory.models import Location, Lot, LotLevel, Product
from oms.core.models import ApiKey, Channel, User
from orders.models import Line, Order
from returns.models import Return
from tests.returns.conftest import Shop, level, line

pytestmark = pytest.mark.django_db


def signed_in(role: str, **facts: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"the-{role}", password="x", role=role, **facts))
    return client


@pytest.fixture
def staff(shop: Shop) -> Client:
    return signed_in("agent")


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer
    return [row.number for row in answer.context["list"].rows]


def found(asked: dict[str, Any]) -> Return:
    return Return.objects.get(pk=asked["id"])


def groups(asked: dict[str, Any], *said: tuple[int, str, str], place: int = 0) -> dict[str, Any]:
    """The fields of the inspection: units, grade and way of each group of a line."""
    pk = asked["lines"][place]["id"]
    return {
        f"{name}-{pk}-{group}": value
        for group, one in enumerate(said)
        for name, value in zip(("units", "grade", "way"), one, strict=True)
    }


def cells(page: str) -> str:
    """The rows of a list, without what stands around them."""
    return page[page.index("<tbody") : page.index("</tbody>")]


def money(page: str) -> dict[str, str]:
    """The amounts a return's page states, by name."""
    card = page[page.index('aria-label="Money"') :]
    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", card[: card.index("</dl>")])
    return {name: re.sub(r"<[^>]+>", "", amount) for name, amount in facts}


def test_from_the_request_to_the_refund(shop: Shop, staff: Client) -> None:
    asked = shop.request(shop.order(line(quantity=3)), 3)
    here = f"/returns/{asked['number']}/"
    page = staff.get(here).content.decode()
    assert "To decide" in page
    assert "Size does not fit" in page

    assert staff.post(f"{here}accept/")["Location"] == here
    pk = asked["lines"][0]["id"]
    assert staff.post(f"{here}receive/", {"location": "RUH", f"came-{pk}": "٢"})["Location"] == here
    assert found(asked).reception == "partially_received"
    assert staff.post(f"{here}receive/", {"location": "RUH", f"came-{pk}": "1"}).status_code == 302

    body = groups(asked, (2, "A", "restock"), (1, "C", "missing"))
    sums = staff.post(f"{here}preview/", body | {"about": "inspect"}, headers={"HX-Request": "true"})
    assert [(str(words), amount) for words, amount, _ in sums.context["sums"]] == [
        ("Credited for these units", Decimal("200.00")),
        ("To refund then", Decimal("200.00")),
    ]
    many = staff.post(f"{here}preview/", groups(asked, (9, "A", "restock")) | {"about": "inspect"}).context
    assert ([amount for _, amount, _ in many["sums"]], many["wrong"]) == ([None, None], "At most 3.")
    assert level() == (7, 0, 0, 0)
    assert staff.post(f"{here}inspect/", body).status_code == 302
    assert level() == (9, 0, 0, 0)
    assert found(asked).credited == Decimal("200.00")

    body = {"kind": "refund", "amount": "١٥٠٫٥٠", "about": "refund"}
    sums = staff.post(f"{here}preview/", body, headers={"HX-Request": "true"})
    assert [(str(words), amount) for words, amount, _ in sums.context["sums"]] == [
        ("Worth of what came back", Decimal("200.0000")),
        ("Refunded before", Decimal("0.0000")),
        ("The customer gets now", Decimal("150.50")),
        ("Stays with you", Decimal("49.50")),
    ]
    assert found(asked).refunded == 0
    assert staff.post(f"{here}refund/", body).status_code == 302
    settled = found(asked)
    assert (settled.reimbursement, settled.refunded) == ("done", Decimal("150.50"))
    page = staff.get(here).content.decode()
    assert "Back to stock" in page
    assert "Missing, no refund" in page
    assert "/refund/" not in page


def test_a_return_says_who_asked_for_it_in_words(shop: Shop, staff: Client) -> None:
    Channel.objects.filter(code="web").update(name="Noon & Co")
    asked = shop.request(shop.order(line()), 1)
    here = f"/returns/{asked['number']}/"
    assert staff.get(here).context["asked_by"] == "The store (Noon & Co)"
    ApiKey.objects.update(channel=None)
    assert staff.get(here).context["asked_by"] == "A connected system"
    Return.objects.update(requested_by="desk")
    assert staff.get(here).context["asked_by"] == "Automatic routing"


def test_the_list_has_a_view_for_every_step(shop: Shop, staff: Client) -> None:
    def made(*steps: str) -> str:
        order = shop.order(line())
        asked = shop.accepted(order, 1) if steps else shop.request(order, 1)
        if "received" in steps:
            shop.receive(asked, 1)
        if "inspected" in steps:
            shop.inspect(asked, (1, "restock"))
        return str(asked["number"])

    fresh, coming, lying = made(), made("accepted"), made("received")
    waiting = made("received", "inspected")
    assert listed(staff.get("/returns/")) == [waiting, lying, coming, fresh]
    assert listed(staff.get("/returns/?step=approve")) == [fresh]
    assert listed(staff.get("/returns/?step=way")) == [coming]
    assert listed(staff.get("/returns/?step=inspect")) == [lying]
    assert listed(staff.get("/returns/?step=refund")) == [waiting]
    assert set(listed(staff.get("/returns/?reimbursement=pending"))) == {waiting, lying, coming, fresh}
    assert set(listed(staff.get("/returns/?reception=received"))) == {waiting, lying}
    tabs = staff.get("/returns/").context["list"].tabs
    assert [tab.count for tab in tabs] == [None, 1, 1, 1, 1]


def test_a_scan_opens_the_return_by_number_label_or_order(shop: Shop, staff: Client) -> None:
    order = shop.order(line())
    asked = shop.accepted(order, 1)
    shop.request(shop.order(line("MUG")), 1)
    shop.step(asked, "labels", {})
    here = f"/returns/{asked['number']}/"
    for code in (
        asked["number"],
        asked["number"].lower(),
        found(asked).tracking_number,
        order["number"],
        order["number"].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    ):
        assert staff.get("/returns/scan/", {"code": code})["Location"] == here, code
    for code in ("NOPE", "", "\x00", "%", "sara@example.com"):
        assert staff.get("/returns/scan/", {"code": code})["Location"].startswith("/returns/?q="), code
    assert listed(staff.get("/returns/?q=otaibi")) == listed(staff.get("/returns/"))
    assert listed(staff.get("/returns/?q=NOPE")) == []


def test_a_rejection_says_why(shop: Shop, staff: Client) -> None:
    asked = shop.request(shop.order(line()), 1)
    here = f"/returns/{asked['number']}/"
    assert staff.post(f"{here}reject/", {"note": ""}).status_code == 422
    assert found(asked).acceptance == "pending"
    assert staff.post(f"{here}reject/", {"note": "Worn for weeks"}).status_code == 302
    assert (found(asked).acceptance, found(asked).decision_note) == ("rejected", "Worn for weeks")
    page = staff.get(here).content.decode()
    assert "Worn for weeks" in page
    assert "/accept/" not in page
    answer = staff.post(f"{here}accept/", follow=True)
    assert "out of turn" in answer.content.decode()


def test_goods_of_a_rejected_return_are_awaited_no_more(shop: Shop, staff: Client) -> None:
    asked = shop.request(shop.order(line()), 1)
    here = f"/returns/{asked['number']}/"
    assert listed(staff.get("/returns/?reception=awaiting")) == [asked["number"]]
    staff.post(f"{here}reject/", {"note": "Worn for weeks"})
    assert listed(staff.get("/returns/?reception=awaiting")) == []
    row = cells(staff.get("/returns/?reception=cancelled").content.decode())
    assert ("Rejected" in row, "Not expected" in row, "Awaited" in row) == (True, True, False)
    page = staff.get(here).content.decode()
    assert (money(page), "Not expected" in page) == ({"Worth": "–", "Refunded": "–"}, True)


def test_what_is_not_known_yet_is_no_nought(shop: Shop, staff: Client) -> None:
    asked = shop.accepted(shop.order(line(quantity=3)), 2)
    here = f"/returns/{asked['number']}/"

    def told() -> dict[str, str]:
        return money(staff.get(here).content.decode())

    assert told() == {"Worth, expected": "SAR\xa0200.00", "Refunded": "–"}
    shop.receive(asked, 2)
    assert told() == {"Worth, expected": "SAR\xa0200.00", "Refunded": "–"}
    body = groups(asked, (2, "A", "restock")) | {"about": "inspect"}
    sums = staff.post(f"{here}preview/", body, headers={"HX-Request": "true"}).context["sums"]
    assert sums[-1][1] == Decimal("200.00")
    file = staff.get("/returns/?export=csv").content.decode("utf-8-sig").splitlines()[1]
    assert "0.00" not in file
    shop.inspect(asked, (1, "restock"), (1, "missing"))
    assert told() == {"Worth": "SAR\xa0100.00", "Refunded": "–"}
    shop.step(asked, "reimbursements", {"kind": "none"})
    assert told() == {"Worth": "SAR\xa0100.00", "Refunded": "SAR\xa00.00"}


def test_what_does_not_add_up_is_told_beside_its_field(shop: Shop, staff: Client) -> None:
    asked = shop.accepted(shop.order(line(quantity=2)), 2)
    here, pk = f"/returns/{asked['number']}/", asked["lines"][0]["id"]
    for body in ({}, {f"came-{pk}": "3"}, {f"came-{pk}": "-1"}, {f"came-{pk}": "x"}):
        assert staff.post(f"{here}receive/", {"location": "RUH", **body}).status_code == 422, body
    assert staff.post(f"{here}receive/", {"location": "NOPE", f"came-{pk}": "1"}).status_code == 422
    assert found(asked).reception == "awaiting"
    shop.receive(asked, 2)
    too_many = groups(asked, (2, "A", "restock"), (1, "A", "restock"))
    answer = staff.post(f"{here}inspect/", too_many)
    assert answer.status_code == 422
    assert "Only 2 of it lie here." in answer.content.decode()
    shop.inspect(asked, (2, "restock"))
    answer = staff.post(f"{here}refund/", {"kind": "refund", "amount": "999"})
    assert answer.status_code == 422
    assert answer.context["forms"]["refund"].errors["amount"][0].startswith("This return is worth ")
    assert staff.post(f"{here}refund/", {"kind": "exchange"}).status_code == 422
    assert staff.post(f"{here}refund/", {"kind": "refund", "amount": ""}).status_code == 422


def test_nothing_is_asked_for_that_cannot_be_done(shop: Shop, staff: Client) -> None:
    asked = shop.request(shop.order(line()), 1)
    here = f"/returns/{asked['number']}/"
    page = staff.get(here).content.decode()
    assert "/accept/" in page
    for act in ("receive", "inspect", "refund"):
        assert f"/{act}/" not in page
    assert staff.get("/returns/NOPE/").status_code == 404


def test_warehouse_staff_receive_at_their_places_and_inspect_what_lies_there(shop: Shop) -> None:
    asked = shop.accepted(shop.order(line(quantity=2)), 2)
    shop.receive(asked, 1, at="RUH")
    client = signed_in("warehouse", locations=["JED"])
    here, pk = f"/returns/{asked['number']}/", asked["lines"][0]["id"]
    assert client.get(here).status_code == 404
    Shipment.objects.create(number="J-1", order=found(asked).order, location=Location.objects.get(code="JED"))
    ShipmentLine.objects.create(
        shipment=Shipment.objects.get(number="J-1"), line=found(asked).lines.get().line, quantity=1
    )
    answer = client.get(here)
    assert [place.code for place in answer.context["seen"].places] == ["JED"]
    assert "inspect" not in answer.context["forms"]
    assert f'href="/orders/{asked["order"]}/"' not in answer.content.decode()
    assert client.post(f"{here}receive/", {"location": "RUH", f"came-{pk}": "1"}).status_code == 422
    assert client.post(f"{here}receive/", {"location": "JED", f"came-{pk}": "1"}).status_code == 302
    assert client.get(here).context["seen"].lying == {found(asked).lines.get().pk: 1}
    assert client.post(f"{here}inspect/", groups(asked, (1, "A", "restock"))).status_code == 302
    assert (level(at="JED"), level()) == ((1, 0, 0, 0), (8, 0, 0, 0))


def test_warehouse_staff_judge_what_came_back_and_others_pay_for_it(shop: Shop) -> None:
    asked = shop.accepted(shop.order(line()), 1)
    shop.receive(asked, 1)
    picker, here = signed_in("warehouse", locations=["RUH"]), f"/returns/{asked['number']}/"
    assert picker.post(f"{here}inspect/", groups(asked, (1, "A", "restock"))).status_code == 302
    page = picker.get(here)
    assert "refund" not in page.context["forms"]
    assert "settled by customer service" in page.content.decode()
    for kind in ("store_credit", "refund", "replacement", "none"):
        assert picker.post(f"{here}refund/", {"kind": kind, "amount": "1"}).status_code == 403
        door = picker.post(
            f"/api/v1{here}reimbursements/",
            {"kind": kind},
            "application/json",
            headers={"Idempotency-Key": kind},
        )
        assert (door.status_code, door.json()["code"]) == (403, "scope")
    assert picker.post(f"{here}preview/", {"about": "refund"}).status_code == 403
    assert (found(asked).refunded, found(asked).reimbursement) == (0, "pending")
    for role in ("agent", "manager", "admin"):
        assert "refund" in signed_in(role).get(here).context["forms"], role


def test_a_return_gives_no_more_than_it_is_worth(shop: Shop, staff: Client) -> None:
    asked = shop.accepted(shop.order(line(quantity=3)), 1)
    shop.receive(asked, 1)
    shop.inspect(asked, (1, "restock"))
    here = f"/returns/{asked['number']}/"
    for kind in ("refund", "store_credit"):
        answer = staff.post(f"{here}refund/", {"kind": kind, "amount": "100.01"})
        assert answer.status_code == 422
        assert list(answer.context["forms"]["refund"].errors) == ["amount"]
        said = answer.context["forms"]["refund"].errors["amount"][0]
        assert "worth \u2068SAR\xa0100.00\u2069 at most" in said
        assert "the order's own page" in said
    sums = staff.post(f"{here}preview/", {"kind": "refund", "amount": "100.01", "about": "refund"})
    assert (str(sums.context["sums"][2][0]), sums.context["sums"][2][1]) == ("The customer gets now", None)
    assert "at most" in sums.context["wrong"]
    assert "<span>–</span>" in sums.content.decode()
    nothing = staff.post(f"{here}preview/", {"kind": "none", "amount": "x", "about": "refund"}).context
    assert (nothing["sums"][2][1], nothing["wrong"]) == (0, "")
    assert found(asked).refunded == 0
    assert staff.post(f"{here}refund/", {"kind": "refund", "amount": "100.00"}).status_code == 302
    assert found(asked).refunded == Decimal("100.00")


def test_warehouse_staff_see_the_returns_of_their_locations_alone(shop: Shop) -> None:
    """Both were sent from Riyadh; one came back to Jeddah, which is then its affair too."""
    first, second = shop.accepted(shop.order(line()), 1), shop.accepted(shop.order(line()), 1)
    shop.receive(second, 1, at="JED")
    shop.step(first, "labels", {})
    label = found(first).tracking_number
    jeddah, riyadh = signed_in("warehouse", locations=["JED"]), Client()
    riyadh.force_login(User.objects.create_user("ruh", password="x", role="warehouse", locations=["RUH"]))
    nobody = Client()
    nobody.force_login(User.objects.create_user("none", password="x", role="warehouse"))
    both, one = {first["number"], second["number"]}, {second["number"]}
    for client, mine in ((riyadh, both), (jeddah, one), (nobody, set())):
        assert set(listed(client.get("/returns/"))) == mine
        assert set(listed(client.get("/returns/", {"q": "Sara"}))) == mine
        assert {row["number"] for row in client.get("/api/v1/returns/").json()["data"]} == mine
        for asked in (first, second):
            # What is on its way opens where it comes to, for who holds its number.
            opens = asked["number"] in mine or (client is jeddah and asked is first)
            status = 200 if opens else 404
            assert client.get(f"/returns/{asked['number']}/").status_code == status
            assert client.get(f"/api/v1/returns/{asked['id']}/").status_code == status
        found_by_label = client.get("/returns/scan/", {"code": label})["Location"]
        assert (found_by_label == f"/returns/{first['number']}/") == (client is not nobody)
        way = {str(view.label): view.count for view in client.get("/returns/").context["list"].tabs}
        assert way["On the way"] == (1 if first["number"] in mine else 0)
        exported = client.get("/returns/", {"export": "csv"})
        content = b"".join(exported.streaming_content) if exported.streaming else exported.content
        assert {number for number in both if number.encode() in content} == mine
    nothing = shop.request(shop.order(line()), 1)
    Shipment.objects.filter(order=found(nothing).order).update(state="cancelled")
    assert riyadh.get(f"/returns/{nothing['number']}/").status_code == 404


def test_units_go_back_to_a_lot_that_was_sent(shop: Shop, staff: Client) -> None:
    asked = shop.accepted(shop.order(line(quantity=3)), 3)
    shop.receive(asked, 3)
    tee = Product.objects.get(sku="TEE")
    here, pk = f"/returns/{asked['number']}/", asked["lines"][0]["id"]
    assert f"lot-{pk}-0" not in staff.get(here).context["forms"]["inspect"].fields
    lots.begin_tracking(tee)
    row = ShipmentLine.objects.get()
    for code in ("OLD", "NEW"):
        PickedLot.objects.create(row=row, lot=Lot.objects.create(product=tee, code=code), quantity=1)
    Lot.objects.create(product=tee, code="ELSE")
    field = staff.get(here).context["forms"]["inspect"][f"lot-{pk}-0"]
    assert [value for value, _ in field.field.choices] == ["", "OLD", "NEW"]
    assert field.value() == ""

    body = groups(asked, (1, "A", "restock"), (1, "A", "restock"), (1, "C", "damaged"))
    assert staff.post(f"{here}inspect/", body | {f"lot-{pk}-0": "ELSE"}).status_code == 422
    assert level() == (7, 0, 0, 0)
    named = {f"lot-{pk}-0": "NEW", f"lot-{pk}-2": "OLD"}
    assert staff.post(f"{here}inspect/", body | named).status_code == 302
    assert level() == (10, 0, 1, 1)
    back = LotLevel.objects.exclude(lot__code="").order_by("lot__code")
    assert list(back.values_list("lot__code", "on_hand", "damaged")) == [("NEW", 1, 0), ("OLD", 1, 1)]


def test_a_return_is_registered_from_the_number_of_an_order(shop: Shop, staff: Client) -> None:
    order = shop.order(line())
    answer = staff.post("/returns/register/", {"order": f" {order['number']} "})
    assert answer["Location"] == f"/orders/{order['number']}/return/"
    assert staff.post("/returns/register/", {"order": order["id"]})["Location"] == answer["Location"]
    assert signed_in("warehouse").post("/returns/register/", {"order": order["number"]}).status_code == 403


@pytest.mark.parametrize("number", ["nope", "٩٩٩٩٩", "", "1\x002"])
def test_a_wrong_number_of_an_order_is_told_at_its_field(staff: Client, number: str) -> None:
    answer = staff.post("/returns/register/", {"order": number})
    page = answer.content.decode()
    assert answer.status_code == 422
    dialog = page[page.index('<dialog class="dialog" id="register"') :]
    field = dialog[: dialog.index("</dialog>")]
    assert 'id="register-order_error"' in field
    assert 'data-show="register" data-here="/returns/"' in page
    if "\x00" not in number and number:
        assert f'value="{number}"' in field
        assert f"There is no order \u2068{number}\u2069." in field


def test_the_form_says_why_nothing_can_come_back(shop: Shop, staff: Client) -> None:
    order = shop.place(line(), line("MUG"))
    page = f"/orders/{order['number']}/return/"
    assert "Nothing of this order has been shipped yet" in staff.get(page).content.decode()
    mug = Asked(Line.objects.get(sku="MUG").pk, 1)
    cancel(UUID(order["id"]), asked=[mug], actor="staff:noor")
    found = staff.get(page).content.decode()
    assert ("MUG was cancelled." in found, "TEE has not been delivered." in found) == (True, True)
    cancel(UUID(order["id"]), asked=None, actor="staff:noor")
    assert "The order was cancelled" in staff.get(page).content.decode()


def test_another_kind_of_settlement(shop: Shop, staff: Client) -> None:
    asked = shop.accepted(shop.order(line(quantity=1)), 1)
    shop.receive(asked, 1)
    shop.inspect(asked, (1, "restock"))
    here = f"/returns/{asked['number']}/"
    assert staff.post(f"{here}refund/", {"kind": "replacement", "amount": "7"}).status_code == 302
    instead = found(asked).new_order
    assert instead is not None
    assert instead.number != int(asked["order"])
    assert f"/orders/{instead.number}/" in staff.get(here).content.decode()
    assert Order.objects.get(number=asked["order"]).returns_open == 0


@pytest.mark.parametrize("page", ["list", "detail"])
def test_a_page_costs_the_same_queries_for_few_rows_and_for_many(
    kept_figures: None, shop: Shop, staff: Client, page: str
) -> None:
    counts = []
    for lines in (1, 2):
        for _ in range(2 * lines):
            order = shop.order(line(), *([line("MUG")] if lines == 2 else []))
            asked = shop.accepted(order, *([1] * lines))
            shop.receive(asked, *([1] * lines))
        path = "/returns/" if page == "list" else f"/returns/{asked['number']}/"
        _queries(staff, path)
        counts.append(_queries(staff, path))
    assert counts == [{"list": 7, "detail": 11}[page]] * 2


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(path).status_code == 200
    return len(counted)


def test_goods_sent_back_for_a_fault_are_not_proposed_for_the_shelf(shop: Shop, staff: Client) -> None:
    order = shop.order(line(quantity=4))
    proposed = {}
    for reason in ("damaged", "defective", "size"):
        lines = [{"id": order["lines"][0]["id"], "quantity": 1, "reason": reason}]
        asked = shop.accepted(order, lines=lines)
        shop.receive(asked, 1)
        form = staff.get(f"/returns/{asked['number']}/").context["forms"]["inspect"]
        key = f"{asked['lines'][0]['id']}-0"
        proposed[reason] = (form[f"grade-{key}"].value(), form[f"way-{key}"].value())
    assert proposed == {
        "damaged": ("reject", "damaged"),
        "defective": ("C", "refurbish"),
        "size": ("A", "restock"),
    }


@pytest.mark.parametrize(
    ("reason", "way"), [("damaged", "damaged"), ("wrong_item", "damaged"), ("size", "send_back")]
)
def test_where_goods_go_is_proposed_by_their_grade(shop: Shop, staff: Client, reason: str, way: str) -> None:
    order = shop.order(line())
    asked = shop.accepted(order, lines=[{"id": order["lines"][0]["id"], "quantity": 1, "reason": reason}])
    shop.receive(asked, 1)
    form = staff.get(f"/returns/{asked['number']}/").context["forms"]["inspect"]
    proposals = f'data-ways="A:restock B:restock C:refurbish reject:{way}"'
    assert proposals in str(form[f"grade-{asked['lines'][0]['id']}-0"])


def test_what_is_not_acceptable_does_not_go_back_to_the_shelf(shop: Shop, staff: Client) -> None:
    asked = shop.accepted(shop.order(line(quantity=2)), 2)
    shop.receive(asked, 2)
    here, pk = f"/returns/{asked['number']}/", asked["lines"][0]["id"]
    answer = staff.post(f"{here}inspect/", groups(asked, (1, "A", "restock"), (1, "reject", "restock")))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        f"way-{pk}-1": ["Goods that are not acceptable do not go back to stock."]
    }
    assert page.count("Goods that are not acceptable do not go back to stock.") == 1
    assert level() == (8, 0, 0, 0)
    unused = groups(asked, (2, "reject", "send_back"), (0, "reject", "restock"))
    assert staff.post(f"{here}inspect/", unused).status_code == 302
    assert (level(), found(asked).credited) == ((8, 0, 0, 0), 0)


def test_goods_are_received_where_they_left_unless_somebody_says_otherwise(shop: Shop, staff: Client) -> None:
    asked = shop.accepted(shop.order(line(quantity=1)), 1)
    sent = Shipment.objects.get(lines__line__order__number=asked["order"])
    here = f"/returns/{asked['number']}/"
    assert staff.get(here).context["forms"]["receive"]["location"].value() == sent.location.code
    other = Location.objects.exclude(pk=sent.location_id).get(code="JED")
    Shipment.objects.filter(pk=sent.pk).update(location=other)
    assert staff.get(here).context["forms"]["receive"]["location"].value() == "JED"
