"""How every API resource behaves: bodies, errors, idempotency, ETags, pages. A door only says what is its own.

An endpoint declares each method as an `Op` and writes the method; the body and the query arrive checked:

    class OrderHolds(Endpoint):
        post_op = Op(scope="orders:write", body=HoldIn, answer=HoldOut, status=201)

        def post(self, request, body, id): ...   # returns a Struct, or an Answer
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import msgspec
from django.conf import settings
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import RawPostDataException
from psycopg.errors import DeadlockDetected, SerializationFailure
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from oms.core import access, crypto, errors, idempotency, ratelimit
from oms.core.access import Principal
from oms.core.pointers import locate
from oms.core.problems import JSON, as_problem, encode, problem_response, response
from oms.core.saying import of_shape

MERGE_PATCH = "application/merge-patch+json"
TRIES = 3


@dataclass(frozen=True, slots=True)
class Op:
    """What one method of an endpoint takes and gives; the OpenAPI is made from it.

    With `paged` the answer is a page of it. `repeats` is the status of an answer to something already there;
    `documented_body` shows the items of a body that is decoded item by item; `conditional` knows ETag, If-None-Match
    and If-Match.
    """

    scope: str | None
    body: Any = None
    query: type[msgspec.Struct] | None = None
    answer: Any = None
    status: int = 200
    paged: bool = False
    repeats: int | None = None
    documented_body: Any = None
    idempotent: bool = True
    conditional: bool = False
    summary: str = ""
    media: str = JSON
    # The answer shows a secret once: what idempotency keeps of it is sealed.
    secret: bool = False


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a call that takes none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body: a Struct (encoded here), bytes (sent as they are) or None."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media: str = JSON


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer oms_…`."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise errors.Unauthenticated("Send the key as 'Authorization: Bearer oms_…'.")
        return access.principal_of_key(secret.strip()), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class StaffAuthentication(SessionAuthentication):
    """A signed-in member of staff, with CSRF."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        # Without the cookie there is no session to read: an API key's request touches no session code.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        found = super().authenticate(request)
        if found is None:
            return None
        return access.principal_of_user(found[0]), None


