"""What customers read: each message in each language, and nothing a name can smuggle in."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from html.parser import HTMLParser

import pytest
from django.core.mail import EmailMultiAlternatives

from channels.mail import KINDS, MailData, MailLine, render

PAGE = "https://shop.example.com/t/9fK2LmQx7Zr4Tn1bVw0pYA/"
DATA = MailData(
    brand="Relay Store",
    order_number="10042",
    page_url=PAGE,
    currency="KWD",
    first_name="Sara",
    lines=[MailLine("T-shirt, red", 2, Decimal("19.8")), MailLine("Stone mug", 1, Decimal("3.750"))],
    shipping=Decimal("1.5"),
    total=Decimal("25.05"),
    to_collect=Decimal("25.05"),
    earliest=date(2026, 11, 24),
    latest=date(2026, 11, 26),
    delivered_on=date(2026, 11, 25),
    carrier="Own fleet",
    tracking_number="RL1234567890123456785",
    refund=Decimal("9.9"),
    refund_method="card",
    contact="help@shop.example.com",
)


class Page(HTMLParser):
    """The tags and links of a message."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]


def plain(text: str) -> str:
    """Without isolates and narrow spaces, as a reader sees it."""
    return text.replace("\u2068", "").replace("\u2069", "").replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["en", "ar", "fa"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_message_leads_to_the_customers_page(kind, language):
    mail = render(kind, DATA, language)
    page = Page(mail.html)
    assert page.links == [PAGE]
    assert f"\n{PAGE}\n" in mail.text
    assert "10042" in mail.subject
    assert f'dir="{"ltr" if language == "en" else "rtl"}"' in mail.html
    assert f'<html lang="{language}"' in mail.html
    assert {"script", "img", "link", "style", "iframe"}.isdisjoint(page.tags)


def test_a_return_is_told_by_its_number_with_what_comes_next():
    data = replace(DATA, lines=DATA.lines[:1], total=None, shipping=None, to_collect=None)
    data = replace(
        data, return_number="R10042-1", next_step="Pack the items.", note="Worn <b>for</b>\nweeks."
    )
    told = {
        kind: plain(render(kind, data, "en").text).split("\n")[:3]
        for kind in ("return_requested", "return_accepted", "return_rejected")
    }
    head = ["Relay Store · Order 10042 · Return R10042-1", ""]
    assert told == {
        "return_requested": [
            *head,
            "We have your return request. We look at your request and write to you.",
        ],
        "return_accepted": [*head, "Your return is accepted. Pack the items."],
        "return_rejected": [*head, "Your return is not accepted. Worn <b>for</b> weeks."],
    }
    assert "Worn &lt;b&gt;for&lt;/b&gt; weeks." in plain(render("return_rejected", data, "en").html)


def test_received_says_what_it_costs_and_when_it_comes():
    text = plain(render("received", DATA, "en").text)
    assert text == (
        "Relay Store · Order 10042\n"
        "\n"
        "Thank you, Sara! We are preparing it and write again when it leaves.\n"
        "Expected: Tuesday, 24 November to Thursday, 26 November 2026\n"
        "\n"
        f"{PAGE}\n"
        "\n"
        "- T-shirt, red × 2: KWD 19.800\n"
        "- Stone mug × 1: KWD 3.750\n"
        "Shipping: KWD 1.500\n"
        "Total: KWD 25.050\n"
        "To pay in cash on delivery: KWD 25.050\n"
        "\n"
        "--\n"
        "Questions? Write to help@shop.example.com.\n"
        "You get this message because you ordered at Relay Store.\n"
    )


def test_on_the_way_names_carrier_and_number():
    text = plain(render("on_the_way", DATA, "en").text)
    assert "Tracking no.: RL1234567890123456785 · Own fleet\n" in text


def test_nobody_is_asked_for_cash_after_delivery():
    for kind in ("delivered", "refunded"):
        mail = render(kind, DATA, "en")
        assert "cash on delivery" not in mail.text + mail.html


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("card", "card you paid with"),
        ("bank", "bank account"),
        ("store_credit", "store credit"),
        ("cod", "the way"),
    ],
)
def test_refunded_says_how_much_and_where_to(method, words):
    mail = render("refunded", replace(DATA, refund_method=method), "en")
    assert plain(mail.subject) == "Your refund of KWD 9.900 for order 10042 · Relay Store"
    assert words in mail.text
    assert words in mail.html


def test_persian_writes_its_own_digits_and_calendar():
    text = plain(render("received", replace(DATA, currency="AED"), "fa").text)
    assert "۲۵٫۰۵ درهم" in text
    assert "۳ آذر" in text
    assert "۱۴۰۵" in text


def test_facts_we_do_not_have_leave_no_gaps():
    bare = MailData(brand="Relay Store", order_number="7", page_url=PAGE)
    for kind in KINDS:
        mail = render(kind, bare, "en")
        assert "\n\n\n" not in mail.text
        assert "None" not in mail.text + mail.html
        assert Page(mail.html).links == [PAGE]


HOSTILE = [
    "Sara\r\nBcc: everyone@example.com",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '"><a href="https://evil.example">click</a>',
    "\u202egro.live\u2066\u200f",
    "{% load static %}{{ settings.SECRET_KEY }}%(order)s",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_name_stays_a_name(kind, text):
    hostile = replace(
        DATA, brand=text, first_name=text, order_number=text, carrier=text, tracking_number=text, contact=text,
        lines=[MailLine(text, 1)],
    )  # fmt: skip
    mail = render(kind, hostile, "ar")
    page = Page(mail.html)
    assert page.links == [PAGE]
    assert {"script", "img"}.isdisjoint(page.tags)
    assert "onerror" not in page.attributes
    assert len(mail.subject) <= 150
    assert not set("\r\n\u202e\u2066\u200f") & set(mail.subject)
    sent = EmailMultiAlternatives(mail.subject, mail.text, "shop@example.com", ["sara@example.com"])
    sent.attach_alternative(mail.html, "text/html")
    headers = message_from_bytes(sent.message().as_bytes())
    assert headers["Bcc"] is None
    assert headers["To"] == "sara@example.com"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "", "data:text/html,x", "//evil.example"])
def test_only_a_web_address_may_be_the_page(address):
    with pytest.raises(ValueError, match="page"):
        render("received", replace(DATA, page_url=address), "en")


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="No message"):
        render("birthday", DATA, "en")
