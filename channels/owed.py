"""Rows owed to the outside world: claimed by one worker, tried outside any transaction, then settled.

A claim (attempts + 1, a lease) is committed before the try, so a try that kills its worker still counts. The
result is written only while the claim stands: after an expired lease somebody else owns the row.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from channels.models import Message, WebhookDelivery

Row = TypeVar("Row", WebhookDelivery, Message)


def claim(rows: QuerySet[Row], *, lease: timedelta, delays: Sequence[timedelta]) -> Row | None:
    """The row that has been due the longest, ours until the lease ends; None when nothing is due.

    A row whose every try died without a word ends here as a dead letter.
    """
    due = rows.filter(state="pending", next_try_at__lte=timezone.now()).order_by("next_try_at")
    while True:
        with transaction.atomic():
            row = due.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
            if row is None:
                return None
            row.attempts += 1
            row.next_try_at = timezone.now() + lease
            row.save(update_fields=["attempts", "next_try_at"])
        if row.attempts <= len(delays) + 1:
            return row
        settle(row, state="dead")


def settle(row: Row, **changes: object) -> bool:
    """Write what came of a claimed row. False, and nothing written, when the claim no longer stands."""
    mine = type(row)._default_manager.filter(
        pk=row.pk, state="pending", attempts=row.attempts, next_try_at=row.next_try_at
    )
    return mine.update(**changes) == 1


def put_off(
    row: Row, error: str, *, delays: Sequence[timedelta], final: bool = False, **seen: object
) -> bool:
    """Try again after this attempt's delay; after the last one, or if `final`, it is a dead letter."""
    said = {"last_error": error.replace("\x00", "")[:1000], **seen}
    if final or row.attempts > len(delays):
        return settle(row, state="dead", **said)
    return settle(row, next_try_at=timezone.now() + delays[row.attempts - 1], **said)
