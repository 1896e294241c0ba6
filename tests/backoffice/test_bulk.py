"""Acts on many orders: done by a worker order by order, each refusal named, nothing twice, nothing forgotten."""

import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from fulfillment import printing
from oms.backoffice import bulk
from oms.backoffice.models import BulkJob
from oms.core.models import User
from orders import holds
from orders.models import Hold, Order, Payment, Stage
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_seen_before() -> None:
    cache.clear()


@pytest.fixture
def web() -> road.Shop:
    road.add_rate()
    shop.product("TEE", RUH=1000)
    return road.open_shop()


@pytest.fixture
def staff() -> Client:
    return signed_in("noor", "agent")


def signed_in(name: str, role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(name, password="x", role=role))
    return client


def place(web: road.Shop, count: int, **changes: Any) -> list[Order]:
    ids = [web.place(("TEE", 1), **changes)["id"] for _ in range(count)]
    return list(Order.objects.filter(pk__in=ids).order_by("number"))


def ask(staff: Client, kind: str, orders: list[Order] | None = None, state: str = "", **fields: Any) -> Any:
    """Ticked orders, or everything that matches `state`."""
    picked = {"ids": [str(order.pk) for order in orders]} if orders is not None else {"all": "1"}
    return staff.post(f"/orders/bulk/{kind}/", {**picked, "state": state, "next": "/orders/", **fields})


def work() -> BulkJob:
    while bulk.run_due(60):
        pass
    return BulkJob.objects.latest("created_at")


def refusals(staff: Client, job: BulkJob) -> dict[int, str]:
    page = staff.get(f"/orders/bulk/{job.pk}/")
    return {each["name"]: each["reason"] for each in page.context["failures"]}


def test_two_hundred_held_three_refused_by_name(web: road.Shop, staff: Client) -> None:
    batch = [shop.order_body(("TEE", 1)) for _ in range(200)]
    placed = web.post("orders/batch/", {"items": batch}).json()["results"]
    assert [result["status"] for result in placed] == [201] * 200
    orders = list(Order.objects.order_by("number"))
    holds.place(orders[3], reason="risk", actor="staff:maha")
    for done in (orders[5], orders[180]):
        assert web.cancel({"id": done.pk, "lines": []}).status_code == 201
    assert ask(staff, "hold", orders, reason="risk", note="Look twice").url == "/orders/"
    job = work()
    assert (job.total, job.succeeded, job.failed, job.running) == (200, 197, 3, False)
    assert refusals(staff, job) == {
        orders[3].number: "It is on hold for this reason already.",
        orders[5].number: "Nothing is left to hold: it was delivered, or has ended.",
        orders[180].number: "Nothing is left to hold: it was delivered, or has ended.",
    }
    held = Hold.objects.filter(reason="risk", released_at=None)
    assert set(held.values_list("order_id", flat=True)) == {o.pk for o in orders} - {
        orders[5].pk,
        orders[180].pk,
    }
    assert {hold.placed_by for hold in held} == {"staff:noor", "staff:maha"}


def test_everything_that_matches_and_nothing_else(web: road.Shop, staff: Client) -> None:
    place(web, 30, tags=["eid"])
    others = place(web, 2)
    ask(staff, "tag", None, state="tag=eid&sort=-total", add="gift، VIP", remove="eid")
    job = work()
    assert (job.total, job.failed) == (30, 0)
    assert Order.objects.filter(tags=["gift", "VIP"]).count() == 30
    assert {tuple(order.tags) for order in Order.objects.filter(pk__in=[o.pk for o in others])} == {()}


