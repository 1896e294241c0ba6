"""A sentence that remembers how it was made, so that a page can say it in its reader's language. Pure.

The API answers in English; a page hands the same refusal to `oms.core.pages.told`. What is given to `said` is found by
`make messages`, so its pattern must be written out where it is called.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any


class Said(str):
    """Text with the pattern it was made from and the facts that were put in."""

    pattern: str
    facts: dict[str, str | int]

    def __new__(cls, text: str, pattern: str, facts: Mapping[str, Any]) -> "Said":
        made = super().__new__(cls, text)
        made.pattern = pattern
        # A number stays one: a page writes it in its reader's digits.
        made.facts = {name: fact if isinstance(fact, int) else str(fact) for name, fact in facts.items()}
        return made

    def __str__(self) -> "Said":
        """Itself, so that it outlives `str(error)`."""
        return self


def said(pattern: str, **facts: Any) -> Said:
    """`said("There is no SKU %(sku)s.", sku="TEE")`: that sentence in English, ready to be said otherwise."""
    return Said(pattern % facts if facts else pattern, pattern, facts)


def plain(text: str) -> str:
    """The bare text, for what takes no subclass of str."""
    return str.__str__(text)


def _kind(found: re.Match[str]) -> Said:
    wanted = {word.strip() for word in found["wanted"].split("|")} - {"null"}
    if wanted <= {"int"}:
        return said("A whole number is expected here.")
    if wanted <= {"float", "int"}:
        return said("A number is expected here.")
    if wanted <= {"bool"}:
        return said("Yes or no is expected here.")
    if wanted <= {"array"}:
        return said("A list is expected here.")
    if wanted <= {"object"}:
        return said("Several facts are expected here.")
    return said("Text is expected here.")


def _length(found: re.Match[str]) -> Said:
    size = int(found["size"])
    if found["what"] == "array":
        if found["sign"] == "<=":
            return said("At most %(most)s can be given.", most=size)
        return said("At least %(least)s must be given.", least=size)
    if found["sign"] == "<=":
        return said("It has at most %(most)s characters.", most=size)
    if size == 1:
        return said("It is empty.")
    return said("It has at least %(least)s characters.", least=size)


def _size(found: re.Match[str]) -> Said:
    bound = found["size"].removesuffix(".0")
    signs: dict[str, Callable[[], Said]] = {
        "<=": lambda: said("It is at most %(most)s.", most=bound),
        ">=": lambda: said("It is at least %(least)s.", least=bound),
        "<": lambda: said("It is less than %(bound)s.", bound=bound),
        ">": lambda: said("It is more than %(bound)s.", bound=bound),
    }
    return signs[found["sign"]]()


# What msgspec refuses, without its quotation marks.
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Said]], ...] = (
    (re.compile(r"Object missing required field"), lambda found: said("It is missing.")),
    (re.compile(r"Object contains unknown field"), lambda found: said("There is no such field.")),
    (re.compile(r"Expected (?P<what>str|array) of length (?P<sign><=|>=) (?P<size>\d+)"), _length),
    (re.compile(r"Expected (int|float|decimal) (?P<sign><=|>=|<|>) (?P<size>-?[\d.]+)"), _size),
    (re.compile(r"Expected str matching regex"), lambda found: said("It is not written as it should be.")),
    (re.compile(r"Expected (?P<wanted>[a-z |]+), got"), _kind),
    (re.compile(r"Invalid enum value (?P<value>.+)"), lambda found: said("It is none of the known values.")),
    (re.compile(r"Invalid RFC3339 encoded date$"), lambda found: said("It is not a date.")),
    (re.compile(r"Invalid RFC3339 encoded"), lambda found: said("It is not a moment.")),
    (re.compile(r"Invalid (UUID|literal)"), lambda found: said("It is none of the known values.")),
    (re.compile(r"Integer value out of range"), lambda found: said("It is out of range.")),
)


def of_shape(message: str) -> str:
    """msgspec's refusal, ready to be said otherwise; the words of the API stay msgspec's."""
    bare = message.replace("`", "").replace("'", "")
    for known, say in _SHAPES:
        if found := known.match(bare):
            ours = say(found)
            return Said(message, ours.pattern, ours.facts)
    return message
