"""Who did it, as colleagues say it: the actors of events, movements and payments by name."""

from collections.abc import Iterable, Mapping

from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.core.models import ApiKey, User

ACTORS: dict[str, str | Promise] = {
    "desk": gettext_lazy("Automatic routing"),
    "customer": gettext_lazy("Customer"),
    "carrier": gettext_lazy("Carrier"),
    "system": gettext_lazy("System"),
    "worker": gettext_lazy("System"),
}


def people(actors: Iterable[str]) -> dict[str, str]:
    """Names of members of staff by how the history calls them ("staff:noor"), who may be asked for in any case."""
    names = {actor.removeprefix("staff:").lower() for actor in actors if actor.startswith("staff:")}
    known = User.objects.alias(lowered=Lower("username")).filter(lowered__in=names)
    staff = known.only("username", "first_name", "last_name")
    return {f"staff:{user.username}": user.get_full_name() or user.username for user in staff}


def stores(actors: Iterable[str]) -> dict[str, str]:
    """The stores behind API keys of one channel, by how the history calls them ("key:oms_a1b2c3"). None costs none."""
    prefixes = {actor.removeprefix("key:") for actor in actors if actor.startswith("key:")}
    if not prefixes:
        return {}
    keys = ApiKey.objects.filter(prefix__in=prefixes, channel__isnull=False)
    named = keys.values_list("prefix", "channel__name")
    return {f"key:{prefix}": _("The store (%(channel)s)") % {"channel": name} for prefix, name in named}


def members(refs: Iterable[str]) -> dict[str, str]:
    """The same by how the history names them where something was done to them ("user/5")."""
    wanted = {ref.removeprefix("user/") for ref in refs if ref.startswith("user/")}
    keys = [int(key) for key in wanted if key.isascii() and key.isdigit()]
    if not keys:
        return {}
    found = User.objects.filter(pk__in=keys).only("username", "first_name", "last_name")
    return {f"user/{user.pk}": user.get_full_name() or user.username for user in found}


def who(actor: str, names: Mapping[str, str]) -> str:
    """One actor in words; `names` as `people` found them, and `stores` where a page says which."""
    if actor.startswith("staff:"):
        return names.get(actor, actor.removeprefix("staff:"))
    if actor.startswith("key:"):
        return names.get(actor, _("A connected system"))
    return str(ACTORS.get(actor, actor))