class Endpoint(APIView):
    """Base of every API view. See the module's text for the shape of a subclass."""

    authentication_classes = [BearerAuthentication, StaffAuthentication]
    permission_classes: ClassVar[list[Any]] = []
    http_method_names = ["get", "post", "patch", "put", "delete", "head"]
    get_op: ClassVar[Op | None] = None
    post_op: ClassVar[Op | None] = None
    patch_op: ClassVar[Op | None] = None
    delete_op: ClassVar[Op | None] = None
    allowance: ratelimit.Allowance | None = None

    @classmethod
    def op_of(cls, method: str) -> Op | None:
        name = "get" if method.lower() == "head" else method.lower()
        return cast("Op | None", getattr(cls, f"{name}_op", None))

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Every resource has one form, whatever `Accept` says."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        op = self.op_of(request.method or "")
        if op is None:
            self.http_method_not_allowed(request)
            return
        if not isinstance(request.user, Principal):
            raise errors.Unauthenticated
        self.allowance = ratelimit.take(request.user)
        if op.scope:
            request.user.require(op.scope)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        raise errors.MethodNotAllowed(headers={"Allow": ", ".join(self.allowed())})

    def allowed(self) -> list[str]:
        return [m.upper() for m in ("get", "post", "patch", "delete") if self.op_of(m)]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        self.allowance = None
        asked = self.request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(asked, *args, **kwargs)
            response = self._answer(asked, kwargs)
        except Exception as error:
            response = self._refuse(request, error)
        if self.allowance is not None:
            for name, value in self.allowance.headers().items():
                response[name] = value
        return response

    def _answer(self, request: Request, kwargs: dict[str, Any]) -> HttpResponse:
        method = (request.method or "").lower()
        op = cast(Op, self.op_of(method))
        handler = getattr(self, "get" if method == "head" else method)
        call = dict(kwargs)
        if op.query is not None:
            call["query"] = decode_query(request._request, op.query)
        else:
            refuse_unknown(request._request, ())
        raw = read_body(request._request) if method in ("post", "patch") else b""
        key = self._key(request, op, method, raw)
        if op.body is not None:
            # A step may be asked for with no body at all, and then with no type of one.
            if raw:
                require_media(request._request, op.media)
            call["body"] = decode_body(raw, op.body, by_item=op.documented_body is not None)
        elif raw and op.documented_body is None:
            decode_body(raw, Nothing)
        if method in ("get", "head"):
            return finish(request._request, handler(request, **call), op)
        return self._write(request, handler, call, op, key)

    def _key(self, request: Request, op: Op, method: str, raw: bytes) -> idempotency.Key | None:
        if method != "post" or not op.idempotent:
            return None
        given = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
        if not given:
            raise errors.Invalid("Send an Idempotency-Key header.", code="idempotency_key_required")
        if len(given) > 255 or not given.isprintable():
            raise errors.Invalid(
                "An Idempotency-Key is 1 to 255 printable characters.", code="idempotency_key_invalid"
            )
        return idempotency.of(request.user.owner, request.path, given, raw)

    def _write(
        self,
        request: Request,
        handler: Callable[..., Any],
        call: dict[str, Any],
        op: Op,
        key: idempotency.Key | None,
    ) -> HttpResponse:
        for tries_left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    if key and (kept := idempotency.open_key(key)):
                        again = crypto.unseal(kept.body.decode()).encode() if op.secret else kept.body
                        return response(again, kept.status, {**kept.headers, "Idempotent-Replayed": "true"})
                    answer = finish(request._request, handler(request, **call), op)
                    if key:
                        idempotency.keep(key, _kept(answer, op))
                    return answer
            except OperationalError as error:
                clash = isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
                if not clash or not tries_left:
                    raise
        raise AssertionError("unreachable")

    def _refuse(self, request: HttpRequest, error: Exception) -> HttpResponse:
        return problem_response(request, as_problem(error))


def finish(request: HttpRequest, result: Any, op: Op) -> HttpResponse:
    """The HTTP answer of what a method returned; a matching If-None-Match becomes 304."""
    answer = result if isinstance(result, Answer) else Answer(result, op.status)
    if isinstance(answer.body, HttpResponse):
        return answer.body
    raw = (
        answer.body if isinstance(answer.body, bytes) else b"" if answer.body is None else encode(answer.body)
    )
    etag = answer.headers.get("ETag")
    if (
        etag
        and request.method in ("GET", "HEAD")
        and _matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag)
    ):
        return response(b"", 304, {"ETag": etag})
    return response(raw, answer.status, answer.headers, answer.media)


def created(body: Any, location: str, etag: str = "") -> Answer:
    """201 with its address, which is a whole one: a path alone means other places to other clients."""
    whole = f"{settings.BASE_URL}{location}" if location.startswith("/") else location
    headers = {"Location": whole} | ({"ETag": etag} if etag else {})
    return Answer(body, 201, headers)


def etag_of(version: int, *parts: object) -> str:
    """A strong validator from a document's version."""
    return '"' + "-".join([str(version), *map(str, parts)]) + '"'


def require_match(request: Request, etag: str) -> None:
    """PATCH needs If-Match: PreconditionRequired (428) without it, PreconditionFailed (412) when stale."""
    given = request.META.get("HTTP_IF_MATCH", "")
    if not given:
        raise errors.PreconditionRequired
    if not _matches(given, etag):
        raise errors.PreconditionFailed


def _matches(header: str, etag: str) -> bool:
    given = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in given or etag.removeprefix("W/") in given


def read_body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RawPostDataException:
        return b""


def require_media(request: HttpRequest, media: str) -> None:
    given = (request.content_type or "").lower()
    if given != media:
        raise errors.UnsupportedMedia(f"Send the body as {media}.", headers={"Accept": media})


