"""Which units come from which location, once the locations and their rates are fixed. Pure.

The cost of a unit is its weight times its location's price a gram, so every SKU can be settled by itself:
only lines of one SKU compete for the same units. Within a SKU all units weigh the same, so the cheapest
assignment is a greedy one – where its lines may use different locations (one is engraved, one is plain),
greedy along augmenting paths, which for costs that hang on the location alone is a least-cost flow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fulfillment.routing.types import Demand, LocationState


@dataclass(slots=True)
class Group:
    """All lines of one SKU. `stock[n]` is what location n gives, `able[i]` where line i can be prepared."""

    sku: str
    lines: list[Demand]
    units: int
    weight_g: int
    stock: list[int]
    able: list[frozenset[int]]
    uniform: bool


def groups(lines: Sequence[Demand], locations: Sequence[LocationState]) -> list[Group]:
    """The order's lines by SKU; a location no line of the SKU can use has no stock of it here."""
    by_sku: dict[str, list[Demand]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    found = []
    for sku, same in by_sku.items():
        able = [
            frozenset(n for n, location in enumerate(locations) if line.requires <= location.capabilities)
            for line in same
        ]
        usable = frozenset().union(*able)
        stock = [
            max(0, location.stock.get(sku, 0)) if n in usable else 0 for n, location in enumerate(locations)
        ]
        units = sum(line.quantity for line in same)
        found.append(Group(sku, same, units, same[0].weight_g, stock, able, len(set(able)) == 1))
    return found


def covered(group: Group, sites: Sequence[int]) -> bool:
    """True where these locations hold the whole SKU for the lines that want it."""
    if group.uniform:
        return sum([group.stock[site] for site in sites]) >= group.units
    return _flow(group, sites) is not None


def fill(group: Group, sites: Sequence[int], per_gram: Sequence[int]) -> list[tuple[int, int]]:
    """Units by location, cheapest first; `sites` is in order of preference, `per_gram` beside it.

    Among equally cheap locations one that has all the rest is taken before the order of preference, so
    that a line is not picked in two places for nothing. The locations must cover the group.
    """
    if not group.uniform:
        units: dict[int, int] = {}
        for (_, site), count in (_flow(group, sites) or {}).items():
            units[site] = units.get(site, 0) + count
        return [(site, count) for site, count in units.items() if count]
    stock, left, found = group.stock, group.units, []
    for place, site in enumerate(sites):
        have = stock[site]
        if have < left:
            for other in range(place + 1, len(sites)):
                if per_gram[other] != per_gram[place]:
                    break
                if stock[sites[other]] >= left:
                    found.append((sites[other], left))
                    return found
        take = min(have, left)
        if take:
            found.append((site, take))
            left -= take
        if not left:
            break
    return found


def lines_of(group: Group, sites: Sequence[int], per_gram: Sequence[int]) -> list[tuple[str, int, int]]:
    """The same decision line by line: (line id, location, units)."""
    if not group.uniform:
        flow = _flow(group, sites) or {}
        return [(group.lines[i].line_id, site, units) for (i, site), units in sorted(flow.items()) if units]
    found = []
    given = fill(group, sites, per_gram)
    for line in group.lines:
        want = line.quantity
        while want:
            site, units = given[0]
            take = min(units, want)
            found.append((line.line_id, site, take))
            want -= take
            if take == units:
                given.pop(0)
            else:
                given[0] = (site, units - take)
    return found


def _flow(group: Group, sites: Sequence[int]) -> dict[tuple[int, int], int] | None:
    """Units by (line, location), least cost for `sites` in order of cost; None where they do not suffice.

    Each step brings units of one line to the cheapest location with some left, moving other lines' units
    on where needed. What those give up and take cancels out, so a step costs its last location's price.
    """
    spare = {site: group.stock[site] for site in sites}
    held: dict[tuple[int, int], int] = {}
    for start, line in enumerate(group.lines):
        left = line.quantity
        while left:
            reached: dict[int, int] = {}  # location -> the line that comes to it
            freed: dict[int, int] = {}  # line -> the location it would give units up at
            queue = [start]
            for mover in queue:
                for site in sites:
                    if site in reached or site not in group.able[mover]:
                        continue
                    reached[site] = mover
                    for other in range(len(group.lines)):
                        if held.get((other, site)) and other != start and other not in freed:
                            freed[other] = site
                            queue.append(other)
            end = next((site for site in sites if site in reached and spare[site]), None)
            if end is None:
                return None
            steps = [(reached[end], end)]
            while steps[-1][0] != start:
                site = freed[steps[-1][0]]
                steps.append((reached[site], site))
            count = min(left, spare[end], *[held[mover, freed[mover]] for mover, _ in steps[:-1]])
            for mover, site in steps:
                held[mover, site] = held.get((mover, site), 0) + count
                if mover != start:
                    held[mover, freed[mover]] -= count
            spare[end] -= count
            left -= count
    return held
