"""What must be true of an installation before it serves; run by `manage.py check`."""

import re
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

OLDEST_POSTGRESQL = 150000
SAUDI_VAT = re.compile(r"3[0-9]{13}3")


@register(Tags.database)
def postgresql_is_new_enough(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if not isinstance(connection, DatabaseWrapper):
            found.append(Error(f"Database {alias!r} is not PostgreSQL.", id="oms.E001"))
        elif connection.pg_version < OLDEST_POSTGRESQL:
            found.append(Error(f"Database {alias!r} is older than PostgreSQL 15.", id="oms.E002"))
    return found


@register(Tags.security, deploy=True)
def production_is_named(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """`check --deploy` on settings of a developer's machine would prove nothing."""
    found: list[CheckMessage] = []
    if not settings.PRODUCTION:
        found.append(Warning("ENVIRONMENT is not 'production'.", id="oms.W001"))
    if not settings.BASE_URL.startswith("https://"):
        found.append(Warning("BASE_URL is no https address: links in mails would be.", id="oms.W002"))
    return found


@register()
def paper_fonts_are_there(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if settings.PAPER_FONTS.is_dir():
        return []
    hint = "Run `npm ci`; without them Arabic and Persian papers fall back to whatever the machine has."
    return [Warning("The fonts of labels and papers are missing.", hint=hint, id="oms.W003")]


@register()
def vat_number_is_one(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A wrong one would stand on every invoice, and those are never edited."""
    number = settings.COMPANY_VAT_NUMBER
    if not number or settings.COMPANY_COUNTRY != "SA" or SAUDI_VAT.fullmatch(number):
        return []
    return [Error("COMPANY_VAT_NUMBER: a Saudi one has 15 digits and begins and ends with 3.", id="oms.E003")]
