"""A lot goes into quarantine, promised or not: where its units are missed, the newest promises wait again."""

from django.db import transaction

from fulfillment import shortages
from inventory import lots
from inventory.models import Lot


@transaction.atomic
def quarantine(lot: Lot, *, reason: str, actor: str) -> int:
    """`lots.quarantine`, with room made for all of it that is on the shelf; returns how many units are set aside.

    What is picked already stays in its parcel, which cannot leave. Raises IllegalMove.
    """
    if room := lots.on_the_shelf(lot):
        shortages.make_room(room, reason=f"Quarantine of lot {lot.code}", actor=actor)
    return lots.quarantine(lot, reason=reason, actor=actor)
