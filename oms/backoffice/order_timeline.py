"""An order's history in plain words, by day and newest first: comments stand out, what the system did is quiet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from fulfillment.carriers.names import carrier_name
from oms.backoffice import timeline_picks
from oms.backoffice.hold_notes import hold_note
from oms.backoffice.mention_words import marked
from oms.backoffice.order_reading import Seen
from oms.backoffice.timeline_looks import LOOKS
from oms.backoffice.timeline_picks import number_of
from oms.core import badges, display, reading
from oms.core.models import Event
from oms.core.people import who
from oms.core.reading import figure
from orders.models import Order

Words = tuple[str, str]  # what happened, and what more there is to say


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the history, as templates/_timeline.html shows it; `comment` is the id of the one it tells.

    `since`: when what the line sums up began; `at` is its end.
    """

    at: datetime
    icon: str
    tone: str
    title: str
    text: str = ""
    actor: str = ""
    comment: str = ""
    quiet: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    items: list[Item]


def days(seen: Seen) -> list[Day]:
    """The history on the reader's clocks. What one person picks of a parcel, piece by piece, is one line a day."""
    items = [
        _line(run, seen)
        for run in (list(run) for _key, run in groupby(seen.events, key=timeline_picks.line_of))
    ]
    return [
        Day(day, list(of_day))
        for day, of_day in groupby(items, key=lambda item: timezone.localtime(item.at).date())
    ]


def _line(run: Sequence[Event], seen: Seen) -> Item:
    item = told(run[0], seen)
    if len(run) == 1:
        return item
    title, text = timeline_picks.together(run, seen)
    return replace(item, title=title, text=text, since=timeline_picks.began(run))


def told(event: Event, seen: Seen) -> Item:
    """One event in the reader's language. A kind nobody described shows its own name rather than nothing."""
    actor = who(event.actor, seen.people)
    comment = seen.comments.get(str(event.data.get("comment", "")))
    if comment is not None:
        return Item(
            event.at,
            "message-square",
            "",
            "",
            marked(comment.text, seen.people),
            actor,
            comment=str(comment.pk),
        )
    icon, tone = LOOKS.get(event.kind, ("circle", ""))
    say = SAYINGS.get(event.kind, _plain)
    title, text = say(event.data, seen, event)
    by_hand = event.actor.startswith("staff:")
    return Item(event.at, icon, tone, title, text, actor, quiet=not by_hand and not tone)


FIELDS: dict[str, str | Promise] = {
    "note": gettext_lazy("Note changed"),
    "gift_message": gettext_lazy("Gift message changed"),
    "tags": gettext_lazy("Tags changed"),
    "shipping_address": gettext_lazy("Address corrected"),
    "metadata": gettext_lazy("Channel's data changed"),
}

TAGS: dict[str, str | Promise] = {
    "tags_added": gettext_lazy("Added: %(tags)s"),
    "tags_removed": gettext_lazy("Removed: %(tags)s"),
}

PARCEL: dict[str, str | Promise] = {
    "shipment.created": gettext_lazy("Parcel %(parcel)s planned"),
    "shipment.released": gettext_lazy("Parcel %(parcel)s released to the warehouse"),
    "shipment.packed": gettext_lazy("Parcel %(parcel)s packed"),
    "shipment.labelled": gettext_lazy("Parcel %(parcel)s labelled"),
    "shipment.handed_over": gettext_lazy("Parcel %(parcel)s handed over"),
    "shipment.in_transit": gettext_lazy("Parcel %(parcel)s is in transit"),
    "shipment.out_for_delivery": gettext_lazy("Parcel %(parcel)s is out for delivery"),
    "shipment.ready_for_pickup": gettext_lazy("Parcel %(parcel)s is ready for pickup"),
    "shipment.delivered": gettext_lazy("Parcel %(parcel)s delivered"),
    "shipment.cancelled": gettext_lazy("Parcel %(parcel)s cancelled"),
    "shipment.changed": gettext_lazy("Parcel %(parcel)s takes in items of another"),
    "shipment.rejected": gettext_lazy("The location refused parcel %(parcel)s"),
}

REJECTIONS: dict[str, str | Promise] = {
    "not_found": gettext_lazy("The items are not there"),
    "damaged": gettext_lazy("The items are damaged"),
    "no_capacity": gettext_lazy("Too much to do"),
    "closed": gettext_lazy("Closed"),
    "other": gettext_lazy("Another reason"),
}

