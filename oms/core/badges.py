"""Every state the product shows, in one table: words, icon and colour. Colour never speaks alone.

`{% badge "stage" order.stage %}`; add a kind or a state here and nowhere else. Tones are CSS classes:
ok, info, warn, bad, prog (someone is at it) or "" (quiet).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Badge:
    text: str | Promise
    icon: str
    tone: str = ""


BADGES: dict[str, dict[str, Badge]] = {
    "status": {
        "open": Badge(_("Open"), "circle-dot", "info"),
        "completed": Badge(_("Completed"), "circle-check", "ok"),
        "cancelled": Badge(_("Cancelled"), "ban"),
    },
    "stage": {
        "placed": Badge(_("Placed"), "circle", "warn"),
        "held": Badge(_("On hold"), "pause", "bad"),
        "backordered": Badge(_("Backordered"), "hourglass", "warn"),
        "allocated": Badge(_("To pick"), "map-pin-check", "info"),
        "partially_picked": Badge(_("Picking"), "circle-dot-dashed", "prog"),
        "picking": Badge(_("Picked"), "package-open", "prog"),
        "packed": Badge(_("Packed"), "package-check", "info"),
        "shipped": Badge(_("Shipped"), "truck", "info"),
        "delivered": Badge(_("Delivered"), "circle-check", "ok"),
        "completed": Badge(_("Completed"), "circle-check-big", "ok"),
        "cancelled": Badge(_("Cancelled"), "ban"),
    },
    "payment": {
        "unpaid": Badge(_("Unpaid"), "circle-dashed", "warn"),
        "authorized": Badge(_("Authorised"), "circle-dot", "info"),
        "partially_paid": Badge(_("Partly paid"), "circle-dot-dashed", "warn"),
        "paid": Badge(_("Paid"), "circle-check", "ok"),
        "partially_refunded": Badge(_("Partly refunded"), "circle-dot-dashed", "prog"),
        "refunded": Badge(_("Refunded"), "circle-slash"),
        "voided": Badge(_("Voided"), "ban"),
    },
    "importance": {
        "value": Badge(_("High value"), "gem"),
        "service": Badge(_("Fast delivery"), "zap"),
        "tag": Badge(_("By its tags"), "tag"),
        "staff": Badge(_("Marked by hand"), "star"),
    },
    "hold": {
        "manual": Badge(_("Held by hand"), "pause", "bad"),
        "awaiting_payment": Badge(_("Waiting for payment"), "clock", "warn"),
        "no_route": Badge(_("No way to send it"), "map-pin-off", "bad"),
        "risk": Badge(_("Risk to check"), "shield-alert", "bad"),
        "blocked_customer": Badge(_("Blocked customer"), "user-x", "bad"),
        "bad_address": Badge(_("Address to check"), "map-pin", "warn"),
        "customer": Badge(_("Customer asked to wait"), "user-round", "warn"),
        "duplicate": Badge(_("Perhaps ordered twice"), "copy", "warn"),
        "stock": Badge(_("Waiting for stock"), "hourglass", "warn"),
    },
    "standing": {
        "blocked": Badge(pgettext_lazy("customer", "Blocked"), "user-x", "bad"),
        "trusted": Badge(pgettext_lazy("customer", "Trusted"), "badge-check", "ok"),
    },
    "marketing": {
        "unknown": Badge(_("Never asked"), "circle"),
        "agreed": Badge(_("Agreed to messages"), "mail-check", "ok"),
        "refused": Badge(_("Wants no messages"), "mail-x", "warn"),
    },
    "fulfillment": {
        "unfulfilled": Badge(_("Unfulfilled"), "circle", "warn"),
        "partially_fulfilled": Badge(_("Partly shipped"), "truck", "prog"),
        "fulfilled": Badge(_("Fulfilled"), "circle-check", "ok"),
    },
    "return_status": {
        "none": Badge(pgettext_lazy("no return", "None"), "minus"),
        "requested": Badge(_("Return requested"), "undo-2", "warn"),
        "partially_returned": Badge(_("Partly returned"), "undo-2", "prog"),
        "returned": Badge(_("Returned"), "undo-2"),
    },
    "shipment": {
        "planned": Badge(_("Planned"), "circle", ""),
        "released": Badge(_("To pick"), "list-checks", "warn"),
        "picking": Badge(_("Picking"), "circle-dot-dashed", "prog"),
        "picked": Badge(_("Picked"), "package-open", "prog"),
        "packed": Badge(_("Packed"), "package-check", "info"),
        "labelled": Badge(_("Labelled"), "tag", "info"),
        "handed_over": Badge(_("Handed over"), "truck", "info"),
        "in_transit": Badge(_("In transit"), "truck", "info"),
        "out_for_delivery": Badge(_("Out for delivery"), "truck", "info"),
        "ready_for_pickup": Badge(_("Ready for pickup"), "store", "ok"),
        "delivered": Badge(_("Delivered"), "circle-check", "ok"),
        "delivery_failed": Badge(_("Delivery failed"), "circle-alert", "bad"),
        "returning": Badge(_("Returning"), "undo-2", "warn"),
        "returned_to_sender": Badge(_("Returned to sender"), "undo-2", "warn"),
        "lost": Badge(_("Lost"), "search-x", "bad"),
        "cancelled": Badge(_("Cancelled"), "ban"),
    },
    "scan": {
        "picked_up": Badge(_("Collected by the carrier"), "package", "info"),
        "in_transit": Badge(_("In transit"), "truck", "info"),
        "out_for_delivery": Badge(_("Out for delivery"), "truck", "info"),
        "ready_for_pickup": Badge(_("Ready for pickup"), "store", "ok"),
        "delivered": Badge(_("Delivered"), "circle-check", "ok"),
        "delivery_failed": Badge(_("Delivery failed"), "circle-alert", "bad"),
        "delayed": Badge(_("Delayed"), "clock", "warn"),
        "held_by_carrier": Badge(_("Held by the carrier"), "hourglass", "warn"),
        "returning": Badge(_("Returning"), "undo-2", "warn"),
        "returned_to_sender": Badge(_("Returned to sender"), "undo-2", "warn"),
        "lost": Badge(_("Lost"), "search-x", "bad"),
        "unknown": Badge(_("Unknown report"), "circle-question-mark"),
    },
    "reception": {
        "awaiting": Badge(_("Awaited"), "clock", "warn"),
        "in_transit": Badge(_("In transit"), "truck", "info"),
        "received": Badge(_("Received"), "package-check", "ok"),
        "partially_received": Badge(_("Partly received"), "package-open", "prog"),
        "lost": Badge(_("Lost"), "search-x", "bad"),
        "cancelled": Badge(_("Not expected"), "ban"),
    },
    "acceptance": {
        "pending": Badge(_("To decide"), "circle", "warn"),
        "accepted": Badge(_("Accepted"), "circle-check", "ok"),
        "rejected": Badge(_("Rejected"), "circle-x", "bad"),
        "manual": Badge(_("Needs a decision"), "circle-question-mark", "warn"),
    },
    "reimbursement": {
        "pending": Badge(_("To refund"), "circle", "warn"),
        "done": Badge(_("Refunded"), "circle-check", "ok"),
        "none": Badge(_("No refund"), "minus"),
        "failed": Badge(_("Refund failed"), "circle-alert", "bad"),
    },
    "resolution": {
        "refund": Badge(_("Refund"), "banknote"),
        "store_credit": Badge(_("Store credit"), "wallet"),
        "exchange": Badge(_("Exchange for another item"), "repeat"),
        "replacement": Badge(_("Replacement of the same item"), "repeat-1"),
    },
    "return_method": {
        "courier": Badge(_("A courier collects it"), "truck"),
        "branch": Badge(_("The customer brings it to a branch"), "store"),
        "keep": Badge(_("The customer keeps it"), "user-round"),
    },
    "grade": {
        "A": Badge(_("Like new"), "circle-check", "ok"),
        "B": Badge(_("Opened, complete"), "circle-dot", "info"),
        "C": Badge(_("Worn or incomplete"), "circle-alert", "warn"),
        "reject": Badge(_("Not acceptable"), "circle-x", "bad"),
    },
    "disposition": {
        "restock": Badge(_("Back to stock"), "warehouse", "ok"),
        "refurbish": Badge(_("To quality control"), "search-check", "info"),
        "damaged": Badge(_("Set aside as damaged"), "package-x", "warn"),
        "missing": Badge(_("Missing, no refund"), "search-x", "bad"),
        "send_back": Badge(_("Send back to the customer"), "undo-2", "bad"),
    },
    "stock": {
        "in_stock": Badge(_("In stock"), "circle-check", "ok"),
        "low": Badge(_("Low"), "triangle-alert", "warn"),
        "out": Badge(_("Out of stock"), "circle-x", "bad"),
        "elsewhere": Badge(_("Only elsewhere"), "map-pin"),
        "backorder": Badge(_("On backorder"), "hourglass", "warn"),
    },
    "count": {
        "counting": Badge(_("Counting"), "circle-dot-dashed", "prog"),
        "review": Badge(_("To approve"), "hourglass", "warn"),
        "done": Badge(_("Done"), "circle-check", "ok"),
        "cancelled": Badge(_("Cancelled"), "ban"),
    },
    "count_kind": {
        "full": Badge(_("Everything"), "warehouse"),
        "bin": Badge(_("Some bins"), "rows-3"),
        "sku": Badge(_("Some SKUs"), "tag"),
    },
    "lot": {
        "good": Badge(_("Good"), "circle-check", "ok"),
        "soon": Badge(_("Expires soon"), "clock", "warn"),
        "expired": Badge(_("Expired"), "calendar-x", "bad"),
        "quarantined": Badge(_("In quarantine"), "shield-alert", "bad"),
    },
    "figure": {
        "on_hand": Badge(_("On hand"), "warehouse"),
        "damaged": Badge(_("Damaged"), "package-x"),
        "quality_control": Badge(_("Quality control"), "search-check"),
        "safety": Badge(_("Safety"), "shield"),
    },
    "movement": {
        "adjusted": Badge(_("Adjusted by hand"), "pencil"),
        "shipped": Badge(_("Shipped"), "truck", "info"),
        "returned": Badge(_("Returned"), "undo-2", "info"),
        "transfer_out": Badge(_("Sent to another location"), "arrow-right-left", "info"),
        "transfer_in": Badge(_("Came from another location"), "arrow-right-left", "info"),
        "purchased": Badge(_("Came from a supplier"), "factory", "info"),
        "counted": Badge(pgettext_lazy("movement", "Counted"), "clipboard-check", "info"),
        "found": Badge(_("Looked for by a count"), "search-check", "info"),
        "not_found": Badge(_("Not found while picking"), "search-x", "warn"),
        "quarantined": Badge(_("Put in quarantine"), "shield-alert", "bad"),
        "released": Badge(_("Released from quarantine"), "shield-check", "ok"),
        "expired": Badge(_("Past its last day"), "calendar-x", "warn"),
        "tracked": Badge(_("Lots began"), "layers", "info"),
    },
    "transfer": {
        "requested": Badge(_("Requested"), "circle", "warn"),
        "approved": Badge(_("Approved"), "circle-check", "info"),
        "shipped": Badge(_("On the way"), "truck", "info"),
        "partly_received": Badge(_("Partly received"), "package-open", "prog"),
        "closed": Badge(_("Closed"), "circle-check-big", "ok"),
        "cancelled": Badge(_("Cancelled"), "ban"),
    },
    "purchase": {
        "draft": Badge(_("Draft"), "pencil"),
        "sent": Badge(_("Sent to the supplier"), "send", "info"),
        "partly_received": Badge(_("Partly received"), "package-open", "prog"),
        "closed": Badge(_("Closed"), "circle-check-big", "ok"),
        "cancelled": Badge(_("Cancelled"), "ban"),
    },
    "alert": {
        "low": Badge(_("Low"), "triangle-alert", "warn"),
        "over": Badge(_("Too much"), "layers", "info"),
    },
    "wish": {
        "waiting": Badge(_("Waiting"), "clock", "warn"),
        "told": Badge(_("Told"), "circle-check", "ok"),
        "to_call": Badge(_("To call"), "phone", "bad"),
        "cancelled": Badge(_("Cancelled"), "ban"),
        "expired": Badge(_("Expired"), "clock"),
    },
    "bulk_running": {
        "hold": Badge(_("Putting orders on hold"), "pause", "info"),
        "release": Badge(_("Releasing orders"), "play", "info"),
        "tag": Badge(_("Changing tags"), "tag", "info"),
        "cancel": Badge(_("Cancelling orders"), "ban", "info"),
        "print": Badge(_("Collecting papers"), "printer", "info"),
        "export": Badge(_("Writing the file"), "download", "info"),
        "customer_tag": Badge(_("Changing tags"), "tag", "info"),
        "customer_trust": Badge(_("Adding to the trust list"), "badge-check", "info"),
        "customer_block": Badge(_("Blocking customers"), "user-x", "info"),
        "customer_export": Badge(_("Writing the file"), "download", "info"),
    },
    "bulk_done": {
        "hold": Badge(_("Orders put on hold"), "pause", "ok"),
        "release": Badge(_("Orders released"), "play", "ok"),
        "tag": Badge(_("Tags changed"), "tag", "ok"),
        "cancel": Badge(_("Orders cancelled"), "ban", "ok"),
        "print": Badge(_("Papers to print"), "printer", "ok"),
        "export": Badge(_("Orders exported"), "download", "ok"),
        "customer_tag": Badge(_("Tags changed"), "tag", "ok"),
        "customer_trust": Badge(_("Customers on the trust list"), "badge-check", "ok"),
        "customer_block": Badge(_("Customers blocked"), "user-x", "ok"),
        "customer_export": Badge(_("Customers exported"), "download", "ok"),
    },
    "allocation": {
        "weighing": Badge(_("Weighing the orders"), "loader-circle", "prog"),
        "placing": Badge(_("Giving out the stock"), "loader-circle", "prog"),
        "done": Badge(_("Done"), "circle-check", "ok"),
        "asked": Badge(_("Stopped"), "circle-stop", "warn"),
        "error": Badge(_("Went wrong"), "circle-alert", "bad"),
    },
    "allocated": {
        "planned": Badge(_("To be served"), "circle-dot-dashed", "prog"),
        "served": Badge(_("Served"), "circle-check", "ok"),
        "skipped": Badge(_("Changed meanwhile"), "triangle-alert", "warn"),
        "left": Badge(_("Left waiting"), "hourglass"),
    },
    "import": {
        "reading": Badge(_("Reading the file"), "loader-circle", "prog"),
        "unreadable": Badge(_("Not readable"), "file-x", "bad"),
        "mapping": Badge(_("Columns to choose"), "columns-3", "warn"),
        "checking": Badge(_("Checking"), "loader-circle", "prog"),
        "checked": Badge(_("Checked"), "list-checks", "info"),
        "running": Badge(_("Importing"), "loader-circle", "prog"),
        "stopped": Badge(_("Stopped"), "circle-stop", "warn"),
        "done": Badge(_("Imported"), "circle-check", "ok"),
    },
    "import_kind": {
        "products": Badge(_("Products"), "tag"),
        "stock": Badge(_("Stock"), "warehouse"),
        "locations": Badge(_("Locations"), "map-pin"),
        "customers": Badge(_("Customers"), "users"),
        "orders": Badge(_("Orders"), "inbox"),
    },
    "key": {
        "active": Badge(_("Active"), "circle-check", "ok"),
        "expired": Badge(_("Expired"), "clock"),
        "revoked": Badge(_("Revoked"), "ban"),
    },
    "delivery": {
        "pending": Badge(_("Waiting"), "clock", "warn"),
        "delivered": Badge(_("Delivered"), "circle-check", "ok"),
        "dead": Badge(_("Given up"), "circle-x", "bad"),
    },
    "message": {
        "pending": Badge(_("Waiting"), "clock", "warn"),
        "sent": Badge(_("Sent"), "circle-check", "ok"),
        "skipped": Badge(_("Not sent"), "minus"),
        "dead": Badge(_("Given up"), "circle-x", "bad"),
    },
    "campaign": {
        "draft": Badge(pgettext_lazy("campaign", "Draft"), "pencil"),
        "sending": Badge(pgettext_lazy("campaign", "Being sent"), "send", "prog"),
        "sent": Badge(pgettext_lazy("campaign", "Sent"), "circle-check", "ok"),
        "stopped": Badge(pgettext_lazy("campaign", "Stopped"), "circle-stop", "warn"),
    },
    "told": {
        "received": Badge(_("Order received"), "inbox"),
        "on_the_way": Badge(_("On the way"), "truck"),
        "delivered": Badge(_("Delivered"), "package-check"),
        "refunded": Badge(_("Refunded"), "banknote"),
        "return_requested": Badge(_("Return asked for"), "undo-2"),
        "return_accepted": Badge(_("Return accepted"), "circle-check"),
        "return_rejected": Badge(_("Return not accepted"), "circle-x"),
        "back_in_stock": Badge(_("Back in stock"), "bell-ring"),
        "campaign": Badge(_("Campaign"), "megaphone"),
        "campaign_test": Badge(_("Test of a campaign"), "megaphone"),
        "mentioned": Badge(_("Mention by a colleague"), "at-sign"),
        "purchase_order": Badge(_("Purchase order"), "factory"),
        "purchase_cancelled": Badge(_("Purchase order cancelled"), "ban"),
    },
    "role": {
        "admin": Badge(_("Admin"), "shield-check", "info"),
        "manager": Badge(_("Manager"), "briefcase-business"),
        "agent": Badge(_("Agent"), "headset"),
        "warehouse": Badge(pgettext_lazy("role", "Warehouse"), "warehouse"),
    },
    "place": {
        "warehouse": Badge(pgettext_lazy("place", "Warehouse"), "warehouse"),
        "store": Badge(_("Store"), "store"),
        "third_party": Badge(_("Third party"), "handshake"),
        "supplier": Badge(pgettext_lazy("place", "Supplier"), "factory"),
    },
    "rule": {
        "on": Badge(_("Active"), "circle-check", "ok"),
        "later": Badge(_("Not yet"), "clock", "info"),
        "over": Badge(_("Over"), "clock"),
        "off": Badge(_("Off"), "circle-off"),
    },
    "active": {
        "True": Badge(_("Active"), "circle-check", "ok"),
        "False": Badge(_("Off"), "circle-off"),
    },
}

UNKNOWN = Badge("", "circle-question-mark")


def badge(kind: str, value: object) -> Badge:
    """How a state looks. A state nobody described shows its own word rather than nothing."""
    known = BADGES.get(kind, {}).get(str(value))
    return known or Badge(str(value).replace("_", " ").capitalize(), UNKNOWN.icon)
