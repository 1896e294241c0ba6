"""Locations through the API."""

from typing import Any

import pytest
from django.conf import settings

from oms.core.models import Event
from tests.inventory.conftest import RIYADH, Caller, errors_of

WAREHOUSE = {"code": "RUH-1", "name": "Riyadh 1", "kind": "warehouse", "address": RIYADH}


def test_a_location_needs_four_facts_and_fills_in_the_rest(caller: Caller) -> None:
    answer = caller.post("locations/", WAREHOUSE)
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"{settings.BASE_URL}/api/v1/locations/{body['id']}/"
    assert {k: v for k, v in body.items() if k != "id"} == {
        **WAREHOUSE,
        "capabilities": [],
        "priority": 100,
        "daily_capacity": None,
        "cutoff": "14:00",
        "timezone": "Asia/Riyadh",
        "working_days": [0, 1, 2, 3, 4, 5, 6],
        "active": True,
        "handling_cost": None,
        "closed_on": [],
        "ships_to": [],
    }
    assert Event.objects.filter(kind="location.added", subject="location/RUH-1").count() == 1
    for ref in (body["id"], "RUH-1"):
        again = caller.get(f"locations/{ref}/")
        assert again.json() == body
        assert again["ETag"] == answer["ETag"]
    assert caller.get("locations/RUH-1/", **{"If-None-Match": answer["ETag"]}).status_code == 304
    assert caller.get("locations/nowhere/").status_code == 404


def test_an_empty_hour_or_zone_is_the_usual_one(caller: Caller) -> None:
    body = caller.post("locations/", {**WAREHOUSE, "cutoff": "", "timezone": ""}).json()
    assert (body["cutoff"], body["timezone"]) == ("14:00", "Asia/Riyadh")


def test_a_code_is_taken_once(caller: Caller) -> None:
    caller.post("locations/", WAREHOUSE)
    again = caller.post("locations/", WAREHOUSE)
    assert again.status_code == 409
    assert again.json()["code"] == "duplicate_code"
    assert errors_of(again) == [("/code", "duplicate_code")]
    assert caller.get("locations/").json()["has_more"] is False


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"kind": "shed"}, "/kind", "invalid"),
        ({"code": "a\x07b"}, "/code", "invalid"),
        ({"code": ""}, "/code", "invalid"),
        ({"name": "a\x07b"}, "/name", "invalid"),
        ({"name": " "}, "/name", "invalid"),
        ({"priority": 10**30}, "/priority", "invalid"),
        ({"priority": "1"}, "/priority", "invalid"),
        ({"daily_capacity": -1}, "/daily_capacity", "invalid"),
        ({"cutoff": "25:00"}, "/cutoff", "invalid"),
        ({"timezone": "Mars/Olympus"}, "/timezone", "invalid"),
        ({"working_days": [7]}, "/working_days/", "invalid"),
        ({"working_days": [1, 1]}, "/working_days", "invalid"),
        ({"capabilities": ["a\x07"]}, "/capabilities/0", "invalid"),
        ({"address": {"line1": "x", "city": "y"}}, "/address/country", "required"),
        ({"address": RIYADH | {"line1": ""}}, "/address/line1", "invalid"),
        ({"address": RIYADH | {"latitude": 91}}, "/address/latitude", "invalid"),
        ({"address": RIYADH | {"zip": "1"}}, "/address/zip", "unknown_field"),
        ({"colour": "red"}, "/colour", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named(caller: Caller, change: dict[str, Any], pointer: str, code: str) -> None:
    answer = caller.post("locations/", WAREHOUSE | change)
    assert answer.status_code == 400
    [(found, found_code)] = errors_of(answer)
    assert found.startswith(pointer)
    assert found_code == code


def test_a_merge_patch_changes_what_it_names_and_needs_the_newest_etag(caller: Caller) -> None:
    first = caller.post("locations/", WAREHOUSE | {"daily_capacity": 10})
    path = f"locations/{first.json()['id']}/"
    assert caller.patch(path, {"priority": 5}).status_code == 428
    assert caller.patch(path, {"priority": 5}, **{"If-Match": '"old"'}).status_code == 412
    patch = {"priority": 5, "daily_capacity": None, "address": {"city": "Diriyah"}}
    answer = caller.patch(path, patch, **{"If-Match": first["ETag"]})
    assert answer.status_code == 200
    assert answer.json() == first.json() | {
        "priority": 5,
        "daily_capacity": None,
        "address": RIYADH | {"city": "Diriyah"},
    }
    assert caller.get(path).json() == answer.json()
    etag = answer["ETag"]
    assert errors_of(caller.patch(path, {"code": "X"}, **{"If-Match": etag})) == [("/code", "unknown_field")]
    assert errors_of(caller.patch(path, {"name": None}, **{"If-Match": etag})) == [("/name", "required")]
    assert (
        errors_of(caller.patch(path, {"address": {"city": ""}}, **{"If-Match": etag}))[0][0]
        == "/address/city"
    )


def test_pages_go_from_the_newest_to_the_oldest(caller: Caller) -> None:
    for n in range(5):
        caller.post("locations/", WAREHOUSE | {"code": f"L{n}"})
    seen, cursor = [], ""
    while cursor is not None:
        page = caller.get("locations/", {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["code"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert seen == ["L4", "L3", "L2", "L1", "L0"]
    for query in ({"limit": 0}, {"limit": 251}, {"limit": "x"}, {"cursor": "x"}, {"size": 3}):
        assert caller.get("locations/", query).status_code == 400
