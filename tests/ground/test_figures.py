"""What a page counts, it says in its reader's digits: no bare number goes into a sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

APPS = ("inventory", "fulfillment", "returns", "oms")
COUNTS = {"n", "count", "units", "orders", "most", "least", "left", "boxes", "now", "more", "version"}
WRITTEN = {"figure", "_digits", "digits", "digits_for", "capped_words"}


def bare() -> Iterator[str]:
    """Where `sentence % {"count": …}` is given a number as it is."""
    for app in APPS:
        for file in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for scope in ast.walk(tree):
                if isinstance(scope, ast.FunctionDef):
                    known = _written_in(scope)
                    for key, value in _given(scope):
                        if key in COUNTS and not _is_written(value, known):
                            yield f"{file.relative_to(settings.BASE_DIR)}:{value.lineno} {key}"


def _given(scope: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(scope):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Dict):
            for key, value in zip(node.right.keys, node.right.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield str(key.value), value


def _written_in(scope: ast.FunctionDef) -> set[str]:
    return {
        target.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and _is_written(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_written(value: ast.expr, known: set[str]) -> bool:
    if isinstance(value, ast.Name):
        return value.id in known
    name = getattr(value, "func", None)
    return getattr(name, "attr", getattr(name, "id", "")) in WRITTEN


def test_counts_in_sentences_are_written_in_the_readers_digits() -> None:
    assert sorted(set(bare())) == []
