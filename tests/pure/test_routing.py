import json
import random
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import product

import pytest

from fulfillment.routing import Address, Demand, LocationState, Order, Plan, Rate, Weights, plan
from fulfillment.routing.calendar import late_days, window

D = Decimal
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)  # a Sunday, 11:00 in Riyadh
RIYADH = Address("SA", "Riyadh", "Riyadh")


def place(code: str, stock: dict[str, int], **kwargs: object) -> LocationState:
    return LocationState(code=code, stock=stock, **kwargs)  # type: ignore[arg-type]


def rate(base: str = "10", per_kg: str = "2", carrier: str = "own_fleet", **kwargs: object) -> Rate:
    facts: dict[str, object] = {"service": "standard", "to_country": "SA", "days": (1, 3), **kwargs}
    return Rate(carrier=carrier, base=D(base), per_kg=D(per_kg), **facts)  # type: ignore[arg-type]


def order(*lines: Demand, **kwargs: object) -> Order:
    facts: dict[str, object] = {"address": RIYADH, "service": "standard", "now": NOW, **kwargs}
    return Order(lines=lines, **facts)  # type: ignore[arg-type]


def tee(
    quantity: int = 1, line_id: str = "1", sku: str = "TEE", weight_g: int = 500, **kwargs: object
) -> Demand:
    return Demand(line_id, sku, quantity, weight_g, **kwargs)  # type: ignore[arg-type]


def sent(answer: Plan) -> dict[str, list[tuple[str, int]]]:
    return {parcel.location: sorted(parcel.lines) for parcel in answer.parcels}


def why_not(answer: Plan, code: str) -> list[str]:
    found = next(location for location in answer.trace.locations if location.code == code)
    return [refusal.code for refusal in found.refusals]


def test_one_location_that_has_everything_sends_one_parcel() -> None:
    answer = plan(
        order(tee(2), tee(1, "2", "MUG", 300)),
        [place("RUH", {"TEE": 5, "MUG": 5}), place("JED", {"TEE": 5})],
        [rate()],
    )
    assert answer.outcome == "planned"
    assert sent(answer) == {"RUH": [("1", 2), ("2", 1)]}
    parcel = answer.parcels[0]
    assert (parcel.carrier, parcel.service, parcel.weight_g) == ("own_fleet", "standard", 1300)
    assert parcel.shipping == D("12.6")
    assert answer.cost == D("15.6")  # and 3 for handling
    assert parcel.window.dispatch == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert parcel.window.latest == datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def test_a_split_is_weighed_against_a_dear_rate() -> None:
    places = [place("NEAR", {"TEE": 1}), place("FAR", {"TEE": 1, "MUG": 1})]
    rates = [
        rate("10", "0", from_locations=frozenset({"NEAR"})),
        rate("40", "0", from_locations=frozenset({"FAR"})),
    ]
    lines = (tee(), tee(1, "2", "MUG"))
    assert sent(plan(order(*lines), places, rates)) == {"FAR": [("1", 1), ("2", 1)]}
    three = [*places, place("MID", {"MUG": 1})]
    mid = rate("5", "0", from_locations=frozenset({"MID"}))
    assert sent(plan(order(*lines), three, [*rates, mid])) == {"MID": [("2", 1)], "NEAR": [("1", 1)]}


def test_a_line_is_split_only_where_no_location_has_it_whole() -> None:
    places = [place("A", {"TEE": 2}), place("B", {"TEE": 2})]
    assert sent(plan(order(tee(3)), places, [rate()])) == {"A": [("1", 2)], "B": [("1", 1)]}
    whole = [place("A", {"TEE": 2, "MUG": 1}), place("B", {"TEE": 3})]
    answer = plan(order(tee(3), tee(1, "2", "MUG")), whole, [rate()])
    assert sent(answer) == {"A": [("2", 1)], "B": [("1", 3)]}


