"""A figure is corrected below what is promised while orders keep coming: nobody is promised what is not there."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from fulfillment import correcting
from inventory.models import StockLevel
from oms.core.errors import Conflict
from orders.models import Line
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level
from tests.races.test_fulfillment_races import at_once, deadlocks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pgbouncer]


def test_a_correction_beside_new_orders() -> None:
    """Of twenty, eight are left. Two people say so at once, each agreeing to what they are shown until it holds."""
    shop.location("RUH", priority=50)
    road.add_rate()
    shop.product("TEE", RUH=20)
    web = road.open_shop()
    for _ in range(6):
        web.routed(("TEE", 2))
    before = deadlocks()

    def order() -> int:
        return int(web.post("orders/", shop.order_body(("TEE", 1))).status_code)

    def correct() -> str:
        level = StockLevel.objects.select_related("product", "location").get()
        asked = correcting.Correction(level, "on_hand", 20, 8, "Counted again", "staff:sam", lambda: None)
        agreed = None
        while True:
            try:
                correcting.correct(asked, agreed=agreed)
            except correcting.FigureChanged:
                return "somebody else did"
            except Conflict:
                agreed = shown(asked)
            else:
                return "done"

    def shown(asked: correcting.Correction) -> dict[Any, int]:
        try:
            return {one.line: one.units for one in correcting.who_would_wait(asked)}
        except Conflict:
            # Orders came faster than they could be shown, or somebody else was faster.
            return {}

    calls: list[Callable[[], Any]] = [*[order] * 10, correct, correct]
    random.Random(7).shuffle(calls)
    answers = at_once(calls)
    assert sorted(answer for answer in answers if isinstance(answer, str)) == ["done", "somebody else did"]
    assert {answer for answer in answers if isinstance(answer, int)} <= {201, 409}
    placed = 12 + sum(answer == 201 for answer in answers)
    lines = list(Line.objects.values_list("reserved", "backordered"))
    assert sum(reserved + waiting for reserved, waiting in lines) == placed
    # What was not let wait is promised, and is there.
    assert sum(reserved for reserved, _waiting in lines) == 8
    assert road.level("TEE", "RUH") == Level(8, 8)
    road.prove()
    assert deadlocks() == before
