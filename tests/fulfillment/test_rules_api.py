"""Routing rules written through the API: dated, versioned, judged as on the page; past orders replayed under others."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from fulfillment import replaying
from fulfillment.models import RoutingReplay, RoutingRuleVersion
from oms.core.models import Event
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

NEAREST = {"kind": "lexicographic", "objectives": ["distance", "cost"]}
UNKNOWN = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def company() -> shop.Api:
    shop.channel("web")
    return shop.api(None)


def rule(**facts: Any) -> dict[str, Any]:
    return {
        "name": "Nearest in Saudi Arabia",
        "conditions": {"countries": ["SA"]},
        "strategy": NEAREST,
    } | facts


def test_a_rule_is_added_and_each_change_is_a_version(company: shop.Api) -> None:
    begins = "2027-01-01T00:00:00Z"
    answer = company.post("routing-rules/", rule(valid_from=begins))
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "id": made["id"],
        "name": "Nearest in Saudi Arabia",
        "version": 1,
        "enabled": True,
        "default": False,
        "valid_from": begins,
        "valid_until": None,
        "conditions": {"countries": ["SA"]},
        "strategy": NEAREST,
    }
    assert answer["Location"].endswith(f"/routing-rules/{made['id']}/")
    assert company.get(answer["Location"]).json() == made

    versions = f"routing-rules/{made['id']}/versions/"
    changed = company.post(versions, rule(enabled=False, after=1))
    assert (changed.status_code, changed.json()["version"], changed.json()["enabled"]) == (201, 2, False)
    late = company.post(versions, rule(after=1))
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert [(one["version"], one["enabled"]) for one in company.get(versions).json()["data"]] == [
        (2, False),
        (1, True),
    ]
    assert [one["version"] for one in company.get("routing-rules/").json()["data"]] == [2]

    assert company.delete(f"routing-rules/{made['id']}/").status_code == 204
    assert company.get("routing-rules/").json()["data"] == []
    assert [
        call.status_code
        for call in (company.delete(f"routing-rules/{made['id']}/"), company.post(versions, rule()))
    ] == [404, 404]
    assert len(company.get(versions).json()["data"]) == 2
    kinds = (
        Event.objects.filter(kind__startswith="routing_rule.").order_by("id").values_list("kind", flat=True)
    )
    assert list(kinds) == ["routing_rule.added", "routing_rule.changed", "routing_rule.removed"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": "  "}, "/name", "required"),
        ({"conditions": {"countries": ["XX"]}}, "/conditions/countries/0", "invalid"),
        ({"conditions": {"channels": ["moon"]}}, "/conditions/channels/0", "unknown_channel"),
        ({"conditions": {"value_from": "10"}}, "/conditions/currency", "required"),
        ({"conditions": {"weather": "rain"}}, "/conditions/weather", "unknown_field"),
        ({"strategy": {"kind": "lexicographic"}}, "/strategy", "invalid"),
        ({"strategy": {"weights": {"beauty": "1"}}}, "/strategy", "invalid"),
        (
            {"valid_from": "2027-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"},
            "/valid_until",
            "invalid",
        ),
        ({"valid_from": "2027-01-01T00:00:00"}, "/valid_from", "invalid"),
        ({"default": True}, "/conditions", "invalid"),
    ],
)
def test_what_the_page_refuses_the_api_refuses(
    company: shop.Api, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = company.post("routing-rules/", rule(**change))
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (400, pointer, code)
    assert not RoutingRuleVersion.objects.exists()
    assert not Event.objects.filter(kind__startswith="routing_rule.").exists()


def test_rules_change_places_and_there_is_one_default(company: shop.Api) -> None:
    first, second = (company.post("routing-rules/", rule(name=name)).json() for name in ("First", "Second"))
    default = {"name": "Otherwise", "default": True}
    assert company.post("routing-rules/", default).status_code == 201
    again = company.post("routing-rules/", default)
    assert (again.status_code, again.json()["code"]) == (409, "default_exists")
    moved = company.post(f"routing-rules/{second['id']}/moves/", {"way": "up"})
    assert (moved.status_code, [one["name"] for one in moved.json()]) == (
        201,
        ["Second", "First", "Otherwise"],
    )
    assert company.post(f"routing-rules/{first['id']}/moves/", {"way": "sideways"}).status_code == 400
    assert company.post(f"routing-rules/{UNKNOWN}/moves/", {"way": "up"}).status_code == 404


def test_reading_needs_a_scope_and_writing_another() -> None:
    shop.channel("web")
    reader = shop.api(None, "rates:read")
    assert reader.get("routing-rules/").status_code == 200
    assert reader.post("routing-rules/", rule()).status_code == 403
    assert reader.post("routing-replays/", {}).status_code == 403
    assert shop.api(None, "orders:read").get("routing-replays/").status_code == 403


def test_past_orders_are_replayed_under_given_rules(web: road.Shop) -> None:
    road.add_rate(base="4.00", **{"from": ["JED"]})
    for _ in range(2):
        web.routed(("TEE", 1))
    company, now = shop.api(None), timezone.now()
    window = {
        "since": (now - timedelta(days=1)).isoformat(),
        "until": (now + timedelta(minutes=1)).isoformat(),
    }
    by_priority = {
        "name": "All",
        "default": True,
        "strategy": {"kind": "lexicographic", "objectives": ["priority"]},
    }
    answer = company.post("routing-replays/", {"name": "By priority", "rules": [by_priority], **window})
    assert (answer.status_code, answer.json()["state"], answer.json()["total"]) == (201, "running", 2)
    replaying.work_off()
    done = company.get(answer["Location"]).json()
    assert (done["state"], done["done"], done["changed"]) == ("done", 2, 2)
    assert [done[side]["load"] for side in ("was", "then")] == [{"JED": 2}, {"RUH": 2}]
    assert [done[side]["cost"]["amount"] for side in ("was", "then")] == ["16.00", "32.00"]
    assert [one["name"] for one in company.get("routing-replays/").json()["data"]] == ["By priority"]
    again = company.post("routing-replays/", {"name": "Today's", **window}).json()
    assert company.delete(f"routing-replays/{again['id']}/").status_code == 204
    assert company.get(f"routing-replays/{again['id']}/").json()["state"] == "stopped"
    wrong = company.post(
        "routing-replays/", {"name": "x", **window, "rules": [by_priority | {"conditions": {"tags": ["a"]}}]}
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/rules/0/conditions")
    assert company.get(f"routing-replays/{UNKNOWN}/").status_code == 404
    assert RoutingReplay.objects.count() == 2
