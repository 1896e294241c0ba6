"""A worker of `make run` and what it may hold."""

from collections.abc import Iterator

import pytest
from celery import signals
from celery.worker import state

from oms import crew
from oms.core import documents


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker's own signals and state, as they were before."""
    receivers, stop = list(signals.task_postrun.receivers or []), state.should_stop
    yield
    signals.task_postrun.receivers, state.should_stop = receivers, stop


@pytest.mark.parametrize(("seconds", "may_grow"), [(59, crew.GROWTH), (61, crew.GROWTH_IDLE)])
def test_a_worker_that_has_grown_ends_after_its_task(
    worker: None, monkeypatch: pytest.MonkeyPatch, seconds: int, may_grow: int
) -> None:
    size = 120.0
    monkeypatch.setattr(crew, "resident", lambda: size)
    monkeypatch.setattr(documents, "idle", lambda: seconds)
    crew.end_when_grown()

    size += may_grow
    signals.task_postrun.send(sender=None)
    assert state.should_stop is None

    size += 1
    signals.task_postrun.send(sender=None)
    assert state.should_stop == 0


def test_the_size_of_a_process_is_told_in_megabytes() -> None:
    before = crew.resident()
    held = bytearray(50 * 2**20)
    held[:: 2**12] = b"x" * (len(held) // 2**12)
    assert 45 < crew.resident() - before < 60
