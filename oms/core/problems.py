"""Refusals as HTTP answers: `application/problem+json` (RFC 9457), whoever raised them."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from psycopg.errors import DeadlockDetected, SerializationFailure
from rest_framework import exceptions as drf

from oms.core import errors, saying
from oms.core.saying import said

JSON = "application/json"
PROBLEM = "application/problem+json"

# What knows its pattern (`saying.Said`) is plain text to a client.
encode = msgspec.json.Encoder(decimal_format="string", enc_hook=saying.plain).encode


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """For DRF views that are not Endpoints (the schema): the same problem+json."""
    return problem_response(context["request"], as_problem(error))


def as_problem(error: Exception) -> errors.Problem:
    """The refusal a client sees. Anything that is not a refusal is raised again: it is our bug."""
    if isinstance(error, errors.Problem):
        return error
    if isinstance(error, drf.NotAuthenticated | drf.AuthenticationFailed):
        return errors.Unauthenticated(str(error.detail))
    if isinstance(error, drf.PermissionDenied | PermissionDenied):
        return errors.Forbidden(str(getattr(error, "detail", "")))
    if isinstance(error, drf.MethodNotAllowed):
        return errors.MethodNotAllowed(str(error.detail))
    if isinstance(error, Http404 | drf.NotFound):
        return errors.NotFound()
    if isinstance(error, RequestDataTooBig):
        return errors.TooLarge()
    if isinstance(error, DataError):
        # The last line behind the fields' own checks: a value the database cannot hold is the sender's.
        return errors.Invalid(said("A value is out of range."), code="out_of_range")
    if isinstance(error, OperationalError | InterfaceError):
        if isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
            return errors.Unavailable("Too much at once on the same stock; try again.", retry_after=1)
        return errors.Unavailable("The database does not answer.", code="database_away", retry_after=2)
    raise error


def problem_response(request: HttpRequest, problem: errors.Problem) -> HttpResponse:
    """RFC 9457, with our stable `code`, the request's id and one entry per field at fault."""
    extra = dict(problem.extra)
    headers = dict(extra.pop("headers", {}))
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    body = {
        "type": f"urn:relay:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
        "code": problem.code,
        "request_id": str(structlog.contextvars.get_contextvars().get("request_id", "")),
        "errors": problem.errors,
        **extra,
    }
    return response(encode(body), problem.status, headers, PROBLEM)


def response(body: bytes, status: int, headers: dict[str, str], media: str = JSON) -> HttpResponse:
    """An answer with its length, so that a client keeps its connection."""
    if status in (204, 304):
        answer = HttpResponse(status=status, headers=headers)
        del answer["Content-Type"]
        return answer
    headers["Content-Length"] = str(len(body))
    return HttpResponse(body, status=status, headers=headers, content_type=media)
