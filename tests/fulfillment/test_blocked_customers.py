"""Who is blocked is stopped however their contact is spelt; who is trusted goes on; a contact is on one list."""

import pytest

from oms.core.errors import Conflict, Invalid
from oms.core.models import Event
from orders import holds, standing
from orders.models import Customer, Hold, ListedContact, Order, Standing
from tests import shop
from tests.fulfillment.road import Shop


def place(web: Shop, **customer: str) -> Order:
    """An order that the workers have seen."""
    return Order.objects.get(pk=web.routed(("TEE", 1), customer={"name": "Noor", **customer})["id"])


def listed(typed: str, kind: str = Standing.BLOCKED, **more: str) -> list[ListedContact]:
    return standing.put([standing.contact(typed, "SA")], kind, actor="staff:maha", **more)


@pytest.mark.parametrize(
    "customer",
    [
        {"phone": "٠٥٠ ٩٩٩ ٨٨٧٧"},
        {"phone": "+966 50 999 8877", "email": "new@example.com"},
        {"phone": "۰۰۹۶۶۵۰۹۹۹۸۸۷۷"},
    ],
)
def test_an_order_under_a_blocked_phone_is_held_before_it_is_routed(web, customer):
    listed("0509998877", reason="Refused three parcels at the door")
    order = place(web, **customer)
    (hold,) = order.holds.all()
    assert (hold.reason, hold.note, hold.placed_by) == (
        "blocked_customer",
        "Refused three parcels at the door",
        "system",
    )
    assert order.stage == "held"
    assert not order.shipments.exists()


def test_a_blocked_address_stops_the_customer_under_their_other_contact_too(web):
    place(web, email="ali@example.com", phone="0501112222")
    listed("Ali@Example.com")
    assert place(web, phone="0501112222").stage == "held"


def test_another_customers_order_goes_its_way(web):
    listed("0509998877")
    order = place(web, phone="0501112222")
    assert order.stage == "allocated"
    assert not Hold.objects.exists()


def test_what_was_released_by_hand_stays_released(web):
    listed("0509998877")
    order = place(web, phone="0509998877")
    holds.release(order, order.holds.get(), actor="staff:maha")
    shop.work()
    order.refresh_from_db()
    assert order.stage == "allocated"
    assert Hold.objects.filter(released_at=None).count() == 0


def test_blocking_a_customer_holds_what_has_not_left_and_taking_them_off_lets_it_go(web):
    first, second = place(web, phone="0509998877"), place(web, phone="0509998877", email="n@example.com")
    stranger = place(web, phone="0501112222")
    customer = first.customer
    held = standing.block(customer, reason="Fraud", actor="staff:maha")
    assert [order.number for order in held] == [first.number, second.number]
    assert set(Hold.objects.values_list("order__number", "note")) == {
        (first.number, "Fraud"),
        (second.number, "Fraud"),
    }
    freed = standing.clear(customer, actor="staff:maha")
    assert [order.number for order in freed] == [first.number, second.number]
    assert not Hold.objects.filter(released_at=None).exists()
    assert not stranger.holds.exists()
    assert list(
        Event.objects.filter(kind__startswith="contact.").order_by("id").values_list("kind", "actor")
    ) == [("contact.listed", "staff:maha"), ("contact.delisted", "staff:maha")]


def test_orders_are_left_alone_when_that_is_asked(web):
    order = place(web, phone="0509998877")
    assert standing.block(order.customer, hold_orders=False, actor="staff:maha") == []
    assert not order.holds.exists()


def test_an_order_still_met_by_another_blocked_contact_stays_held(web):
    (phone,) = listed("0509998877")
    listed("ali@example.com")
    order = place(web, phone="0509998877", email="ali@example.com")
    assert standing.take_off([phone], actor="staff:maha") == ([phone], [])
    assert order.holds.filter(released_at=None).exists()


def test_a_contact_is_on_one_list_only_and_nothing_of_the_rest_is_written(web):
    listed("0509998877", Standing.TRUSTED)
    both = [standing.contact("x@example.com"), standing.contact("+966509998877")]
    with pytest.raises(Conflict) as refused:
        standing.put(both, Standing.BLOCKED, actor="staff:maha")
    assert refused.value.code == "on_other_list"
    assert refused.value.errors[0]["pointer"] == "/contact"
    assert list(ListedContact.objects.values_list("contact", "standing")) == [("0509998877", "trusted")]


def test_the_same_contact_again_is_no_news(web):
    listed("0509998877")
    assert listed("00966509998877") == []
    assert Event.objects.filter(kind="contact.listed").count() == 1


@pytest.mark.parametrize("typed", ["", "12", "call me", "@", "0500000000x"])
def test_what_is_no_contact_is_refused(typed):
    with pytest.raises(Invalid):
        standing.contact(typed, "SA")


def test_a_customer_without_contact_cannot_be_listed(db):
    with pytest.raises(Conflict) as refused:
        standing.block(Customer.objects.create(name="Walk-in"), actor="staff:maha")
    assert refused.value.code == "no_contact"


def test_a_trusted_customer_is_known_as_such(web):
    order = place(web, phone="0509998877")
    standing.trust(order.customer, actor="staff:maha")
    assert standing.meets(order) == "trusted"
    assert place(web, phone="0509998877").stage == "allocated"
