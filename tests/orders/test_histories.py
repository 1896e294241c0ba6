"""A customer's figures follow their orders; segments choose by them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from oms.core.errors import Invalid
from oms.verifying import CHECKS
from orders import describing, histories, segments, standing
from orders.models import Customer, CustomerMark, NameWord
from orders.segments import Conditions
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

ALI = {"name": "Ali", "email": "ali@example.com", "phone": "0501112222"}
NOOR = {"name": "نورة", "email": "noor@example.com", "phone": ""}


@pytest.fixture
def web() -> road.Shop:
    shop.product("TEE", RUH=100)
    shop.product("MUG", RUH=100)
    road.add_rate()
    return road.open_shop()


def now_of(name: str = "Ali") -> Customer:
    shop.work()
    histories.catch_up()
    return Customer.objects.get(name=name)


def chosen(**asked) -> set[str]:
    shop.work()
    histories.catch_up()
    return set(segments.members(Conditions(**asked), Customer.objects.all()).values_list("name", flat=True))


def figures(one: Customer) -> tuple[int, int, int, Decimal, dict[str, str]]:
    return one.order_count, one.cancelled_count, one.returned_count, one.paid, one.paid_elsewhere


def test_figures_are_those_of_the_orders_and_of_no_one_else(web):
    web.place(("TEE", 1), customer=ALI, placed_at="2026-11-01T10:00:00Z")
    web.place(("TEE", 2), customer=ALI, placed_at="2026-11-20T10:00:00Z", language="ar")
    web.place(("MUG", 1), customer=NOOR)
    ali = now_of()
    assert figures(ali) == (2, 0, 0, Decimal("350"), {})
    assert (ali.first_order_at.isoformat()[:10], ali.last_order_at.isoformat()[:10]) == (
        "2026-11-01",
        "2026-11-20",
    )
    assert (ali.ordered_at, ali.language, ali.countries, ali.cities) == (
        ali.last_order_at,
        "ar",
        ["SA"],
        ["riyadh"],
    )
    assert figures(now_of("نورة")) == (1, 0, 0, Decimal("125"), {})


def test_a_cancelled_order_counts_apart_and_a_refund_lowers_what_was_paid(web):
    gone, kept = web.place(("TEE", 1), customer=ALI), web.place(("TEE", 1), customer=ALI)
    web.post(f"orders/{gone['id']}/cancellations/", {"reason": "customer"})
    web.post(f"orders/{kept['id']}/payments/", {"kind": "refund", "method": "card", "amount": "25.00"})
    assert figures(now_of())[:3] == (1, 1, 0)
    assert now_of().paid == sum(o.paid for o in now_of().order_set.all())


def test_other_currencies_are_never_added_to_the_companys(web):
    web.place(("TEE", 1), customer=ALI)
    web.place(("TEE", 1), customer=ALI, currency="AED")
    assert figures(now_of()) == (2, 0, 0, Decimal("125"), {"AED": "125"})
    assert chosen(paid_min=Decimal(125), currency="AED") == {"Ali"}
    assert chosen(paid_min=Decimal(126), currency="AED") == set()
    assert chosen(paid_min=Decimal(126)) == set()


def test_an_event_told_twice_changes_nothing(web):
    web.place(("TEE", 1), customer=ALI)
    first = figures(now_of())
    CustomerMark.objects.create(customer=Customer.objects.get())
    assert histories.catch_up() == 1
    assert figures(now_of()) == first


def test_verify_finds_a_wrong_figure_and_waits_for_who_is_marked(web, django_assert_num_queries):
    web.place(("TEE", 1), customer=ALI)
    ali = now_of()
    road.prove()
    Customer.objects.update(order_count=7)
    with pytest.raises(AssertionError):
        road.prove()
    CustomerMark.objects.create(customer=ali)
    road.prove()
    assert len(CHECKS) > 49


def test_segments_choose_by_history(web):
    now = timezone.now()
    web.place(("TEE", 1), customer=ALI, placed_at=(now - timedelta(days=100)).isoformat())
    web.place(("TEE", 1), customer=ALI, placed_at=(now - timedelta(days=95)).isoformat())
    web.place(("MUG", 3), customer=NOOR, placed_at=(now - timedelta(days=2)).isoformat())
    Customer.objects.create(name="Walk-in")
    assert chosen() == {"Ali", "نورة", "Walk-in"}
    assert chosen(orders_min=2) == {"Ali"}
    assert chosen(orders_max=0) == {"Walk-in"}
    assert chosen(not_ordered_for=90) == {"Ali"}
    assert chosen(ordered_within=90) == chosen(new_within=30) == {"نورة"}
    assert chosen(paid_min=Decimal(300)) == {"نورة"}
    assert chosen(bought="MUG") == {"نورة"}
    assert chosen(bought="TEE", bought_within=90) == set()
    assert chosen(bought="NOTHING") == set()
    assert chosen(city=" RIYADH ", countries=("SA",), channels=("web",)) == {"Ali", "نورة"}
    assert chosen(reached_by=("phone",)) == {"Ali"}
    assert chosen(q="٠٥٠١١١٢٢٢٢") == {"Ali"}
    assert chosen(q="نوره") == {"نورة"}


def test_segments_choose_by_tags_consent_and_standing(web):
    web.place(("TEE", 1), customer=ALI)
    web.place(("TEE", 1), customer=NOOR)
    ali, noor = now_of(), now_of("نورة")
    describing.tag(ali, add=["VIP"], actor="staff:maha")
    describing.agree(noor, "agreed", actor="staff:maha")
    standing.trust(ali, actor="staff:maha")
    assert chosen(tags=("VIP", "other")) == {"Ali"}
    assert chosen(without_tag="VIP") == {"نورة"}
    assert chosen(marketing=("agreed",)) == {"نورة"}
    assert chosen(standing=("trusted",)) == {"Ali"}
    assert chosen(standing=("none",)) == {"نورة"}
    assert chosen(standing=("blocked",)) == set()
    assert chosen(standing=("trusted", "none")) == {"Ali", "نورة"}


def test_conditions_survive_json_and_unknown_ones_are_refused():
    asked = Conditions(orders_min=2, paid_min=Decimal("10.50"), tags=("VIP",), not_ordered_for=90)
    assert segments.read(segments.plain(asked)) == asked
    for wrong in ({"colour": "red"}, {"orders_min": -1}, {"standing": ["odd"]}, {"currency": "riyal"}):
        with pytest.raises(Invalid):
            segments.read(wrong)


def test_words_of_names_that_were_missed_or_left_are_put_right(web: road.Shop) -> None:
    web.place(("TEE", 1), customer=ALI)
    web.place(("TEE", 1), customer=ALI | {"name": "Ali Al-Harbi"})
    web.place(("MUG", 1), customer=NOOR)
    ali, noor = now_of(), now_of("نورة")
    NameWord.objects.filter(customer=ali, word="harbi").delete()
    NameWord.objects.create(customer=ali, word="nobody")
    web.place(("TEE", 1), customer=ALI)
    now_of()
    kept = NameWord.objects.order_by("customer_id", "word").values_list("customer_id", "word")
    assert set(kept) == {(ali.pk, "al"), (ali.pk, "ali"), (ali.pk, "harbi"), (noor.pk, "نوره")}
