"""A client of the public API, as any shop would write one."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx

TRIES = 5


class Refused(Exception):
    """The API said no: `status` and the problem's stable `code`."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            f"{status} {problem.get('code')}: {problem.get('detail')} {problem.get('errors') or ''}"
        )
        self.status = status
        self.code = str(problem.get("code", ""))


class Door:
    """Calls below /api/v1/ with one key, from any thread. Waits when asked to, and knocks again when cut off."""

    def __init__(self, url: str, key: str) -> None:
        # A connection a call: kept alive, all of them would stay with the web process that took them first.
        self.client = httpx.Client(
            limits=httpx.Limits(max_keepalive_connections=0),
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
        )

    def close(self) -> None:
        """Hang up; the server lets go of what it held for us."""
        self.client.close()

    def get(self, path: str, **query: Any) -> Any:
        """The document. Raises Refused."""
        return self._call("GET", path, params=query)

    def rows(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        asked: dict[str, Any] = {"limit": 250, **query}
        while True:
            page = self.get(path, **asked)
            yield from page["data"]
            if not page["has_more"]:
                return
            asked["cursor"] = page["next_cursor"]

    def post(self, path: str, body: Any = None) -> Any:
        """The answer to a POST with a key of its own, so that a call cut off is repeated safely. Raises Refused."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._call("POST", path, json={} if body is None else body, headers=headers)

    def _call(self, method: str, path: str, **how: Any) -> Any:
        for tries_left in reversed(range(TRIES)):
            try:
                response = self.client.request(method, path, **how)
            except httpx.TransportError:
                if not tries_left:
                    raise
                time.sleep(1)
                continue
            busy = response.status_code in (429, 503) or "in_flight" in response.text[:2000]
            if not (busy and response.is_error and tries_left):
                break
            time.sleep(float(response.headers.get("Retry-After", 1)))
        if response.is_error:
            try:
                problem = response.json()
            except ValueError:
                problem = {"code": "no_problem", "detail": response.text[:200]}
            raise Refused(response.status_code, problem)
        return response.json() if response.content else None
