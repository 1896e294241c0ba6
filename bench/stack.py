"""What the middleware costs an API call: an empty view through the whole stack, beside the view alone.

python bench/stack.py [--with dotted.Middleware …] [--without dotted.Middleware …]
"""

import argparse
import io
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
BODY = b'{"external_id": "1"}'
ROUNDS = 3000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with", dest="more", nargs="*", default=[])
    parser.add_argument("--without", nargs="*", default=[])
    asked = parser.parse_args()
    import django
    from django.conf import settings

    django.setup()
    stack = [*asked.more, *(m for m in settings.MIDDLEWARE if m not in asked.without)]
    bare = microseconds([])
    whole = microseconds(stack)
    print(f"bare {bare:.0f} µs, with {len(stack)} middlewares {whole:.0f} µs: {whole - bare:.0f} µs more")


def microseconds(middleware: list[str]) -> float:
    """CPU time of one request, the least of five rounds."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.test import override_settings
    from django.urls import clear_url_caches, path
    from django.views.decorators.csrf import csrf_exempt

    @csrf_exempt
    def empty(request: object) -> HttpResponse:
        return HttpResponse(b"{}", content_type="application/json")

    module = sys.modules[__name__]
    module.urlpatterns = [path("api/v1/orders/", empty)]  # type: ignore[attr-defined]
    clear_url_caches()
    with override_settings(MIDDLEWARE=middleware, ROOT_URLCONF=__name__):
        handler = WSGIHandler()
        best = float("inf")
        for _ in range(5):
            began = time.process_time()
            for _ in range(ROUNDS):
                call(handler)
            best = min(best, time.process_time() - began)
    return best / ROUNDS * 1e6


def call(handler: object) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/orders/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "localhost:8000",
        "HTTP_AUTHORIZATION": "Bearer oms_x",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.input": io.BytesIO(BODY),
        "wsgi.url_scheme": "http",
        "QUERY_STRING": "",
    }
    answer = handler(environ, lambda status, headers: None)  # type: ignore[operator]
    answer.close()


if __name__ == "__main__":
    main()