# An escaped NUL whose backslash is not itself escaped: JSON knows it, PostgreSQL's text does not.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decode_body(raw: bytes, shape: Any, *, by_item: bool = False) -> Any:
    """The body as `shape`. Raises Invalid naming the field by its pointer.

    `by_item`: what `shape` leaves raw is decoded by a second call, so that one bad item spoils no other.
    """
    if not by_item and b"\\u0000" in raw and _NUL.search(raw):
        raise errors.Invalid("A NUL character is not text.", code="nul_character")
    decoder = _decoders.get(shape)
    if decoder is None:
        decoder = _decoders[shape] = msgspec.json.Decoder(shape)
    try:
        return decoder.decode(raw or b"{}")
    except msgspec.ValidationError as error:
        raise invalid(raw, shape, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.Invalid(f"The body is not JSON: {error}"[:300], code="malformed_json") from error


def invalid(raw: Any, shape: Any, error: msgspec.ValidationError) -> errors.Invalid:
    """msgspec's refusal as ours: `/lines/0/quantity`, a stable code and a sentence."""
    pointer, message = locate(raw, shape, error)
    code = "invalid"
    for word, known in (("unknown field", "unknown_field"), ("missing required field", "required")):
        if word in message:
            code = known
            pointer += "/" + message.rsplit("'", 2)[1]
    return errors.Invalid.at(pointer, of_shape(message), code)


def decode_query(request: HttpRequest, shape: type[msgspec.Struct]) -> Any:
    """The query string as `shape`: list fields take repeated names, unknown names are refused."""
    fields = {f.encode_name: f for f in msgspec.structs.fields(shape)}
    refuse_unknown(request, fields)
    given: dict[str, Any] = {}
    for name in request.GET:
        if name in fields:
            values = request.GET.getlist(name)
            kind = str(fields[name].type)
            many = "list" in kind
            if "str" in kind and not (values := [value for value in values if value]):
                # `?state=&order=7`: an empty filter is one that was left out.
                continue
            if "\x00" in "".join(values):
                raise errors.Invalid.at(name, "A NUL character is not text.")
            given[name] = values if many else values[-1]
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        message, _, where = str(error).replace("`", "'").partition(" - at '$.")
        name = where.partition("[")[0].rstrip("'")
        if "missing required field" in message:
            raise errors.Invalid.at(message.rsplit("'", 2)[1], message, "required") from error
        raise errors.Invalid.at(name, message) from error


def refuse_unknown(request: HttpRequest, known: Any) -> None:
    unknown = (
        [name for name in request.GET if name not in known and name != "format"]
        if request.META.get("QUERY_STRING")
        else []
    )
    if unknown:
        raise errors.Invalid(
            f"Unknown query parameter: {', '.join(sorted(unknown))[:200]}.",
            code="unknown_parameter",
            errors=[
                {"pointer": name, "code": "unknown_parameter", "detail": "Not known here."}
                for name in unknown
            ],
        )


def encode_cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The parts of a cursor. Raises Invalid (`invalid_cursor`) for one we did not make."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise errors.Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor") from error
    if (
        not isinstance(parts, list)
        or len(parts) != length
        or not all(isinstance(p, str | int | None) for p in parts)
    ):
        raise errors.Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor")
    return parts


def page(request: HttpRequest, data: list[Any], next_cursor: str | None) -> Answer:
    """A page of a list, with its Link header."""
    headers = {}
    if next_cursor:
        query = request.GET.copy()
        query["cursor"] = next_cursor
        headers["Link"] = f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
    return Answer(
        {"data": data, "has_more": next_cursor is not None, "next_cursor": next_cursor}, 200, headers
    )


def _kept(response: HttpResponse, op: Op) -> idempotency.Kept:
    names = ("Location", "ETag", "Link")
    body = crypto.seal(response.content.decode()).encode() if op.secret else response.content
    return idempotency.Kept(response.status_code, {n: response[n] for n in names if n in response}, body)
