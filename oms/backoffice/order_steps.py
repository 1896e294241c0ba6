"""The next step of an order and of each of its parcels: one thing to press, for those whose role may."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment import readdressing, steps
from fulfillment.models import ShipmentState
from oms.backoffice.order_reading import Parcel, Seen
from oms.core.access import Principal
from orders.models import Status

S = ShipmentState


@dataclass(frozen=True, slots=True)
class Step:
    """A link (`href`), a form of one button (`action`) or a dialog's opener (`dialog`)."""

    text: str | Promise
    icon: str
    href: str = ""
    action: str = ""
    dialog: str = ""


# The warehouse's own pages of one shipment, by the name of their address.
FLOOR: dict[str, tuple[str, str, str | Promise]] = {
    S.RELEASED: ("pick", "scan-barcode", gettext_lazy("Start picking")),
    S.PICKING: ("pick", "scan-barcode", gettext_lazy("Continue picking")),
    S.PICKED: ("pack", "package", gettext_lazy("Pack")),
}
# Acts of one button, by the name of their address.
ACTS: dict[str, tuple[str, str, str | Promise]] = {
    S.PLANNED: ("order-parcel-release", "list-checks", gettext_lazy("Release to the warehouse")),
    S.PACKED: ("order-parcel-label", "printer", gettext_lazy("Print label")),
    S.LABELLED: ("order-parcel-hand-over", "truck", gettext_lazy("Hand over")),
}
COUNTER: dict[str, tuple[str, str, str | Promise]] = {
    S.PACKED: ("order-parcel-hand-over", "store", gettext_lazy("Ready for pickup")),
    S.LABELLED: ("order-parcel-hand-over", "store", gettext_lazy("Ready for pickup")),
    S.READY_FOR_PICKUP: ("order-parcel-collected", "circle-check", gettext_lazy("Collected by the customer")),
}


def of_parcel(parcel: Parcel, seen: Seen, principal: Principal) -> Step | None:
    """What comes next for one parcel; nothing while the order is held or the goods are on the road."""
    if seen.holds or not principal.may("shipments:write"):
        return None
    order, shipment = seen.order, parcel.shipment
    acts = {**ACTS, **COUNTER} if steps.is_pickup(order) else ACTS
    if shipment.state in acts:
        name, icon, text = acts[shipment.state]
        return Step(text, icon, action=reverse(name, args=[order.number, shipment.number]))
    if shipment.state in FLOOR:
        name, icon, text = FLOOR[shipment.state]
        return Step(text, icon, href=floor(name, shipment.number))
    return None


def floor(name: str, number: str) -> str:
    """The warehouse's page of a shipment, else the shipment's own."""
    for known in (name, "shipment-detail"):
        try:
            return reverse(known, args=[number])
        except NoReverseMatch:
            continue
    return "#parcels"


def of_order(seen: Seen, principal: Principal) -> Step | None:
    """The one primary button: a hold first, then the least advanced parcel, then money, then what came back."""
    order, writes = seen.order, principal.may("orders:write")
    if seen.holds and order.status == Status.OPEN:
        if not writes:
            return None
        parcels = [parcel.shipment for parcel in seen.parcels]
        wrong = any(hold.reason == "bad_address" for hold in seen.holds)
        if wrong and readdressing.can_correct(order, seen.lines, parcels):
            return Step(_("Correct the address"), "pencil", dialog="address")
        if len(seen.holds) > 1:
            return Step(_("Release holds"), "play", dialog="release")
        return Step(_("Release hold"), "play", action=reverse("order-release", args=[order.number]))
    at = {state: place for place, state in enumerate(steps.PROGRESS)}
    waiting = sorted(
        (parcel for parcel in seen.parcels if parcel.shipment.state in at),
        key=lambda parcel: at[S(parcel.shipment.state)],
    )
    for parcel in waiting:
        step = of_parcel(parcel, seen, principal)
        if step is not None:
            return _all_at_once(seen) if parcel.shipment.state == S.PLANNED else step
    if not writes:
        return None
    if order.balance < 0 and seen.money.captured > seen.money.refunded:
        return Step(_("Refund"), "undo-2", dialog="refund")
    if seen.money.authorized_open > 0 and order.balance > 0 and not waiting:
        return Step(_("Capture payment"), "credit-card", dialog="capture")
    if order.balance > 0 and not waiting and order.status != Status.CANCELLED and _all_arrived(seen):
        return Step(_("Record payment"), "banknote", dialog="record")
    asked = next((one for one in seen.returns if one.reimbursement == "pending"), None)
    if asked is not None and asked.acceptance != "rejected":
        return Step(_("Open the return"), "undo-2", href=document("return-detail", asked.number))
    return None


def document(name: str, number: str) -> str:
    """The page of a document, or nothing to follow."""
    try:
        return reverse(name, args=[number])
    except NoReverseMatch:
        return "#returns"


def _all_at_once(seen: Seen) -> Step:
    planned = [parcel for parcel in seen.parcels if parcel.shipment.state == S.PLANNED]
    text = _("Release the parcels") if len(planned) > 1 else _("Release to the warehouse")
    return Step(text, "list-checks", action=reverse("order-parcels-release", args=[seen.order.number]))


def _all_arrived(seen: Seen) -> bool:
    ended = {S.DELIVERED, S.CANCELLED, S.LOST, S.RETURNED_TO_SENDER}
    return bool(seen.parcels) and all(parcel.shipment.state in ended for parcel in seen.parcels)