def test_ties_go_to_fewer_parcels_then_priority_then_code() -> None:
    places = [place("C", {"TEE": 1}), place("B", {"TEE": 1}), place("A", {"TEE": 1}, priority=200)]
    assert sent(plan(order(tee()), places, [rate()])) == {"B": [("1", 1)]}
    assert sent(plan(order(tee()), [*places, place("Z", {"TEE": 1}, priority=1)], [rate()])) == {
        "Z": [("1", 1)]
    }


def test_a_late_parcel_costs_its_days() -> None:
    rates = [rate("10", "0", days=(3, 5)), rate("20", "0", "fast", days=(1, 1))]
    assert plan(order(tee()), [place("A", {"TEE": 1})], rates).parcels[0].carrier == "own_fleet"
    soon = order(tee(), promised=datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    answer = plan(soon, [place("A", {"TEE": 1})], rates)
    assert (answer.parcels[0].carrier, answer.parcels[0].late_days) == ("fast", 0)
    late = plan(soon, [place("A", {"TEE": 1})], rates[:1])
    assert late.parcels[0].late_days == 4
    assert late.cost == D("10") + D("3") + 4 * D("15")


def test_hard_filters_say_why_not() -> None:
    places = [
        place("OFF", {"TEE": 9}, active=False),
        place("FULL", {"TEE": 9}, capacity_left=0),
        place("EMPTY", {"MUG": 9}),
        place("PLAIN", {"TEE": 9}),
        place("FAR", {"TEE": 9}, capabilities=frozenset({"engraving"})),
        place("GOOD", {"TEE": 9}, capabilities=frozenset({"engraving"})),
    ]
    served = rate(from_locations=frozenset({"OFF", "FULL", "EMPTY", "PLAIN", "GOOD"}))
    answer = plan(order(tee(requires=frozenset({"engraving"}))), places, [served])
    assert sent(answer) == {"GOOD": [("1", 1)]}
    assert why_not(answer, "OFF") == ["inactive", "capability_missing"]
    assert why_not(answer, "FULL") == ["no_capacity", "capability_missing"]
    assert why_not(answer, "PLAIN") == ["capability_missing"]
    assert why_not(answer, "FAR") == ["no_carrier"]
    assert why_not(answer, "GOOD") == []
    detail = answer.trace.as_json()["locations"]
    assert {"code": "no_carrier", "detail": "No carrier takes standard from FAR to SA / Riyadh."} in [
        refusal for location in detail for refusal in location["why_not"]
    ]


def test_stock_that_cannot_be_prepared_or_sent_is_told_apart() -> None:
    assert plan(order(tee(2)), [place("A", {"TEE": 1})], [rate()]).outcome == "no_stock"
    assert plan(order(tee()), [], [rate()]).outcome == "no_stock"
    assert plan(order(tee()), [place("A", {"TEE": 1}, active=False)], [rate()]).outcome == "no_stock"
    engraved = order(tee(requires=frozenset({"engraving"})))
    assert plan(engraved, [place("A", {"TEE": 1})], [rate()]).outcome == "no_stock"
    unserved = plan(order(tee(), service="drone"), [place("A", {"TEE": 1})], [rate()])
    assert unserved.outcome == "no_route"
    assert unserved.reason == "No carrier takes drone from A to SA / Riyadh."
    abroad = order(tee(), address=Address("BR"))
    assert plan(abroad, [place("A", {"TEE": 1})], [rate()]).outcome == "no_route"
    full = plan(order(tee()), [place("A", {"TEE": 1}, capacity_left=0)], [rate()])
    assert (full.outcome, full.reason) == ("no_route", "A has no capacity left today.")
    partly = [place("A", {"TEE": 1}), place("B", {"TEE": 1}, capacity_left=0)]
    assert plan(order(tee(2)), partly, [rate()]).outcome == "no_route"


def test_cash_on_delivery_has_a_limit() -> None:
    rates = [rate("5", "0", "cheap", cod_limit=D(0)), rate("9", "0", "cash", cod_limit=D(500))]
    places = [place("A", {"TEE": 1})]
    assert plan(order(tee()), places, rates).parcels[0].carrier == "cheap"
    assert plan(order(tee(), cod_amount=D(500)), places, rates).parcels[0].carrier == "cash"
    refused = plan(order(tee(), cod_amount=D("500.01")), places, rates)
    assert refused.outcome == "no_route"
    assert why_not(refused, "A") == ["cod_above_limit", "cod_above_limit"]


def test_a_region_rate_of_a_carrier_replaces_its_countrys() -> None:
    rates = [rate("10", "0"), rate("60", "0", to_region="الرياض"), rate("20", "0", to_region="Tabuk")]
    places = [place("A", {"TEE": 1})]
    assert plan(order(tee()), places, rates).parcels[0].shipping == 10
    arabic = order(tee(), address=Address("SA", "ٱلرِّيَاض"))
    assert plan(arabic, places, rates).parcels[0].shipping == 60
    by_city = order(tee(), address=Address("SA", "", "TABUK"))
    assert plan(by_city, places, rates).parcels[0].shipping == 20


def test_pickup_needs_its_location_and_no_carrier() -> None:
    places = [place("A", {"TEE": 5}), place("SHOP", {"TEE": 1})]
    answer = plan(order(tee(), pickup_at="SHOP", service="pickup"), places, [])
    assert sent(answer) == {"SHOP": [("1", 1)]}
    assert (answer.parcels[0].carrier, answer.parcels[0].shipping) == ("", D(0))
    assert plan(order(tee(2), pickup_at="SHOP"), places, [rate()]).outcome == "no_stock"
    assert why_not(answer, "A") == ["not_pickup_location"]


def test_engraved_and_plain_units_of_one_sku_share_the_stock() -> None:
    places = [
        place("PLAIN", {"MUG": 1}),
        place("STUDIO", {"MUG": 1}, capabilities=frozenset({"engraving"}), priority=1),
    ]
    lines = (tee(1, "plain", "MUG"), tee(1, "engraved", "MUG", requires=frozenset({"engraving"})))
    assert sent(plan(order(*lines), places, [rate()])) == {
        "PLAIN": [("plain", 1)],
        "STUDIO": [("engraved", 1)],
    }


def test_as_many_locations_as_it_takes() -> None:
    places = [place(f"L{n}", {f"S{n}": 1, "EVERY": 9}) for n in range(5)]
    answer = plan(order(*[tee(1, str(n), f"S{n}") for n in range(5)]), places, [rate()])
    assert len(answer.parcels) == 5
    assert answer.trace.exact
    many = [place(f"L{n:02}", {f"S{n}": 1, "EVERY": 9}) for n in range(40)]
    wide = order(*[tee(1, str(n), f"S{n}") for n in range(20)], tee(2, "x", "EVERY"))
    answer = plan(wide, many, [rate()])
    assert len(answer.parcels) == 20
    assert answer.trace.exact
    assert sorted(line for parcel in answer.parcels for line in parcel.lines) == sorted(
        [(str(n), 1) for n in range(20)] + [("x", 2)]
    )


def test_the_trace_names_every_candidate() -> None:
    places = [place("A", {"TEE": 2, "MUG": 1}), place("B", {"TEE": 2}), place("C", {"MUG": 1})]
    answer = plan(order(tee(2), tee(1, "2", "MUG")), places, [rate()])
    trace = answer.trace.as_json()
    json.dumps(trace)
    assert trace["outcome"] == "planned"
    assert trace["exact"] is True
    assert trace["left_out"] == 0
    assert len(trace["candidates"]) == 7
    first = trace["candidates"][0]
    assert (first["locations"], first["chosen"]) == (["A"], True)
    assert first["cost"] == {
        "shipping": "13.0000",
        "handling": "3.0000",
        "split": "0.0000",
        "lateness": "0.0000",
        "total": "16.0000",
    }
    assert first["parcels"][0]["latest"] == "2026-11-25T18:00:00Z"
    by_set = {"".join(one["locations"]): one for one in trace["candidates"]}
    assert by_set["B"]["why_not"] == {"code": "no_stock", "detail": "Too little of MUG."}
    assert by_set["BC"]["cost"]["split"] == "10.0000"
    assert by_set["ABC"]["why_not"]["code"] == "not_needed"


def test_an_order_without_lines_needs_nothing() -> None:
    assert plan(order(), [place("A", {})], [rate()]).parcels == ()


def test_the_answer_does_not_hang_on_the_order_of_the_facts() -> None:
    places = [place(code, {"TEE": 2, "MUG": 2}) for code in "ABCDE"]
    rates = [rate(), rate(carrier="other"), rate("8", "3", "third")]
    lines = [tee(3), tee(3, "2", "MUG")]
    one = plan(order(*lines), places, rates)
    other = plan(order(*lines), places[::-1], rates[::-1])
    assert one.trace.as_json() == other.trace.as_json()
    assert one.parcels == other.parcels


# Calendars


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2026-11-22T11:00", "2026-11-22T11:00"),  # 14:00 in Riyadh: the cut-off itself still goes
        ("2026-11-22T11:01", "2026-11-23T11:00"),
        ("2026-11-22T22:00", "2026-11-23T11:00"),  # Monday 01:00 in Riyadh
        ("2026-11-26T12:00", "2026-11-29T11:00"),  # Thursday afternoon: Friday and Saturday are free
    ],
)
def test_cutoff_and_working_days(now: str, leaves: str) -> None:
    riyadh = place("RUH", {}, working_days=frozenset({6, 0, 1, 2, 3}))
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = window(riyadh, rate(), moment)
    assert found.dispatch == found.leave_by == datetime.fromisoformat(leaves).replace(tzinfo=UTC)


