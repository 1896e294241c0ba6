"""Facts: written with their change, never edited, never deleted."""

from typing import Any

import pytest
import structlog
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.core import bell
from oms.core.events import NewEvent, record, record_many
from oms.core.models import Event, Outbox


@pytest.mark.django_db
def test_a_fact_is_stored_with_who_when_and_what_and_is_owed() -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        record("shipment.created", "shipment/1-1", actor="key:oms_abc", channel_id=7, thread="order/1")
        record("order.placed", "order/1", actor="staff:mona", data={"total": "10.00"})

    shipment, order = Event.objects.order_by("id")
    assert (shipment.kind, shipment.subject, shipment.thread) == (
        "shipment.created",
        "shipment/1-1",
        "order/1",
    )
    assert (shipment.actor, shipment.channel_id, shipment.request_id) == ("key:oms_abc", 7, "req-1")
    assert (order.thread, order.channel_id, order.data) == ("order/1", None, {"total": "10.00"})
    owed = list(Outbox.objects.order_by("event_id").values_list("event_id", "kind", "handler", "attempts"))
    assert owed == [(shipment.id, "shipment.created", "", 0), (order.id, "order.placed", "", 0)]


@pytest.mark.django_db
def test_many_facts_are_one_statement() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        record_many([NewEvent("order.placed", f"order/{n}", "test") for n in range(250)])
    assert len(queries) == 1
    assert Event.objects.count() == Outbox.objects.count() == 250
    record_many([])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_event SET actor = 'someone else'",
        "DELETE FROM core_event",
        "UPDATE core_event SET at = now()",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_fact(statement: str) -> None:
    record("order.placed", "order/1", actor="test")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Event.objects.get().actor == "test"


@pytest.mark.django_db
def test_a_fact_is_not_written_past_record() -> None:
    with pytest.raises(TypeError):
        Event(kind="order.placed", subject="order/1", actor="test").save()


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_the_transaction_of_its_change_is_refused() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        record("order.placed", "order/1", actor="test")
    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_takes_its_fact_along() -> None:
    with transaction.atomic():
        record("order.placed", "order/1", actor="test")
        transaction.set_rollback(True)
    assert (Event.objects.count(), Outbox.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_once_after_the_commit_and_its_failure_harms_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[bool] = []

    def ring() -> None:
        rung.append(connection.in_atomic_block)
        raise ConnectionError("no broker")

    monkeypatch.setattr(bell, "ring", ring)
    with transaction.atomic():
        record("order.placed", "order/1", actor="test")
        with transaction.atomic():
            record("order.held", "order/1", actor="test")
        assert rung == []
    assert rung == [False]
    assert Event.objects.count() == 2


@pytest.mark.django_db
def test_facts_lie_in_the_partition_of_their_month(settings: Any) -> None:
    record("order.placed", "order/1", actor="test")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, to_char(at, 'YYYY_MM') FROM core_event")
        table, month = cursor.fetchone()
    assert table == f"core_event_{month}"
