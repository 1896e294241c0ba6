"""Bad input over the whole OpenAPI: never a server error, every refusal a problem that names its code.

The same calls in every run, so that a change is judged by what it changed; `BAD_INPUT=200` draws that many
new ones for each operation.
"""

import os
import uuid
import zlib

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import shop

pytestmark = pytest.mark.django_db(transaction=True)
DRAWN = int(os.environ.get("BAD_INPUT", "0"))
PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


@pytest.fixture
def description(transactional_db, live_server):
    """The product's own description of itself, over a shop with something in it."""
    shop.product("TEE", RUH=1000)
    web = shop.api()
    order = web.post("orders/", shop.order_body(("TEE", 2))).json()
    shop.work()
    schema = schemathesis.openapi.from_url(f"{live_server.url}/api/v1/schema/?format=json")
    schema.config.update(headers={"Authorization": f"Bearer {shop.api(None).secret}"})
    KNOWN.update(id=order["number"], ref="TEE", channel="web")
    return schema


KNOWN: dict[str, str] = {}


def fill(case) -> None:
    """Half the calls meet a document that exists; each POST is a new one."""
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    for name, value in KNOWN.items():
        if (
            name in (case.path_parameters or {})
            and zlib.crc32(ascii(case.path_parameters[name]).encode()) % 2
        ):
            case.path_parameters[name] = value


schema = schemathesis.pytest.from_fixture("description")


@schema.parametrize()
@settings(
    max_examples=DRAWN or 15,
    derandomize=not DRAWN,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_no_input_breaks_the_api(case):
    fill(case)
    response = case.call()
    case.validate_response(
        response,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"]
        problem = response.json()
        assert set(problem) >= PROBLEM_FIELDS
        assert problem["status"] == response.status_code
