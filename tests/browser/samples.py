"""What the walk over every staff page opens: a small company, and for each address with parameters an object of it.

A new address with parameters needs one entry in SAMPLES; without it the walk fails and says so. Addresses of
documents that belong to one location are listed in LOCATED too: staff bound elsewhere must not find them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from fulfillment.models import Manifest, Shipment
from inventory.models import ChannelBuffer, Location, Product, StockLevel
from oms.backoffice.models import BulkJob
from oms.core.models import Channel, SavedView, User
from orders import commenting, noting
from orders.models import Customer, Mention, Order
from returns.models import Return
from tests.browser import (
    allocation_samples,
    campaign_samples,
    import_samples,
    settings_samples,
    stock_samples,
    supply_samples,
)
from tests.portal import road


@dataclass
class World:
    """Orders at each step, parcels at two locations, a return, stock; made once a test."""

    admin: User
    order: Order
    shipment: Shipment
    returned: Return
    product: Product
    location: Location
    elsewhere: Location
    customer: Customer
    view: SavedView
    job: BulkJob


Kwargs = Callable[[World], dict[str, Any]]

SAMPLES: dict[str, Kwargs] = {
    **allocation_samples.SAMPLES,
    **settings_samples.SAMPLES,
    **supply_samples.SAMPLES,
    "mention": lambda w: {"pk": Mention.objects.filter(user=w.admin).earliest("pk").pk},
    "list-columns": lambda w: {"name": "orders"},
    "list-view-save": lambda w: {"name": "orders"},
    "list-view-delete": lambda w: {"pk": w.view.pk},
    "order-detail": lambda w: {"ref": str(w.order.number)},
    **{
        f"order-{act}": lambda w: {"ref": str(w.order.number)}
        for act in (
            "address",
            "hold",
            "important",
            "release",
            "cancel",
            "cancel-items",
            "cancel-preview",
            "capture",
            "record-payment",
            "refund",
            "void",
            "notes",
            "tags",
            "comment",
            "return",
            "parcels-release",
        )
    },
    **{
        f"order-parcel-{act}": lambda w: {"ref": str(w.order.number), "number": w.shipment.number}
        for act in ("release", "label", "hand-over", "collected", "move")
    },
    **{
        name: lambda w: {"pk": w.job.pk}
        for name in ("order-job", "order-job-file", "order-job-dismiss", "order-job-stop")
    },
    **{
        f"shipment-{part}": lambda w: {"ref": w.shipment.number}
        for part in ("detail", "release", "reject", "handover", "scan", "papers")
    },
    "order-invoice": lambda w: {"ref": str(w.order.number), "number": "INV-2026-000001"},
    "shipment-paper": lambda w: {"ref": w.shipment.number, "kind": "label"},
    **{
        step: lambda w: {"ref": _parcel("picking")}
        for step in ("pick", "pick-scan", "pick-undo", "pick-short")
    },
    **{step: lambda w: {"ref": _parcel("packed")} for step in ("pack", "pack-boxes", "pack-label")},
    "manifest": lambda w: {"pk": Manifest.objects.get_or_create(location=w.location, actor="test")[0].pk},
    **{
        f"return-{act}": lambda w: {"ref": w.returned.number}
        for act in ("accept", "reject", "label", "label-pdf", "receive", "inspect", "refund", "preview")
    },
    "return-photo-add": lambda w: {"ref": w.returned.number},
    "return-photo": lambda w: {"ref": w.returned.number, "pk": w.returned.pk},
    "return-detail": lambda w: {"ref": w.returned.number},
    "import-template": lambda w: {"kind": "stock", "ending": "csv"},
    **{
        f"import-{step}": lambda w: {"pk": import_samples.checked(w.admin).pk}
        for step in ("detail", "check", "read-again", "columns", "start", "stop", "go-on", "refused")
    },
    **campaign_samples.SAMPLES,
    **{
        f"customer-{part}": lambda w: {"pk": w.customer.pk}
        for part in ("detail", "note", "tags", "reach", "marketing", "block", "trust", "clear")
    },
    "stock-level": lambda w: {"pk": level_of(w).pk},
    "stock-adjust": lambda w: {"pk": level_of(w).pk},
    "stock-buffer-drop": lambda w: {"pk": _buffer(w).pk},
    "stock-limits": lambda w: {"pk": level_of(w).pk},
    "reservation-release": lambda w: {"pk": w.order.pk},
    **{
        name: lambda w: {"uid": stock_samples.lot(w.product, w.location).uid}
        for name in ("lot-detail", "lot-quarantine", "lot-release", "lot-recall")
    },
    **{
        f"count-{act}": lambda w: {"number": stock_samples.counting(w.product, w.location).number}
        for act in ("enter", "submit", "cancel")
    },
    **{
        f"count-{act}": lambda w: {"number": stock_samples.to_approve(w.product, w.location).number}
        for act in ("detail", "approve", "send-back")
    },
    "closing-detail": lambda w: {"month": str(stock_samples.closing(w.product, w.location))},
    "product-detail": lambda w: {"sku": w.product.sku},
    "product-change": lambda w: {"sku": w.product.sku},
    "product-rush": lambda w: {"sku": w.product.sku},
}

# Of documents at World.location: 404 for warehouse staff bound to World.elsewhere.
LOCATED: set[str] = {
    *supply_samples.LOCATED,
    *(f"shipment-{part}" for part in ("detail", "release", "reject", "handover", "scan", "papers", "paper")),
    *("pick", "pick-scan", "pick-undo", "pick-short", "pack", "pack-boxes", "pack-label", "manifest"),
    "stock-level",
    "stock-adjust",
    *(f"lot-{act}" for act in ("detail", "quarantine", "release", "recall")),
    *(f"count-{act}" for act in ("detail", "enter", "submit", "cancel")),
    *(f"order-parcel-{act}" for act in ("release", "label", "hand-over", "collected")),
    *(f"return-{act}" for act in ("detail", "accept", "reject", "label", "label-pdf", "receive", "inspect")),
    *("return-preview", "return-photo-add", "return-photo"),
}

# Read-only addresses that answer with a file or a redirect: nothing to look at in a browser.
NOT_PAGES: set[str] = {
    *supply_samples.NOT_PAGES,
    "order-invoice",
    "return-scan",
    "return-label-pdf",
    "return-photo",
    "labels-pdf",
    "import-template",
    "import-refused",
    "manifest",
    "order-jobs",
    "order-job-file",
    "pick-next",
    "shipment-open",
    "shipment-paper",
    "shipment-papers",
    "campaign-preview",
    "colleagues",
    "mention",
    "mfa_download_recovery_codes",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_deactivate_totp",
    "mfa_activate_totp",
}


def level_of(company: World) -> StockLevel:
    """The stock of its product at its location."""
    return StockLevel.objects.get(product=company.product, location=company.location)


def _parcel(state: str) -> str:
    return str(Shipment.objects.filter(state=state).order_by("number")[0].number)


def world() -> World:
    """Everything written as rows, at the hour `tests.portal.road` knows."""
    admin = User.objects.create_user(
        "noor", "noor@example.com", "relay-demo-2026", role="admin", first_name="Noor", last_name="Aziz"
    )
    told = road.in_two_parcels()
    done = road.delivered(number=20480)
    asked = done.asked_back("MUG-STN-350")
    done.asked_back("HPH-WL-900", reception="received", acceptance="accepted")
    _queues()
    _attention()
    _mentions(admin, told.order)
    product = told.lines["HPH-WL-900"].product
    location = Location.objects.get(code="DXB")
    elsewhere = Location.objects.create(
        code="RUH", name="Riyadh DC", kind="warehouse", address={"country": "SA", "city": "Riyadh"}
    )
    for at, product_on_hand in ((location, 40), (elsewhere, 0)):
        for one in Product.objects.all():
            StockLevel.objects.create(product=one, location=at, on_hand=product_on_hand, safety=1)
    supply_samples.fill(location)
    allocation_samples.fill()
    campaign_samples.fill(told.order.customer)
    return World(
        admin,
        told.order,
        told.order.shipments.order_by("number").last(),
        asked,
        product,
        location,
        elsewhere,
        told.order.customer,
        SavedView.objects.create(owner=admin, listing="orders", name="Dubai", query="country=AE"),
        _job(admin, told.order),
    )


def _job(admin: User, order: Order) -> BulkJob:
    """An export that is over, one order of it refused."""
    job = BulkJob.objects.create(
        kind="export",
        asked_by=admin,
        selection={"keys": [], "everything": True, "state": ""},
        options={"format": "csv"},
        total=20,
        position=20,
        failed=1,
        finished_at=order.placed_at,
        file=b"Order\r\n10001\r\n",
        filename="orders-2026-11-23.csv",
    )
    job.failures.create(row_id=order.pk, number=order.number, code="error")
    return job


def _queues() -> None:
    """A few orders and parcels at each step, so that no list is empty."""
    steps = [
        ("placed", "placed", ""),
        ("held", "placed", ""),
        ("backordered", "backordered", ""),
        ("allocated", "allocated", "planned"),
        ("allocated", "allocated", "released"),
        ("partially_picked", "allocated", "picking"),
        ("packed", "packed", "packed"),
        ("packed", "packed", "labelled"),
        ("shipped", "shipped", "in_transit"),
    ]
    names = ["Khalid Mansour", "Layla Haddad", "Omar Al-Farsi", "Fatima Zahra", "Wei Zhang"]
    for place, (stage, far, parcel) in enumerate(steps):
        told = road.order(
            far=far,
            number=20490 + place,
            stage=stage,
            customer_name=names[place % len(names)],
            placed_at=road.PLACED - timedelta(hours=5 * place),
            payment_status="paid" if place % 3 else "unpaid",
            paid=Decimal("305.00") if place % 3 else Decimal(0),
            tags=["VIP"] if place % 4 == 0 else [],
        )
        if stage == "held":
            told.hold("risk")
        if parcel:
            told.parcel(*road.UNITS, state=parcel, number=f"35128840{place:04d}")


def _mentions(admin: User, order: Order) -> None:
    """A colleague calls on the reader, in a comment and in a note."""
    User.objects.create_user("sami", role="agent", first_name="Sami", last_name="Haddad")
    commenting.comment(order, "@noor the courier asks for the gate code.", actor="staff:sami")
    noting.note(order.customer, "@noor she prefers calls after five.", actor="staff:sami")


def _attention() -> None:
    """A parcel that is late, one that has to leave soon; an order that is stuck, an important one."""
    Shipment.objects.filter(order__number=20493).update(ship_by=road.NOW - timedelta(hours=3))
    Shipment.objects.filter(order__number=20495).update(ship_by=road.NOW + timedelta(hours=2))
    Order.objects.filter(number=20491).update(stage_since=road.NOW - timedelta(hours=30))
    Order.objects.filter(number=20496).update(importance=["value"])


def _buffer(w: World) -> ChannelBuffer:
    channel = Channel.objects.order_by("pk").first() or Channel.objects.create(code="web", name="Web")
    return ChannelBuffer.objects.get_or_create(channel=channel, product=w.product, defaults={"units": 3})[0]
