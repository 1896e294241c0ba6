"""What the subjects of events are called where a reference alone tells nobody: staff, customers, campaigns."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from channels.models import Campaign
from oms.core.people import members
from orders.models import Customer


def subject_names(refs: Iterable[str]) -> dict[str, str]:
    """Names by reference ("customer/0192…"), a query a kind that is among them."""
    wanted = set(refs)
    customers = _named(wanted, "customer", Customer.objects.all())
    return members(wanted) | customers | _named(wanted, "campaign", Campaign.objects.all())


def _named(refs: set[str], noun: str, rows: "QuerySet[Any]") -> dict[str, str]:
    keys = [key for ref in refs if (key := _key(ref, noun))]
    if not keys:
        return {}
    return {f"{noun}/{pk}": name for pk, name in rows.filter(pk__in=keys).values_list("pk", "name") if name}


def _key(ref: str, noun: str) -> UUID | None:
    kind, _slash, written = ref.partition("/")
    try:
        return UUID(written) if kind == noun else None
    except ValueError:
        return None
