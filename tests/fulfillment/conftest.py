from collections.abc import Iterator

import pytest

from tests import shop
from tests.fulfillment import road


@pytest.fixture
def web(db: None) -> Iterator[road.Shop]:
    """A web shop with TEE at two locations, Riyadh first, MUG at one, and one rate inside the country.

    Whatever the test did, every rule of the books holds afterwards.
    """
    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10, JED=5)
    shop.product("MUG", RUH=3)
    road.add_rate()
    yield road.open_shop()
    shop.work()
    road.prove()