CAUSES: dict[str, str | Promise] = {
    "staff": gettext_lazy("Items are sent from elsewhere"),
    "delay": gettext_lazy("Items are sent from elsewhere, to keep the promise"),
}

INCIDENTS: dict[str, str | Promise] = {
    "short_pick": gettext_lazy("Items of parcel %(parcel)s were not found while picking"),
    "delayed": gettext_lazy("Parcel %(parcel)s is delayed"),
    "held_by_carrier": gettext_lazy("The carrier holds parcel %(parcel)s back"),
    "delivery_failed": gettext_lazy("Parcel %(parcel)s could not be delivered"),
    "returning": gettext_lazy("Parcel %(parcel)s is on its way back to us"),
    "returned_to_sender": gettext_lazy("Parcel %(parcel)s came back to us"),
    "lost": gettext_lazy("Parcel %(parcel)s is lost"),
    "unknown": gettext_lazy(
        "The carrier reports something about parcel %(parcel)s that we do not understand"
    ),
}

RETURN: dict[str, str | Promise] = {
    "return.requested": gettext_lazy("Return %(number)s asked for"),
    "return.accepted": gettext_lazy("Return %(number)s accepted"),
    "return.rejected": gettext_lazy("Return %(number)s not accepted"),
    "return.labelled": gettext_lazy("Return %(number)s got its label"),
    "return.received": gettext_lazy("Return %(number)s received"),
    "return.inspected": gettext_lazy("Return %(number)s inspected"),
    "return.photographed": gettext_lazy("Photos added to return %(number)s"),
    "return.reimbursed": gettext_lazy("Return %(number)s settled"),
}

PAYMENT: dict[str, str | Promise] = {
    "payment.authorized": gettext_lazy("%(amount)s authorised"),
    "payment.captured": gettext_lazy("%(amount)s received"),
    "payment.refunded": gettext_lazy("%(amount)s refunded"),
    "payment.voided": gettext_lazy("Authorisation of %(amount)s released"),
}

METHODS: dict[str, str | Promise] = {
    "card": gettext_lazy("Card"),
    "cod": gettext_lazy("Cash on delivery"),
    "bank": gettext_lazy("Bank transfer"),
    "cheque": gettext_lazy("Cheque"),
    "wallet": gettext_lazy("Wallet"),
    "store_credit": gettext_lazy("Store credit"),
}


