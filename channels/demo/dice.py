"""Chance that is the same on every run: everything is drawn from a fixed seed and a name. Pure."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
SEED = "relay-demo-2026"


def number(below: int, *names: object) -> int:
    """A whole number from 0 up to `below`, the same for the same names."""
    text = "\x1f".join([SEED, *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % below


def one_of(options: Sequence[T], *names: object) -> T:
    """One of the options, each as likely."""
    return options[number(len(options), *names)]


def weighted(options: Sequence[tuple[T, int]], *names: object) -> T:
    """One of the (option, weight) pairs."""
    left = number(sum(weight for _, weight in options), *names)
    for option, weight in options:
        left -= weight
        if left < 0:
            return option
    raise ValueError("Nothing to choose from.")
