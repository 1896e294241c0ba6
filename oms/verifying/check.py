"""One rule of the books, and what several rules say alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A rule in words and the query for rows against it: the first column names the row, the rest show why.

    `minutes` gives the query its one parameter, how long a delivery may take. A `note` fails nothing.
    """

    name: str
    sql: str
    minutes: bool = False
    note: bool = False


# Parcels that have not left the house.
IN_HOUSE = "shipment.handed_over_at IS NULL AND shipment.state <> 'cancelled'"
