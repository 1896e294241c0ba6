import pytest

from tests import shop
from tests.fulfillment import road


@pytest.fixture
def web() -> road.Shop:
    """A web shop with TEE at two locations, Riyadh first, MUG at one, and one rate inside the country."""
    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10, JED=5)
    shop.product("MUG", RUH=3)
    road.add_rate()
    return road.open_shop()
