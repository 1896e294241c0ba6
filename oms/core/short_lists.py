"""Lists that are short and read whole, such as an order's payments, in the form every list of the API has."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from rest_framework.request import Request

from oms.core import api
from oms.core.api import Answer
from oms.core.errors import Invalid


class ShortListQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=250)] = 50
    cursor: str | None = None


def page(request: Request, rows: Sequence[Any], query: ShortListQuery) -> Answer:
    """One page of rows in the order they have; the cursor is a place among them."""
    begin = 0
    if query.cursor:
        [begin] = api.decode_cursor(query.cursor, 1)
        if not isinstance(begin, int) or not 0 < begin < 2**31:
            raise Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor")
    end = begin + query.limit
    more = api.encode_cursor(end) if len(rows) > end else None
    return api.page(request._request, list(rows[begin:end]), more)
