"""Staff at work: each order goes as far as its fate says, one API call after another.

Every step looks at where the document is, so a run that was cut off goes on, and a second run finds nothing to do.
"""

from typing import Any

from channels.demo import dice, fates, sending_back
from channels.demo.baskets import Plan
from channels.demo.door import Door, Refused

# What makes a parcel reach a state, when no scan does.
STEPS = {"released": "releases", "handed_over": "handovers"}
PLACES = {"SA": "Riyadh hub", "AE": "Dubai hub", "KW": "Kuwait hub", "IR": "Tehran hub"}


def move(door: Door, plan: Plan, order: dict[str, Any]) -> None:
    """Take one order as far as it goes; `order` is its row as listed."""
    path = f"orders/{order['id']}/"
    fate = plan.fate
    if order["status"] == "cancelled":
        return
    if fate == "cancelled":
        door.post(path + "cancellations/", {"lines": None, "reason": "The customer changed their mind"})
        give_back(door, path)
        return
    if fate == "manual_hold" and order["stage"] in ("placed", "allocated"):
        if not order["holds"]:
            door.post(path + "holds/", {"reason": "manual", "note": "Call before sending"})
        return
    if fate == "cancelled_part":
        cancel_part(door, path, plan)
    if fate == "short_pick":
        pick_short(door, order)
    road = fates.road(fate)
    if road:
        move_parcels(door, order, road, fate)
    if road and road[-1] == "delivered":
        take_cash(door, path)
    if fate.startswith("return_"):
        sending_back.send_back(door, plan, order)


def give_back(door: Door, path: str) -> None:
    """What was paid for a cancelled order goes back the way it came."""
    for paid in door.get(path)["payments"]:
        if paid["kind"] == "capture":
            refund = {"kind": "refund", "method": paid["method"], "amount": paid["amount"]["amount"]}
            door.post(path + "payments/", refund | {"reference": paid["reference"]})


def cancel_part(door: Door, path: str, plan: Plan) -> None:
    """What the retailer's customer undid, as far as it has not left."""
    lines = door.get(path)["lines"]
    if any(line["cancelled"] or line["shipped"] for line in lines):
        return
    undone = dict(plan.undone)
    asked = []
    for line in lines:
        units = min(undone.get(line["sku"], 0), line["quantity"])
        if units:
            undone[line["sku"]] -= units
            asked.append({"id": line["id"], "quantity": units})
    if asked:
        door.post(path + "cancellations/", {"lines": asked, "reason": "Undone by the customer"})


def pick_short(door: Door, order: dict[str, Any]) -> None:
    """One unit is not on the shelf: the desk looks for it elsewhere."""
    parcels = list(door.rows("shipments/", order=order["id"]))
    if len(parcels) != 1 or parcels[0]["state"] not in ("planned", "released"):
        return
    path = f"shipments/{parcels[0]['id']}/"
    if parcels[0]["state"] == "planned":
        door.post(path + "releases/")
    found = [{"sku": line["sku"], "quantity": line["quantity"]} for line in parcels[0]["lines"]]
    found[0]["quantity"] -= 1
    door.post(path + "picks/", {"lines": [line for line in found if line["quantity"]], "short": True})


def move_parcels(door: Door, order: dict[str, Any], road: tuple[str, ...], fate: str) -> None:
    """Every parcel of the order along the road; now and then the second one lags behind."""
    parcels = sorted(door.rows("shipments/", order=order["id"]), key=lambda parcel: parcel["number"])
    for place, parcel in enumerate(parcels):
        # A courier in town drives straight to the door.
        straight = (
            road == fates.ROAD and parcel["state"] != "in_transit" and dice.number(3, parcel["number"], "way")
        )
        lags = (
            place > 0 and road == fates.ROAD and fate == "delivered" and dice.number(3, parcel["number"]) == 0
        )
        way = (
            fates.road("in_transit") if lags else tuple(s for s in road if s != "in_transit" or not straight)
        )
        try:
            move_parcel(door, order, parcel, way)
        except Refused as refused:
            # Someone held the order meanwhile: that is a state too.
            if refused.code != "on_hold":
                raise
    if fate == "delayed" and parcels:
        path = f"shipments/{parcels[0]['id']}/"
        events = door.rows(f"orders/{order['id']}/events/")
        if not any(event["type"] == "shipment.exception" for event in events):
            door.post(path + "scans/", {"code": "delayed", "incident": "weather", "place": place_of(order)})


def move_parcel(door: Door, order: dict[str, Any], parcel: dict[str, Any], road: tuple[str, ...]) -> None:
    if parcel["state"] not in road:
        return
    for state in road[road.index(parcel["state"]) + 1 :]:
        parcel = step(door, order, parcel, state)


def step(door: Door, order: dict[str, Any], parcel: dict[str, Any], state: str) -> dict[str, Any]:
    """One call that brings the parcel to the next state."""
    path = f"shipments/{parcel['id']}/"
    if state in STEPS:
        answer = door.post(path + STEPS[state] + "/")
    elif state in ("picking", "picked"):
        lines = [
            {"sku": line["sku"], "quantity": line["quantity"] - line["picked"]} for line in parcel["lines"]
        ]
        if state == "picking":
            # The picker is on the way: the first shelf, and of a lone shelf the half.
            lines = lines[:1] if len(lines) > 1 else [lines[0] | {"quantity": lines[0]["quantity"] // 2}]
        lines = [line for line in lines if line["quantity"]]
        answer = door.post(path + "picks/", {"lines": lines}) if lines else parcel
    elif state == "packed":
        box = {"length_mm": 300, "width_mm": 220, "height_mm": 140 + 20 * dice.number(8, parcel["number"])}
        answer = door.post(path + "packages/", {"packages": [box]})
    elif state == "labelled":
        answer = door.post(path + "labels/", {})
    else:
        answer = door.post(path + "scans/", {"code": state, "place": place_of(order)})
    return {**parcel, **answer} if answer.get("id") == parcel["id"] else parcel


def place_of(order: dict[str, Any]) -> str:
    return PLACES.get((order["shipping_address"] or {}).get("country", ""), "")


def take_cash(door: Door, path: str) -> None:
    """The courier brings the cash of most delivered orders; the rest still owes it."""
    order = door.get(path)
    promised = [paid for paid in order["payments"] if paid["method"] == "cod" and paid["kind"] == "pending"]
    owed = order["totals"]["balance"]["amount"]
    if (
        order["stage"] != "delivered"
        or not promised
        or float(owed) <= 0
        or dice.number(5, order["number"]) == 0
    ):
        return
    door.post(
        path + "payments/", {"kind": "capture", "method": "cod", "amount": owed, "reference": "courier"}
    )
