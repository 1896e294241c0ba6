"""What the check says is what the run does: for any file, whatever repeats, hangs together or competes for stock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import Product
from oms.backoffice.importing import asking, running
from oms.backoffice.importing.models import Import, ImportFault
from oms.core.access import principal_of_user
from oms.core.models import User
from orders.models import Customer
from tests import shop

pytestmark = pytest.mark.django_db

SKUS = ["TEE", "MUG", "SET", "NONE", "", "NEW", "NEW-2"]
FIGURES = ["1", "2", "٣", "4", "-1", "", "x", "0"]
TABLES: dict[str, tuple[str, list[list[str]], dict[str, str]]] = {
    "products": (
        "sku,name,price,components,low stock",
        [
            SKUS,
            ["Tee", "", "قميص"],
            ["1", "٢٫٥", "ten", ""],
            ["", "NEW:1", "NEW-2", "TEE:2;NONE", "SET"],
            ["", "1", "x"],
        ],
        {},
    ),
    "stock": (
        "sku,location,set to,change,bin,lot,last day",
        [
            [*SKUS, "MILK", "MILK", "MILK"],
            ["RUH", "JED", "DXB"],
            FIGURES,
            ["", "", "1", "-2"],
            ["", "A-1"],
            ["", "L1", "L2"],
            ["", "2030-01-31", "2030-02-28"],
        ],
        {"reason": "Count"},
    ),
    "locations": (
        "code,name,kind,city,address,country",
        [
            ["RUH", "ABH", "DMM", ""],
            ["A", "B", ""],
            ["store", "castle", ""],
            ["Riyadh", ""],
            ["x", ""],
            ["SA", "ZZ"],
        ],
        {},
    ),
    "customers": (
        "name,email,phone,tags,marketing",
        [
            ["Sara", "Omar", ""],
            ["a@x.com", "b@x.com", "A@x.com", "", "no"],
            ["0501111111", "٠٥٠٢٢٢٢٢٢٢", ""],
            ["", "VIP، هدايا", "x" * 65],
            ["", "agreed", "لا", "perhaps"],
        ],
        {"country": "SA"},
    ),
    "orders": (
        "order,customer,address,city,country,sku,quantity,price",
        [
            ["1", "2", "3", "4"],
            ["Sara", "Omar"],
            ["x"],
            ["Riyadh"],
            ["SA"],
            SKUS[:4],
            FIGURES[:4],
            ["10", "y"],
        ],
        {"channel": "web", "currency": "SAR"},
    ),
}


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def boss() -> User:
    shop.channel("web")
    shop.product("TEE", RUH=4, JED=2)
    shop.product("MUG", RUH=3)
    shop.product("SET", RUH=1)
    Product.objects.filter(pk=shop.product("MILK").pk).update(tracks_lots=True)
    Customer.objects.create(name="Ali", email="b@x.com", email_key="b@x.com")
    return User.objects.create_user("maha", password="x", role="admin")


def lists(kind: str) -> Any:
    head, cells, _ = TABLES[kind]
    rows = st.lists(st.tuples(*(st.sampled_from(column) for column in cells)), min_size=1, max_size=9)
    # A file of nothing but empty rows is no list.
    written = rows.filter(lambda found: any(any(row) for row in found))
    return written.map(lambda found: "\n".join([head, *(",".join(row) for row in found)]) + "\n")


@pytest.mark.parametrize("kind", TABLES)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_run_does_what_the_check_said(kind: str, boss: User, data: Any) -> None:
    text = data.draw(lists(kind))
    piece = running.KINDS[kind].piece
    object.__setattr__(running.KINDS[kind], "piece", data.draw(st.integers(1, 4)))
    try:
        with taken_back():
            principal = principal_of_user(boss)
            job = asking.bring(kind, "list.csv", text.encode(), user=boss, principal=principal)
            asking.check(job, job.mapping, TABLES[kind][2], principal=principal)
            checked = outcome(job, "checked")
            asking.start(job, principal=principal)
            assert outcome(job, "done") == checked
            assert sum(checked[0].values()) == (job.rows if kind != "orders" else numbers(text))
    finally:
        object.__setattr__(running.KINDS[kind], "piece", piece)


def numbers(text: str) -> int:
    """How many orders the list names."""
    return len({line.partition(",")[0] for line in text.splitlines()[1:]})


def outcome(job: Import, state: str) -> tuple[dict[str, int], list[Any]]:
    while running.run_due(60):
        pass
    job.refresh_from_db()
    assert (job.state, job.stopped) == (state, "")
    faults = ImportFault.objects.filter(of=job).order_by("row", "field", "code", "detail")
    return running.figures(job), list(faults.values_list("row", "field", "code", "detail"))
