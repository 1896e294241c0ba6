"""What a decision was made from, kept small enough to be kept: replays decide again from exactly this.

Locations and rates rarely change between two orders, so they are kept once under their digest; the order, the
stock of its SKUs and the room left are the decision's own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import MISSING, fields, replace
from typing import Any, TypeVar

import msgspec

from fulfillment import routing
from fulfillment.models import RoutingDecision, RoutingFacts, RoutingNetwork
from fulfillment.strategies import About

Row = TypeVar("Row")

# Of a location what differs from order to order; the rest is the network's.
OWN = ("stock", "capacity_left", "safety", "lots", "weekly_demand", "unit_cost")


def keep(
    decision: RoutingDecision,
    order: routing.Order,
    about: About,
    states: Sequence[routing.LocationState],
    rates: Sequence[routing.Rate],
) -> None:
    """Remember what a stored decision saw: three statements."""
    network = {
        "locations": [
            {k: v for k, v in plain(state).items() if k not in OWN}
            for state in sorted(states, key=lambda s: s.code)
        ],
        "rates": [plain(rate) for rate in rates],
    }
    raw = msgspec.json.encode(network, order="deterministic")
    digest = hashlib.sha256(raw).hexdigest()
    RoutingNetwork.objects.bulk_create(
        [RoutingNetwork(digest=digest, content=msgspec.json.decode(raw))], ignore_conflicts=True
    )
    address = replace(order.address, postal_code="", short_address="")
    RoutingFacts.objects.create(
        decision=decision,
        network_id=digest,
        asked={"order": plain(replace(order, address=_coarse(address))), "about": plain(about)},
        stock={
            state.code: own
            for state in states
            if (own := {k: v for k, v in plain(state).items() if k in OWN and v != {}})
        },
        at=decision.at,
    )


def recall(
    facts: RoutingFacts,
) -> tuple[routing.Order, About, list[routing.LocationState], list[routing.Rate]]:
    """The order, its rule facts, locations and rates as the decision saw them."""
    order = msgspec.convert(facts.asked["order"], routing.Order)
    about = msgspec.convert(facts.asked["about"], About)
    states = [
        msgspec.convert({"stock": {}, **place, **facts.stock.get(place["code"], {})}, routing.LocationState)
        for place in facts.network.content["locations"]
    ]
    rates = [msgspec.convert(rate, routing.Rate) for rate in facts.network.content["rates"]]
    return order, about, states, rates


def plain(row: Any) -> dict[str, Any]:
    """A dataclass as plain JSON values, without what is as by default."""
    found = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if field.default is not MISSING and value == field.default:
            continue
        if field.default_factory is not MISSING and value == field.default_factory():
            continue
        found[field.name] = value
    converted: dict[str, Any] = msgspec.to_builtins(found, order="deterministic")
    return converted


def _coarse(address: routing.Address) -> routing.Address:
    """A place to about a kilometre: enough for distances, too little for a door."""
    if address.latitude is None or address.longitude is None:
        return address
    return replace(address, latitude=round(address.latitude, 2), longitude=round(address.longitude, 2))
