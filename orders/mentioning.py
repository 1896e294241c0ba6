"""Calling on a colleague in a comment or a note: `@noor` is told, once, and sees it until they opened it.

Kept is the user name alone, which stays a colleague's for good; `addressed` puts it where something else was typed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from oms.core import text as spelling
from oms.core.access import ROLE_SCOPES
from oms.core.models import User
from orders.models import Comment, CustomerNote, Mention

# A word after an @ that no letter stands before: an e-mail address calls on nobody. A user name may be an address.
NAMED = re.compile(r"(?<![\w@.+-])@(?P<name>[\w.+-]{1,150}(?:@[\w.+-]{1,150})?)")
_CALLS = re.compile(r"(?<![\w@.+-])@(?=\w)")
# Where a word ends: no letter follows, nor what joins letters to one word (marks, a joiner; `.` and its like).
_JOINS = "\u0640\u064b-\u065f\u0670\u0300-\u036f\u200c\u200d"
_WORD_ENDS = re.compile(rf"(?<=[\w{_JOINS}])(?![\w{_JOINS}]|[.+@-]\w)")
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


def in_names(text: str, known: Mapping[str, str]) -> str:
    """The text with each colleague by their name instead of the user name; `known` as `oms.core.people` found them."""
    by_name = {actor.removeprefix("staff:").lower(): name for actor, name in known.items()}

    def named(match: re.Match[str]) -> str:
        name = name_of(match)
        return f"@{by_name.get(name.lower(), name)}{match['name'][len(name) :]}"

    return NAMED.sub(named, text)


def spellings(user: User) -> list[str]:
    """What colleagues call one by, folded: the likelier meant first. Empty where there is none."""
    names = (user.username, user.get_full_name(), user.email, user.email.partition("@")[0])
    return [spelling.fold(name) for name in names]


def addressed(text: str) -> str:
    """The text with the user name of every reader whom it calls by full name or e-mail address, in any spelling.

    The longest name that fits is meant: "@Sami Saleh" is not @sami. Of two with one name both are.
    """
    if not _CALLS.search(text):
        return text
    called = _by_spelling(readers().only("username", "first_name", "last_name", "email").order_by("pk"))
    longest = max(map(len, called), default=0)
    parts, done = [], 0
    for match in _CALLS.finditer(text):
        start = match.end()
        for end in _ends(text, start, longest):
            typed = text[start:end]
            if named := called.get(spelling.fold(typed)):
                parts += [text[done:start], typed if typed.lower() == named[0].lower() else " @".join(named)]
                done = end
                break
    return "".join([*parts, text[done:]])


def _by_spelling(users: Iterable[User]) -> dict[str, list[str]]:
    """User names by how they are called; one's user name goes before another one's name."""
    ranked: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for user in users:
        for rank, name in enumerate(spellings(user)):
            if name:
                ranked[name][rank].append(user.username)
    return {name: by_rank[min(by_rank)] for name, by_rank in ranked.items()}


def _ends(text: str, start: int, longest: int) -> Iterator[int]:
    """Where a name that begins there may end, the furthest first; in one line. Marks make a spelling longer."""
    line = text[start : start + 2 * longest].partition("\n")[0]
    yield from reversed([start + found.start() for found in _WORD_ENDS.finditer(line)])


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
