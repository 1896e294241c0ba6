"""The moving average: never lost, never invented, whatever moves."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.valuing import Books, Move, run

A, B = (1, 10), (1, 20)


def bought(units: int, cost: str) -> Move:
    return Move(*A, units, "purchased", "purchase/PO1", Decimal(cost))


def test_what_is_bought_dearer_raises_the_average_and_what_leaves_takes_it_along() -> None:
    books = Books()
    flows = run(books, [bought(10, "5"), bought(10, "7"), Move(*A, -5, "shipped", "10001-1")], {})
    flow = flows[A]
    assert (flow.in_quantity, flow.in_value, flow.out_quantity, flow.out_value) == (20, 120, 5, 30)
    assert (flow.now.quantity, flow.now.value, flow.now.last) == (15, 90, 6)


def test_a_transfer_brings_what_it_was_worth_where_it_came_from_even_a_month_later() -> None:
    books = Books()
    run(books, [bought(10, "5"), Move(*A, -4, "transfer_out", "transfer/TR1")], {})
    assert books.road["transfer/TR1", 1].value == 20
    flows = run(
        books, [Move(*B, 3, "transfer_in", "transfer/TR1"), Move(*B, 1, "transfer_in", "transfer/TR1")], {}
    )
    assert (flows[B].now.quantity, flows[B].now.value) == (4, 20)
    assert (flows[A].opening.quantity, flows[A].now.value) == (6, 30)
    assert books.road == {}


def test_found_and_returned_units_are_worth_what_lies_there_or_lay_there_last_or_the_product_says() -> None:
    books = Books()
    moves = [
        bought(2, "5"),
        Move(*A, 1, "adjusted", ""),
        Move(*A, -3, "shipped", ""),
        Move(*A, 1, "returned", ""),
    ]
    assert run(books, moves, {})[A].now.value == 5
    assert run(Books(), [Move(*A, 2, "adjusted", "")], {1: Decimal("3.5")})[A].now.value == 7
    assert run(Books(), [Move(*A, 2, "adjusted", "")], {})[A].now.value == 0


def test_thirds_leave_nothing_behind() -> None:
    flow = run(Books(), [bought(3, "0.3333"), *[Move(*A, -1, "shipped", "")] * 3], {})[A]
    assert (flow.now.quantity, flow.now.value) == (0, 0)
    assert flow.out_value == flow.in_value


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("bsftx"), st.integers(1, 9), st.decimals(0, 99, places=4)), max_size=40
    ),
    st.integers(0, 40),
)
def test_cut_into_two_periods_it_is_the_same(acts: list[tuple[str, int, Decimal]], cut: int) -> None:
    """And what came in is what went out, lies there, or is on the road."""
    here = {A: 0, B: 0}
    road: list[int] = []
    moves: list[Move] = []
    for act, units, cost in acts:
        if act == "b":
            moves.append(Move(*A, units, "purchased", "purchase/PO1", cost))
            here[A] += units
        elif act == "f":
            moves.append(Move(*B, units, "adjusted", ""))
            here[B] += units
        elif act == "t" and here[A] >= units:
            moves.append(Move(*A, -units, "transfer_out", f"transfer/{len(road)}"))
            here[A] -= units
            road.append(units)
        elif act == "x" and road:
            number = units % len(road)
            if road[number]:
                moves.append(Move(*B, road[number], "transfer_in", f"transfer/{number}"))
                here[B] += road[number]
                road[number] = 0
        elif act == "s" and here[B] >= units:
            moves.append(Move(*B, -units, "shipped", ""))
            here[B] -= units
    whole = Books()
    flows = run(whole, moves, {1: Decimal(2)})
    halves = Books()
    first = run(halves, moves[:cut], {1: Decimal(2)})
    second = run(halves, moves[cut:], {1: Decimal(2)})
    assert halves == whole
    assert {pair: held.quantity for pair, held in whole.held.items() if held.quantity} == {
        pair: units for pair, units in here.items() if units
    }
    for pair, flow in flows.items():
        parts = [part[pair] for part in (first, second) if pair in part]
        assert flow.in_value == sum(part.in_value for part in parts)
        assert flow.out_value == sum(part.out_value for part in parts)
        assert flow.now.value == flow.in_value - flow.out_value
        assert flow.now.value >= 0
