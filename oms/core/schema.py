"""OpenAPI 3.1 from what each Endpoint declares: one source for checking a body and for describing it."""

import re
from functools import cache
from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema

from oms.core.api import Endpoint, Op
from oms.core.problems import JSON, PROBLEM

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
REFUSALS = {
    "400": "The request is not valid.",
    "401": "No valid key or session.",
    "403": "The scope is missing.",
    "404": "There is no such document.",
    "409": "The state or the stock does not allow it.",
    "412": "The document has changed.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The Idempotency-Key came with another body before.",
    "428": "If-Match is missing.",
    "429": "Too many requests.",
    "503": "Not available right now.",
}
# Refusals that only some methods know.
ONLY = {
    "409": {"POST", "PATCH", "DELETE"},
    "412": {"POST", "PATCH"},
    "413": {"POST", "PATCH"},
    "415": {"POST", "PATCH"},
    "422": {"POST"},
    "428": {"PATCH"},
}
SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `oms_…`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "A member of staff's session; what writes sends X-CSRFToken too.",
    },
}
HEADERS = {
    "Location": "The document's address.",
    "ETag": "The version that was read, for If-None-Match and If-Match.",
    "Link": "The next page, with rel=next.",
    "Idempotent-Replayed": "`true` where this is the first answer again.",
    "Retry-After": "Seconds.",
}


class EndpointSchema(AutoSchema):
    """Describes Endpoints by their Ops; everything else as drf-spectacular does."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        if not isinstance(self.view, Endpoint):
            return super().get_operation(path, path_regex, path_prefix, method, registry)
        op = self.view.op_of(method)
        if op is None:
            return None
        return _operation(self.view, op, path, method, self.get_tags_for(path))

    @staticmethod
    def get_tags_for(path: str) -> list[str]:
        return [path.removeprefix("/api/v1/").split("/")[0]]


def add_components(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A post-processing hook: the Structs met on the way become components."""
    components = result.setdefault("components", {})
    components["securitySchemes"] = SECURITY
    kept = components.setdefault("schemas", {})
    kept.update(_book()[1])
    kept["Problem"] = PROBLEM_SCHEMA
    return result


def _operation(view: Endpoint, op: Op, path: str, method: str, tags: list[str]) -> dict[str, Any]:
    name = re.sub(r"[^a-zA-Z0-9]+", "_", path.removeprefix("/api/v1/")).strip("_")
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()}_{name}",
        "summary": op.summary or (view.__doc__ or "").split("\n")[0],
        "tags": tags,
        "parameters": _parameters(op, path, method),
        "responses": _responses(op, method),
    }
    if op.scope is not None or view.authentication_classes:
        operation["security"] = [{"key": []}, {"session": []}]
    body = op.documented_body or op.body
    if body is not None:
        schema = _schema(body)
        shape = _book()[1][schema["$ref"].rpartition("/")[2]]
        operation["requestBody"] = {
            "required": bool(shape.get("required")),
            "content": {op.media: {"schema": schema}},
        }
    return operation


def _parameters(op: Op, path: str, method: str) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    if method == "POST" and op.idempotent:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    if method == "PATCH" and op.conditional:
        found.append({"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}})
    if op.query is not None:
        shape = _book()[1][_schema(op.query)["$ref"].rpartition("/")[2]]
        found += [
            {"name": name, "in": "query", "required": name in shape.get("required", []), "schema": field}
            for name, field in shape["properties"].items()
        ]
    return found


def _responses(op: Op, method: str) -> dict[str, Any]:
    def content(media: str, schema: Any) -> dict[str, Any]:
        return {media: {"schema": schema}}

    told: dict[str, Any] = {}
    for status in (op.status, op.repeats or op.status):
        if op.answer is None or status == 204:
            told[str(status)] = {"description": "Done."}
        elif isinstance(op.answer, str):
            told[str(status)] = {
                "description": "The file.",
                "content": content(op.answer, {"type": "string", "contentMediaType": op.answer}),
            }
        else:
            schema = _page(_schema(op.answer)) if op.paged else _schema(op.answer)
            told[str(status)] = {"description": "The document.", "content": content(JSON, schema)}
        names = ["Location"] * (status == 201) + ["ETag"] * op.conditional + ["Link"] * op.paged
        if method == "POST" and op.idempotent:
            names.append("Idempotent-Replayed")
        if names:
            told[str(status)]["headers"] = _headers(*names)
    if op.conditional and method == "GET":
        told["304"] = {"description": "Not changed since.", "headers": _headers("ETag")}
    for refusal, said in REFUSALS.items():
        if method not in ONLY.get(refusal, {method}) or (refusal == "422" and not op.idempotent):
            continue
        told[refusal] = {
            "description": said,
            "content": content(PROBLEM, {"$ref": "#/components/schemas/Problem"}),
        }
        if refusal in ("429", "503"):
            told[refusal]["headers"] = _headers("Retry-After")
    return told


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in names}


def _page(item: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["data", "has_more", "next_cursor"],
        "properties": {
            "data": {"type": "array", "items": item},
            "has_more": {"type": "boolean"},
            "next_cursor": {"type": ["string", "null"]},
        },
    }


def _schema(shape: Any) -> Any:
    return _book()[0][shape]


@cache
def _book() -> tuple[dict[Any, Any], dict[str, Any]]:
    """Every body, query and answer at once, so that equal names of different apps are told apart."""
    shapes: list[Any] = []
    for endpoint in _endpoints(Endpoint):
        for method in ("get", "post", "patch", "delete"):
            op = endpoint.op_of(method)
            if op is not None:
                shapes += [op.documented_body or op.body, op.query, op.answer]
    shapes = [shape for shape in dict.fromkeys(shapes) if shape is not None and not isinstance(shape, str)]
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return dict(zip(shapes, schemas, strict=True)), dict(components)


def _endpoints(root: type[Endpoint]) -> list[type[Endpoint]]:
    return [found for child in root.__subclasses__() for found in (child, *_endpoints(child))]
