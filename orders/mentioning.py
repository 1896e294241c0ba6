"""Calling on a colleague in a comment or a note: `@noor` is told, once, and sees it until they opened it."""

import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from oms.core.access import ROLE_SCOPES
from oms.core.models import User
from orders.models import Comment, CustomerNote, Mention

# A word after an @ that no letter stands before: an e-mail address calls on nobody.
NAMED = re.compile(r"(?<![\w@.+-])@(?P<name>[\w.+-]{1,150})")
MOST = 20
_ENDS = ".+-"
_READERS = [role for role, scopes in ROLE_SCOPES.items() if {"*", "orders:*", "orders:read"} & set(scopes)]


def readers() -> "QuerySet[User]":
    """Colleagues who may open what they would be called to."""
    return User.objects.filter(Q(role__in=_READERS) | Q(is_superuser=True), is_active=True)


def names(text: str) -> list[str]:
    """What stands after each @, in small letters, each once; a sentence's full stop belongs to none."""
    found = (name_of(match).lower() for match in NAMED.finditer(text))
    return list(dict.fromkeys(name for name in found if name))


def name_of(match: re.Match[str]) -> str:
    return match["name"].rstrip(_ENDS)


def keep(text: str, *, actor: str, comment: Comment | None = None, note: CustomerNote | None = None) -> None:
    """Write down who is called on: known readers, the writer left out, at most 20. In the caller's transaction."""
    wanted = names(text)[:MOST]
    if not wanted:
        return
    called = [user for user in _called(wanted) if f"staff:{user.username}" != actor]
    rows = [Mention(user=user, comment=comment, note=note) for user in called]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)


def _called(wanted: Iterable[str]) -> list[User]:
    any_of = Q(pk__in=[])
    for name in wanted:
        any_of |= Q(username__iexact=name)
    return list(readers().filter(any_of).only("pk", "username"))


def unseen(username: str) -> "QuerySet[Mention]":
    return Mention.objects.filter(user__username=username, seen_at=None)


@transaction.atomic
def see(mentions: "QuerySet[Mention]") -> int:
    """They were opened; answers how many were new."""
    return mentions.filter(seen_at=None).update(seen_at=timezone.now())
