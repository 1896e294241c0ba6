"""Routing rules on their pages: written, asked in order, tried without being kept."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from fulfillment import replaying, strategies
from fulfillment.models import RoutingReplay, RoutingRuleVersion
from oms.backoffice.settings import replay_figures
from oms.core.models import Event, User
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

RULE = {
    "name": "Riyadh first",
    "enabled": "on",
    "tags": "vip، gold",
    "value_from": "١٠٠",
    "currency": "SAR",
    "kind": "lexicographic",
    "objective_0": "priority",
    "objective_1": "cost",
}


@pytest.fixture
def client() -> Client:
    user = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="manager")
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50, name="Riyadh")
    shop.location("JED", priority=90, name="Jeddah")
    shop.product("TEE", RUH=10, JED=10)
    road.add_rate()
    road.add_rate(base="5.00", **{"from": ["JED"]})
    return road.open_shop()


def test_a_rule_is_kept_and_each_change_is_a_version(client: Client) -> None:
    assert client.post("/settings/routing/new/", RULE).status_code == 302
    (rule,) = strategies.current()
    assert (rule.name, rule.aim.objectives, rule.version) == ("Riyadh first", ["priority", "cost"], 1)
    assert (rule.conditions.tags, rule.conditions.value_from, rule.conditions.currency) == (
        ["vip", "gold"],
        "100",
        "SAR",
    )
    path = f"/settings/routing/{rule.rule_id}/"
    assert (
        client.post(path, RULE | {"was": "1", "kind": "weighted", "weight_per_km": "0.5"}).status_code == 302
    )
    stale = client.post(path, RULE | {"was": "1"})
    assert (stale.status_code, RoutingRuleVersion.objects.count()) == (422, 2)
    (rule,) = strategies.current()
    assert (rule.version, rule.aim.weights) == (2, {"per_km": "0.5"})
    shown = client.get(path).content.decode()
    assert "Each kilometre" in shown
    assert client.post(f"{path}remove/").status_code == 302
    assert strategies.current() == []
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "routing_rule.added",
        "routing_rule.changed",
        "routing_rule.removed",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"objective_0": "", "objective_1": ""}, "objective_0"),
        ({"countries": "SA, XX"}, "countries"),
        ({"valid_from": "2026-12-01T00:00", "valid_until": "2026-11-01T00:00"}, "valid_until"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(client: Client, change: dict[str, str], field: str) -> None:
    answer = client.post("/settings/routing/new/", RULE | change)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not RoutingRuleVersion.objects.exists()


def test_trying_shows_both_outcomes_and_keeps_nothing(client: Client, web: road.Shop) -> None:
    order = web.routed(("TEE", 2))
    shop.product("TEE", RUH=0)
    form = RULE | {"tags": "", "value_from": "", "name": ""}
    tried = client.post("/settings/routing/try/", form | {"try_order": order["number"]}).context["tried"]
    assert (tried.now.places, tried.then.places, tried.hit) == (("JED",), ("RUH",), True)
    tried = client.post("/settings/routing/try/", form | {"tags": "vip"}).context["tried"]
    assert (tried.then.places, tried.hit) == (("JED",), False)
    basket = {"try_basket": "TEE x ٢", "try_country": "SA", "try_city": "Riyadh"}
    tried = client.post("/settings/routing/try/", form | basket).context["tried"]
    assert (tried.now.places, tried.then.places) == (("JED",), ("JED",))
    for wrong in ({"try_order": "99"}, {"try_basket": "NO", "try_country": "SA"}, {"try_basket": "TEE"}):
        assert client.post("/settings/routing/try/", form | wrong).context["tried"] is None
    assert not RoutingRuleVersion.objects.exists()


def test_a_rule_is_replayed_from_its_editor_and_the_sides_are_compared(
    client: Client, web: road.Shop
) -> None:
    order = web.routed(("TEE", 2))
    form = RULE | {"tags": "", "value_from": "", "name": "Riyadh first"}
    begun = client.post("/settings/routing/replays/new/", form)
    replay = RoutingReplay.objects.get()
    assert begun["Location"] == f"/settings/routing/replays/{replay.pk}/"
    assert client.get(begun["Location"]).context["running"] is True
    replaying.work_off()
    shown = client.get(begun["Location"])
    figures = {figure.name: figure for figure in shown.context["figures"]}
    assert figures["Carriers and packing (SAR)"].better is False
    assert [(load.name, load.was, load.then) for load in shown.context["loads"]] == [
        ("Jeddah", 1, 0),
        ("Riyadh", 0, 1),
    ]
    assert order["number"] in shown.content.decode()
    window = {"rules": "parcels", "since": "2026-01-01", "until": "2025-01-01"}
    assert client.post("/settings/routing/replays/new/", window).status_code == 422
    assert client.post("/settings/routing/replays/new/", window | {"until": "2026-12-31"}).status_code == 302
    assert "Riyadh first" in client.get("/settings/routing/replays/").content.decode()
    assert not RoutingRuleVersion.objects.exists()


def test_a_replay_is_drawn_by_days_and_a_long_one_by_weeks() -> None:
    def window(count: int) -> dict[str, Any]:
        first = date(2026, 1, 1)
        days = {
            first + timedelta(days=n): {"sent": 2, "was": "40", "then": str(20 + n)} for n in range(count)
        }
        return {"days": {day.isoformat(): sums for day, sums in days.items()}}

    drawn = replay_figures.days(window(3))
    assert drawn is not None
    assert drawn.scale == (30, 15, 0)
    assert [(bar.first.day, bar.was_height > bar.then_height) for bar in drawn.bars] == [
        (1, True),
        (2, True),
        (3, True),
    ]
    weeks = replay_figures.days(window(60))
    assert weeks is not None
    assert (len(weeks.bars), weeks.bars[1].first, weeks.bars[1].last) == (
        9,
        date(2026, 1, 8),
        date(2026, 1, 14),
    )
    assert replay_figures.days(window(1)) is None
    assert replay_figures.days({}) is None