def test_transit_counts_the_carriers_days() -> None:
    works = place("RUH", {})
    weekdays = rate(days=(1, 3), weekdays=frozenset({6, 0, 1, 2, 3}))
    thursday = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    found = window(works, weekdays, thursday)
    assert found.earliest == datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
    assert found.latest == datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
    same_day = window(works, rate(days=(0, 0)), NOW)
    assert (same_day.earliest, same_day.latest) == (
        same_day.dispatch,
        datetime(2026, 11, 22, 18, 0, tzinfo=UTC),
    )


def test_hours_count_from_now_or_from_opening() -> None:
    shop = place("SHOP", {}, cutoff=time(20, 0), timezone="Asia/Tehran")
    express = rate(days=None, hours=(1, 2))
    found = window(shop, express, NOW)
    assert (found.latest, found.leave_by) == (NOW + timedelta(hours=2), NOW + timedelta(hours=1))
    night = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # 21:30 in Tehran
    assert window(shop, express, night).dispatch == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def test_late_days_are_started_days() -> None:
    promised = NOW
    assert late_days(NOW, None) == 0
    assert late_days(NOW, promised) == 0
    assert late_days(NOW + timedelta(seconds=1), promised) == 1
    assert late_days(NOW + timedelta(days=1), promised) == 1
    assert late_days(NOW + timedelta(days=1, seconds=1), promised) == 2


