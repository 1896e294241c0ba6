"""A page of documents whose key is a UUIDv7: newest first, by key."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from rest_framework.request import Request

from oms.core import api
from oms.core.api import Answer
from oms.core.errors import Invalid


def newest(
    request: Request, rows: "QuerySet[Any]", limit: int, cursor: str, form: Callable[[Any], msgspec.Struct]
) -> Answer:
    """The rows after `cursor`, each in its form, and the cursor of the next page."""
    if cursor:
        [after] = api.decode_cursor(cursor, 1)
        try:
            rows = rows.filter(pk__lt=UUID(str(after)))
        except ValueError as error:
            raise Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor") from error
    found = list(rows.order_by("-pk")[: limit + 1])
    shown = found[:limit]
    more = api.encode_cursor(str(shown[-1].pk)) if len(found) > limit else None
    return api.page(request._request, [form(row) for row in shown], more)


def states(given: str, known: list[str]) -> list[str]:
    """Several values with commas. Raises Invalid for one that is none."""
    asked = [value for value in given.split(",") if value]
    if unknown := [value for value in asked if value not in known]:
        raise Invalid.at("state", f"'{unknown[0][:40]}' is none of {', '.join(known)}.")
    return asked
