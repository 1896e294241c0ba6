"""Chromium over a live server: what every browser test stands on.

Where the machine has no Chromium the tests skip, and say so; CI installs it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.test import override_settings
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from oms.core.models import User

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
AXE = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}

# A machine busy with other work answers late, and is no fault of the page.
expect.set_options(timeout=15_000)

# Playwright runs an event loop beside the test; Django then takes every query for one made inside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The site as it is served: its static files collected, bundled and hashed, and sent by WhiteNoise."""
    served = {
        "STATIC_ROOT": tmp_path_factory.mktemp("static"),
        "STORAGES": {**settings.STORAGES, "staticfiles": {"BACKEND": "oms.static.Bundled"}},
        "WHITENOISE_USE_FINDERS": False,
    }
    # The test server's own handler finds static files one by one; ours has them in the middleware.
    with override_settings(**served), patch.object(StaticFilesHandler, "_should_handle", return_value=False):
        call_command("collectstatic", interactive=False, verbosity=0)
        server = LiveServer("localhost")
        yield server
        server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(
                    pytest.mark.skip(reason="no Chromium on this machine: apt-get install chromium")
                )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Opener]:
    """`open_page("/t/…/", language="ar", dark=True, phone=False, scripts=False)`: its own context."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str, *, language: str = "en", dark: bool = False, phone: bool = True, scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            locale=language,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
            base_url=live_server.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(path, wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The rules that look at colours; the others find the same in either theme.
COLOURS = ["color-contrast", "link-in-text-block"]


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA, one line each."""
    if page.evaluate("!window.axe"):
        # A script element would be refused by the page's own policy; evaluate runs beside it.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "options => axe.run(document, options)",
        {"runOnly": COLOURS if colours_only else WCAG, "resultTypes": ["violations"], "preload": False},
    )
    return [
        f"{broken['id']}: {node['target']} {node['failureSummary']}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


def spoken(language: str, sentence: str, **values: object) -> str:
    """What a page says in that language; `{code}` and its like filled in as a script does."""
    with translation.override(language):
        said = str(translation.gettext(sentence))
    for name, value in values.items():
        said = said.replace(f"{{{name}}}", str(value))
    return said


def arabic_keyboard(page: Page) -> Callable[..., None]:
    """Presses one key of a keyboard that is set to Arabic: what it writes, and its place."""
    devtools = page.context.new_cdp_session(page)

    def press(letter: str, place: str, *, shift: bool = False, control: bool = False) -> None:
        key = {"key": letter, "code": place, "modifiers": 8 * shift + 2 * control}
        written = {} if control else {"text": letter}
        devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", **key, **written})
        devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    return press


StaffOpener = Callable[..., Page]


@pytest.fixture
def open_staff(browser: Browser, live_server: LiveServer) -> Iterator[StaffOpener]:
    """`open_staff("/orders/", user=noor, language="ar", theme="dark", phone=True)`: signed in as that user."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str,
        *,
        user: User,
        language: str = "en",
        theme: str = "light",
        phone: bool = False,
        scripts: bool = True,
    ) -> Page:
        if (user.language, user.theme) != (language, theme):
            user.language, user.theme = language, theme
            user.save(update_fields=["language", "theme"])
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
            reduced_motion="reduce",
            java_script_enabled=scripts,
            base_url=live_server.url,
        )
        contexts.append(context)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}]
        )
        page = context.new_page()
        if path != "about:blank":
            page.goto(path, wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()


def session_of(user: User) -> str:
    """The key of a signed-in session, without the detour over the login page."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
