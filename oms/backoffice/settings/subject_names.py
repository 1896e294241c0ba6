"""What the subjects of events are called where a reference alone tells nobody: staff, keys, customers, campaigns."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, NullIf

from channels.models import Campaign
from oms.core.models import ApiKey, User
from oms.core.people import members
from orders import names
from orders.models import Customer

# Of each kind, so that a common name stays a short question to the log.
MOST = 50
_KEY = Coalesce(NullIf(F("name"), Value("")), F("prefix"))


def subject_names(refs: Iterable[str]) -> dict[str, str]:
    """Names by reference ("customer/0192…"), a query a kind that is among them."""
    wanted = set(refs)
    customers = _named(wanted, "customer", Customer.objects.all())
    campaigns = _named(wanted, "campaign", Campaign.objects.all())
    keys = _named(wanted, "key", ApiKey.objects.annotate(shown=_KEY), "shown")
    return members(wanted) | customers | campaigns | keys


def subjects_named(words: str) -> set[str]:
    """The subjects that `subject_names` calls so: a user name or a part of a name, a key by its first letters too."""
    people = Q(username__iexact=words) | Q(full__icontains=words)
    staff = User.objects.annotate(full=Concat("first_name", Value(" "), "last_name")).filter(people)
    keys = ApiKey.objects.filter(Q(name__icontains=words) | Q(prefix=words))
    campaigns = Campaign.objects.filter(name__icontains=words)
    found: dict[str, QuerySet[Any]] = {"user": staff, "key": keys, "campaign": campaigns}
    subjects = {
        f"{noun}/{pk}"
        for noun, rows in found.items()
        for pk in rows.order_by("-pk").values_list("pk", flat=True)[:MOST]
    }
    return subjects | {f"customer/{pk}" for pk in names.customer_keys(words)[:MOST]}


def _named(refs: set[str], noun: str, rows: "QuerySet[Any]", called: str = "name") -> dict[str, str]:
    keys = [key for ref in refs if (key := _key(ref, noun))]
    if not keys:
        return {}
    return {f"{noun}/{pk}": name for pk, name in rows.filter(pk__in=keys).values_list("pk", called) if name}


def _key(ref: str, noun: str) -> UUID | None:
    kind, _slash, written = ref.partition("/")
    try:
        return UUID(written) if kind == noun else None
    except ValueError:
        return None
