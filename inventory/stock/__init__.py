"""The only writer of stock levels, reservations and movements.

Every function takes its levels by **one** sorted `SELECT … FOR NO KEY UPDATE`, decides in Python and writes
by one set-based statement, so that two callers never wait for each other in a circle and 700 lines cost as
many statements as 2. A transaction calls one of these functions once. Callers above hold their order's lock.
"""

from inventory.stock.adjusting import adjust
from inventory.stock.correcting import adjust_many
from inventory.stock.expiring import drop
from inventory.stock.moving import keep, kept, move, release, release_many, ship_out
from inventory.stock.receiving import receive
from inventory.stock.reserving import reserve
from inventory.stock.travelling import expect, send_away
from inventory.stock.units import (
    INT_MAX,
    Adjusted,
    Correction,
    Free,
    Incoming,
    Keep,
    Outcome,
    Recipe,
    Short,
    Want,
)

__all__ = [
    "INT_MAX",
    "Adjusted",
    "Correction",
    "Free",
    "Incoming",
    "Keep",
    "Outcome",
    "Recipe",
    "Short",
    "Want",
    "adjust",
    "adjust_many",
    "drop",
    "expect",
    "keep",
    "kept",
    "move",
    "receive",
    "release",
    "release_many",
    "reserve",
    "send_away",
    "ship_out",
]
