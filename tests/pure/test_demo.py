"""The demo's mapping from real invoices to orders: the same on every run, and in the API's form."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import phonenumbers
import pytest

from channels.demo import baskets, company, dice, fates, sources
from oms.core import address, money
from orders import new_order
from orders.new_order import NewOrder

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made() -> tuple[list[baskets.Plan], frozenset[str]]:
    return baskets.plans(sources.invoices(), sources.cities(), NOW)


def test_the_source_is_what_the_readme_says():
    invoices = sources.invoices()
    assert len(invoices) == 350
    assert sum(bool(invoice.undone) for invoice in invoices) == 46
    assert len(sources.articles()) == 561
    assert len(sources.cities()) == 27
    first = invoices[0]
    assert (first.number, first.customer, [(s.sku, s.quantity, s.price) for s in first.lines]) == (
        "551545",
        first.customer,
        [("84997C", 6, Decimal("4.15"))],
    )


def test_every_body_is_an_order_the_api_takes(made):
    plans, _ = made
    for plan in plans:
        body = msgspec.convert(plan.body, NewOrder)
        checked = new_order.check(body)
        assert checked.covered() == (plan.fate != "unpaid"), plan.external_id
        assert sum(Decimal(paid["amount"]) for paid in plan.body["payments"]) == checked.totals.total
        wrong = address.problems(checked.shipping_address)
        assert bool(wrong) == (plan.fate == "bad_address"), plan.external_id


def test_it_is_the_same_every_time_but_for_the_clock(made):
    plans, _ = made
    later, _ = baskets.plans(sources.invoices(), sources.cities(), NOW + timedelta(days=3))
    for before, after in zip(plans, later, strict=True):
        assert {**after.body, "placed_at": None} == {**before.body, "placed_at": None}
        assert after.fate == before.fate
    placed = [datetime.fromisoformat(plan.body["placed_at"]) for plan in plans]
    assert placed == sorted(placed)
    assert NOW - timedelta(days=11) < placed[0] < placed[-1] < NOW


def test_baskets_are_untouched_and_prices_follow_the_stated_rates(made):
    plans, _ = made
    for invoice, plan in zip(sources.invoices(), plans, strict=True):
        rate = company.RATES[plan.body["currency"]]
        step = company.ROUNDED_TO[plan.body["currency"]]
        assert [(line["sku"], line["quantity"]) for line in plan.body["lines"]] == [
            (sold.sku, sold.quantity) for sold in invoice.lines
        ]
        for sold, line in zip(invoice.lines, plan.body["lines"], strict=True):
            assert abs(Decimal(line["unit_price"]) - sold.price * rate) <= max(step, step / 2)
            assert money.parse_price(line["unit_price"]) > 0


def test_people_are_invented_and_each_is_one(made):
    plans, _ = made
    people = {plan.body["customer"]["email"]: plan.body["customer"]["phone"] for plan in plans}
    assert all(email.endswith("@example.com") for email in people)
    assert len(set(people.values())) == len(people)
    for phone in people.values():
        assert phonenumbers.is_possible_number(phonenumbers.parse(phone))


def test_every_state_gets_an_order(made):
    plans, _ = made
    going = Counter(plan.fate for plan in plans)
    assert set(going) == {*fates.RECENT, *fates.EARLIER, *fates.UNDONE}
    ends = {fates.road(fate)[-1] for fate in going if fates.road(fate)}
    assert ends >= {
        *fates.ROAD,
        "picking",
        "ready_for_pickup",
        "delivery_failed",
        "returning",
        "returned_to_sender",
        "lost",
    }


def test_riyadh_alone_could_keep_everything_that_is_shipped(made):
    plans, sold_out = made
    shelves = company.shelves([plan.body for plan in plans], sold_out)
    riyadh = {sku: units for code, sku, units in shelves if code == "RUH"}
    asked: Counter[str] = Counter()
    for plan in plans:
        for line in plan.body["lines"]:
            asked[line["sku"]] += line["quantity"]
            assert line["backorder"] == (line["sku"] in sold_out)
    assert 1 <= len(sold_out) <= 3
    assert all(riyadh[sku] > units for sku, units in asked.items() if sku not in sold_out)
    assert not sold_out & set(riyadh)


def test_weighted_dice_know_their_weights():
    drawn = Counter(dice.weighted([("a", 3), ("b", 1)], n) for n in range(4000))
    assert drawn["a"] == pytest.approx(3000, abs=150)
    assert dice.one_of("abc", "x") == dice.one_of("abc", "x")
