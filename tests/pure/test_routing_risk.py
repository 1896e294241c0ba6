"""The risk of running out, which gives every unit a price of its own, against trying everything."""

import random
from dataclasses import replace
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.routing import Demand, LocationState, Strategy, plan
from fulfillment.routing.reach import Layers
from tests.pure.test_routing_model import TRIED_ONLY, Case, best_by_trying, some_case, vector_of

D = Decimal


def risky_case(seed: int) -> Case:
    """Many units over few places that sell most of what they have; weights of whole parcels' steps."""
    r = random.Random(seed)
    case = some_case(seed)
    places = case.places[: r.choice([2, 2, 3])]
    skus = "VWXYZ"[: r.randint(2, 5 if len(places) < 3 else 3)]
    few = len(places) == 3

    def stocked(place: LocationState) -> LocationState:
        return replace(
            place,
            stock={sku: r.choice([0, 1, 2, 4, 6]) for sku in skus},
            weekly_demand={sku: D(r.choice(["0.4", "1", "1.5"])) for sku in skus},
            capabilities=frozenset(),
            lots={},
            safety={},
        )

    lines = [
        Demand(str(n), sku, r.randint(1, 3 if few else 4), r.choice([0, 150, 400, 700, 1300]))
        for n, sku in enumerate(skus)
    ]
    weights = replace(
        case.strategy.weights,
        stockout_per_unit=D(r.choice(["0.05", "0.5", "2"])),
        cover_weeks=D("2.5"),
        goods=D(r.choice(["0", "0", "0", "1"])),
    )
    order = replace(case.order, lines=lines, deadline=None)
    return Case(order, [stocked(place) for place in places], case.rates, Strategy(weights=weights))


def check(seed: int) -> bool:
    """Whether the plan is proven; where it says so nothing is better, and nothing beats its gap otherwise."""
    case = risky_case(seed)
    answer = plan(case.order, case.places, case.rates, case.strategy, TRIED_ONLY)
    best = best_by_trying(case)
    if best is None:
        assert answer.outcome != "planned"
        return True
    assert answer.outcome == "planned"
    found = vector_of(case, answer)
    assert abs(answer.cost - found[0]) <= D("0.001")
    if answer.trace.exact:
        assert found == best
    else:
        assert answer.trace.gap is not None
        assert found[0] * (1 - answer.trace.gap) <= best[0] <= found[0]
    return answer.trace.exact


def test_no_way_of_sending_is_better_where_every_unit_has_its_price() -> None:
    assert sum(check(seed) for seed in range(300)) >= 297


def test_a_dearer_tariff_whose_steps_divide_the_goods_better_is_not_left_out() -> None:
    """Two carriers of one location: parcel for parcel the first is cheaper, in all the second is."""
    assert check(85285)


@settings(max_examples=100, deadline=None)
@given(st.integers(min_value=10_000, max_value=10**9))
def test_nor_is_it_in_risky_cases_drawn_anew(seed: int) -> None:
    check(seed)


spans = st.tuples(st.integers(0, 30), *[st.integers(0, 3)] * 4).map(
    lambda one: (one[0], one[1], one[1] + one[2], one[1] + one[2] + one[3], one[1] + sum(one[2:]))
)


@given(st.lists(spans, min_size=1, max_size=4), st.integers(0, 4), st.integers(0, 200), st.integers(0, 200))
def test_layers_know_every_weight_by_the_units_outside(
    items: list[tuple[int, int, int, int, int]], outside: int, low: int, high: int
) -> None:
    every = {
        sum(n * grams for n, (grams, *_) in zip(way, items, strict=True))
        for way in product(*[range(least, most + 1) for _, least, _, _, most in items])
        if sum(max(0, a - n, n - b) for n, (_, _, a, b, _) in zip(way, items, strict=True)) <= outside
    }
    layers = Layers(items, 4)
    found = layers.between(outside, low, high)
    assert found == max((grams for grams in every if low <= grams <= high), default=None)
    if found is not None:
        units = layers.units(outside, found)
        assert sum(n * grams for n, (grams, *_) in zip(units, items, strict=True)) == found
        assert all(least <= n <= most for n, (_, least, _, _, most) in zip(units, items, strict=True))
        assert sum(max(0, a - n, n - b) for n, (_, _, a, b, _) in zip(units, items, strict=True)) <= outside
