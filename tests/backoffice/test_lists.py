"""The list toolkit: pages by keyset both ways, filters in the address, columns and views kept, files that are safe."""

from typing import Any

import django_filters
import pytest
from django.test import Client, RequestFactory

from oms.core import exporting
from oms.core.access import principal_of_user
from oms.core.counting import CAP, Figure, counted
from oms.core.listing import Column, Listing, Page, View
from oms.core.models import Channel, ListChoice, SavedView, User
from oms.core.selecting import selection

pytestmark = pytest.mark.django_db


class ChannelFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    kind = django_filters.MultipleChoiceFilter(choices=[("rest", "REST"), ("shop", "Shop")])

    class Meta:
        model = Channel
        fields = ("q", "kind")


LISTING = Listing(
    name="test",
    columns=(
        Column("code", "Code", sort="code", fixed=True, export=lambda row: row.code),
        Column("name", "Name", sort="name", export=lambda row: row.name),
        Column("kind", "Kind", shown=False, export=lambda row: row.kind),
    ),
    row_template="",
    default_sort="-name",
    filterset=ChannelFilter,
    views=(View("all", "All", ""), View("shops", "Shops", "kind=shop")),
)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("noor", password="relay-demo-2026", role="admin")


@pytest.fixture
def channels() -> None:
    """60 channels; every three share a name, so that ties are cut by pages."""
    Channel.objects.bulk_create(
        Channel(code=f"c{n:02}", name=f"n{n // 3:02}", kind="shop" if n % 2 else "rest") for n in range(60)
    )


def read(user: User, query: str = "") -> Page:
    request: Any = RequestFactory().get(f"/list/?{query}")
    request.user, request.principal = user, principal_of_user(user)
    return LISTING.read(request, Channel.objects.all())


def follow(user: User, address: str) -> Page:
    return read(user, address.partition("?")[2])


def test_pages_forth_and_back_show_every_row_once(user: User, channels: None) -> None:
    page, seen, starts = read(user), [], []
    while True:
        seen += [row.code for row in page.rows]
        starts.append((page.start, page.end))
        if not page.next:
            break
        page = follow(user, page.next)
    wanted = [row.code for row in Channel.objects.order_by("-name", "-pk")]
    assert seen == wanted
    assert starts == [(1, 25), (26, 50), (51, 60)]
    page = follow(user, page.previous)
    assert ([row.code for row in page.rows], page.start) == (wanted[25:50], 26)
    page = follow(user, page.previous)
    assert ([row.code for row in page.rows], page.start, page.previous) == (wanted[:25], 1, "")


def test_a_place_nobody_wrote_is_the_beginning(user: User, channels: None) -> None:
    for broken in (
        "after=x",
        "after=bnVsbA",
        "from=-4",
        "sort=nothing",
        "page_size=9999",
    ):
        page = read(user, broken)
        assert len(page.rows) == 25, broken
        assert page.count == 60


def test_filters_live_in_the_address_and_come_off_it(user: User, channels: None) -> None:
    page = read(user, "kind=shop&q=n0&sort=name")
    assert {row.kind for row in page.rows} == {"shop"}
    assert page.count == 15
    chip = page.chips[0]
    assert (chip.name, chip.value, chip.active) == ("kind", "Shop", True)
    assert chip.clear == "/list/?q=n0&sort=name"
    assert page.state == "kind=shop&q=n0&sort=name"
    assert [tab.current for tab in read(user, "kind=shop").tabs] == [False, True]


def test_a_filter_that_means_nothing_finds_nothing(user: User, channels: None) -> None:
    assert read(user, "kind=none").rows == []


def test_columns_are_each_readers_own(user: User, channels: None) -> None:
    assert [column.key for column in read(user).columns] == ["code", "name"]
    ListChoice.objects.create(user=user, listing="test", columns=["kind"])
    assert [column.key for column in read(user).columns] == ["code", "kind"]


def test_a_list_costs_a_fixed_number_of_queries(
    user: User, channels: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):  # columns, saved views, rows, count
        page = read(user, "q=n&page_size=50")
        _ = page.rows, page.count, page.tabs, page.columns, page.start, page.next, page.chips, page.headings


def test_what_is_counted_together_is_one_statement(channels: None, django_assert_num_queries: Any) -> None:
    every = Channel.objects.order_by("name")
    with django_assert_num_queries(1):
        counts = counted(
            {
                "all": every,
                "shops": every.filter(kind="shop"),
                "none": every.none(),
                "nowhere": every.filter(code__in=[]),
                "own": Figure("SELECT count(DISTINCT name) FROM core_channel WHERE kind = %s", ["shop"]),
                "many": Figure("SELECT %s", [5000]),
            }
        )
    assert counts == {"all": 60, "shops": 30, "none": 0, "nowhere": 0, "own": 20, "many": CAP + 1}
    with django_assert_num_queries(0):
        assert counted({}) == {}


def test_all_that_match_are_selected_not_only_the_page(user: User, channels: None) -> None:
    request = RequestFactory().post("/bulk/", {"all": "1", "state": "kind=shop&q=n0"})
    assert selection(request).of(LISTING, Channel.objects.all()).count() == 15
    ticked = RequestFactory().post("/bulk/", {"all": "0", "ids": [Channel.objects.get(code="c07").pk]})
    assert [row.code for row in selection(ticked).of(LISTING, Channel.objects.all())] == ["c07"]


def test_a_file_follows_filter_and_columns_and_runs_no_formula(user: User, channels: None) -> None:
    Channel.objects.create(code="evil", name="=cmd|' /C calc'!A0", kind="evil")
    text = exporting.content(read(user, "q=cmd"), "csv").decode("utf-8-sig")
    assert text.splitlines() == ["Code,Name", "evil,'=cmd|' /C calc'!A0"]
    assert exporting.content(read(user, "kind=shop"), "xlsx")[:2] == b"PK"


def test_views_are_saved_shared_and_deleted_by_their_owner(user: User) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(user)
    answer = client.post(
        "/lists/style/views/",
        {"label": "Mine", "state": "role=agent", "shared": "on"},
        HTTP_REFERER="http://testserver/style/",
    )
    assert answer.headers["Location"] == "/style/?role=agent" or answer.headers["Location"].endswith(
        "/style/?role=agent"
    )
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared, view.owner) == ("Mine", "role=agent", True, user)
    other = Client()
    other.force_login(User.objects.create_user("sam", role="agent"))
    assert b"Mine" in other.get("/style/").content
    other.post(f"/lists/views/{view.pk}/delete/")
    assert SavedView.objects.count() == 1
    client.post(f"/lists/views/{view.pk}/delete/")
    assert SavedView.objects.count() == 0
