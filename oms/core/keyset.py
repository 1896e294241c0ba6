"""A place in an ordered list, as an address carries it: the value sorted by and the key of the row there."""

import base64
import binascii
import json
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

Place = tuple[Any, Any]


def address_of(row: Any, name: str) -> str:
    """The place of `row` in a list sorted by the field `name`, as text for an address."""
    value: Any = row
    for part in name.split("__"):
        value = getattr(value, part)
    plain = value.isoformat() if isinstance(value, date | datetime) else str(value)
    packed = json.dumps([plain, str(row.pk)], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def place(model: type[Model], name: str, given: str) -> Place | None:
    """The place in the list an address names; None for the beginning, and for what is no place."""
    if not given:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
        found = _clean(model, name, value), model._meta.pk.to_python(pk)
    except (ValueError, TypeError, ValidationError, binascii.Error, UnicodeDecodeError):
        return None
    return None if None in found else found


def beyond(query: "QuerySet[Any]", name: str, after: Place, descending: bool) -> "QuerySet[Any]":
    """Rows after a place: one index range, then the ties by key."""
    step = "lt" if descending else "gt"
    value, pk = after
    if name == "pk":
        return query.filter(**{f"pk__{step}": pk})
    return query.filter(**{f"{name}__{step}e": value}).filter(
        Q(**{f"{name}__{step}": value}) | Q(**{name: value, f"pk__{step}": pk})
    )


def _clean(model: type[Model], name: str, value: str) -> Any:
    if name == "pk":
        return value
    options = model._meta
    parts = name.split("__")
    for part in parts[:-1]:
        options = options.get_field(part).related_model._meta  # type: ignore[union-attr]
    try:
        field: Any = options.get_field(parts[-1])
        # A column the database generates is read as what it holds.
        return getattr(field, "output_field", field).to_python(value)
    except LookupError:
        return value  # an annotation: the database reads the text as what it is
