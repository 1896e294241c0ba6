"""Rules of the house that no linter knows."""

import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings

from oms import celery

RANK = {"core": 0, "inventory": 1, "orders": 2, "fulfillment": 3, "returns": 4, "channels": 5, "portal": 6}


def test_foreign_keys_point_down() -> None:
    upward = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model
        and RANK.get(model._meta.app_label, -1) < RANK.get(field.related_model._meta.app_label, -1)
        and model._meta.app_label in RANK
    ]
    assert upward == []


def test_every_scheduled_task_exists_and_has_a_queue() -> None:
    celery.app.loader.import_default_modules()
    known = set(celery.app.tasks)
    queues = {queue.name for queue in celery.app.conf.task_queues}
    for name, entry in celery.app.conf.beat_schedule.items():
        assert entry["task"] in known, name
        assert entry["options"]["queue"] in queues, name


def test_no_task_is_lost_with_its_worker() -> None:
    assert celery.app.conf.task_acks_late
    assert celery.app.conf.task_reject_on_worker_lost
    assert celery.app.conf.worker_prefetch_multiplier == 1
    assert celery.app.conf.task_ignore_result


def production(**more: str) -> subprocess.CompletedProcess[str]:
    # What tests set for themselves is no part of production: the page tests allow blocking calls beside a loop.
    own = ("DEBUG", "LOCAL_SECRET_KEY", "DJANGO_ALLOW_ASYNC_UNSAFE")
    clean = {k: v for k, v in os.environ.items() if k not in own}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(
        command, env=clean | more, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )


def test_production_settings_pass_the_deployment_check() -> None:
    done = production(
        ENVIRONMENT="production",
        SECRET_KEY="kE3" + "q7Zr" * 16 + "!x",
        ALLOWED_HOSTS="oms.example.com",
        BASE_URL="https://oms.example.com",
    )
    assert done.returncode == 0, done.stderr


def test_production_without_a_secret_does_not_start() -> None:
    done = production(ENVIRONMENT="production", ALLOWED_HOSTS="oms.example.com")
    assert done.returncode != 0
    assert "SECRET_KEY is required" in done.stderr


@pytest.mark.parametrize("name", ["script-src", "style-src"])
def test_no_inline_code_is_allowed(name: str) -> None:
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"][name] == ["'self'"]


def test_what_only_some_jobs_need_is_not_loaded_by_every_process() -> None:
    """The crew loads all code once and forks: 10 to 60 MB each would be held by web, workers and beat alike."""
    heavy = {
        "PIL",
        "highspy",
        "numpy",
        "openpyxl",
        "pypdfium2",
        "scipy",
        "sklearn",
        "tablib",
        "weasyprint",
        "zint",
    }
    script = f"from oms import crew; crew.load(); import sys; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert said.stdout == "[]\n", said.stderr[-2000:]
