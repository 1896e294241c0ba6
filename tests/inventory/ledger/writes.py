"""Which public functions of `inventory` write: read off their source, so that a new one is noticed by itself."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import inventory

HOME = Path(inventory.__file__).parent
# Doors parse, call one of the functions below, answer; forms and lists only read.
DOORS = re.compile(r"(^|_)(api|pages|forms|list|documents|tasks|admin|urls|apps)$")
SQL = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM|nextval)\b")
ORM = {
    "save",
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "delete",
}


def modules() -> Iterator[ModuleType]:
    """Every module of `inventory` and `inventory.stock` that is no door, and holds no tables."""
    for path in sorted([*HOME.glob("*.py"), *(HOME / "stock").glob("*.py")]):
        name = ".".join(("inventory", *path.relative_to(HOME).with_suffix("").parts))
        if not DOORS.search(path.stem):
            yield importlib.import_module(name.removesuffix(".__init__"))


@cache
def public_writes() -> dict[str, Any]:
    """The functions that write, or call one that does, by `module.name` below `inventory`."""
    functions = {}
    for module in modules():
        for node in ast.parse(Path(str(module.__file__)).read_text()).body:
            if isinstance(node, ast.FunctionDef):
                functions[getattr(module, node.name)] = (module, node)
    writing = {one for one, (module, node) in functions.items() if _writes_itself(module, node)}
    grown = True
    while grown:
        more = {
            one
            for one, (module, node) in functions.items()
            if one not in writing and any(called in writing for called in named_in(node, vars(module)))
        }
        grown = bool(more)
        writing |= more
    return {name_of(one): one for one in writing if not one.__name__.startswith("_")}


def name_of(function: Any) -> str:
    """`stock.reserving.reserve`."""
    return f"{function.__module__}.{function.__qualname__}".removeprefix("inventory.")


def named_in(tree: ast.AST, names: dict[str, Any]) -> Iterator[Any]:
    """Every function that a piece of source names, as `name` or as `module.name`."""
    for node in ast.walk(tree):
        found = None
        if isinstance(node, ast.Name):
            found = names.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = getattr(names.get(node.value.id), node.attr, None)
        if callable(found) and hasattr(found, "__qualname__") and getattr(found, "__hash__", None):
            yield found


def _writes_itself(module: ModuleType, tree: ast.FunctionDef) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # A dictionary's `update` has no keywords only, and a query's has nothing else.
            if node.func.attr in ORM or (node.func.attr == "update" and node.keywords and not node.args):
                return True
        text = vars(module).get(node.id) if isinstance(node, ast.Name) else getattr(node, "value", None)
        if isinstance(text, str) and SQL.search(text):
            return True
    return False
