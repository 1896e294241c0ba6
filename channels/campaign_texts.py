"""What a campaign says to one customer: its text with the customer's own facts put in, as a mail. Sends nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from channels.mail import Rendered, one_line, said, tidy
from oms.core import display
from oms.core.errors import Invalid
from oms.core.saying import said as sentence

# What may stand in a text as `{first_name}`, each a fact about whoever reads it.
FIELDS = ("first_name", "name", "orders", "last_order", "last_order_day", "brand")
LONGEST_SUBJECT = 150
LONGEST_BODY = 10_000
SALT = "marketing"

_FIELD = re.compile(r"\{([^{}\n]{1,40})\}")

Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Reader:
    """Whom it is for. `last_order_day` is the day on the company's clocks."""

    customer: str
    name: str
    brand: str
    orders: int = 0
    last_order: str = ""
    last_order_day: date | None = None


def checked(texts: Texts, fallback: str) -> dict[str, dict[str, str]]:
    """The texts as they are kept: languages with subject and body, trimmed; half a text is refused.

    Raises Invalid naming language and field: nothing written, too long, or a personal field nobody knows.
    """
    kept: dict[str, dict[str, str]] = {}
    for language, text in texts.items():
        if language not in dict(settings.LANGUAGES):
            raise Invalid.at(f"/texts/{language}", sentence("There is no such language."))
        subject = " ".join(str(text.get("subject", "")).split())
        body = str(text.get("body", "")).replace("\r\n", "\n").replace("\x00", "").strip()
        if not subject and not body:
            continue
        for field, given, most in (("subject", subject, LONGEST_SUBJECT), ("body", body, LONGEST_BODY)):
            pointer = f"/texts/{language}/{field}"
            if not given:
                raise Invalid.at(pointer, sentence("Subject and text belong together."), "required")
            if len(given) > most:
                raise Invalid.at(pointer, sentence("At most %(most)s letters.", most=most), "too_long")
            for found in _FIELD.findall(given):
                if found not in FIELDS:
                    raise Invalid.at(
                        pointer,
                        sentence("There is no personal field %(field)s.", field=found),
                        "unknown_field",
                    )
        kept[language] = {"subject": subject, "body": body}
    if not kept:
        raise Invalid.at("/texts", sentence("Write it in one language at least."), "required")
    if fallback not in kept:
        raise Invalid.at("/fallback", sentence("Nothing is written in this language."))
    return kept


def language_for(texts: Texts, fallback: str, *wanted: str) -> str:
    """The first wanted language it is written in."""
    for each in wanted:
        short = each.partition("-")[0].lower()
        if short in texts:
            return short
    return fallback


def render(texts: Texts, language: str, reader: Reader) -> Rendered:
    """The mail to one reader in one of the texts' languages."""
    text = texts[language]
    with translation.override(language):
        facts = _facts(reader, language)
        subject, body = (
            _FIELD.sub(lambda found: facts.get(found[1], found[0]), text[part])
            for part in ("subject", "body")
        )
        words: dict[str, Any] = {
            "language": language,
            "rtl": display.is_rtl(language),
            "brand": said(reader.brand),
            "subject": subject,
            "paragraphs": [part.strip() for part in re.split(r"\n{2,}", body) if part.strip()],
            "stop_url": stop_url(reader.customer),
            "contact": display.without_direction_marks(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        }
        return Rendered(
            subject=one_line(subject),
            text=tidy(render_to_string("channels/mail/campaign.txt", words)),
            html=render_to_string("channels/mail/campaign.html", words),
        )


def stop_url(customer: str) -> str:
    """The page that ends such messages, for one customer and nobody else; it is good for ever."""
    return settings.BASE_URL + reverse("portal:marketing", args=[token(customer)])


def token(customer: str) -> str:
    return signing.Signer(salt=SALT, sep=".").sign(customer)


def customer_of(given: str) -> str:
    """Whose token it is. Raises signing.BadSignature."""
    return signing.Signer(salt=SALT, sep=".").unsign(given)


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: facts.get(found[1], found[0]), text)


def _facts(reader: Reader, language: str) -> dict[str, str]:
    """Each field's value, set apart from the direction of the line around it."""
    first = reader.name.split()[0] if reader.name.split() else ""
    day = display.day(reader.last_order_day, language) if reader.last_order_day else ""
    facts = {
        "first_name": first,
        "name": reader.name,
        "orders": display.number(reader.orders, language),
        "last_order": reader.last_order,
        "last_order_day": day,
        "brand": reader.brand,
    }
    return {name: display.isolated(value) if value else "" for name, value in facts.items()}
