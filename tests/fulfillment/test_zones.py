"""A zone names its places as the carrier does; customers write theirs as they speak."""

import pytest

from fulfillment.models import RateZone
from fulfillment.terms import lies_in


@pytest.mark.parametrize("city", ["Jeddah", "jiddah", "جدة", "جده"])
def test_a_zone_holds_a_city_in_any_of_its_spellings(city: str) -> None:
    zone = RateZone(carrier="smsa", name="A", country="SA", places=["Jeddah"])
    assert lies_in(zone, {"country": "SA", "city": city})
    assert not lies_in(zone, {"country": "AE", "city": city})
    assert not lies_in(zone, {"country": "SA", "city": "الرياض"})
