"""Units already planned somewhere are sent from elsewhere: because staff says so, or the promise is in danger.

Units that are not picked move: out of their parcels, their reservation with them, into the parcels of a new plan,
in one transaction. What is picked stays where it is. A parcel at the place they go to, of the same carrier, takes
them in; a parcel left empty is cancelled.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from fulfillment import cash, desk, planning, routing, snapshot, steps
from fulfillment.lifting import Lifted, Placing, Wish, lift, lines_of, told
from fulfillment.models import RerouteCause, Rerouting, RoutingDecision, Shipment, ShipmentState
from fulfillment.planning import OPEN, Placed
from fulfillment.snapshot import Bounds, Snapshot
from inventory.models import Location
from oms.core import events
from oms.core.errors import IllegalMove, InsufficientStock, Invalid
from oms.core.saying import said
from orders import holds, progress
from orders.models import Order

S = ShipmentState


@transaction.atomic
def reroute(
    order_id: UUID, wish: Wish, *, cause: str = RerouteCause.STAFF, code: str = "", actor: str
) -> Rerouting:
    """Move what the wish names, or nothing at all.

    Raises OnHold; IllegalMove for what is picked, for a place that cannot send it and where nothing would change;
    InsufficientStock naming the lines the place has too little of; Invalid for what is not the order's.
    """
    order = progress.lock(order_id)
    holds.refuse_when_held(order)
    _check_places(wish)
    for last in (False,) * (desk.TRIES - 1) + (True,):
        try:
            with transaction.atomic():
                return _reroute(order, wish, cause, code, actor)
        except InsufficientStock as problem:
            # With errors it is the plan's own finding; without, stock moved under it.
            if last or problem.errors:
                raise
    raise AssertionError("unreachable")


@dataclass(frozen=True, slots=True)
class Choice:
    """What sending the units from one location would come to; `units` of them lie there. `now`: they are there."""

    location: Location
    plan: routing.Plan
    units: int
    now: bool


def choices(order_id: UUID, wish: Wish) -> tuple[int, list[Choice]]:
    """How many units the wish moves, and every location with what it could do about them, the best first.

    Writes nothing. Raises what `reroute` would, as far as it does not depend on the location.
    """
    with transaction.atomic():
        order = progress.lock(order_id)
        holds.refuse_when_held(order)
        lines = lines_of(order)
        lifted = lift(order, lines, wish)
        for pk, units in lifted.by_line().items():
            lines[pk].allocated -= units
        bounds = Bounds(promised=lifted.promised, named=True)
        seen = snapshot.take(order, lines, snapshot.wanted_units(lines), timezone.now(), bounds)
        transaction.set_rollback(True)
    wanted = Counter[str]()
    for pk, units in seen.wanted.items():
        wanted[lines[pk].sku] += units
    here = {place for _, place in lifted.units}
    found = []
    for state in seen.states:
        there = sum(min(units, state.stock.get(sku, 0)) for sku, units in wanted.items())
        plan = routing.plan(seen.order, [state], seen.rates)
        found.append(Choice(seen.locations[state.code], plan, there, {state.code} == here))
    found.sort(key=lambda one: (one.plan.outcome != "planned", one.plan.cost, -one.units, one.location.code))
    return sum(wanted.values()), found


def _reroute(order: Order, wish: Wish, cause: str, code: str, actor: str) -> Rerouting:
    lines = lines_of(order)
    lifted = lift(order, lines, wish)
    for pk, units in lifted.by_line().items():
        lines[pk].allocated -= units
    wanted = snapshot.wanted_units(lines)
    open_here = [
        parcel for parcel in lifted.parcels if parcel.state in OPEN or parcel.pk in lifted.emptied
    ] + list(
        steps.in_the_house(order)
        .filter(state__in=OPEN)
        .exclude(pk__in=[parcel.pk for parcel in lifted.parcels])
        .select_related("location")
        .order_by("created_at", "number")
    )
    bounds = Bounds(
        only=wish.to,
        without=wish.exclude,
        promised=lifted.promised,
        joinable=frozenset(parcel.location.code for parcel in open_here),
    )
    seen = snapshot.take(order, lines, wanted, timezone.now(), bounds)
    plan, decision = planning.decide(order, seen)
    if plan.outcome != "planned":
        raise _refusal(seen, wish, plan)
    after = Counter[Placing]()
    for parcel in plan.parcels:
        for line_id, units in parcel.lines:
            after[UUID(line_id), parcel.location] += units
    _refuse_the_same(seen, lifted, after)

    planning.move_stock(order, seen, plan, actor=actor)
    planning.keep(decision, order, seen)
    for each in open_here:
        each.state = lifted.emptied.get(each.pk, each.state)
    placed = planning.plan_parcels(order, seen, plan, there=open_here)
    gone = _leave(lifted, placed)
    progress.change_units(
        order, {pk: {"allocated": units - lifted.by_line()[pk]} for pk, units in wanted.items()}
    )
    cash.share(order)
    kept = Rerouting.objects.create(
        order=order,
        shipment_id=wish.shipment,
        cause=cause,
        code=code,
        reason=wish.reason,
        to=wish.to,
        exclude=sorted(wish.exclude),
        lines=told(lines, lifted.units, after),
        decision=decision,
        actor=actor,
    )
    _tell(order, kept, decision, placed, gone, actor)
    return kept


def _check_places(wish: Wish) -> None:
    asked = {wish.to: "/to"} if wish.to else {}
    asked |= {code: f"/exclude/{n}" for n, code in enumerate(sorted(wish.exclude))}
    known = set(Location.objects.filter(code__in=asked).values_list("code", flat=True))
    for code, pointer in asked.items():
        if code not in known:
            raise Invalid.at(pointer, said("There is no location %(code)s.", code=code), "unknown_location")
    if wish.to in wish.exclude:
        raise Invalid.at("/exclude", said("%(to)s is where the units are to go.", to=wish.to))


def _refuse_the_same(seen: Snapshot, lifted: Lifted, after: Mapping[Placing, int]) -> None:
    """A plan that would leave every unit where it was is no move, unless it makes fewer parcels of them."""
    code_of = {place.pk: code for code, place in seen.locations.items()}
    before = Counter(lifted.units)
    for (line, place), units in seen.kept.items():
        if line in seen.wanted:
            loose = units - seen.in_parcels.get((line, place), 0) - lifted.units[line, code_of[place]]
            before[line, code_of[place]] += max(0, loose)
    places = Counter(parcel.location_id for parcel in lifted.parcels)
    if +before == Counter(after) and max(places.values()) == 1:
        raise IllegalMove("Nothing would change: it is sent from there already.", why="unchanged")


def _refusal(seen: Snapshot, wish: Wish, plan: routing.Plan) -> IllegalMove | InsufficientStock:
    """Too little stock, line by line; else what stands against the places that are left."""
    wanted = Counter[str]()
    for pk, units in seen.wanted.items():
        wanted[seen.lines[pk].sku] += units
    errors = []
    for sku, units in wanted.items():
        there = sum(state.stock.get(sku, 0) for state in seen.states)
        if there < units:
            asked = f"{sku}: {units} asked, {there} available."
            errors.append({"pointer": "/to", "code": "insufficient_stock", "detail": asked})
    if not errors:
        why = dict.fromkeys(why.detail for place in plan.trace.locations for why in place.refusals)
        return IllegalMove(" ".join([*why][:3]) or plan.reason, why="unable")
    place = f"{wish.to} has too little." if wish.to else "There is too little elsewhere."
    return InsufficientStock(" ".join([place, *(error["detail"] for error in errors[:3])]), errors=errors)


def _leave(lifted: Lifted, placed: Placed) -> list[Shipment]:
    """Parcels that lost units and took none in: stored, and those left empty returned, now cancelled."""
    joined = {parcel.pk for parcel in placed.joined}
    gone = []
    for parcel in lifted.parcels:
        if parcel.pk in joined:
            continue
        if parcel.pk in lifted.emptied:
            parcel.state = S.CANCELLED
            parcel.cod_amount = 0
            gone.append(parcel)
        steps.save(parcel, "state", "cod_amount")
    return gone


def _tell(
    order: Order,
    kept: Rerouting,
    decision: RoutingDecision,
    placed: Placed,
    gone: Sequence[Shipment],
    actor: str,
) -> None:
    events.record(
        "order.rerouted",
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            "rerouting": str(kept.pk),
            "cause": kept.cause,
            "decision": str(decision.pk),
            "lines": kept.lines,
        },
    )
    for shipment in placed.made:
        steps.tell("shipment.created", order, shipment, actor=actor, location=shipment.location.code)
    for shipment in placed.joined:
        steps.tell("shipment.changed", order, shipment, actor=actor, location=shipment.location.code)
    for shipment in gone:
        steps.tell("shipment.cancelled", order, shipment, actor=actor, reason="rerouted")
