"""The warehouse's pages: each step of a shipment's way, who may take it, and at which location."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from pypdfium2 import PdfDocument

from fulfillment import manifests, printing
from fulfillment.models import FloorScan, Manifest, Shipment
from inventory.models import Product, StockLevel
from oms.core.models import Role, User
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Shop


def staff(role: str = Role.WAREHOUSE, *locations: str) -> Client:
    user = User.objects.create_user(
        f"{role}-{'-'.join(locations)}", password="relay-demo-2026", role=role, locations=list(locations)
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def riyadh(web: Shop) -> Client:
    """Someone of the warehouse in Riyadh, where shelves have names."""
    StockLevel.objects.filter(product__sku="TEE", location__code="RUH").update(bin="A-04-2")
    StockLevel.objects.filter(product__sku="MUG", location__code="RUH").update(bin="A-02-1")
    Product.objects.filter(sku="TEE").update(barcode="6281000000017")
    return staff(Role.WAREHOUSE, "RUH")


def scan(client: Client, number: str, code: str, *, scan_id: str = "", quantity: int = 1) -> Any:
    return client.post(
        f"/picking/{number}/scans/",
        {"id": scan_id or str(uuid.uuid4()), "code": code, "quantity": quantity},
        headers={"Accept": "application/json"},
    )


def state(number: str) -> str:
    return Shipment.objects.get(number=number).state


def told(answer: Any) -> list[str]:
    """The toasts the next page shows."""
    return [str(message) for message in answer.context["messages"]] if answer.context else []


def released(web: Shop, *lines: tuple[str, int]) -> str:
    shipment = web.shipment(web.routed(*lines))
    web.release(shipment)
    return shipment["number"]


def test_a_planned_shipment_waits_in_the_release_queue_and_goes_to_the_floor(
    web: Shop, riyadh: Client
) -> None:
    number = web.shipment(web.routed(("TEE", 2)))["number"]
    assert number in riyadh.get("/release/").content.decode()
    assert riyadh.post(f"/shipments/{number}/release/").status_code == 302
    assert state(number) == "released"
    riyadh.get("/")
    assert number not in riyadh.get("/release/").content.decode()
    assert number in riyadh.get("/picking/").content.decode()


def test_many_are_released_and_the_one_on_hold_is_named(web: Shop, riyadh: Client) -> None:
    orders = [web.routed(("TEE", 1)) for _ in range(3)]
    numbers = [web.shipment(order)["number"] for order in orders]
    web.post(f"orders/{orders[1]['id']}/holds/", {"reason": "manual"})
    ids = [str(pk) for pk in Shipment.objects.values_list("pk", flat=True)]
    answer = riyadh.post("/release/many/", {"ids": ids, "all": "0", "next": "/release/"}, follow=True)
    assert [state(number) for number in numbers] == ["released", "planned", "released"]
    assert told(answer) == [
        f"1 shipment stays as it was. \u2068{numbers[1]}\u2069: The order is on hold. Release it first.",
        "2 shipments can be picked.",
    ]


def test_the_picker_walks_by_bin_and_every_scan_counts(web: Shop, riyadh: Client) -> None:
    number = released(web, ("TEE", 2), ("MUG", 1))
    page = riyadh.get(f"/picking/{number}/")
    assert [item.bin for item in page.context["items"]] == ["A-02-1", "A-04-2"]
    assert page.context["current"].sku == "MUG"

    assert scan(riyadh, number, "mug").json() == {
        "said": "Right item.",
        "sku": "MUG",
        "state": "picking",
        "items": {"TEE": [0, 2], "MUG": [1, 1]},
    }
    assert scan(riyadh, number, "٦٢٨١٠٠٠٠٠٠٠١٧").json()["items"]["TEE"] == [1, 2]
    assert scan(riyadh, number, "6281000000017").json()["state"] == "picked"
    assert riyadh.get("/picking/next/", {"after": number}).headers["Location"] == "/picking/"


def test_a_scan_sent_twice_counts_once(web: Shop, riyadh: Client) -> None:
    number = released(web, ("TEE", 3))
    once = str(uuid.uuid4())
    answers = [scan(riyadh, number, "TEE", scan_id=once).json() for _ in range(3)]
    assert [answer["items"] for answer in answers] == [{"TEE": [1, 3]}] * 3
    assert FloorScan.objects.count() == 1


def test_a_scan_of_another_shipment_is_refused(web: Shop, riyadh: Client) -> None:
    first, second = released(web, ("TEE", 3)), released(web, ("TEE", 3))
    once = str(uuid.uuid4())
    scan(riyadh, first, "TEE", scan_id=once)
    answer = scan(riyadh, second, "TEE", scan_id=once)
    assert (answer.status_code, answer.json()["code"]) == (409, "scan_known")


def test_a_wrong_scan_stops_with_words_and_changes_nothing(web: Shop, riyadh: Client) -> None:
    number = released(web, ("TEE", 1))
    answer = scan(riyadh, number, "MUG")
    assert answer.status_code == 400
    assert answer.json() == {
        "said": "Wrong item: it is not in this shipment.",
        "code": "not_in_shipment",
        "state": "released",
        "items": {"TEE": [0, 1]},
    }
    scan(riyadh, number, "TEE")
    again = scan(riyadh, number, "TEE")
    assert again.status_code == 409
    assert again.json()["items"] == {"TEE": [1, 1]}


def test_undo_puts_the_last_scan_back(web: Shop, riyadh: Client) -> None:
    order = web.routed(("TEE", 2))
    number = web.shipment(order)["number"]
    web.release(web.shipment(order))
    scan(riyadh, number, "TEE")
    scan(riyadh, number, "TEE")
    assert state(number) == "picked"
    last = FloorScan.objects.order_by("-at").first()
    for _ in range(2):
        answer = riyadh.post(
            f"/picking/{number}/undo/", {"id": str(last.pk)}, headers={"Accept": "application/json"}
        )
        assert answer.json()["items"] == {"TEE": [1, 2]}
    assert state(number) == "picking"
    assert web.order(order)["lines"][0]["picked"] == 1
    riyadh.post(f"/picking/{number}/undo/")
    answer = riyadh.post(f"/picking/{number}/undo/", follow=True)
    assert told(answer)[-1] == "There is no scan to take back."


def test_a_short_pick_leaves_the_rest_of_the_shipment(web: Shop, riyadh: Client) -> None:
    order = web.routed(("TEE", 2), ("MUG", 1))
    number = web.shipment(order)["number"]
    web.release(web.shipment(order))
    scan(riyadh, number, "TEE")
    answer = riyadh.post(f"/picking/{number}/short/", {"sku": "TEE"}, follow=True)
    assert told(answer) == ["Noted: \u2068TEE\u2069 is short. Another place is being looked for."]
    assert [(item.sku, item.picked, item.quantity) for item in answer.context["items"]] == [
        ("MUG", 0, 1),
        ("TEE", 1, 1),
    ]
    assert state(number) == "picking"
    history = [
        (str(item["title"]), item["text"], item["actor"])
        for day in riyadh.get(f"/shipments/{number}/").context["days"]
        for item in day["items"]
    ]
    assert history[0] == ("Short pick", "\u2068TEE\u2069 × 1", history[0][2])
    assert [title for title, _text, _who in history].count("Short pick") == 1
    shop.work()
    assert [one["location"] for one in web.shipments(order)] == ["RUH", "JED"]
    scan(riyadh, number, "MUG")
    assert state(number) == "picked"


def test_all_of_the_only_item_short_ends_the_shipment(web: Shop, riyadh: Client) -> None:
    number = released(web, ("TEE", 2))
    answer = riyadh.post(f"/picking/{number}/short/", {"sku": "TEE"})
    assert answer.headers["Location"] == "/picking/"
    assert state(number) == "cancelled"


def picked(web: Shop, *lines: tuple[str, int]) -> str:
    shipment = web.shipment(web.routed(*lines))
    web.up_to(shipment, "pick")
    return shipment["number"]


def test_the_box_has_the_weight_people_type(web: Shop, riyadh: Client) -> None:
    number = picked(web, ("TEE", 2))
    page = riyadh.get(f"/packing/{number}/")
    assert page.context["boxes"][0]["weight"] == "1"
    riyadh.post(
        f"/packing/{number}/boxes/",
        {"boxes": "1", "weight-0": "١٫٢٥", "length-0": "32,5", "width-0": "20", "height-0": "10"},
    )
    assert state(number) == "packed"
    (box,) = Shipment.objects.get(number=number).packages.all()
    assert (box.weight_g, box.length_mm, box.width_mm, box.height_mm) == (1250, 325, 200, 100)
    assert box.lines == [{"sku": "TEE", "quantity": 2}]


def test_two_boxes_hold_what_was_picked_or_nothing_is_packed(web: Shop, riyadh: Client) -> None:
    number = picked(web, ("TEE", 3))
    more = riyadh.post(f"/packing/{number}/", {"boxes": ["1", "2"], "weight-0": "0.4"})
    assert [box["weight"] for box in more.context["boxes"]] == ["0.4", ""]
    assert state(number) == "picked"
    typed = {"boxes": "2", "weight-0": "1", "weight-1": "0.5", "units-0-0": "2", "units-1-0": "2"}
    answer = riyadh.post(f"/packing/{number}/boxes/", typed)
    assert answer.status_code == 422
    assert answer.context["said"] == [
        "The boxes do not hold what was picked. Count again.",
        "\u2068TEE (TEE)\u2069: 4 in the boxes, 3 picked.",
    ]
    assert answer.context["boxes"][1]["weight"] == "0.5"
    riyadh.post(f"/packing/{number}/boxes/", {**typed, "units-1-0": "1"})
    assert [
        box.lines[0]["quantity"] for box in Shipment.objects.get(number=number).packages.order_by("position")
    ] == [
        2,
        1,
    ]


def test_what_is_no_number_is_told_with_its_box_and_at_its_field(web: Shop, riyadh: Client) -> None:
    number = picked(web, ("TEE", 3))
    typed = {"boxes": "2", "weight-0": "1.5", "height-1": "abc", "width-1": "-3", "units-0-0": "0.5"}
    answer = riyadh.post(f"/packing/{number}/boxes/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Box 2, \u2068Height\u2069: \u2068abc\u2069 is not a number." in page
    assert "Box 2, \u2068Width\u2069: It is at least 0." in page
    assert ": A whole number is expected here." in page
    assert re.search(r'name="height-1" value="abc"[^>]*aria-invalid="true"[^>]*"height-1_error"', page)
    assert page.count('aria-invalid="true"') == 3
    assert 'name="weight-0" value="1.5"' in page
    assert state(number) == "picked"


@pytest.mark.parametrize(
    ("kilos", "fault"),
    [
        ("0", "A box weighs at least 1 g."),
        ("-1", "A box weighs at least 1 g."),
        ("٠٫٠٠٠٤", "A box weighs at least 1 g."),
        ("22624", "It is at most 1,000."),
        ("6281000000017", "It is at most 1,000."),
    ],
)
def test_no_box_weighs_nothing_or_a_scanners_code(web: Shop, riyadh: Client, kilos: str, fault: str) -> None:
    number = picked(web, ("TEE", 1))
    answer = riyadh.post(f"/packing/{number}/boxes/", {"boxes": "1", "weight-0": kilos, "label": "1"})
    assert answer.status_code == 422
    assert answer.context["faults"] == {"weight-0": fault}
    assert state(number) == "picked"


def test_packed_and_labelled_at_once_and_the_papers_come(web: Shop, riyadh: Client) -> None:
    number = picked(web, ("TEE", 1))
    riyadh.post(f"/packing/{number}/boxes/", {"boxes": "1", "weight-0": "0.8", "label": "1"})
    assert state(number) == "labelled"
    assert "hx-trigger" in riyadh.get(f"/shipments/{number}/papers/").content.decode()
    assert riyadh.get(f"/shipments/{number}/label.pdf").status_code == 404
    printing.print_owed()
    assert "hx-trigger" not in riyadh.get(f"/shipments/{number}/papers/").content.decode()
    label = riyadh.get(f"/shipments/{number}/label.pdf")
    assert label["Content-Type"] == "application/pdf"
    assert label.content.startswith(b"%PDF")


def test_the_carrier_can_be_chosen(web: Shop, riyadh: Client) -> None:
    road.add_rate(carrier="manual", service="express", base="30.00", days=[1, 1])
    number = picked(web, ("TEE", 1))
    riyadh.post(f"/packing/{number}/boxes/", {"boxes": "1"})
    offers = riyadh.get(f"/packing/{number}/").context["offers"]
    assert [(offer["value"], offer["best"]) for offer in offers] == [
        ("own_fleet|standard", True),
        ("manual|express", False),
    ]
    riyadh.post(f"/packing/{number}/label/", {"offer": "manual|express", "tracking_number": "TRK123"})
    shipment = Shipment.objects.get(number=number)
    assert (shipment.carrier, shipment.tracking_number) == ("manual", "TRK123")


def test_labels_of_many_come_in_one_file(web: Shop, riyadh: Client) -> None:
    numbers = [picked(web, ("TEE", 1)) for _ in range(2)]
    for number in numbers:
        riyadh.post(f"/packing/{number}/boxes/", {"boxes": "1"})
    ids = [str(pk) for pk in Shipment.objects.values_list("pk", flat=True)]
    sheet = riyadh.post("/labels/many/", {"ids": ids, "all": "0"}, follow=True)
    assert [(shipment.number, ready) for shipment, ready in sheet.context["shipments"]] == [
        (numbers[0], False),
        (numbers[1], False),
    ]
    printing.print_owed()
    whole = riyadh.get("/labels/labels.pdf", {"n": numbers})
    assert len(PdfDocument(whole.content)) == 2


def test_the_driver_takes_what_is_ticked_and_signs_for_it(web: Shop, riyadh: Client) -> None:
    shipments = [web.shipment(web.routed(("TEE", 1))) for _ in range(3)]
    for shipment in shipments:
        web.up_to(shipment, "label")
    page = riyadh.get("/handover/")
    (group,) = page.context["groups"]
    assert (group["carrier"], len(group["rows"])) == ("own_fleet", 3)
    answer = riyadh.post("/handover/confirm/", {"ids": [one["id"] for one in shipments[:2]]}, follow=True)
    assert told(answer) == ["2 shipments are handed over."]
    assert [state(one["number"]) for one in shipments] == ["handed_over", "handed_over", "labelled"]
    (paper,) = Manifest.objects.all()
    assert paper.shipments == [one["id"] for one in shipments[:2]]
    assert riyadh.get(f"/handover/lists/{paper.pk}.pdf").status_code == 404
    assert manifests.print_owed() == 1
    assert riyadh.get(f"/handover/lists/{paper.pk}.pdf").content.startswith(b"%PDF")
    assert staff(Role.WAREHOUSE, "JED").get(f"/handover/lists/{paper.pk}.pdf").status_code == 404


def test_a_carriers_report_is_entered_and_shown(web: Shop, riyadh: Client) -> None:
    shipment = web.shipment(web.routed(("TEE", 1)))
    web.up_to(shipment, "hand_over")
    number = shipment["number"]
    answer = riyadh.post(
        f"/shipments/{number}/scans/", {"code": "in_transit", "place": "Riyadh hub"}, follow=True
    )
    assert told(answer) == ["The report is kept."]
    assert state(number) == "in_transit"
    assert "Riyadh hub" in answer.content.decode()
    early = riyadh.post(f"/shipments/{number}/scans/", {"code": "delivered", "at": "2090-01-01T10:00"})
    assert early.status_code == 422
    assert early.context["scan_form"].errors["at"]


def test_a_scanned_number_opens_the_next_step(web: Shop, riyadh: Client) -> None:
    shipment = web.shipment(web.routed(("TEE", 1)))
    number = shipment["number"]

    def opened(code: str) -> str:
        return str(riyadh.get("/shipments/open/", {"code": code}).headers["Location"])

    assert opened(number) == f"/shipments/{number}/"
    web.release(shipment)
    assert opened(number.partition("-")[0]) == f"/picking/{number}/"
    web.pick(shipment)
    assert opened(f" {number} ") == f"/packing/{number}/"
    assert told(riyadh.get("/shipments/open/", {"code": "77-1"}, follow=True)) == [
        "No shipment has the number \u206877-1\u2069."
    ]


def test_another_locations_shipments_do_not_exist(web: Shop, riyadh: Client) -> None:
    number = released(web, ("TEE", 1))
    jeddah = staff(Role.WAREHOUSE, "JED")
    for path in ("/release/", "/picking/", "/packing/", "/handover/", "/shipments/"):
        assert number not in jeddah.get(path).content.decode(), path
    for path in (f"/picking/{number}/", f"/packing/{number}/", f"/shipments/{number}/"):
        assert jeddah.get(path).status_code == 404, path
    assert scan(jeddah, number, "TEE").status_code in (302, 404)
    assert state(number) == "released"


def test_an_agent_looks_and_takes_no_step(web: Shop, riyadh: Client) -> None:
    number = released(web, ("TEE", 1))
    agent = staff(Role.AGENT)
    assert f"/shipments/{number}/" in agent.get("/picking/").content.decode()
    assert agent.get(f"/shipments/{number}/").status_code == 200
    assert agent.get(f"/picking/{number}/").status_code == 403
    assert scan(agent, number, "TEE").status_code == 403
    assert state(number) == "released"


def test_lists_and_screens_cost_the_same_however_many_rows(
    kept_figures: None, web: Shop, riyadh: Client, django_assert_max_num_queries: Any
) -> None:
    counted = []
    for _ in range(2):
        shipment = web.shipment(web.routed(("TEE", 1)))
        web.up_to(shipment, "label")
        released(web, ("TEE", 1))
        costs = []
        for path in ("/release/", "/picking/", "/packing/", "/handover/", "/shipments/"):
            riyadh.get(path)
            with django_assert_max_num_queries(40) as captured:
                riyadh.get(path)
            costs.append(len(captured))
        counted.append(costs)
    assert counted[0] == counted[1]


def test_the_door_says_why_a_parcel_is_not_on_its_list(web: Shop, riyadh: Client) -> None:
    shipment = web.pick(web.release(web.shipment(web.routed(("TEE", 1)))), TEE=1)
    number = shipment["number"]

    def said(code: str) -> str:
        return str(riyadh.get("/handover/", {"code": code}).json()["said"])

    assert said("XX-1") == "Stop: there is no shipment \u2068XX-1\u2069."
    assert said(number.lower()) == f"Stop: \u2068{number}\u2069 is not ready to be handed over."
    web.hand_over(web.label(web.pack(shipment)))
    assert said(number) == f"Stop: \u2068{number}\u2069 is handed over already."
