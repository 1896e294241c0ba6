"""Staff sign in by name or e-mail, with a second factor where they enrolled one; guessing is locked out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from oms.core.display import digits
from oms.core.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "relay-demo-2026"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def stopped_clock() -> Iterator[None]:
    """A code is good for its half minute: none ends between reading and typing it."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture
def noor() -> User:
    return User.objects.create_user("noor", "noor@example.com", PASSWORD, role="agent")


def sign_in(client: Client, login: str, password: str = PASSWORD) -> str:
    """Where the sign-in leads; empty: it stayed on the page."""
    answer = client.post("/account/login/", {"login": login, "password": password})
    return str(answer.headers.get("Location", ""))


@pytest.mark.parametrize("login", ["noor", "noor@example.com", "NOOR@example.com"])
def test_by_name_or_mail(noor: User, login: str) -> None:
    client = Client()
    assert sign_in(client, login) == "/"
    assert client.get("/").status_code == 200
    assert client.post("/account/logout/").status_code == 302
    assert client.get("/").status_code == 302


def test_guessing_is_locked_out_even_with_the_right_password(noor: User) -> None:
    client = Client()
    for _ in range(5):
        assert sign_in(client, "noor", "wrong-password") == ""
    assert sign_in(client, "noor") == ""
    assert client.get("/").status_code == 302


def test_nobody_makes_an_account_for_themselves() -> None:
    client = Client()
    client.post(
        "/account/signup/",
        {"username": "eve", "email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not User.objects.filter(username="eve").exists()


@pytest.mark.parametrize(
    "spelt", [str, lambda code: digits(code, "fa"), lambda code: f"{code[:3]} {code[3:]}"]
)
def test_a_second_factor_is_asked_for_and_its_secret_is_sealed(
    stopped_clock: None, noor: User, spelt: Callable[[str], str]
) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(noor, secret)
    stored = Authenticator.objects.get(user=noor)
    assert secret not in str(stored.data)
    assert get_adapter().decrypt(stored.data["secret"]) == secret
    client = Client()
    assert sign_in(client, "noor") == "/account/second-factor/authenticate/"
    assert client.get("/").status_code == 302
    wrong = client.post("/account/second-factor/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert client.get("/").status_code == 302
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    right = client.post("/account/second-factor/authenticate/", {"code": spelt(code)})
    assert right.headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_enrolling_asks_who_you_are_and_shows_a_code_to_scan(stopped_clock: None, noor: User) -> None:
    client = Client()
    sign_in(client, "noor")
    activate = "/account/second-factor/activate/"
    asked = client.get(activate)
    assert asked.headers["Location"].startswith("/account/reauthenticate/")
    client.post(asked.headers["Location"], {"password": PASSWORD})
    page = client.get(activate)
    assert b"data:image/svg+xml;base64," in page.content
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    shown = client.post(activate, {"code": digits(code, "fa")}, follow=True)
    assert shown.redirect_chain == [("/account/second-factor/codes/", 302)]
    assert len(shown.context["unused_codes"]) == 10


def test_language_theme_and_digits_are_kept_on_the_server(noor: User) -> None:
    client = Client()
    sign_in(client, "noor")
    kept = {
        "first_name": "Noor",
        "last_name": "",
        "language": "fa",
        "theme": "dark",
        "density": "comfortable",
        "digits": "latin",
        "calendar": "hijri",
        "time_zone": "Asia/Tehran",
    }
    assert client.post("/profile/", kept).status_code == 302
    page = client.get("/profile/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert '<html lang="fa" dir="rtl" data-theme="dark" data-density="comfortable"' in page


def test_the_first_sign_in_takes_the_browsers_language(noor: User) -> None:
    client = Client(headers={"Accept-Language": "ar-SA,ar;q=0.9"})
    assert 'lang="ar" dir="rtl"' in client.get("/account/login/").content.decode()
    sign_in(client, "noor")
    assert 'lang="ar" dir="rtl"' in client.get("/").content.decode()
    # Later the profile's word holds, whatever the browser.
    later = Client(headers={"Accept-Language": "fa"})
    sign_in(later, "noor")
    assert 'lang="ar" dir="rtl"' in later.get("/").content.decode()


def test_a_language_chosen_at_the_door_is_theirs(noor: User) -> None:
    User.objects.filter(pk=noor.pk).update(language="en", last_login=datetime.now(UTC))
    client = Client()
    answer = client.post("/account/language/", {"language": "fa", "next": "/account/login/?next=/profile/"})
    assert answer.headers["Location"] == "/account/login/?next=/profile/"
    assert 'lang="fa" dir="rtl"' in client.get("/account/login/").content.decode()
    sign_in(client, "noor")
    noor.refresh_from_db()
    assert noor.language == "fa"
    # Spent: the profile's later word is not undone by the next sign-in on this machine.
    User.objects.filter(pk=noor.pk).update(language="ar")
    client.post("/account/logout/")
    sign_in(client, "noor")
    noor.refresh_from_db()
    assert noor.language == "ar"


def test_the_door_stays_in_the_language_of_whoever_left(noor: User) -> None:
    User.objects.filter(pk=noor.pk).update(language="ar", last_login=datetime.now(UTC))
    client = Client(headers={"Accept-Language": "en"})
    sign_in(client, "noor")
    client.post("/account/logout/")
    assert 'lang="ar" dir="rtl"' in client.get("/account/login/").content.decode()
    refused = client.post("/account/login/", {"login": "noor", "password": "wrong"}).content.decode()
    assert " / " not in refused[refused.index("notice bad") :].partition("</div>")[0]

    # It is nobody's choice: a colleague at the same browser reads what is theirs.
    sami = User.objects.create_user("sami", password="relay-demo-2026", role="agent", language="fa")
    User.objects.filter(pk=sami.pk).update(last_login=datetime.now(UTC))
    sign_in(client, "sami")
    sami.refresh_from_db()
    assert sami.language == "fa"
    del client.cookies["sessionid"]  # a session that ran out
    assert 'lang="fa" dir="rtl"' in client.get("/account/login/").content.decode()


def test_a_wrong_address_leaves_staff_in_their_pages_and_tells_a_stranger_nothing(noor: User) -> None:
    User.objects.filter(pk=noor.pk).update(language="ar", last_login=datetime.now(UTC))
    stranger = Client().get("/nowhere/")
    assert stranger.status_code == 404
    assert 'class="side"' not in stranger.content.decode()
    client = Client()
    sign_in(client, "noor")
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert 'lang="ar" dir="rtl"' in answer.content.decode()
    assert 'class="side"' in answer.content.decode()


def test_a_new_password_is_asked_for_in_our_words_and_the_readers_digits(client: Client, noor: User) -> None:
    sign_in(client, "noor")
    User.objects.update(language="fa")
    page = client.get("/account/password/").content.decode()
    assert "حداقل ۱۰ حرف." in page
    assert "رمز عبور را فراموش کرده‌اید؟" in page
    assert "گذرواژه" not in page
    body = {"oldpassword": PASSWORD, "password1": "noor", "password2": "noor"}
    faults = client.post("/account/password/", body).context["form"].errors["password1"]
    assert "حداقل ۱۰ حرف." in faults
    assert not [fault for fault in faults if "گذرواژه" in fault]
