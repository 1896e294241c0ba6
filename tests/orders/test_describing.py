"""What staff write down about a customer: notes, tags, consent, name and contact."""

import pytest

from oms.core.errors import Conflict, Invalid
from oms.core.models import Event
from orders import describing, noting
from orders.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sara() -> Customer:
    return Customer.objects.create(
        name="Sara", email="sara@example.com", email_key="sara@example.com", phone="", phone_key=None
    )


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_a_note_is_kept_and_its_event_does_not_repeat_it(sara):
    kept = noting.note(sara, "  Calls before noon \n", actor="staff:maha")
    assert list(sara.notes.values_list("text", "actor")) == [("Calls before noon", "staff:maha")]
    assert Event.objects.get().data == {"id": str(sara.pk), "note": str(kept.pk)}


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 2001])
def test_a_note_says_something_and_not_too_much(sara, words):
    with pytest.raises(Invalid) as refused:
        noting.note(sara, words, actor="staff:maha")
    assert refused.value.errors[0]["pointer"] == "/text"
    assert (sara.notes.count(), kinds()) == (0, [])


def test_tags_are_added_and_taken_off_each_once_and_the_same_again_is_no_news(sara):
    describing.tag(sara, add=["VIP", "عميل", "VIP"], actor="staff:maha")
    describing.tag(sara, add=["VIP"], actor="staff:maha")
    describing.tag(sara, add=["new"], remove=["VIP"], actor="staff:maha")
    sara.refresh_from_db()
    assert sara.tags == ["عميل", "new"]
    assert kinds() == ["customer.changed", "customer.changed"]


def test_more_than_fifty_tags_are_refused_whole(sara):
    with pytest.raises(Conflict) as refused:
        describing.tag(sara, add=[str(n) for n in range(51)], actor="staff:maha")
    sara.refresh_from_db()
    assert (refused.value.code, sara.tags, kinds()) == ("too_many_tags", [], [])


def test_consent_says_since_when(sara):
    agreed = describing.agree(sara, "agreed", actor="staff:maha")
    assert (agreed.marketing, agreed.marketing_at is not None) == ("agreed", True)
    refused = describing.agree(sara, "refused", actor="customer")
    assert refused.marketing_at > agreed.marketing_at
    assert describing.agree(sara, "refused", actor="customer").marketing_at == refused.marketing_at
    assert kinds() == ["customer.agreed", "customer.refused"]


def test_nobody_goes_back_to_never_asked(sara):
    with pytest.raises(Invalid):
        describing.agree(sara, "unknown", actor="staff:maha")


def test_a_contact_is_folded_as_orders_fold_it(sara):
    changed = describing.reach(
        sara, name="Sara A.", email="Sara@New.example", phone="٠٥٠١٢٣٤٥٦٧", country="SA", actor="staff:maha"
    )
    assert (changed.email_key, changed.phone, changed.phone_key) == (
        "sara@new.example",
        "0501234567",
        "+966501234567",
    )
    assert Event.objects.get().data == {"id": str(sara.pk), "fields": ["name", "email", "phone"]}


def test_another_customers_contact_is_refused_and_nothing_is_written(sara):
    Customer.objects.create(name="Ali", phone="0501234567", phone_key="+966501234567")
    with pytest.raises(Conflict) as refused:
        describing.reach(sara, name="S", email="", phone="050 123 4567", country="SA", actor="staff:maha")
    sara.refresh_from_db()
    assert refused.value.errors[0]["pointer"] == "/phone"
    assert (sara.name, sara.phone_key, kinds()) == ("Sara", None, [])
