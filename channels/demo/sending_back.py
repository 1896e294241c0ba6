"""What the retailer's customers undid comes back: each return goes as far as its fate says."""

from typing import Any

from channels.demo import company, dice
from channels.demo.baskets import Plan
from channels.demo.door import Door

# How far each fate goes along the road back.
FAR = {
    "return_requested": 0,
    "return_rejected": 1,
    "return_accepted": 2,
    "return_received": 3,
    "return_inspected": 4,
    "return_partly": 5,
    "return_kept": 5,
    "return_credit": 5,
    "return_refunded": 5,
}
REASONS = ["changed_mind", "size", "not_as_described", "damaged", "wrong_item", "late", "defective"]
VERDICTS = [("restock", 70), ("damaged", 15), ("refurbish", 15)]
GRADES = {"restock": "A", "refurbish": "B", "damaged": "C"}


def send_back(door: Door, plan: Plan, order: dict[str, Any]) -> None:
    """Ask, decide, label, receive, inspect, pay: whatever is still missing up to the fate."""
    known = list(door.rows("returns/", order=order["id"]))
    returned = door.get(f"returns/{known[0]['id']}/") if known else request(door, plan, order)
    if returned is None:
        return
    path = f"returns/{returned['id']}/"
    far = FAR[plan.fate]
    if far >= 1 and returned["acceptance"] == "pending":
        no = plan.fate == "return_rejected"
        door.post(
            path + "approvals/",
            {"decision": "rejected", "note": "Worn and without its tag"} if no else {"decision": "accepted"},
        )
    if plan.fate == "return_rejected":
        return
    if plan.fate != "return_kept":
        take_in(door, path, plan, order, far)
    if far >= 5 and door.get(path)["reimbursement"] == "pending":
        kind = "store_credit" if plan.fate == "return_credit" else "refund"
        door.post(path + "reimbursements/", {"kind": kind})


def request(door: Door, plan: Plan, order: dict[str, Any]) -> dict[str, Any] | None:
    """Units undone in the source and delivered here; None when none of them was delivered."""
    undone = dict(plan.undone)
    lines = []
    for line in door.get(f"orders/{order['id']}/")["lines"]:
        units = min(undone.get(line["sku"], 0), line["delivered"] - line["returned"])
        if units > 0:
            undone[line["sku"]] -= units
            reason = dice.one_of(REASONS, plan.external_id, line["sku"])
            lines.append({"id": line["id"], "quantity": units, "reason": reason, "note": ""})
    if not lines:
        return None
    body = {
        "order": order["id"],
        "lines": lines,
        "method": "keep" if plan.fate == "return_kept" else "courier",
        "resolution": "store_credit" if plan.fate == "return_credit" else "refund",
    }
    answer: dict[str, Any] = door.post("returns/", body)
    return answer


def take_in(door: Door, path: str, plan: Plan, order: dict[str, Any], far: int) -> None:
    """Label, receipt and inspection."""
    returned = door.get(path)
    if far >= 2 and not returned["tracking_number"] and returned["reception"] == "awaiting":
        door.post(path + "labels/")
    home = company.HOME[order["shipping_address"]["country"]]
    if far >= 3 and returned["reception"] == "awaiting":
        came = [{"id": line["id"], "quantity": line["quantity"]} for line in returned["lines"]]
        if plan.fate == "return_partly":
            came = came[:-1] if len(came) > 1 else [came[0] | {"quantity": max(1, came[0]["quantity"] // 2)}]
        door.post(path + "receipts/", {"location": home, "lines": came})
        returned = door.get(path)
    if far >= 4:
        found = [judged(plan, line) for line in returned["lines"] if line["received"] > line["inspected"]]
        if found:
            door.post(path + "inspections/", {"lines": found})


def judged(plan: Plan, line: dict[str, Any]) -> dict[str, Any]:
    verdict = dice.weighted(VERDICTS, plan.external_id, line["sku"], "verdict")
    return {
        "id": line["id"],
        "quantity": line["received"] - line["inspected"],
        "grade": GRADES[verdict],
        "disposition": verdict,
    }
