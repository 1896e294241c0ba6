"""Is the house alive (`/healthz`), may traffic be sent to it (`/readyz`), and does a worker answer."""

from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from oms.core import redis_client
from oms.core.models import Heartbeat

# Beat asks a worker for a heartbeat every 15 s; three missed in a row mean that no worker takes tasks.
WORKER_SILENT = timedelta(seconds=45)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """503 only without the database. Without Redis or a worker orders are still taken: 200 and `degraded`."""
    try:
        worker = Heartbeat.objects.filter(name="worker", at__gte=timezone.now() - WORKER_SILENT).exists()
    except DatabaseError:
        gone = {"status": "unavailable", "database": False}
        return JsonResponse(gone, status=503, headers={"Retry-After": "5"})
    parts = {
        "database": True,
        "redis": bool(redis_client.attempt(lambda client: client.ping())),
        "worker": worker,
    }
    return JsonResponse({"status": "ok" if all(parts.values()) else "degraded", **parts})