def _plain(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    return event.kind.replace(".", " ").replace("_", " ").capitalize(), ""


def _placed(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    return _("Order placed"), seen.order.channel.name


def _checked(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    return _("Address, payment and duplicates checked"), ""


def _held(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    note = hold_note(seen.hold_notes.get(str(data.get("hold", "")), ""), seen.decision)
    return _("Order put on hold"), " · ".join(filter(None, [reason_of(data), display.isolated(note)]))


def _released(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    return _("Hold released"), reason_of(data)


def reason_of(data: Mapping[str, Any]) -> str:
    return str(badges.badge("hold", data.get("reason", "")).text)


def _changed(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    fields = [str(FIELDS.get(field, field)) for field in data.get("fields", [])]
    comma = display.comma(get_language() or "en")
    more = [
        str(words) % {"tags": f"{comma} ".join(display.isolated(tag) for tag in tags)}
        for key, words in TAGS.items()
        if (tags := data.get(key))
    ]
    return (fields[0] if fields else _("Order changed")), " · ".join([*fields[1:], *more])


def _important(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    reasons = [str(badges.badge("importance", each).text) for each in data.get("reasons", [])]
    return (_("Important") if reasons else _("No longer important")), " · ".join(reasons)


def _allocated(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    places = [seen.places.get(code, code) for code in data.get("locations", [])]
    if len(places) > 1:
        title = ngettext(
            "Order split over %(count)s location", "Order split over %(count)s locations", len(places)
        )
        return title % {"count": figure(len(places))}, " · ".join(places)
    return _("Sent to be prepared at %(place)s") % {"place": display.isolated("".join(places))}, ""


def _backordered(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    units = sum(data.get("lines", {}).values())
    return (
        ngettext("%(units)s item waits for stock", "%(units)s items wait for stock", units)
        % {"units": figure(units)},
        "",
    )


def _filled(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    units = sum(data.get("lines", {}).values())
    said = ngettext("Stock came for %(units)s item", "Stock came for %(units)s items", units)
    return said % {"units": figure(units)}, ""


def _rescheduled(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    days = [date.fromisoformat(day) for day in data.get("lines", {}).values() if day]
    if not days:
        return _("When the missing stock comes is not known any more"), ""
    shown = display.day_for(max(days), get_language() or "en", calendar=reading.reader().calendar)
    return _("The missing stock is expected on %(day)s") % {"day": shown}, ""


def _cancelled(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    lines = data.get("cancelled", [])
    text = " · ".join(f"{figure(line['quantity'])} × {display.isolated(line['sku'])}" for line in lines)
    if data.get("whole"):
        return _("Order cancelled"), text
    units = sum(line["quantity"] for line in lines)
    return (
        ngettext("%(units)s item cancelled", "%(units)s items cancelled", units) % {"units": figure(units)},
        text,
    )


def _paid(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    amount = money(Decimal(str(data.get("amount", "0"))), seen.order)
    return str(PAYMENT[event.kind]) % {"amount": amount}, method(str(data.get("method", "")))


def _parcel(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    text = ""
    if event.kind == "shipment.rejected":
        place = seen.places.get(data.get("location", ""), str(data.get("location", "")))
        text = " · ".join((place, str(REJECTIONS.get(str(data.get("reason")), ""))))
    elif event.kind == "shipment.created":
        text = seen.places.get(data.get("location", ""), str(data.get("location", "")))
    elif event.kind in ("shipment.handed_over", "shipment.labelled"):
        text = carrier_name(str(data.get("carrier", "")))
    elif event.kind == "shipment.packed" and data.get("packages"):
        boxes = int(data["packages"])
        text = ngettext("%(boxes)s box", "%(boxes)s boxes", boxes) % {"boxes": figure(boxes)}
    return str(PARCEL[event.kind]) % {"parcel": number_of(event)}, text


def _rerouted(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    told = []
    for line in data.get("lines", []):
        here, there = (seen.places.get(code, code) for code in (line.get("from"), line.get("to")))
        # Translators: so many of an item go from one location to another.
        told.append(
            _("%(units)s × %(sku)s: %(here)s to %(there)s")
            % {
                "units": figure(line["quantity"]),
                "sku": display.isolated(line["sku"]),
                "here": display.isolated(str(here)),
                "there": display.isolated(str(there)),
            }
        )
    return str(CAUSES.get(str(data.get("cause")), CAUSES["staff"])), " · ".join(told)


def _exception(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    code = str(data.get("code") or data.get("incident") or "unknown")
    text = " · ".join(
        f"{figure(one['quantity'])} × {display.isolated(one['sku'])}" for one in data.get("missing", [])
    )
    return str(INCIDENTS.get(code, INCIDENTS["unknown"])) % {"parcel": number_of(event)}, text


def _return(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    text = ""
    if event.kind == "return.requested" and data.get("quantity"):
        units = int(data["quantity"])
        text = ngettext("%(units)s item", "%(units)s items", units) % {"units": figure(units)}
    return str(RETURN[event.kind]) % {"number": number_of(event)}, text


def _invoiced(data: Mapping[str, Any], seen: Seen, event: Event) -> Words:
    words = (
        _("Credit note %(number)s issued")
        if data.get("kind") == "credit_note"
        else _("Invoice %(number)s issued")
    )
    return words % {"number": number_of(event)}, money(Decimal(str(data.get("total", "0"))), seen.order)


Saying = Callable[[Mapping[str, Any], Seen, Event], Words]

SAYINGS: dict[str, Saying] = {
    "order.placed": _placed,
    "order.checked": _checked,
    "order.held": _held,
    "order.released": _released,
    "order.changed": _changed,
    "order.important": _important,
    "order.unimportant": _important,
    "order.allocated": _allocated,
    "order.backordered": _backordered,
    "order.backorder_filled": _filled,
    "order.rescheduled": _rescheduled,
    "order.rerouted": _rerouted,
    "order.cancelled": _cancelled,
    "order.edited": _cancelled,
    "invoice.issued": _invoiced,
    "shipment.picking": timeline_picks.picked,
    "shipment.picked": timeline_picks.picked,
    "shipment.exception": _exception,
    **dict.fromkeys(PAYMENT, _paid),
    **dict.fromkeys(PARCEL, _parcel),
    **dict.fromkeys(RETURN, _return),
}


def method(code: str) -> str:
    """A way of paying by its name."""
    return str(METHODS.get(code, code))


def money(amount: Decimal, order: Order) -> str:
    language = get_language() or "en"
    written = display.money(amount, order.currency, language)
    return display.isolated(display.digits_for(written, language, reading.reader().digits))
