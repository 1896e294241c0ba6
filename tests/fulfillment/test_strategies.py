"""Rules choose the strategy an order is routed by; a decision says which, and remembers what it saw."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from fulfillment import planning, remembering, ruling, strategies
from fulfillment.models import RoutingDecision, RoutingFacts, RoutingNetwork, RoutingRule, RoutingRuleVersion
from fulfillment.ruling import RuleForm
from fulfillment.strategies import About, Aim, Conditions, Rule
from oms.core.errors import IllegalMove, Invalid, PreconditionFailed
from oms.core.models import Event
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

NEAREST = Aim(kind="lexicographic", objectives=["priority", "cost"])


def write(name="Rule", aim=NEAREST, default=False, **conditions):
    form = RuleForm(name, Conditions(**conditions), aim)
    return ruling.add_rule(form, is_default=default, actor="staff:noor")


def test_the_first_rule_that_fits_is_asked():
    now = timezone.now()
    about = About("web", "SA", "express", ("vip",), Decimal(500), "SAR")
    rules = [
        Rule("off", Conditions(), NEAREST, enabled=False),
        Rule("later", Conditions(), NEAREST, valid_from=now + timedelta(hours=1)),
        Rule("over", Conditions(), NEAREST, valid_until=now),
        Rule("channel", Conditions(channels=["app"]), NEAREST),
        Rule("country", Conditions(countries=["AE"]), NEAREST),
        Rule("service", Conditions(services=["standard"]), NEAREST),
        Rule("tag", Conditions(tags=["gift"]), NEAREST),
        Rule("cheap", Conditions(value_to="500", currency="SAR"), NEAREST),
        Rule("dear", Conditions(value_from="500.01", currency="SAR"), NEAREST),
        Rule("dirham", Conditions(value_from="1", currency="AED"), NEAREST),
        Rule(
            "this", Conditions(channels=["web"], tags=["a", "vip"], value_from="500", currency="SAR"), NEAREST
        ),
        Rule("default", Conditions(), Aim(), is_default=True),
    ]
    chosen = strategies.choose(rules, about, now)
    assert (chosen.rule.name, chosen.strategy.kind, chosen.strategy.objectives) == (
        "this",
        "lexicographic",
        ("priority", "cost"),
    )
    assert strategies.choose(rules[:-2] + rules[-1:], about, now).rule.name == "default"
    assert strategies.choose(rules[:-2], about, now) == strategies.Chosen(
        strategies.routing.Strategy(name=strategies.BUILT_IN)
    )


def test_a_decision_names_its_rule_and_version(web):
    made = write("Nearest first", countries=["SA"])
    ruling.change_rule(
        made.rule_id, RuleForm("Riyadh first", Conditions(), NEAREST, was=1), actor="staff:noor"
    )
    order = web.routed(("TEE", 1))
    decision = RoutingDecision.objects.get()
    assert decision.trace["rule"] == {"id": str(made.rule_id), "name": "Riyadh first", "version": 2}
    assert decision.rule_version == RoutingRuleVersion.objects.get(version=2)
    latest = web.get(f"orders/{order['id']}/routing/").json()["decisions"][0]
    assert latest["rule"] == {"id": str(made.rule_id), "name": "Riyadh first", "version": 2}


def test_a_version_is_never_edited_and_a_stale_writer_is_refused():
    made = write("One")
    second = ruling.change_rule(
        made.rule_id, RuleForm("Two", Conditions(), NEAREST, was=1), actor="staff:noor"
    )
    with pytest.raises(PreconditionFailed):
        ruling.change_rule(made.rule_id, RuleForm("Three", Conditions(), NEAREST, was=1), actor="staff:noor")
    made.refresh_from_db()
    assert (made.name, second.name) == ("One", "Two")
    assert [rule.name for rule in strategies.current()] == ["Two"]
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "routing_rule.added",
        "routing_rule.changed",
    ]


def test_rules_change_places_and_go():
    one, two, three = (write(name) for name in ("One", "Two", "Three"))
    last = write("Otherwise", default=True)
    ruling.move_rule(three.rule_id, up=True, actor="staff:noor")
    ruling.move_rule(one.rule_id, up=True, actor="staff:noor")
    assert [rule.name for rule in strategies.current()] == ["One", "Three", "Two", "Otherwise"]
    ruling.remove_rule(two.rule_id, actor="staff:noor")
    ruling.remove_rule(last.rule_id, actor="staff:noor")
    assert [rule.name for rule in strategies.current()] == ["One", "Three"]
    with pytest.raises(IllegalMove):
        ruling.remove_rule(two.rule_id, actor="staff:noor")
    write("Otherwise again", default=True)
    assert RoutingRule.objects.filter(is_default=True).count() == 1


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        (RuleForm(" ", Conditions(), NEAREST), "/name"),
        (RuleForm("x", Conditions(), Aim(kind="lexicographic")), "/strategy"),
        (RuleForm("x", Conditions(), Aim(weights={"luck": "1"})), "/strategy"),
        (RuleForm("x", Conditions(value_from="1"), NEAREST), "/conditions/currency"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(form, pointer):
    with pytest.raises(Invalid) as refused:
        ruling.add_rule(form, actor="staff:noor")
    assert refused.value.errors[0]["pointer"] == pointer
    assert not RoutingRule.objects.exists()


def test_a_decision_can_be_made_again_from_what_it_saw(web):
    orders = [web.routed(("TEE", 12), ("MUG", 1)), web.routed(("TEE", 1))]
    assert RoutingNetwork.objects.count() == 1
    shop.product("TEE", RUH=10, JED=5)
    for order in orders:
        decision = RoutingDecision.objects.get(order_id=UUID(order["id"]))
        asked, about, states, rates = remembering.recall(RoutingFacts.objects.get(decision=decision))
        again, _ = planning.plan(asked, states, rates, [], about)
        assert again.cost == decision.cost
        assert [parcel.location for parcel in again.parcels] == sorted(
            (one["location"] for one in web.shipments(order)), key=["RUH", "JED"].index
        )
        assert again.trace.as_json()["candidates"] == decision.trace["candidates"]


def test_nothing_that_names_a_person_is_remembered(web):
    web.routed(("TEE", 1))
    facts = RoutingFacts.objects.get()
    said = f"{facts.asked} {facts.stock} {facts.network.content}"
    for word in ("Sara", "سارة", "King Fahd", "RRRD2929", "501234567", "sara@"):
        assert word not in said
    road.prove()


def test_a_rule_may_spare_what_a_location_sells_itself(web):
    """Riyadh sells four a week and holds four weeks' worth; Jeddah sells none, and is asked later."""
    for _ in range(4):
        web.up_to(web.shipment(web.routed(("MUG", 1) if _ > 2 else ("TEE", 2))), "hand_over")
    write("Spare the busy", Aim(weights={"stockout_per_unit": "50", "cover_weeks": "8"}))
    order = web.routed(("TEE", 1))
    assert web.shipment(order)["location"] == "JED"
    chosen = web.get(f"orders/{order['id']}/routing/").json()["candidates"]
    dear = next(one for one in chosen if one["locations"] == ["RUH"])
    assert Decimal(dear["cost"]["stockout"]) > 0
    facts = RoutingFacts.objects.get(decision__order_id=order["id"])
    assert facts.stock["RUH"]["weekly_demand"] == {"TEE": "1.5"}
