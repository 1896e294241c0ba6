"""The door gunicorn opens."""

import os

from django.core.wsgi import get_wsgi_application

from oms.frames import in_one_chunk

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
application = in_one_chunk(get_wsgi_application())

# Loads every view now, in the parent of all web processes: its pages are shared and no first request waits.
from django.urls import get_resolver  # noqa: E402

_ = get_resolver().url_patterns