# The optimum, against trying everything


def all_ways(quantity: int, stocks: list[int]) -> list[tuple[int, ...]]:
    """Every way to take so many units from these locations, stock looked at by the caller."""
    return [way for way in product(*[range(min(quantity, s) + 1) for s in stocks]) if sum(way) == quantity]


def least_by_trying(
    ordered: Order, places: list[LocationState], rates: list[Rate], weights: Weights
) -> Decimal | None:
    """The least total of every distribution of every line with every rate, reckoned in Decimals."""
    best: Decimal | None = None
    per_line = []
    for line in ordered.lines:
        stocks = [p.stock.get(line.sku, 0) if line.requires <= p.capabilities else 0 for p in places]
        per_line.append(all_ways(line.quantity, stocks))
    for ways in product(*per_line):
        fits = all(
            sum(way[n] for way, line in zip(ways, ordered.lines, strict=True) if line.sku == sku) <= units
            for n, p in enumerate(places)
            for sku, units in p.stock.items()
        )
        used = [n for n in range(len(places)) if any(way[n] for way in ways)]
        if not fits:
            continue
        total = weights.split_per_parcel * (len(used) - 1)
        for n in used:
            grams = sum(way[n] * line.weight_g for way, line in zip(ways, ordered.lines, strict=True))
            offers = []
            for one in rates:
                if one.from_locations and places[n].code not in one.from_locations:
                    continue
                late = late_days(window(places[n], one, ordered.now).latest, ordered.promised)
                offers.append(one.base + one.per_kg * grams / 1000 + weights.late_per_day * late)
            if not offers:
                break
            total += min(offers) + weights.handling_per_parcel
        else:
            best = total if best is None else min(best, total)
    return best


