"""The one table of the back-office's pages: what the sidebar, the palette and the keyboard know.

The sidebar stays short: a page people open many times a day is an entry of its group; what belongs to such a page and
is opened less often goes `under` it and shows while that part of the back-office is open. The palette knows them all;
the style page alone is no page of a working day, and is found at the settings' end.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fulfillment.access import visible as visible_shipments
from fulfillment.models import ShipmentState
from inventory import transfer_list
from inventory.alert_list import alerts
from inventory.models import AlertKind
from oms.core.access import Principal
from oms.core.counting import Countable
from orders import mentioning
from orders.access import visible as visible_orders
from orders.models import MOVING
from returns.access import visible as visible_returns
from returns.models import Acceptance, Reimbursement

Count = Callable[[Principal], Countable]


@dataclass(frozen=True, slots=True)
class Entry:
    """`scope` empty: every member of staff. `key`: the letter after `g`.

    `phone`: one of the four at the bottom of a phone's screen. `count` gives the rows to count;
    `own`: it counts what is the reader's alone.
    """

    label: str | Promise
    icon: str
    url: str
    scope: str = ""
    count: Count | None = None
    key: str = ""
    phone: bool = False
    under: tuple["Entry", ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    label: str | Promise
    entries: tuple[Entry, ...]


def to_fulfil(principal: Principal) -> Countable:
    """Orders that someone still has to move."""
    return visible_orders(principal).filter(stage__in=MOVING)


def to_release(principal: Principal) -> Countable:
    return visible_shipments(principal).filter(state=ShipmentState.PLANNED)


def to_pick(principal: Principal) -> Countable:
    states = [ShipmentState.RELEASED, ShipmentState.PICKING]
    return visible_shipments(principal).filter(state__in=states)


def to_pack(principal: Principal) -> Countable:
    states = [ShipmentState.PICKED, ShipmentState.PACKED]
    return visible_shipments(principal).filter(state__in=states)


def to_hand_over(principal: Principal) -> Countable:
    return visible_shipments(principal).filter(state=ShipmentState.LABELLED)


def open_returns(principal: Principal) -> Countable:
    opened = visible_returns(principal).filter(reimbursement=Reimbursement.PENDING)
    return opened.exclude(acceptance=Acceptance.REJECTED)


def mentioned(principal: Principal) -> Countable:
    return mentioning.unseen(principal.actor.removeprefix("staff:"))


def low_now(principal: Principal) -> Countable:
    return alerts(principal).filter(kind=AlertKind.LOW)


NAVIGATION: tuple[Group, ...] = (
    Group(
        "",
        (
            Entry(pgettext_lazy("navigation", "Home"), "house", "dashboard", key="h", phone=True),
            Entry(_("Mentions"), "at-sign", "mention-list", "orders:read", mentioned, "n", own=True),
            Entry(
                _("Orders"),
                "inbox",
                "order-list",
                "orders:read",
                to_fulfil,
                "o",
                phone=True,
                under=(Entry(_("Waiting for stock"), "hourglass", "waiting-list", "orders:read"),),
            ),
            Entry(_("Returns"), "undo-2", "return-list", "returns:read", open_returns, "r", phone=True),
            Entry(
                _("Customers"),
                "users",
                "customer-list",
                "orders:read",
                key="u",
                under=(
                    Entry(_("Campaigns"), "megaphone", "campaign-list", "campaigns:read"),
                    Entry(_("Block and trust lists"), "shield", "contact-list", "orders:read"),
                ),
            ),
        ),
    ),
    Group(
        _("Warehouse"),
        (
            Entry(_("Release"), "list-checks", "release-queue", "shipments:read", to_release, "q"),
            Entry(_("Picking"), "scan-barcode", "pick-list", "shipments:read", to_pick, "p", phone=True),
            Entry(_("Packing"), "package", "pack-list", "shipments:read", to_pack, "k", phone=True),
            Entry(_("Hand-over"), "truck", "handover-list", "shipments:read", to_hand_over, "t"),
            Entry(_("Shipments"), "boxes", "shipment-list", "shipments:read", key="s"),
        ),
    ),
    Group(
        _("Stock"),
        (
            Entry(
                _("Stock levels"),
                "warehouse",
                "stock-list",
                "stock:read",
                key="i",
                under=(
                    Entry(_("Availability"), "search-check", "stock-availability", "stock:read"),
                    Entry(_("Channel buffers"), "shield", "stock-buffers", "stock:read"),
                    Entry(_("Stock alerts"), "triangle-alert", "stock-alerts", "stock:read", low_now),
                    Entry(_("Back in stock"), "bell-ring", "wish-list", "orders:read"),
                ),
            ),
            Entry(
                _("Transfers"),
                "arrow-right-left",
                "transfer-list",
                "stock:read",
                transfer_list.open_work,
                "x",
                under=(Entry(_("Ask all locations"), "search-check", "transfer-ask", "stock:write"),),
            ),
            Entry(
                _("Purchase orders"),
                "factory",
                "purchase-list",
                "purchases:read",
                key="b",
                under=(Entry(_("Suppliers"), "handshake", "supplier-list", "purchases:read"),),
            ),
            Entry(_("Lots"), "layers", "lot-list", "stock:read", key="l"),
            Entry(_("Counts"), "clipboard-check", "count-list", "stock:read", key="c"),
            Entry(_("Closings"), "calendar-check", "closing-list", "stock:read"),
            Entry(_("Products"), "tag", "product-list", "products:read", key="d"),
        ),
    ),
)

SETTINGS = Entry(_("Settings"), "settings", "settings-home", "locations:read", key=",")
IMPORTS = Entry(_("Imports"), "file-up", "import-list")
PROFILE = Entry(_("Your profile"), "circle-user-round", "profile", key="m")
FOOT: tuple[Entry, ...] = (IMPORTS, SETTINGS)


def in_groups() -> Iterator[Entry]:
    """What the sidebar's groups hold, an entry before what lies under it."""
    return _unfolded(entry for group in NAVIGATION for entry in group.entries)


def every_entry() -> list[Entry]:
    return [*in_groups(), *_unfolded((*FOOT, PROFILE))]


def _unfolded(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from entry.under
