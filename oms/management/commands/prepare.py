"""`manage.py prepare`: the database, static files and the demo's staff, made or brought up to date."""

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from oms import local

DEMO_PASSWORD = "relay-demo"  # noqa: S105  printed on a developer's machine, used nowhere else


class Command(BaseCommand):
    help = "Create and migrate the database and collect static files. Answers 3 when there is no order yet."

    def handle(self, *args: Any, **options: Any) -> None:
        local.make_database(os.environ["DATABASE_URL"])
        call_command("migrate", interactive=False, verbosity=0)
        self.collect_static()
        if settings.PRODUCTION:
            return
        if not get_user_model().objects.exists():
            self.hire_demo_staff()
        if not apps.get_model("orders", "Order").objects.exists():
            sys.exit(local.EMPTY)

    def collect_static(self) -> None:
        """Again only if a source changed: hashing and compressing takes seconds."""
        if not settings.HASHED_STATIC:
            return
        sources = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list(None):
                status = Path(storage.path(path)).stat()
                sources.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / "sources.sha256"
        if not stamp.is_file() or stamp.read_text() != sources.hexdigest():
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
            stamp.write_text(sources.hexdigest())

    def hire_demo_staff(self) -> None:
        """One of each role, for a developer's machine only."""
        users = get_user_model().objects
        for role in ("admin", "manager", "agent", "warehouse"):
            boss = role == "admin"
            user = users.model(
                username=role, email=f"{role}@example.com", role=role, is_staff=True, is_superuser=boss
            )
            user.set_password(DEMO_PASSWORD)
            user.save()
