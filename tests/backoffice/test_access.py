"""Every staff address × every role, against the one written matrix in docs/access.md."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from oms.core.access import ROLE_SCOPES, Principal
from oms.core.models import Role, User
from tests.backoffice.routes import Route, staff_routes
from tests.browser.samples import LOCATED, World, world

MATRIX = Path(settings.BASE_DIR) / "docs/access.md"
ROLES = [str(role) for role in Role.values]

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> World:
    return world()


def signed_in(role: str, locations: list[str]) -> Client:
    user = User.objects.create_user(f"a-{role}", password="relay-demo-2026", role=role, locations=locations)
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def written() -> dict[str, tuple[str, dict[str, bool]]]:
    """By address: the scope and which roles may."""
    rows = {}
    for line in MATRIX.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 2 + len(ROLES) and cells[0].startswith("`"):
            may = {role: cell == "yes" for role, cell in zip(ROLES, cells[2:], strict=True)}
            rows[cells[0].strip("`")] = (cells[1].strip("`"), may)
    return rows


def row_of(route: Route) -> str:
    """The line the matrix lacks, to be read and pasted by the author of the page."""
    cells = []
    for role in ROLES:
        principal = Principal("", "", frozenset(ROLE_SCOPES[role]))
        cells.append("yes" if not route.scope or principal.may(route.scope) else "no")
    return f"| `{route.name}` | `{route.scope or 'any'}` | {' | '.join(cells)} |"


def test_the_matrix_names_every_address_and_its_scope() -> None:
    rows, routes = written(), staff_routes()
    missing = [row_of(route) for route in routes if route.name not in rows]
    assert not missing, "docs/access.md lacks:\n" + "\n".join(missing)
    assert set(rows) == {route.name for route in routes}
    assert {route.name: route.scope or "any" for route in routes} == {
        name: row[0] for name, row in rows.items()
    }


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_the_matrix_says(company: World, role: str) -> None:
    rows = written()
    client = signed_in(role, [company.location.code])
    wrong = []
    for route in staff_routes():
        path = route.path(company)
        answer = client.get(path) if route.reads else client.post(path)
        allowed = answer.status_code != 403
        if allowed != rows[route.name][1][role] or answer.status_code >= 500:
            wrong.append(f"{route.name}: {role} got {answer.status_code}")
    assert wrong == []


def test_strangers_are_shown_the_way_in(company: World) -> None:
    for route in staff_routes():
        path = route.path(company)
        answer = Client().get(path) if route.reads else Client().post(path)
        assert answer.status_code == 302, route.name
        assert answer.headers["Location"].startswith("/account/login/?next="), route.name


def test_no_page_shows_the_programs_own_text(company: World) -> None:
    """An object printed where its words should stand: a name two templates understood differently."""
    client = signed_in(Role.ADMIN, [])
    for route in staff_routes():
        if route.page:
            shown = client.get(route.path(company)).content.decode()
            assert not re.search(r"\bobject at 0x|Link\(label|&lt;(function|class|bound method) ", shown), (
                route.name
            )


def test_a_dialog_is_left_by_its_cancel_button(company: World) -> None:
    client = signed_in(Role.ADMIN, [])
    for name in ("settings-key", "settings-user"):
        route = next(one for one in staff_routes() if one.name == name)
        shown = client.get(route.path(company)).content.decode()
        assert (
            re.findall(r'<button class="button" type="button" data-close>([^<]*)</button>', shown)[0]
            == "Cancel"
        )


def test_a_warehouse_user_of_one_location_sees_no_other(company: World) -> None:
    client = signed_in(Role.WAREHOUSE, [company.elsewhere.code])
    for route in staff_routes():
        if route.name in LOCATED:
            path = route.path(company)
            answer = client.get(path) if route.reads else client.post(path, HTTP_HX_REQUEST="true")
            assert answer.status_code == 404, route.name
            assert company.shipment.number.encode() not in answer.content
        elif route.page and not route.parameters:
            shown = client.get(route.path(company))
            for elsewhere in (company.shipment.number, company.returned.number):
                assert elsewhere.encode() not in shown.content, route.name


def test_an_address_that_only_takes_writes_leads_to_its_page(company: World) -> None:
    client = signed_in(Role.ADMIN, [])
    pages = {route.name for route in staff_routes() if route.page}
    wrong = []
    for route in staff_routes():
        if not route.reads:
            path = route.path(company)
            answer = client.get(path)
            to = answer.headers.get("Location", "")
            if not (answer.status_code == 302 and path.startswith(to) and resolve(to).url_name in pages):
                wrong.append(f"{path}: {answer.status_code} {to}")
    assert wrong == []


@pytest.mark.parametrize(
    ("written", "page"),
    [
        ("/orders/10240/cancel-items/", "/orders/10240/"),
        ("/orders/10240/parcels/10240-1/label/", "/orders/10240/"),
        ("/orders/bulk/hold/", "/orders/"),
        ("/packing/10240-1/boxes/", "/packing/10240-1/"),
        ("/returns/R10240-1/refund/", "/returns/R10240-1/"),
        ("/transfers/T7/receive/", "/transfers/T7/"),
        ("/lists/views/1/delete/", "/"),
    ],
)
def test_a_reloaded_refusal_is_the_page_it_was_on(written: str, page: str) -> None:
    client = signed_in(Role.AGENT, [])
    assert client.get(written).headers["Location"] == page
    assert client.put(written).status_code == 405
    assert client.get(written, HTTP_HX_REQUEST="true").status_code == 405
