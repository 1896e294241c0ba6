"""What the product tells about itself while it runs: one log line a request, one a task, and their metrics.

A request id (the caller's `X-Request-Id`, or a new one) is bound to every line, echoed in the answer and
sent along in the headers of each Celery task, so one `grep` shows an order's road through web and workers.
The middleware is ours because it runs on every `POST /orders/`: see docs/adr/0004.
"""

import os
import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

REQUEST_SECONDS = Histogram(
    "oms_request_seconds",
    "Time to answer a request, by route",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
TASK_SECONDS = Histogram(
    "oms_task_seconds",
    "Time a task took in a worker, by name and outcome",
    ["task", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120),
)
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
QUIET_ROUTES = {"healthz", "readyz", "metrics"}
# Of what the clock starts every few seconds only the slow (seconds) and the failed are worth a line.
SLOW = 1.0

access_log = structlog.get_logger("access")
task_log = structlog.get_logger("tasks")


class RequestTelemetry:
    """Outermost middleware: sets `request.request_id`, times the answer, writes the access line.

    The path is logged without its query (searches hold e-mails and phones), and a tracking page without
    its token, which is the customer's key.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.timers: dict[tuple[str | None, str, int], Any] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if ACCEPTABLE_ID.fullmatch(given) else os.urandom(16).hex()
        request.request_id = request_id  # type: ignore[attr-defined]
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        match = request.resolver_match
        route = match.route if match else "none"
        took = time.perf_counter() - began
        self.timer(request.method, route, response.status_code).observe(took)
        if route not in QUIET_ROUTES:
            access_log.info(
                "request",
                method=request.method,
                path="/t/…" if request.path.startswith("/t/") else request.path,
                status=response.status_code,
                ms=round(took * 1000, 1),
            )
        return response

    def timer(self, method: str | None, route: str, status: int) -> Any:
        known = self.timers.get((method, route, status))
        if known is None:
            known = self.timers[(method, route, status)] = REQUEST_SECONDS.labels(method, route, status)
        return known


def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics` for Prometheus: all processes of this host when `PROMETHEUS_MULTIPROC_DIR` is set."""
    registry = PROCESS_REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def asked_for(task: Task) -> bool:
    """Did a request lead to it, rather than the clock?"""
    return bool(getattr(task.request, "request_id", None))


@before_task_publish.connect
def send_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    request_id = get_contextvars().get("request_id")
    if headers is not None and request_id:
        headers["request_id"] = request_id


@task_prerun.connect
def begin_task(task_id: str = "", task: Task | None = None, **_: Any) -> None:
    if task is None or task.request.is_eager:
        return
    clear_contextvars()
    bind_contextvars(task=task.name, task_id=task_id, began=time.perf_counter())
    request_id = getattr(task.request, "request_id", None)
    if request_id:
        bind_contextvars(request_id=request_id)


@task_postrun.connect
def end_task(task: Task | None = None, state: str = "", **_: Any) -> None:
    began = get_contextvars().get("began")
    if task is None or began is None:
        return
    structlog.contextvars.unbind_contextvars("began")
    took = time.perf_counter() - began
    TASK_SECONDS.labels(task.name, state.lower() or "lost").observe(took)
    told = task_log.info if state != "SUCCESS" or took > SLOW or asked_for(task) else task_log.debug
    told("task", state=state, ms=round(took * 1000, 1))
    clear_contextvars()
