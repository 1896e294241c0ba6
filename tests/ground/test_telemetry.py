"""A request id goes with the answer, the log lines and the tasks."""

import pytest
from django.test import Client
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from oms import telemetry
from oms.celery import app


def test_the_callers_id_is_echoed(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "shop-42:a"})["X-Request-Id"] == "shop-42:a"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "ä"])
def test_an_unfit_id_is_replaced(client: Client, given: str) -> None:
    echoed = client.get("/healthz", headers={"X-Request-Id": given})["X-Request-Id"]
    assert echoed != given
    assert len(echoed) == 32


class Paper:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def info(self, event: str, **told: object) -> None:
        self.lines.append({"event": event, **told})


@pytest.fixture
def access_log(monkeypatch: pytest.MonkeyPatch) -> Paper:
    paper = Paper()
    monkeypatch.setattr(telemetry, "access_log", paper)
    return paper


def test_one_line_a_request_without_its_query(client: Client, access_log: Paper) -> None:
    client.get("/nowhere/?q=anna@example.com")
    [line] = access_log.lines
    assert line["path"] == "/nowhere/"
    assert line["status"] == 404
    assert "anna" not in str(line)


@pytest.mark.django_db
@pytest.mark.parametrize("rest", ["", "return/", "no/such/page/"])
def test_a_tracking_page_is_logged_without_its_token(client: Client, access_log: Paper, rest: str) -> None:
    client.get(f"/t/a-secret-of-the-customer/{rest}")
    [line] = access_log.lines
    assert line["path"] == "/t/…"
    assert "secret" not in str(line)


def test_the_id_goes_into_the_headers_of_a_task() -> None:
    clear_contextvars()
    bind_contextvars(request_id="shop-43")
    headers: dict[str, str] = {}
    telemetry.send_request_id(headers=headers)
    assert headers == {"request_id": "shop-43"}


def test_a_task_logs_under_the_id_of_the_request_that_asked_for_it() -> None:
    clear_contextvars()

    @app.task(name="tests.echo", bind=True)
    def echo(self: object) -> None: ...

    echo.push_request(id="1", request_id="shop-44", is_eager=False)
    telemetry.begin_task(task_id="1", task=echo)
    assert get_contextvars()["request_id"] == "shop-44"
    assert get_contextvars()["task"] == "tests.echo"
    telemetry.end_task(task=echo, state="SUCCESS")
    assert get_contextvars() == {}
    echo.pop_request()
