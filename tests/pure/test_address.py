"""Addresses as people and platforms send them."""

import msgspec
import pytest

from oms.core.address import COUNTRIES, Address, normalise, problems
from oms.core.errors import Invalid

RIYADH = {"line1": "King Fahd Road", "city": "Riyadh", "country": "SA"}


def read(**fields: object) -> Address:
    return msgspec.convert(RIYADH | fields, Address)


def test_empty_strings_and_nulls_are_absent() -> None:
    assert normalise(read(line2="", phone="", region=None, postal_code=" ")) == RIYADH


@pytest.mark.parametrize("field", ["line1", "city", "country"])
@pytest.mark.parametrize("value", ["", "  ", None])
def test_the_three_needed_fields_are_refused_empty(field: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(**{field: value})


def test_digits_of_phone_postcode_and_short_address_are_folded() -> None:
    stored = normalise(
        read(
            phone="+٩٦٦٥٠١٢٣٤٥٦٧",
            postal_code="۱۲۳۴۵",
            short_address="rrrd٢٩٢٩",
            country="sa",
        )
    )
    assert stored["phone"] == "+966501234567"
    assert stored["postal_code"] == "12345"
    assert stored["short_address"] == "RRRD2929"
    assert stored["country"] == "SA"


def test_null_island_is_no_place_and_the_equator_is_one() -> None:
    assert "latitude" not in normalise(read(latitude=0, longitude=0))
    assert normalise(read(latitude=0, longitude=9.5))["longitude"] == 9.5
    assert "latitude" not in normalise(read(latitude=24.7))


def test_control_characters_and_unknown_countries_are_refused_by_name() -> None:
    with pytest.raises(Invalid) as refusal:
        normalise(read(district="a\x00b"), "/shipping_address")
    assert refusal.value.errors[0]["pointer"] == "/shipping_address/district"
    with pytest.raises(Invalid) as refusal:
        normalise(read(country="ZZ"))
    assert refusal.value.errors[0]["pointer"] == "/address/country"
    assert len(COUNTRIES) == 250


def test_line_breaks_of_pasted_addresses_become_spaces() -> None:
    assert normalise(read(line1="Tower 3\nFloor 2"))["line1"] == "Tower 3 Floor 2"


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({}, []),
        ({"short_address": "RRRD2929", "phone": "0501234567"}, []),
        ({"short_address": "RRD2929"}, ["short_address"]),
        ({"phone": "12"}, ["phone"]),
        ({"phone": "not a phone"}, ["phone"]),
        ({"country": "IR", "postal_code": "11369-31111"}, []),
        ({"country": "IR", "postal_code": "12345"}, ["postal_code"]),
        ({"country": "GB", "postal_code": "SW1A 1AA", "short_address": "anything"}, []),
    ],
)
def test_what_cannot_be_delivered_is_named(fields: dict[str, object], at_fault: list[str]) -> None:
    assert [field for field, _ in problems(normalise(read(**fields)))] == at_fault
