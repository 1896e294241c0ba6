"""Finding people by name: each word typed is the beginning of a word of the name, in any order.

“qahtani noor” finds “Noor Al-Qahtani”; “قحطاني” finds «القحطاني», with the article and without it. Words are kept by
customer, of every name they ordered under and the one they have: an order that changes touches none of them.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from oms.core import text
from oms.core.planning import rare_keys
from orders.models import Customer, NameWord, Order

# Customers whose orders are asked for by their keys.
FEW = 1000
# What parts words as spaces do. Keys are folded already, so neither case nor accents are left to part.
_PARTING = "-.,/'\u2019()"
_QUOTED = _PARTING.replace("'", "''")
_ARTICLE = "ال"
# A folded name in SQL, with a space before each of its `words`. Read by `verify` too.
PARTED = (
    f"replace(' ' || translate(%(expressions)s, '{_QUOTED}', '{' ' * len(_PARTING)}'), ' {_ARTICLE}', ' ')"
)

_FORGET = """
DELETE FROM orders_nameword AS kept USING unnest(%s::uuid[], %s::text[]) AS gone (customer_id, word)
WHERE kept.customer_id = gone.customer_id AND kept.word = gone.word
"""


def words(name: str) -> list[str]:
    """The words a name is found by, sorted, each once, folded and less the Arabic article."""
    parted = text.name_key(name).translate(dict.fromkeys(map(ord, _PARTING), " "))
    return sorted(set(f" {parted}".replace(f" {_ARTICLE}", " ").split()))


class _Parted(Func):
    template = PARTED
    output_field = TextField()


def called(name: str, order: str = "") -> Q | None:
    """The condition on orders, or on rows with an `order`, that theirs is under such a name; None for no word.

    A few customers are told by their keys, many by their words, from which PostgreSQL knows how common they are; rows
    with an order look at each one's, where it would read every order there is. The order's own name decides.
    """
    typed = words(name)
    if not typed:
        return None
    key: F | Subquery = F("name_key")
    if order:
        key = Subquery(Order.objects.filter(pk=OuterRef(order)).values("name_key"))
    few = rare_keys(customer_keys(name), FEW)
    found = Q()
    if few is not None:
        customer = f"{order}__customer_id__in" if order else "customer_id__in"
        found = Q(**{customer: RawSQL("SELECT unnest(%s::uuid[])", [few])})
    elif not order:
        found = Q(*(Q(customer_id__in=_with(word).values("customer_id")) for word in typed))
    for word in typed:
        found &= Q(GreaterThan(StrIndex(_Parted(key), Value(f" {word}")), 0))
    return found


def customer_keys(name: str) -> "QuerySet[NameWord, Any]":
    """The keys of the customers with such words among their names; some more than once, none for no word."""
    typed = words(name)
    found = _with(typed[0]) if typed else NameWord.objects.none()
    for word in typed[1:]:
        found = found.filter(customer_id__in=_with(word).values("customer_id"))
    return found.values_list("customer_id", flat=True)


def keep(changed: Collection[Customer]) -> None:
    """Keep the words of these customers' names as they are now, and of those they ordered under; four statements."""
    customers = {customer.pk for customer in changed}
    # Read before the orders: the words of one that is placed meanwhile are not taken for words of a former name.
    kept = set(NameWord.objects.filter(customer__in=customers).values_list("customer_id", "word"))
    wanted = {(customer.pk, word) for customer in changed for word in words(customer.name)}
    ordered = Order.objects.filter(customer__in=customers).order_by().values_list("customer_id", "name_key")
    wanted |= {(pk, word) for pk, key in ordered.distinct() for word in words(key)}
    if gone := kept - wanted:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [[pk for pk, _ in gone], [word for _, word in gone]])
    rows = [NameWord(customer_id=pk, word=word) for pk, word in sorted(wanted - kept)]
    NameWord.objects.bulk_create(rows, ignore_conflicts=True)


def _with(word: str) -> "QuerySet[NameWord]":
    return NameWord.objects.filter(word__startswith=word)
