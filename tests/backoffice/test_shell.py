"""What stands around every page: the sidebar, the sheet of keys."""

import re

import pytest
from django.test import Client

from oms.backoffice.search import find
from oms.core.access import principal_of_user
from oms.core.models import Role, User

pytestmark = pytest.mark.django_db
APPLE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"


def signed_in(role: str = Role.ADMIN, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(User.objects.create_user("noor", role=role))
    return client


@pytest.mark.parametrize(("agent", "keys"), [(APPLE, "⌘K"), (WINDOWS, "Ctrl K"), ("", "Ctrl K")])
def test_the_palette_s_keys_are_those_of_the_reader_s_keyboard(agent: str, keys: str) -> None:
    html = signed_in(user_agent=agent).get("/profile/").content.decode()
    assert re.findall(r"<kbd>(⌘K|Ctrl K)</kbd>", html) == [keys, keys]


@pytest.mark.parametrize("role", Role.values)
def test_the_style_page_is_no_page_of_a_working_day_but_found_from_the_settings(role: str) -> None:
    client = signed_in(role)
    user = User.objects.get()
    found = [hit.href for group in find(principal_of_user(user), "") for hit in group.hits]
    assert "/profile/" in found
    assert "/style/" not in found
    assert 'href="/style/"' not in client.get("/profile/").content.decode()
    assert client.get("/settings/").content.decode().count('href="/style/"') == 1
    assert client.get("/style/").status_code == 200