def test_a_worker_that_dies_repeats_no_order_and_forgets_none(
    web: road.Shop, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = place(web, 6)
    ask(staff, "hold", orders, reason="manual")
    seen: list[int] = []
    act = bulk.bulk_acts.ACTS["hold"]

    def killed_on_the_fourth(order: Order, options: Any, actor: str) -> object:
        seen.append(order.number)
        if len(seen) == 4:
            raise SystemExit
        return act(order, options, actor)

    monkeypatch.setitem(bulk.bulk_acts.ACTS, "hold", killed_on_the_fourth)
    with pytest.raises(SystemExit):
        bulk.run_due(60)
    job = BulkJob.objects.get()
    assert (job.position, Hold.objects.count()) == (3, 3)
    assert bulk.run_due(60) is False, "its lease still stands"
    BulkJob.objects.update(claimed_until=job.created_at)
    job = work()
    assert (job.succeeded, job.failed, Hold.objects.count()) == (6, 0, 6)
    assert len(seen) == 7
    assert len(set(seen)) == 6


def test_release_ends_every_hold_and_the_orders_move_on(web: road.Shop, staff: Client) -> None:
    held, free = place(web, 2)
    holds.place(held, reason="risk", actor="staff:maha")
    holds.place(held, reason="address", actor="staff:maha")
    ask(staff, "release", [held, free])
    job = work()
    assert refusals(staff, job) == {free.number: "It is not on hold."}
    shop.work()
    held.refresh_from_db()
    assert held.stage == Stage.ALLOCATED


def test_release_ends_the_holds_of_one_reason_and_leaves_the_others(web: road.Shop, staff: Client) -> None:
    twice, other = place(web, 2)
    holds.place(twice, reason="risk", actor="staff:maha")
    holds.place(twice, reason="customer", actor="staff:maha")
    holds.place(other, reason="customer", actor="staff:maha")
    ask(staff, "release", [twice, other], reason="manual", release_reason="risk")
    assert refusals(staff, work()) == {other.number: "It is on hold for another reason."}
    assert list(Hold.objects.filter(released_at=None).values_list("reason", flat=True)) == ["customer"] * 2


def test_cancel_frees_stock_and_says_what_had_left(web: road.Shop, staff: Client) -> None:
    sent = web.routed(("TEE", 1))
    web.up_to(web.shipment(sent), "hand_over")
    stay = place(web, 1)[0]
    ask(staff, "cancel", [Order.objects.get(pk=sent["id"]), stay], cancel_reason="Twice")
    job = work()
    assert refusals(staff, job) == {
        int(sent["number"]): "Nothing is left to cancel: it was cancelled, or has left the house."
    }
    stay.refresh_from_db()
    assert stay.stage == Stage.CANCELLED
    assert road.level("TEE", "RUH").committed == 0
    road.prove()


def test_labels_and_slips_of_many_in_one_file(web: road.Shop, staff: Client) -> None:
    labelled = [web.routed(("TEE", 1)) for _ in range(3)]
    for order in labelled:
        web.up_to(web.shipment(order), "label")
    printing.print_owed()
    bare = place(web, 1)[0]
    ask(staff, "print", list(Order.objects.all()), papers="both")
    job = work()
    assert refusals(staff, job) == {bare.number: "None of its parcels has a label yet."}
    answer = staff.get(f"/orders/bulk/{job.pk}/file/")
    assert answer["Content-Type"] == "application/pdf"
    assert len(pypdfium2.PdfDocument(io.BytesIO(answer.content))) == 6


def test_an_export_by_the_worker_is_the_list_as_it_was_asked_for(web: road.Shop, staff: Client) -> None:
    place(web, 2, tags=["eid"])
    place(web, 1)
    ask(staff, "export", None, state="tag=eid&sort=number", format="csv")
    job = work()
    answer = staff.get(f"/orders/bulk/{job.pk}/file/")
    lines = answer.content.decode("utf-8-sig").strip().split("\r\n")
    assert lines[0].startswith("Order,Date,Customer,Channel,Total,Currency")
    assert len(lines) == 3
    numbers = [int(line.split(",")[0]) for line in lines[1:]]
    assert numbers == sorted(numbers)


def test_the_list_tells_how_far_it_is_and_then_no_more(web: road.Shop, staff: Client) -> None:
    ask(staff, "hold", place(web, 3), reason="manual")
    waiting = BulkJob.objects.get()
    page = staff.get("/orders/").content.decode()
    assert f"running={waiting.pk}" in page
    assert "Putting orders on hold" in page
    work()
    part = staff.get(f"/orders/bulk/?running={waiting.pk}", headers={"HX-Request": "true"})
    assert part["HX-Trigger"] == "rows-changed"
    assert "Orders put on hold" in part.content.decode()
    staff.post(f"/orders/bulk/{waiting.pk}/dismiss/")
    assert "Orders put on hold" not in staff.get("/orders/").content.decode()


def test_every_figure_of_the_page_follows_a_job_that_ends(web: road.Shop, staff: Client) -> None:
    orders = place(web, 5)

    def told(page: Any) -> dict[str, int]:
        """How many orders are to fulfil, by whoever says so on the page."""
        links = [link for group in page.context["shell"].groups() for link in group.links]
        return {
            "sidebar": next(link.count for link in links if link.entry.url == "order-list"),
            "tab": next(tab.count for tab in page.context["list"].tabs if tab.key == "to_fulfil"),
            "stat": page.context["stats"]["to_fulfil"].count,
        }

    dashboard = staff.get("/").context["figures"]
    assert (told(staff.get("/orders/")), sum(dict(dashboard.backlog).values())) == (
        {"sidebar": 5, "tab": 5, "stat": 5},
        5,
    )
    ask(staff, "cancel", orders[:3])
    work()
    assert told(staff.get("/orders/")) == {"sidebar": 2, "tab": 2, "stat": 2}
    assert sum(dict(staff.get("/").context["figures"].backlog).values()) == 2
    # A page left open asks for its rows again: what is counted around them comes with them, counted now.
    shop.api().post(f"orders/{orders[3].pk}/cancellations/", {"reason": "customer"})
    again = staff.get("/orders/", headers={"HX-Request": "true", "HX-Trigger": "list"}).content.decode()
    said = re.findall(r'id="(count-order-list|stat-to-fulfil)".*?(\d+)<', again)
    assert said == [("count-order-list", "1"), ("stat-to-fulfil", "1")]
    search = staff.get("/orders/?q=x", headers={"HX-Request": "true", "HX-Trigger": "q"}).content.decode()
    assert "count-order-list" not in search


def test_a_job_goes_by_itself_once_seen_unless_it_named_a_refusal_or_left_a_file(
    web: road.Shop, staff: Client
) -> None:
    orders = place(web, 3)
    holds.place(orders[0], reason="risk", actor="staff:maha")

    def leaving() -> list[bool]:
        """Of each card, the newest first, whether it closes itself."""
        cards = staff.get("/orders/").content.decode().split('<section class="job"')[1:]
        return ["intersect once" in card for card in cards]

    ask(staff, "hold", orders[1:], reason="risk")
    assert leaving() == [False]
    plain = work()
    assert leaving() == [True]
    ask(staff, "hold", orders, reason="risk")
    refused = work()
    ask(staff, "export", orders, format="csv")
    file = work()
    assert leaving() == [False, False, True]
    staff.post(f"/orders/bulk/{plain.pk}/dismiss/")
    assert leaving() == [False, False]
    assert staff.get(f"/orders/bulk/{file.pk}/file/").status_code == 200
    assert leaving() == [False]
    BulkJob.objects.filter(pk=refused.pk).update(finished_at=timezone.now() - timedelta(hours=23))
    assert leaving() == [False]
    BulkJob.objects.filter(pk=refused.pk).update(finished_at=timezone.now() - timedelta(hours=25))
    assert leaving() == []
    assert refusals(staff, refused)


def test_stopped_in_the_middle_the_rest_stays(web: road.Shop, staff: Client) -> None:
    ask(staff, "hold", place(web, 3), reason="manual")
    job = BulkJob.objects.get()
    staff.post(f"/orders/bulk/{job.pk}/stop/")
    assert work().stopped == "asked"
    assert Hold.objects.count() == 0


def test_a_role_taken_away_meanwhile_stops_the_job(web: road.Shop, staff: Client) -> None:
    ask(staff, "hold", place(web, 3), reason="manual")
    User.objects.filter(username="noor").update(role="warehouse")
    assert work().stopped == "scope"
    assert Hold.objects.count() == 0


def test_a_job_is_its_askers_alone(web: road.Shop, staff: Client) -> None:
    ask(staff, "export", place(web, 1), format="csv")
    job = work()
    other = signed_in("omar", "manager")
    for path in ("", "file/"):
        assert other.get(f"/orders/bulk/{job.pk}/{path}").status_code == 404
        assert staff.get(f"/orders/bulk/{job.pk}/{path}").status_code == 200
    assert staff.get(f"/orders/bulk/{uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("hold", {"reason": "No Such Thing!"}),
        ("tag", {"add": " , ", "remove": ""}),
        ("tag", {"add": "x" * 65}),
        ("print", {"papers": "banknotes"}),
        ("export", {"format": "exe"}),
    ],
)
def test_what_makes_no_sense_is_refused(
    web: road.Shop, staff: Client, kind: str, fields: dict[str, str]
) -> None:
    answer = ask(staff, kind, place(web, 1), **fields)
    assert answer.status_code == 302
    assert BulkJob.objects.count() == 0
    assert Payment.objects.count() == 1


def test_nothing_selected_is_said(staff: Client) -> None:
    answer = staff.post("/orders/bulk/hold/", {"reason": "manual", "next": "/orders/"}, follow=True)
    assert "No row is selected any more." in answer.content.decode()


def test_the_warehouse_may_not(web: road.Shop) -> None:
    orders = place(web, 1)
    assert ask(signed_in("ali", "warehouse"), "cancel", orders).status_code == 403
