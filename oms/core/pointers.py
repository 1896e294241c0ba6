"""Where in a body the fault is: msgspec names the path but not the place in a list, so the lists are searched again."""

import json
import re
from typing import Annotated, Any

import msgspec

_STEP = re.compile(r"\.([^.\[]+)|\[(\.\.\.|\d+|\"[^\"]*\")\]")


def locate(raw: Any, shape: Any, error: msgspec.ValidationError) -> tuple[str, str]:
    """The (JSON pointer, message) of a validation error; `raw` is the body as bytes or as plain data."""
    message, _, where = str(error).partition(" - at `")
    pointer = ""
    info: Any = msgspec.inspect.type_info(shape)
    data = _plain(raw)
    for name, place in _STEP.findall(where.rstrip("`").removeprefix("$")):
        info = _without_none(info)
        if name:
            pointer += f"/{name}"
            data = data.get(name) if isinstance(data, dict) else None
            info = _field(info, name)
        elif place == "...":
            index, data, info = _first_wrong(data, info)
            if index is not None:
                pointer += f"/{index}"
        else:
            pointer += f"/{place}"
            data = data[int(place)] if place.isdigit() and isinstance(data, list) else None
            info = getattr(info, "item_type", None)
    return pointer, message.replace("`", "'")


def _plain(raw: Any) -> Any:
    if not isinstance(raw, bytes):
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _field(info: Any, name: str) -> Any:
    found = [f.type for f in getattr(info, "fields", ()) if f.encode_name == name]
    return found[0] if found else None


def _without_none(info: Any) -> Any:
    types = [t for t in getattr(info, "types", ()) if not isinstance(t, msgspec.inspect.NoneType)]
    return types[0] if len(types) == 1 else info


def _first_wrong(data: Any, info: Any) -> tuple[int | None, Any, Any]:
    """The first element of a list that does not have its shape."""
    inner = getattr(info, "item_type", None)
    shape = getattr(inner, "cls", None)
    if not isinstance(data, list):
        return None, None, inner
    for index, element in enumerate(data):
        try:
            if shape is not None:
                msgspec.convert(element, shape)
            elif isinstance(inner, msgspec.inspect.StrType):
                _string(element, inner)
        except (msgspec.ValidationError, ValueError):
            return index, element, inner
    return None, None, inner


def _string(element: Any, inner: Any) -> None:
    limits = {
        k: getattr(inner, k) for k in ("min_length", "max_length", "pattern") if getattr(inner, k) is not None
    }
    msgspec.convert(element, Annotated[str, msgspec.Meta(**limits)])
