"""One box finds orders, customers, SKUs, pages and actions, in whatever digits they are typed."""

import pytest
from django.test import Client

from oms.backoffice.search import find, link
from oms.core.access import principal_of_user
from oms.core.models import User
from orders import names
from orders.models import Order
from tests import shop
from tests.portal import road

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> User:
    return User.objects.create_user("sam", role="agent")


@pytest.fixture
def order() -> Order:
    return road.order(phone_key="+971507274197", email_key="parisa@example.com").order


def titles(user: User, q: str) -> dict[str, list[str]]:
    return {str(g.label): [str(hit.title) for hit in g.hits] for g in find(principal_of_user(user), q)}


def test_pages_by_name_and_themes_as_actions(agent: User) -> None:
    assert titles(agent, "profile") == {"Pages": ["Your profile"]}
    assert titles(agent, "dark") == {"Actions": ["Dark theme"]}


@pytest.mark.parametrize(
    "q", ["20479", "٢٠٤٧٩", "۲۰۴۷۹", "parisa@example.com", "٠٥٠٧٢٧٤١٩٧", "+971 50 727 4197", "Parisa"]
)
def test_an_order_by_number_mail_phone_or_name(agent: User, order: Order, q: str) -> None:
    if not link("order-detail", 1):
        pytest.skip("no order page yet")
    assert titles(agent, q)["Orders"] == ["20479"]


@pytest.mark.parametrize(
    ("name", "q", "found"),
    [
        ("Noor Al-Qahtani", "qahtani", True),
        ("Noor Al-Qahtani", "qaht noo", True),
        ("Noor Al-Qahtani", "Noor al-q", True),
        ("Noor Al-Qahtani", "noor x", False),
        ("Noor Al-Qahtani", "ahtani", False),
        ("نورة القحطاني", "قحطاني", True),
        ("نوره قحطاني", "القَحطاني", True),
        ("نورة القحطاني", "طاني", False),
        ("مریم‌السادات حسینی", "حسيني", True),
        ("Sinéad O’Connor", "connor", True),
        ("Sinéad O’Connor", "o'con", True),
        ("Back\\slash & Sons: Ltd", "\\slash", False),
        ("Back\\slash & Sons: Ltd", "back\\sl & sons:", True),
        ("Noor Al-Qahtani", "ال", False),
        ("Noor Al-Qahtani", "'|(!:*", False),
    ],
)
def test_any_word_of_a_name_is_enough(agent: User, name: str, q: str, found: bool) -> None:
    shop.product("TEE", RUH=10)
    web, customer = shop.api(), {"email": "one@example.com", "name": name}
    placed = web.post("orders/", shop.order_body(("TEE", 1), customer=customer)).json()
    other = {"email": "two@example.com", "name": "Omar Haddad"}
    web.post("orders/", shop.order_body(("TEE", 1), customer=other))
    hits = titles(agent, q)
    assert hits.get("Orders", []) == [placed["number"]] * found
    assert hits.get("Customers", []) == [name] * found
    client = Client()
    client.force_login(agent)
    for address in ("/orders/", "/customers/"):
        assert len(client.get(address, {"q": q}).context["list"].rows) == found, address


@pytest.mark.parametrize("few", [1000, 0])
def test_a_common_name_finds_the_same(
    agent: User, client: Client, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Where many are called so, orders and returns are asked for another way."""
    monkeypatch.setattr(names, "FEW", few)
    told = [
        road.order(number=n, customer_name=name, name_key=name.lower())
        for n, name in ((20480, "Noor Qahtani"), (20481, "Noor Rashid"), (20482, "Huda Qahtani"))
    ]
    for each in told:
        each.asked_back("MUG-STN-350")
    client.force_login(agent)

    def found(address: str, q: str) -> list[str]:
        return sorted(str(row.number) for row in client.get(address, {"q": q}).context["list"].rows)

    assert found("/orders/", "noor") == ["20480", "20481"]
    assert found("/returns/", "noor") == ["R20480-1", "R20481-1"]
    assert found("/orders/", "qah noor") == ["20480"]
    assert found("/returns/", "qah noor") == ["R20480-1"]


def test_a_name_on_one_order_of_a_customer_finds_that_order_alone(agent: User) -> None:
    shop.product("TEE", RUH=10)
    web = shop.api()
    ordered = [
        web.post("orders/", shop.order_body(("TEE", 1), customer={"email": "one@example.com", "name": name}))
        for name in ("Noor Qahtani", "Huda Rashid")
    ]
    assert titles(agent, "rash")["Orders"] == [ordered[1].json()["number"]]
    assert titles(agent, "rash")["Customers"] == ["Noor Qahtani"]
    assert titles(agent, "qahtani huda")["Customers"] == ["Noor Qahtani"]
    assert "Orders" not in titles(agent, "qahtani huda")


def test_a_sku_by_its_beginning(agent: User, order: Order) -> None:
    found = titles(agent, "hph")
    assert "Products" not in found or found["Products"] == ["HPH-WL-900"]


def test_a_role_finds_only_what_it_may_open(order: Order) -> None:
    picker = User.objects.create_user("wali", role="warehouse")
    assert "Orders" not in titles(picker, "20479")
    assert "Customers" not in titles(picker, "parisa@example.com")


def test_rubbish_finds_nothing_and_breaks_nothing(agent: User) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(agent)
    for q in ("\x00", "%", "'", "9" * 300, "<script>", "‏", "@"):
        assert client.get("/search/", {"q": q}).status_code == 200
