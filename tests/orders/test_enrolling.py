"""Customers from a list are the customers orders find: one person once, by e-mail or phone."""

import pytest

from oms.core.errors import Problem
from oms.core.models import Event
from orders.enrolling import Person, enrol
from orders.models import Customer
from tests import shop

pytestmark = pytest.mark.django_db
ACTOR = "staff:noor"


def enrolled(*people: Person) -> list[str]:
    results = enrol(people, actor=ACTOR)
    return [one.code if isinstance(one, Problem) else one for one in results]


def test_who_ordered_is_known_and_brought_up_to_date() -> None:
    web = shop.api("web")
    shop.product("TEE", RUH=5)
    assert web.post("orders/", shop.order_body(("TEE", 1))).status_code == 201
    ordered = Customer.objects.get()
    results = enrolled(
        Person("Sara Al-Otaibi", "SARA@example.com"),
        Person("Omar", "omar@example.com", "0507654321", "SA"),
        Person("Omar", "", "+966 50 765 4321"),
    )
    assert results == ["changed", "created", "unchanged"]
    ordered.refresh_from_db()
    assert (ordered.name, ordered.phone_key) == ("Sara Al-Otaibi", "+966501234567")
    assert Customer.objects.count() == 2
    assert Event.objects.filter(kind="customer.enrolled").count() == 1


def test_an_order_finds_who_was_enrolled() -> None:
    enrolled(Person("Sara", "sara@example.com", "0501234567", "SA"))
    shop.product("TEE", RUH=5)
    assert shop.api("web").post("orders/", shop.order_body(("TEE", 1))).status_code == 201
    assert Customer.objects.count() == 1


def test_a_newer_phone_replaces_the_old_one_found_by_e_mail() -> None:
    enrolled(Person("Sara", "sara@example.com", "0501234567", "SA"))
    assert enrolled(Person("Sara", "sara@example.com", "0509999999", "SA")) == ["changed"]
    assert Customer.objects.get().phone_key == "+966509999999"


def test_tags_are_added_and_a_refusal_of_marketing_is_turned_round_by_nobodys_list() -> None:
    assert enrolled(Person("Sara", "sara@example.com", tags=("VIP", "Riyadh"), marketing="agreed")) == [
        "created"
    ]
    assert enrolled(Person("Sara", "sara@example.com", tags=("gifts", "VIP"))) == ["changed"]
    sara = Customer.objects.get()
    assert (sara.tags, sara.marketing) == (["VIP", "Riyadh", "gifts"], "agreed")
    first = sara.marketing_at
    assert enrolled(Person("Sara", "sara@example.com", tags=("VIP",), marketing="agreed")) == ["unchanged"]
    assert enrolled(Person("Sara", "sara@example.com", marketing="refused")) == ["changed"]
    assert enrolled(Person("Sara", "sara@example.com", marketing="agreed")) == ["refused_marketing"]
    assert enrolled(Person("Sara Al-Otaibi", "sara@example.com")) == ["changed"]
    sara.refresh_from_db()
    assert (sara.marketing, sara.name) == ("refused", "Sara Al-Otaibi")
    assert sara.marketing_at > first
    full = tuple(f"t{n}" for n in range(51))
    assert enrolled(Person("Ali", "ali@example.com", tags=full)) == ["too_many_tags"]
    assert enrolled(Person("Ali", "ali@example.com", tags=("x" * 65,))) == ["invalid"]
    assert enrolled(Person("Ali", "ali@example.com", marketing="perhaps")) == ["invalid"]
    assert not Customer.objects.filter(name="Ali").exists()


def test_what_would_mix_up_two_people_is_refused() -> None:
    enrolled(Person("Sara", "sara@example.com", "0501111111", "SA"), Person("Omar", "", "0502222222", "SA"))
    before = list(Customer.objects.order_by("pk").values())
    results = enrolled(
        Person("Sara", "sara@example.com", "0502222222", "SA"),
        Person("Huda", "huda@example.com", "0501111111", "SA"),
        Person("Nobody"),
        Person("", "x@example.com"),
        Person("At", "no-at-sign"),
    )
    assert results == ["contact_of_another", "other_email", "no_contact", "required", "not_an_email"]
    assert list(Customer.objects.order_by("pk").values()) == before
    assert Event.objects.filter(kind="customer.enrolled").count() == 1
