"""What a sentence names keeps its own direction: 10240-1 is no 1-10240 in an Arabic line."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

STAFF = ("oms/backoffice", "fulfillment", "inventory", "returns")
NAMES = {"number", "sku", "code", "email", "place", "user", "channel", "parcel"}
# Of what they give, every name is set apart already.
APART = {"isolated", "number_of"}


def named_bare(path: Path) -> Iterator[str]:
    """Where a sentence is filled with a number, a code or a name that is not set apart."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not (
            isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Dict)
        ):
            continue
        for key, value in zip(node.right.keys, node.right.values, strict=True):
            called = {part.attr if isinstance(part, ast.Attribute) else part.id for part in names_in(value)}
            if isinstance(key, ast.Constant) and key.value in NAMES and not called & APART:
                yield f"{path.relative_to(settings.BASE_DIR)}:{value.lineno}: {ast.unparse(value)}"


def names_in(value: ast.expr) -> list[ast.Attribute | ast.Name]:
    return [part for part in ast.walk(value) if isinstance(part, ast.Attribute | ast.Name)]


def test_numbers_and_codes_are_set_apart_in_every_sentence() -> None:
    files = [path for part in STAFF for path in sorted((Path(settings.BASE_DIR) / part).rglob("*.py"))]
    assert [bare for path in files for bare in named_bare(path)] == []
