"""Staff read every refusal in their language: one in English alone has its code's own words on pages."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from oms.core import errors
from oms.core.pages import SENTENCES

APPS = ("orders", "inventory", "fulfillment", "returns", "channels", "oms")
PROBLEMS = {
    name: kind.code
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Problem)
}


# What no page ever sends: the API's keys, bodies and cursors, and the hooks of platforms.
API_ONLY = {
    "bad_signature",
    "database_away",
    "idempotency_in_flight",
    "invalid_cursor",
    "unauthenticated",
    "webhook_id_invalid",
}
API_FILES = ("api", "paging", "intake")


def put_together() -> Iterator[tuple[str, str]]:
    """Where a refusal's sentence is written in English alone, and its code."""
    for app in APPS:
        for file in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            # The API's own doors are told to programs alone.
            if file.stem.endswith(API_FILES):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and (found := _code_of(node)):
                    yield f"{file.relative_to(settings.BASE_DIR)}:{node.lineno}", found


def _code_of(call: ast.Call) -> str:
    kind, at = call.func, False
    if isinstance(kind, ast.Attribute) and kind.attr == "at":
        kind, at = kind.value, True
    name = kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", "")
    texts = call.args[1:2] if at else call.args[:1]
    if name not in PROBLEMS or not any(_is_english(text) for text in texts):
        return ""
    codes = [word.value for word in call.keywords if word.arg == "code"] or (call.args[2:3] if at else [])
    return str(codes[0].value) if codes and isinstance(codes[0], ast.Constant) else PROBLEMS[name]


def _is_english(text: ast.expr) -> bool:
    """Written out where it is raised. Made by `said`, or another's words handed on, it is not."""
    if isinstance(text, ast.BoolOp):
        return any(_is_english(part) for part in text.values)
    if isinstance(text, ast.IfExp):
        return _is_english(text.body) or _is_english(text.orelse)
    return isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and bool(text.value))


def test_an_english_sentence_never_reaches_a_page() -> None:
    found = dict(put_together())
    assert len(found) > 30, "the walk sees them"
    bare = {where: code for where, code in found.items() if code not in SENTENCES}
    assert {where: code for where, code in bare.items() if code not in API_ONLY} == {}
