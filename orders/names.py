"""Finding people by name: each word typed is the beginning of a word of the name, in any order.

“qahtani noor” finds “Noor Al-Qahtani”; “قحطاني” finds «القحطاني», with the article and without it. Words are kept by
customer, of every name they ordered under and the one they have: an order that changes touches none of them.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from oms.core import text
from orders.models import Customer, NameWord, Order

# What parts words as spaces do. Keys are folded already, so neither case nor accents are left to part.
_PARTING = "-.,/'\u2019()"
_QUOTED = _PARTING.replace("'", "''")
_ARTICLE = "ال"
# A folded name in SQL, with a space before each of its `words`. Read by `verify` too.
PARTED = (
    f"replace(' ' || translate(%(expressions)s, '{_QUOTED}', '{' ' * len(_PARTING)}'), ' {_ARTICLE}', ' ')"
)


def words(name: str) -> list[str]:
    """The words a name is found by, sorted, each once, folded and less the Arabic article."""
    parted = text.name_key(name).translate(dict.fromkeys(map(ord, _PARTING), " "))
    return sorted(set(f" {parted}".replace(f" {_ARTICLE}", " ").split()))


class _Parted(Func):
    template = PARTED
    output_field = TextField()


def called(name: str, order: str = "") -> Q | None:
    """The condition on orders, or on rows with an `order`, that theirs is under such a name; None for no word.

    The kept words find the customers and tell PostgreSQL how common they are; the order's own name decides.
    """
    typed = words(name)
    found = Q()
    for word in typed:
        own = StrIndex(_Parted(F(f"{order}name_key")), Value(f" {word}"))
        found &= Q(**{f"{order}customer_id__in": _with(word)}) & Q(GreaterThan(own, 0))
    return found if typed else None


def customers(name: str) -> "QuerySet[Customer]":
    """The customers with such words among their names; none for no word."""
    typed = words(name)
    found = Customer.objects.all() if typed else Customer.objects.none()
    for word in typed:
        found = found.filter(pk__in=_with(word))
    return found


def keep(changed: Iterable[Customer]) -> None:
    """Keep the words of these customers' names as they are now; those of names they ordered under stay."""
    names: dict[UUID, set[str]] = {customer.pk: set(words(customer.name)) for customer in changed}
    NameWord.objects.filter(customer__in=names).delete()
    ordered = Order.objects.filter(customer__in=names).order_by().values_list("customer_id", "name_key")
    for customer_id, key in ordered.distinct():
        names[customer_id] |= set(words(key))
    rows = [NameWord(customer_id=pk, word=word) for pk in sorted(names) for word in sorted(names[pk])]
    NameWord.objects.bulk_create(rows, ignore_conflicts=True)


def _with(word: str) -> "QuerySet[NameWord, Any]":
    return NameWord.objects.filter(word__startswith=word).values("customer_id")
