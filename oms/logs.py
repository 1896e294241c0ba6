"""How log lines look: JSON in production (`LOG_FORMAT=json`), readable text on a developer's machine."""

import logging.config
import sys
from typing import Any

import msgspec
import structlog
from structlog.typing import Processor


def configure(log_format: str, level: str) -> None:
    """Send our own lines and those of Django, Celery and gunicorn to standard error in one shape."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor
    if log_format == "json":
        shared += [structlog.processors.format_exc_info]
        renderer = structlog.processors.JSONRenderer(serializer=to_json)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "lines": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                    "foreign_pre_chain": [*shared, structlog.stdlib.add_logger_name],
                }
            },
            "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"handlers": ["lines"], "level": level},
            "loggers": {
                # Our own access line says the same, with the request id; only 5xx carry a traceback.
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "ERROR"},
                "celery.worker.strategy": {"level": "WARNING"},
                # Ticks of the clock that waited behind a long task: the next one does their work.
                "celery.worker.request": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "weasyprint": {"level": "ERROR"},
                "fontTools": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
            },
        }
    )


def to_json(line: Any, **_: Any) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()
