"""Refusals the whole product speaks: each has a stable code, a status and, where it can, the field at fault.

Capability files raise them; the API turns them into `application/problem+json`, pages into a sentence.
"""

from collections.abc import Sequence
from typing import Any


class Problem(Exception):
    """A refusal. `errors` is a list of `{pointer, code, detail}` (RFC 6901 pointers into the body)."""

    status = 400
    code = "invalid"
    title = "The request is not valid."

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: Sequence[dict[str, Any]] = (),
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or type(self).code
        self.errors = list(errors)
        self.retry_after = retry_after
        self.extra = extra


class Invalid(Problem):
    """The body or the query does not have the promised form."""

    @classmethod
    def at(cls, pointer: str, detail: str, code: str = "invalid") -> "Invalid":
        """A refusal of one field, named by its JSON pointer."""
        return cls(detail, code=code, errors=[{"pointer": pointer, "code": code, "detail": detail}])


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"
    title = "A valid API key or a session is required."


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    title = "This key or user may not do that."


class NotFound(Problem):
    status = 404
    code = "not_found"
    title = "There is no such document."


class MethodNotAllowed(Problem):
    status = 405
    code = "method_not_allowed"
    title = "This address does not take that method."


class Conflict(Problem):
    """The state of the document, or the stock, does not allow it."""

    status = 409
    code = "conflict"
    title = "The current state does not allow that."


class IllegalMove(Conflict):
    code = "illegal_move"
    title = "That step is out of turn."


class OnHold(Conflict):
    code = "on_hold"
    title = "The order is on hold."


class InsufficientStock(Conflict):
    code = "insufficient_stock"
    title = "There is not enough stock."


class StockCommitted(Conflict):
    code = "stock_committed"
    title = "That would leave less than is promised to orders."


class PreconditionFailed(Problem):
    status = 412
    code = "precondition_failed"
    title = "The document has changed since you read it."


class TooLarge(Problem):
    status = 413
    code = "too_large"
    title = "The body is too large."


class UnsupportedMedia(Problem):
    status = 415
    code = "unsupported_media_type"
    title = "Send JSON as application/json."


class IdempotencyMismatch(Problem):
    status = 422
    code = "idempotency_mismatch"
    title = "This Idempotency-Key was used with another body."


class PreconditionRequired(Problem):
    status = 428
    code = "precondition_required"
    title = "Send If-Match with the ETag you read."


class TooManyRequests(Problem):
    status = 429
    code = "rate_limited"
    title = "Too many requests for this key."


class Unavailable(Problem):
    status = 503
    code = "unavailable"
    title = "Not available right now; try again."
