"""The two built-in carriers: numbers that scan, survive a telephone and never change."""

from dataclasses import replace

import pytest

from fulfillment.carriers import BookingRequest, CarrierError, Parcel, carrier
from fulfillment.carriers.numbers import check_digit, is_number, tracking_number
from oms.core.papers import Address

REQUEST = BookingRequest(
    reference="0193a2b4-7c1e-7d3a-9f00-1f2e3d4c5b6a",
    shipment_number="10042-1",
    order_number="10042",
    service="standard",
    sender=Address(city="Riyadh", country="SA"),
    recipient=Address(name="Sara", city="Jeddah", country="SA"),
    parcels=[Parcel(weight_g=1400)],
    tracking_page="https://shop.example.com/t/abc/",
)


def test_our_fleet_gives_a_shipment_one_number_for_good():
    first, again = (carrier("own_fleet").book(REQUEST) for _ in range(2))
    assert first == again
    assert first.tracking_url == "https://shop.example.com/t/abc/"
    assert is_number("RL", first.tracking_number)
    assert len(first.tracking_number) == 21


def test_other_shipments_get_other_numbers():
    numbers = {tracking_number("RL", f"shipment-{n}") for n in range(20_000)}
    assert len(numbers) == 20_000


def test_a_mistyped_digit_is_noticed():
    number = tracking_number("RL", REQUEST.reference)
    for at in range(2, len(number)):
        for digit in "0123456789":
            wrong = number[:at] + digit + number[at + 1 :]
            assert is_number("RL", wrong) is (wrong == number)


@pytest.mark.parametrize("text", ["", "RL", "RL123", "XX" + "1" * 19, "RL" + "۱" * 19, "RL" + "1" * 20])
def test_other_texts_are_not_our_numbers(text):
    assert not is_number("RL", text)


def test_the_check_digit_is_that_of_iso_7064():
    assert check_digit("079") == "2"  # the standard's own example


def test_staff_may_type_another_carriers_number():
    booking = carrier("manual").book(replace(REQUEST, tracking_number=" 3512 8840 1177 "))
    assert booking.tracking_number == "3512 8840 1177"


def test_without_a_number_manual_makes_one():
    assert is_number("MX", carrier("manual").book(REQUEST).tracking_number)


@pytest.mark.parametrize("number", ["١٢٣", "A\x00B", "9" * 31], ids=["arabic", "control", "long"])
def test_a_number_no_barcode_can_carry_is_refused_for_good(number):
    with pytest.raises(CarrierError) as refusal:
        carrier("manual").book(replace(REQUEST, tracking_number=number))
    assert refusal.value.permanent


def test_an_unknown_carrier_is_refused_for_good():
    with pytest.raises(CarrierError, match="own_fleet, manual") as refusal:
        carrier("pigeon")
    assert refusal.value.permanent
