"""`manage.py rebuild_stock`: copies that went wrong are found, told and set right from the ledger, and nothing else."""

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from inventory import stock
from inventory.models import Location, Movement, Product, StockLevel, StockMark
from inventory.stock import Incoming, Want, rebuilding
from oms.core.models import Event
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods() -> None:
    shop.location("RUH", priority=1)
    shop.location("JED", priority=2)
    tee = shop.product("TEE", RUH=10, JED=4)
    shop.product("MUG", RUH=3)
    stock.receive(
        [Incoming(tee.pk, Location.objects.get(code="RUH").pk, 2, "damaged")],
        cause="returned",
        reference="return/1",
        actor="test",
    )
    owner = uuid4()
    stock.reserve({owner: [Want(uuid4(), tee.pk, 11)]})


def run(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = 0
    try:
        call_command("rebuild_stock", *options)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, capsys.readouterr().out.splitlines()


def figures(sku: str = "TEE", place: str = "RUH") -> tuple[int, int, int, int, int]:
    level = StockLevel.objects.get(product__sku=sku, location__code=place)
    return level.on_hand, level.committed, level.damaged, level.quality_control, level.safety


def test_a_true_stock_is_left_alone(goods: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys) == (0, ["Every level is what the ledger says."])
    assert run(capsys, "--apply") == (0, ["0 levels set right, 0 left."])
    assert not Event.objects.filter(kind="stock.rebuilt").exists()


def test_a_dry_run_says_what_differs_and_changes_nothing(
    goods: None, capsys: pytest.CaptureFixture[str]
) -> None:
    StockLevel.objects.filter(product__sku="TEE", location__code="RUH").update(on_hand=15, safety=3)
    StockLevel.objects.filter(product__sku="MUG").update(incoming=7)
    assert run(capsys) == (
        1,
        [
            "TEE at RUH: on_hand 15 is 12 (-3), safety 3 is 0 (-3)",
            "MUG at RUH: incoming 7 is 0 (-7)",
            "2 levels differ. Run with --apply to set them right.",
        ],
    )
    assert figures() == (15, 10, 2, 0, 3)
    assert not Event.objects.filter(kind="stock.rebuilt").exists()


def test_applied_it_sets_the_figures_right_and_tells_of_it(
    goods: None, capsys: pytest.CaptureFixture[str]
) -> None:
    StockLevel.objects.filter(product__sku="TEE", location__code="RUH").update(
        on_hand=20, committed=1, damaged=0, quality_control=4
    )
    StockLevel.objects.filter(product__sku="TEE", location__code="JED").delete()
    StockMark.objects.all().delete()
    moved = Movement.objects.count()
    code, said = run(capsys, "--apply")
    assert code == 0
    assert said == [
        "TEE at RUH: on_hand 20 is 12 (-8), committed 1 is 10 (+9), damaged 0 is 2 (+2), quality_control 4 is 0 (-4)",
        "TEE at JED: on_hand 0 is 4 (+4), committed 0 is 1 (+1)",
        "2 levels set right, 0 left.",
    ]
    assert figures() == (12, 10, 2, 0, 0)
    assert figures("TEE", "JED") == (4, 1, 0, 0, 0)
    assert figures("MUG") == (3, 0, 0, 0, 0)
    assert rebuilding.compare() == []
    assert Movement.objects.count() == moved
    told = Event.objects.get(kind="stock.rebuilt")
    assert told.actor == "command:rebuild_stock"
    assert [level["sku"] for level in told.data["levels"]] == ["TEE", "TEE"]
    assert list(StockMark.objects.values_list("product__sku", flat=True)) == ["TEE"]


def test_sources_that_contradict_each_other_are_left_to_people(
    goods: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A movement that never was: more is promised than the ledger has. That is no copy's fault."""
    tee, ruh = Product.objects.get(sku="TEE"), Location.objects.get(code="RUH")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_movement"
            " (at, product_id, location_id, state, change, after, cause, reference, actor, reason)"
            " VALUES (now(), %s, %s, 'on_hand', -5, 7, 'adjusted', '', 'test', '')",
            [tee.pk, ruh.pk],
        )
    code, said = run(capsys, "--apply")
    assert code == 1
    assert said == [
        "TEE at RUH: on_hand 12 is 7 (-5) — cannot be set right: "
        "12 promised or set aside do not fit into 7 on hand",
        "0 levels set right, 1 left.",
    ]
    assert figures() == (12, 10, 2, 0, 0)
    assert not Event.objects.filter(kind="stock.rebuilt").exists()
