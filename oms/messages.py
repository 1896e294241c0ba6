"""The catalogue of sentences: what the source says, and whether Arabic and Persian say all of it.

Babel reads Python; Django templates are first turned into something it can read by Django's own `templatize`.
"""

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import extract
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import templatize

SOURCES = ["oms", "inventory", "orders", "fulfillment", "returns", "channels", "templates"]
LANGUAGES = ["ar", "fa"]
DOMAIN = "django"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "said": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def said_in_source() -> Catalog:
    """Every sentence marked for translation in Python and templates."""
    catalog = Catalog(domain=DOMAIN, fuzzy=False)
    for top in SOURCES:
        for path in sorted((settings.BASE_DIR / top).rglob("*")):
            if "migrations" in path.parts or "node_modules" in path.parts:
                continue
            if path.suffix in (".py", ".html", ".txt"):
                name = str(path.relative_to(settings.BASE_DIR))
                for _line, message, comments, context in sentences(path):
                    catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def sentences(path: Path) -> Iterator[tuple[int, Any, list[str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Indentation means nothing in a template and everything to Babel's reader of Python.
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    else:
        text += "".join(f"\n{call}" for call in in_f_strings(text))
    source = BytesIO(text.encode())
    yield from extract.extract("python", source, KEYWORDS, ["Translators:"], {"encoding": "utf-8"})


def in_f_strings(text: str) -> Iterator[str]:
    """The calls inside f-strings, which Babel reads as plain text: a sentence may be asked for there too."""
    if 'f"' not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FormattedValue):
            yield from (ast.unparse(part) for part in ast.walk(node) if isinstance(part, ast.Call))


def catalogue(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    path = catalogue(language)
    if not path.is_file():
        return Catalog(locale=language, domain=DOMAIN, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update() -> None:
    """Bring the catalogues up to the source; sentences no longer said are dropped."""
    source = said_in_source()
    for language in LANGUAGES:
        known = read(language)
        # A date that changes with every look makes every two changes meet in the same line.
        source.creation_date = known.creation_date
        known.update(source, no_fuzzy_matching=True)
        known.obsolete.clear()
        known.fuzzy = False
        path = catalogue(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, known, width=100, include_lineno=False, sort_by_file=True, ignore_obsolete=True)


def faults() -> list[str]:
    """What is not as it should be, a line each: new, no longer said, untranslated, fuzzy, broken."""
    source = said_in_source()
    wanted = {key(message) for message in source if message.id}
    found = []
    for language in LANGUAGES:
        known = read(language)
        have = {key(message) for message in known if message.id}
        found += [f"{language}: not in the catalogue: {text}" for _, text in sorted(wanted - have)]
        found += [f"{language}: no longer said: {text}" for _, text in sorted(have - wanted)]
        for message in known:
            if message.id:
                found += [f"{language}: {fault}: {key(message)[1]}" for fault in faults_of(message, known)]
    return found


def faults_of(message: Message, catalog: Catalog) -> Iterator[str]:
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    if not all(forms):
        yield "untranslated"
    elif message.fuzzy:
        yield "fuzzy"
    else:
        for error in message.check(catalog):
            yield str(error)


def key(message: Message) -> tuple[str, str]:
    text = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return message.context or "", text