def problem(seed: int) -> tuple[Order, list[LocationState], list[Rate], Weights]:
    """A small order drawn evenly, so that split, lateness, scarce stock and skills all matter often."""
    r = random.Random(seed)
    codes, skus, skills = "ABCD"[: r.randint(2, 4)], "XYZ"[: r.randint(1, 3)], ["engraving", "wrap"]
    weight = {sku: r.choice([0, 333, 1000, 7000]) for sku in skus}

    def some(of: list[str]) -> frozenset[str]:
        return frozenset(one for one in of if r.random() < 0.5)

    places = [
        place(
            code,
            {sku: r.randint(0, 4) for sku in skus},
            priority=r.choice([1, 100]),
            capabilities=some(skills),
        )
        for code in codes
    ]
    lines = []
    for n in range(r.randint(1, 3)):
        sku = r.choice(skus)
        needs = some(skills) if r.random() < 0.4 else frozenset()
        lines.append(Demand(str(n), sku, r.randint(1, 3), weight[sku], needs))
    rates = [
        rate(
            r.choice(["0", "1", "4", "9.5", "12"]),
            r.choice(["0", "0.0001", "1", "2.5", "5"]),
            f"carrier-{code}-{n}",
            days=(1, r.randint(1, 4)),
            from_locations=frozenset({code}),
        )
        for code in codes
        for n in range(r.choice([0, 1, 1, 2, 2]))
    ]
    promised = r.choice([None, NOW + timedelta(days=2)])
    weights = Weights(*[D(r.choice(["0", "0.5", "6", "20"])) for _ in range(3)])
    return order(*lines, promised=promised), places, rates, weights


@pytest.mark.parametrize("block", range(4))
def test_nothing_is_cheaper_than_the_plan(block: int) -> None:
    for seed in range(block * 300, block * 300 + 300):
        compare(seed)


def compare(seed: int) -> None:
    ordered, places, rates, weights = problem(seed)
    answer = plan(ordered, places, rates, weights)
    least = least_by_trying(ordered, places, rates, weights)
    if answer.outcome != "planned":
        assert least is None
        return
    assert least is not None
    assert answer.trace.exact
    assert abs(answer.cost - least) <= D("0.0003")  # each parcel's shipping is shown to 4 decimals

    # What it sends is the order, from stock that is there, at places that can prepare it.
    given_to: dict[str, int] = {}
    by_code = {p.code: p for p in places}
    by_id = {line.line_id: line for line in ordered.lines}
    for parcel in answer.parcels:
        taken: dict[str, int] = {}
        for line_id, units in parcel.lines:
            line = by_id[line_id]
            assert units > 0
            assert line.requires <= by_code[parcel.location].capabilities
            taken[line.sku] = taken.get(line.sku, 0) + units
            given_to[line_id] = given_to.get(line_id, 0) + units
        assert all(units <= by_code[parcel.location].stock[sku] for sku, units in taken.items())
        assert parcel.weight_g == sum(by_id[line_id].weight_g * units for line_id, units in parcel.lines)
    assert given_to == {line.line_id: line.quantity for line in ordered.lines}
    chosen = answer.trace.candidates[0]
    assert chosen.cost is not None
    assert chosen.cost.total == answer.cost
