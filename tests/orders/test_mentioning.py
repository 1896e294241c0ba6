"""A colleague is called on by an @ in a comment or a note: told once, and shown until they opened it."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from channels import notifications
from channels.models import Message
from oms.backoffice import customer_page, order_reading
from oms.backoffice.mention_words import marked
from oms.core.models import Event, User
from orders import commenting, mentioning, noting
from orders.models import Comment, Customer, Mention, Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> Any:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def noor() -> User:
    return staff("noor", first_name="Noor", last_name="Aziz", email="noor@example.com")


@pytest.fixture
def sami() -> User:
    return staff("sami", first_name="سامي", email="sami@example.com", language="ar")


@pytest.fixture
def order() -> Order:
    road.add_rate()
    shop.product("TEE", RUH=20)
    return Order.objects.get(pk=road.open_shop().routed(("TEE", 1))["id"])


def staff(name: str, role: str = "agent", **facts: Any) -> User:
    return User.objects.create_user(name, password="x", role=role, **facts)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def mentioned() -> set[str]:
    return set(Mention.objects.values_list("user__username", flat=True))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@noor, look", ["noor"]),
        ("Ask @noor.", ["noor"]),
        ("(@noor) and @Noor again, @sami", ["noor", "sami"]),
        ("سل @noor، من فضلك", ["noor"]),
        ("noor@example.com", []),
        ("a@@noor", []),
        ("@", []),
        ("@...", []),
    ],
)
def test_an_at_before_a_name_calls_and_an_address_does_not(text: str, found: list[str]) -> None:
    assert mentioning.names(text) == found


def test_a_comment_calls_on_colleagues_once_each_and_not_on_its_writer(
    order: Order, noor: User, sami: User
) -> None:
    commenting.comment(order, "@SAMI @sami @noor @nobody see this", actor="staff:noor")
    assert mentioned() == {"sami"}
    event = Event.objects.get(kind="order.commented")
    assert "sami" not in str(event.data)


@pytest.mark.parametrize(
    ("typed", "kept", "called"),
    [
        ("@Noor Aziz, look", "@noor, look", {"noor"}),
        ("Ask @NOOR  aziz.", "Ask @noor.", {"noor"}),
        ("(@Noor Aziz)@Noor Aziz", "(@noor)@noor", {"noor"}),
        ("@Noor Azizi", "@Noor Azizi", {"noor"}),
        ("@Sami Saleh and @sami", "@saleh and @sami", {"saleh", "sami"}),
        ("سل @سامي، من فضلك", "سل @sami، من فضلك", {"sami"}),
        ("@سامی", "@sami", {"sami"}),
        ("@سَامي", "@sami", {"sami"}),
        ("@ساميا", "@ساميا", set()),
        ("@علیرضا رضایی @علی‌رضا رضایی", "@ali@example.com @ali@example.com", {"ali@example.com"}),
        ("@ali@example.com", "@ali@example.com", {"ali@example.com"}),
        ("@s.saleh: @s.saleh@example.com", "@saleh: @saleh", {"saleh"}),
        ("@s.saleh2", "@s.saleh2", set()),
        ("s@Noor Aziz, noor@example.com", "s@Noor Aziz, noor@example.com", set()),
        ("@Noor\nAziz", "@Noor\nAziz", {"noor"}),
        ("@Huda Ali", "@huda1 @huda2", {"huda1", "huda2"}),
        ("@Wali Omar", "@Wali Omar", set()),
    ],
)
def test_a_colleague_is_called_by_full_name_or_e_mail_in_any_spelling(
    order: Order, noor: User, sami: User, typed: str, kept: str, called: set[str]
) -> None:
    staff("saleh", first_name="Sami", last_name="Saleh", email="s.saleh@example.com")
    staff("ali@example.com", first_name="علی‌رضا", last_name="رضایی")
    for name in ("huda1", "huda2"):
        staff(name, first_name="Huda", last_name="Ali")
    staff("wali", role="warehouse", first_name="Wali", last_name="Omar")
    assert commenting.comment(order, typed, actor="staff:lina").text == kept
    assert mentioned() == called
    Mention.objects.all().delete()
    assert noting.note(Customer.objects.get(), typed, actor="staff:lina").text == kept
    assert mentioned() == called


def test_who_is_called_by_full_name_is_shown_by_it(order: Order, noor: User, sami: User) -> None:
    commenting.comment(order, "@noor aziz!", actor="staff:sami")
    page = signed_in(sami).get(f"/orders/{order.number}/").content.decode()
    assert '<bdi class="mention">@Noor Aziz</bdi>!' in page


def test_nobody_is_called_to_what_they_may_not_open(order: Order, noor: User) -> None:
    staff("wali", role="warehouse", locations=["RUH"])
    gone = staff("gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    commenting.comment(order, "@wali @gone", actor="staff:noor")
    assert mentioned() == set()


def test_a_mention_stands_in_a_comment_or_a_note_and_not_in_both(order: Order, noor: User) -> None:
    said = Comment.objects.create(order=order, text="x", actor="staff:noor")
    with pytest.raises(IntegrityError), transaction.atomic():
        Mention.objects.create(user=noor)
    Mention.objects.create(user=noor, comment=said)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mention.objects.create(user=noor, comment=said)


def test_they_are_told_by_e_mail_in_their_language(order: Order, noor: User, sami: User) -> None:
    commenting.comment(order, "@sami المندوب يسأل عن <b>البوابة</b>", actor="staff:noor")
    shop.work()
    mail.outbox.clear()
    notifications.send_due()
    (letter,) = [each for each in mail.outbox if each.to == ["sami@example.com"]]
    assert "أشار إليك" in letter.subject
    assert "Noor Aziz" in letter.subject
    assert str(order.number) in letter.subject
    assert "&lt;b&gt;" in str(letter.alternatives[0].content)
    assert "@سامي المندوب" in str(letter.body)
    assert "@sami" not in str(letter.body) + str(letter.alternatives[0].content)
    link = re.search(r"https?://\S+/mentions/\d+/", str(letter.body))
    assert link is not None
    shop.work()
    assert notifications.send_due() == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"role": "warehouse"}, "The colleague may no longer read it."),
        ({"is_active": False}, "The colleague may no longer read it."),
    ],
)
@pytest.mark.parametrize("before_it_is_written", [True, False])
def test_who_may_read_it_no_more_is_not_told(
    order: Order, noor: User, sami: User, change: dict[str, Any], why: str, *, before_it_is_written: bool
) -> None:
    shop.work()
    notifications.send_due()
    mail.outbox.clear()
    commenting.comment(order, "@sami the card was declined", actor="staff:noor")
    if not before_it_is_written:
        shop.work()
    User.objects.filter(pk=sami.pk).update(**change)
    shop.work()
    notifications.send_due()
    assert mail.outbox == []
    told = list(Message.objects.filter(kind="mentioned").values_list("state", "last_error"))
    assert told == ([] if before_it_is_written else [("skipped", why)])


def test_an_erased_comment_is_told_no_more(order: Order, noor: User, sami: User) -> None:
    kept = commenting.comment(order, "@sami", actor="staff:noor")
    shop.work()
    kept.delete()
    mail.outbox.clear()
    notifications.send_due()
    assert [letter for letter in mail.outbox if letter.to == ["sami@example.com"]] == []
    told = Message.objects.get(kind="mentioned")
    assert (told.state, told.last_error) == ("skipped", "The comment was erased.")


def test_the_log_of_messages_says_what_a_mention_is_about_and_why_it_was_not_sent(
    order: Order, noor: User, sami: User
) -> None:
    kept = commenting.comment(order, "@sami", actor="staff:noor")
    shop.work()
    User.objects.filter(pk=sami.pk).update(is_active=False)
    notifications.send_due()
    told = Message.objects.get(kind="mentioned")
    User.objects.filter(pk=noor.pk).update(language="ar")
    page = signed_in(User.objects.get(pk=noor.pk)).get(f"/settings/messages/{told.pk}/").content.decode()
    assert "إشارة من زميل" in page
    assert f'<a href="/orders/{order.number}/#comment-{kept.pk}"' in page
    assert "لم يعد مسموحًا للزميل بقراءته." in page
    assert (f"mention/{kept.pk}" in page, "may no longer" in page) == (False, False)
    kept.delete()
    again = signed_in(User.objects.get(pk=noor.pk)).get(f"/settings/messages/{told.pk}/")
    assert again.status_code == 200


def test_who_turned_mails_off_gets_none_and_sees_it_all_the_same(
    order: Order, noor: User, sami: User
) -> None:
    profile = {name: getattr(sami, name) for name in ("first_name", "last_name", "language", "theme")}
    rest = {"density": "compact", "digits": "auto", "calendar": "auto", "time_zone": ""}
    assert signed_in(sami).post("/profile/", profile | rest).status_code == 302
    commenting.comment(order, "@sami", actor="staff:noor")
    shop.work()
    assert not Message.objects.filter(kind="mentioned").exists()
    assert mentioning.unseen("sami").count() == 1


def test_opening_a_mention_goes_to_the_comment_and_counts_it_no_more(
    order: Order, noor: User, sami: User
) -> None:
    commenting.comment(order, "@sami please", actor="staff:noor")
    client = signed_in(sami)
    page = client.get("/mentions/")
    assert "Noor Aziz" in page.content.decode()
    (row,) = page.context["list"].rows
    assert client.head(f"/mentions/{row.pk}/").status_code == 302
    assert mentioning.unseen("sami").count() == 1
    opened = client.get(f"/mentions/{row.pk}/")
    assert opened["Location"] == f"/orders/{order.number}/#comment-{Comment.objects.get().pk}"
    assert mentioning.unseen("sami").count() == 0
    first = Mention.objects.get().seen_at
    client.get(f"/mentions/{row.pk}/")
    assert Mention.objects.get().seen_at == first
    # Counted anew at once: who opened it sees it go.
    shown = {
        link.entry.url: link.count
        for group in client.get("/").context["shell"].groups()
        for link in group.links
    }
    assert shown["mention-list"] == 0
    assert client.get("/mentions/?new=true").context["list"].rows == []


def test_a_note_calls_too_and_opens_its_customer(order: Order, noor: User, sami: User) -> None:
    customer = Customer.objects.get()
    noting.note(customer, "@sami prefers calls", actor="staff:noor")
    row = Mention.objects.get()
    opened = signed_in(sami).get(f"/mentions/{row.pk}/")
    assert opened["Location"] == f"/customers/{customer.pk}/#note-{row.note_id}"
    assert '<bdi class="mention">@سامي</bdi>' in (
        signed_in(noor).get(f"/customers/{customer.pk}/").content.decode()
    )


def test_an_old_comment_opens_the_whole_history(
    order: Order, noor: User, sami: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_reading, "EVENTS", 3)
    old = commenting.comment(order, "@sami first", actor="staff:noor")
    for words in ("a", "b", "c"):
        commenting.comment(order, words, actor="staff:noor")
    client = signed_in(sami)
    opened = client.get(f"/mentions/{Mention.objects.get().pk}/")
    assert opened["Location"] == f"/orders/{order.number}/?history=all#comment-{old.pk}"
    anchor = f'id="comment-{old.pk}"'
    newest = client.get(f"/orders/{order.number}/").content.decode()
    assert anchor not in newest
    assert "?history=all#timeline" in newest
    whole = client.get(opened["Location"]).content.decode()
    assert anchor in whole
    assert "?history=all#timeline" not in whole


def test_an_old_note_opens_all_notes(
    order: Order, noor: User, sami: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_page, "RECENT", 2)
    customer = Customer.objects.get()
    old = noting.note(customer, "@sami first", actor="staff:noor")
    for words in ("a", "b"):
        noting.note(customer, words, actor="staff:noor")
    client = signed_in(sami)
    opened = client.get(f"/mentions/{Mention.objects.get().pk}/")
    assert opened["Location"] == f"/customers/{customer.pk}/?notes=all#note-{old.pk}"
    anchor = f'id="note-{old.pk}"'
    first = client.get(f"/customers/{customer.pk}/").content.decode()
    assert anchor not in first
    assert "?notes=all#notes" in first
    whole = client.get(opened["Location"]).content.decode()
    assert anchor in whole
    assert "?notes=all#notes" not in whole


def test_a_name_in_other_letters_is_the_same_colleague(order: Order, noor: User, sami: User) -> None:
    commenting.comment(order, "@SAMI", actor="staff:noor")
    page = signed_in(noor).get(f"/orders/{order.number}/").content.decode()
    assert '<bdi class="mention">@سامي</bdi>' in page


def test_nobody_opens_or_counts_another_ones(order: Order, noor: User, sami: User) -> None:
    commenting.comment(order, "@sami", actor="staff:noor")
    pk = Mention.objects.get().pk
    assert signed_in(noor).get(f"/mentions/{pk}/").status_code == 404
    assert signed_in(noor).post("/mentions/all/").status_code == 302
    assert Mention.objects.get().seen_at is None
    counts = {
        user.username: {
            link.entry.url: link.count
            for group in signed_in(user).get("/").context["shell"].groups()
            for link in group.links
        }["mention-list"]
        for user in (sami, noor)
    }
    assert counts == {"sami": 1, "noor": 0}
    signed_in(sami).post("/mentions/all/")
    assert mentioning.unseen("sami").count() == 0


def test_colleagues_are_offered_by_the_beginning_of_any_name(noor: User, sami: User) -> None:
    staff("wali", role="warehouse", locations=["RUH"])
    staff("lina", first_name="Lina", last_name="Haddad", email="l.haddad@example.com")
    client = signed_in(noor)

    def offered(q: str) -> list[str]:
        found = re.findall(r'data-name="(\w+)"', client.get("/colleagues/", {"q": q}).content.decode())
        return sorted(found)

    assert offered("") == ["lina", "sami"]
    assert offered("SA") == ["sami"]
    assert offered("سا") == ["sami"]
    assert offered("سامی") == ["sami"]
    assert offered("lina ha") == ["lina"]
    assert offered("haddad") == ["lina"]
    assert offered("l.had") == ["lina"]
    assert offered("w") == []
    assert offered("no") == []


def test_what_was_typed_stays_text(noor: User) -> None:
    people = {"staff:noor": "Noor <Aziz>"}
    said = marked("<script>@noor. & @sami noor@example.com", people)
    assert said == (
        '&lt;script&gt;<bdi class="mention">@Noor &lt;Aziz&gt;</bdi>. &amp; <bdi>@sami</bdi> noor@example.com'
    )


def test_an_erased_comment_takes_its_mentions_along(order: Order, noor: User, sami: User) -> None:
    kept = commenting.comment(order, "@sami", actor="staff:noor")
    kept.delete()
    assert Mention.objects.count() == 0
