"""What is recorded reaches its handlers: each effect once, whatever fails or dies meanwhile."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from oms.core import outbox
from oms.core.events import NewEvent as New
from oms.core.events import Recorded, record, record_many
from oms.core.models import Heartbeat, Outbox

ran: list[tuple[str, str]] = []
broken: dict[str, Exception] = {}


def leave_a_mark(event: Recorded) -> None:
    """An effect in the database that cannot happen twice unseen."""
    ran.append(("mark", event.subject))
    Heartbeat.objects.create(name=f"mark {event.subject}")
    if error := broken.get("mark"):
        raise error


def hear_everything(event: Recorded) -> None:
    ran.append(("all", event.subject))


def nobody_is_home(event: Recorded) -> None:
    if "DIES" in os.environ:
        os._exit(9)
    raise AssertionError("not in the test's own process")


HANDLERS: dict[str, list[Callable[[Recorded], None]]] = {
    "test.happened": [leave_a_mark],
    "test.deadly": [nobody_is_home],
    "*": [hear_everything],
}


@pytest.fixture(autouse=True)
def own_handlers(settings: Any) -> None:
    settings.EVENT_HANDLERS = f"{__name__}.HANDLERS"
    ran.clear()
    broken.clear()


def happen(kind: str = "test.happened", subject: str = "test/1") -> None:
    with transaction.atomic():
        record(kind, subject, actor="test", data={"figure": 1})


def make_due() -> None:
    """An hour ago: within a test's one transaction the database's clock stands still."""
    Outbox.objects.update(next_try_at=timezone.now() - timedelta(hours=1))


@pytest.mark.django_db
def test_an_event_reaches_its_own_handlers_and_those_of_everything() -> None:
    happen()
    happen("test.unheard", "test/2")

    assert outbox.drain() == 3

    assert sorted(ran) == [("all", "test/1"), ("all", "test/2"), ("mark", "test/1")]
    assert Outbox.objects.count() == 0
    assert outbox.drain() == 0


@pytest.mark.pgbouncer
@pytest.mark.django_db
def test_the_row_is_swapped_for_one_per_handler_so_that_one_failure_repeats_only_itself() -> None:
    broken["mark"] = RuntimeError("no")
    happen()
    outbox.drain()

    left = Outbox.objects.get()
    assert left.handler == f"{__name__}.leave_a_mark"
    make_due()
    broken.clear()
    outbox.drain()
    assert ran.count(("all", "test/1")) == 1
    assert ran.count(("mark", "test/1")) == 2


@pytest.mark.pgbouncer
@pytest.mark.django_db
def test_a_failed_handler_leaves_no_half_written_rows_and_is_completed_once_later() -> None:
    broken["mark"] = RuntimeError("half\x00way")
    happen()
    outbox.drain()

    assert Heartbeat.objects.count() == 0
    row = Outbox.objects.get()
    assert (row.attempts, row.last_error, row.dead_at) == (1, "RuntimeError: halfway", None)
    assert row.next_try_at > timezone.now()
    assert outbox.drain() == 0

    broken.clear()
    make_due()
    assert outbox.drain() == 1
    assert Heartbeat.objects.get().name == "mark test/1"
    assert Outbox.objects.count() == 0


@pytest.mark.django_db
def test_the_eighth_failure_is_a_dead_letter_and_a_person_can_ask_again() -> None:
    broken["mark"] = RuntimeError("never")
    happen()
    waits = []
    for _ in range(outbox.MAX_ATTEMPTS):
        make_due()
        assert Outbox.objects.exclude(dead_at=None).count() == 0
        outbox.drain()
        row = Outbox.objects.get()
        waits.append(round((row.next_try_at - timezone.now()).total_seconds()))

    assert (row.attempts, row.last_error) == (8, "RuntimeError: never")
    assert row.dead_at is not None
    assert waits == sorted(waits)
    make_due()
    assert outbox.drain() == 0

    broken.clear()
    assert outbox.retry_dead(row.pk) is True
    assert outbox.retry_dead(row.pk) is False
    make_due()
    ran.clear()
    assert outbox.drain() == 2
    assert sorted(ran) == [("all", f"outbox/{row.pk}"), ("mark", "test/1")]
    assert Heartbeat.objects.count() == 1


@pytest.mark.django_db
def test_a_claim_whose_lease_ran_out_writes_nothing() -> None:
    happen()
    outbox._fan_out()
    [slow] = [row for row in outbox._claim("= 0", 20) if row[3].endswith("leave_a_mark")]
    make_due()
    while outbox._run(outbox._claim("> 0", 1)):
        pass
    assert Heartbeat.objects.count() == 1

    outbox._run([slow])

    assert Heartbeat.objects.count() == 1
    assert ran.count(("mark", "test/1")) == 1
    assert Outbox.objects.count() == 0


@pytest.mark.django_db
def test_failed_rows_get_their_turn_while_new_ones_keep_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    broken["mark"] = RuntimeError("no")
    happen(subject="test/old")
    outbox.drain()
    broken.clear()
    ran.clear()
    make_due()
    for number in range(60):
        happen(subject=f"test/{number}")

    outbox.drain()

    assert ("mark", "test/old") in ran[:45]


@pytest.mark.pgbouncer
@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_run_every_handler_exactly_once() -> None:
    with transaction.atomic():
        record_many([New("test.happened", f"test/{number}", "test") for number in range(300)])
    errors: list[BaseException] = []

    def work() -> None:
        try:
            outbox.drain()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Heartbeat.objects.count() == 300
    assert len(ran) == len(set(ran)) == 600
    assert Outbox.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_kills_its_worker_still_counts_and_ends_as_a_dead_letter() -> None:
    happen("test.deadly")
    happen("test.happened", "test/2")
    outbox._fan_out()

    assert die().returncode == 9
    deadly = Outbox.objects.get(kind="test.deadly", handler__endswith="nobody_is_home")
    assert (deadly.attempts, deadly.dead_at) == (1, None)
    assert deadly.next_try_at > timezone.now()

    # Its neighbours of the same claim come through; it goes on alone to the eighth time.
    Outbox.objects.filter(pk=deadly.pk).update(attempts=7, next_try_at=timezone.now() + timedelta(hours=1))
    make_due_but(deadly.pk)
    outbox.drain()
    assert Heartbeat.objects.get().name == "mark test/2"
    Outbox.objects.filter(pk=deadly.pk).update(next_try_at=timezone.now())
    assert die().returncode == 9
    Outbox.objects.update(next_try_at=timezone.now())

    outbox.drain()
    deadly.refresh_from_db()
    assert (deadly.attempts, deadly.last_error) == (8, "The worker died with it.")
    assert deadly.dead_at is not None


def make_due_but(pk: int) -> None:
    Outbox.objects.exclude(pk=pk).update(next_try_at=timezone.now())


def die() -> subprocess.CompletedProcess[bytes]:
    """A worker process on this database that drains with the handlers of this file."""
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    script = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.EVENT_HANDLERS = '{__name__}.HANDLERS'\n"
        "from oms.core import outbox\n"
        "outbox.drain(seconds=5)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "oms.settings", "DIES": "1"},
        timeout=60,
        check=False,
    )
