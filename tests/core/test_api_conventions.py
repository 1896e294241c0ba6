"""What holds for every resource: the form of errors, pages, ETags, bodies and headers."""

import base64
import json
import re
from typing import Any

import pytest
from django.test import Client

from orders.models import Order
from tests import shop

pytestmark = pytest.mark.django_db

PROBLEM = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer, after checking that it has the promised form."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), (
        answer.content
    )
    body = answer.json()
    assert set(body) >= PROBLEM
    assert (body["status"], body["code"]) == (status, code)
    return body


def test_a_problem_names_the_request_and_the_field_at_fault() -> None:
    shop.product("TEE", RUH=1)
    body = shop.order_body(("TEE", 1))
    body["lines"][0]["quantity"] = 0
    answer = shop.api().post("orders/", body, **{"X-Request-Id": "mine-1"})

    said = problem(answer, 400, "invalid")
    assert (said["instance"], said["request_id"]) == ("/api/v1/orders/", "mine-1")
    assert answer["X-Request-Id"] == "mine-1"
    assert said["errors"][0]["pointer"] == "/lines/0/quantity"


def test_a_request_without_an_id_gets_one() -> None:
    answer = shop.api().get("orders/")
    assert re.fullmatch(r"[0-9a-f-]{32,36}", answer["X-Request-Id"])


@pytest.mark.parametrize("id", ["a\nb", "x" * 500, "<script>"])
def test_a_strange_request_id_is_not_echoed(id: str) -> None:
    answer = shop.api().get("orders/", **{"X-Request-Id": id})
    assert answer["X-Request-Id"] != id


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b'{"metadata": {"deep": ' + b"[" * 100_000, "malformed_json"),
        (b"[]", "invalid"),
        (b"null", "invalid"),
        (b"{}", "required"),
        (b'{"external_id": "a\\u0000b"}', "nul_character"),
        (b'{"external_id": NaN}', "malformed_json"),
    ],
    ids=["cut", "utf-16", "deep", "list", "null", "empty", "nul", "nan"],
)
def test_what_is_no_document_is_refused_and_never_breaks(raw: bytes, code: str) -> None:
    problem(shop.api().post("orders/", raw), 400, code)
    assert Order.objects.count() == 0


def test_unknown_fields_are_refused_at_any_depth() -> None:
    shop.product("TEE", RUH=1)
    body = shop.order_body(("TEE", 1))
    body["lines"][0]["colour"] = "red"
    said = problem(shop.api().post("orders/", body), 400, "unknown_field")
    assert said["errors"][0] == {
        "pointer": "/lines/0/colour",
        "code": "unknown_field",
        "detail": said["errors"][0]["detail"],
    }


def test_unknown_query_parameters_are_refused_and_format_is_known() -> None:
    caller = shop.api()
    said = problem(caller.get("orders/?limit=5&colour=red"), 400, "unknown_parameter")
    assert said["errors"][0]["pointer"] == "colour"
    problem(caller.post("orders/?dry=1", {}), 400, "unknown_parameter")
    assert caller.get("orders/?format=json").status_code == 200


@pytest.mark.parametrize("limit", ["0", "251", "-1", "x", "1.5", "", "9" * 40])
def test_a_page_has_1_to_250_rows(limit: str) -> None:
    said = problem(shop.api().get(f"orders/?limit={limit}"), 400, "invalid")
    assert said["errors"][0]["pointer"] == "limit"


def test_pages_follow_each_other_by_cursor_and_link() -> None:
    shop.product("TEE", RUH=50)
    caller = shop.api()
    placed = [caller.post("orders/", shop.order_body(("TEE", 1))).json()["number"] for _ in range(5)]

    seen, url = [], "orders/?limit=2&status=open"
    while url:
        answer = caller.get(url)
        page = answer.json()
        assert set(page) == {"data", "has_more", "next_cursor"}
        seen += [row["number"] for row in page["data"]]
        if page["has_more"]:
            assert re.fullmatch(r"[A-Za-z0-9_-]+", page["next_cursor"])
            url, rel = re.fullmatch(r'<([^>]+)>; rel="(\w+)"', answer["Link"]).groups()  # type: ignore[union-attr]
            assert rel == "next"
            assert "status=open" in url
        else:
            assert (page["next_cursor"], "Link" in answer) == (None, False)
            url = ""
    assert seen == placed[::-1]


@pytest.mark.parametrize(
    "parts", ["nonsense", [], ["a"], [1, 2, 3], [None, None], [{"a": 1}, "b"], ["2026-01-01", "x"], "é"]
)
def test_a_cursor_we_did_not_make_is_refused(parts: Any) -> None:
    raw = parts if isinstance(parts, str) else base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    problem(shop.api().get(f"orders/?cursor={raw.rstrip('=')}"), 400, "invalid_cursor")


def test_an_etag_saves_the_body_and_guards_a_change() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    made = caller.post("orders/", shop.order_body(("TEE", 1)))
    path = f"orders/{made.json()['id']}/"
    etag = caller.get(path)["ETag"]
    assert etag == made["ETag"]

    unchanged = caller.get(path, **{"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", etag)
    problem(caller.patch(path, {"note": "x"}), 428, "precondition_required")
    problem(caller.patch(path, {"note": "x"}, '"0"'), 412, "precondition_failed")
    changed = caller.patch(path, {"note": "x"}, etag)
    assert (changed.status_code, changed.json()["version"]) == (200, made.json()["version"] + 1)
    assert changed["ETag"] != etag
    assert caller.get(path, **{"If-None-Match": etag}).status_code == 200
    problem(caller.patch(path, {"note": "y"}, etag), 412, "precondition_failed")


def test_a_document_answers_to_its_id_and_its_number_and_location_leads_there() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    made = caller.post("orders/", shop.order_body(("TEE", 1)))
    by_location = caller.get(made["Location"])
    assert by_location.status_code == 200
    for ref in (made.json()["id"], made.json()["number"]):
        assert caller.get(f"orders/{ref}/").json() == by_location.json()


@pytest.mark.parametrize(
    "path",
    [
        "orders/999999999/",
        "orders/x/",
        "orders/99999999999999999999999/",
        "orders/%00/",
        "nowhere/",
        "orders/1/nowhere/",
        "locations/a%0Ab/",
    ],
)
def test_what_is_not_there_is_a_problem_too(path: str) -> None:
    problem(shop.api().get(path), 404, "not_found")


def test_a_method_that_is_not_taken_says_which_are() -> None:
    answer = shop.api().delete("orders/")
    problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_read(media: str) -> None:
    caller = shop.api()
    headers = {"Authorization": f"Bearer {caller.secret}", "Idempotency-Key": "k"}
    answer = Client().post("/api/v1/orders/", b"{}", content_type=media, headers=headers)
    problem(answer, 415, "unsupported_media_type")


def test_a_call_whose_fields_are_all_optional_needs_no_body() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    made = caller.post("orders/", shop.order_body(("TEE", 1))).json()
    headers = {"Authorization": f"Bearer {caller.secret}", "Idempotency-Key": "k"}
    answer = Client().generic("POST", f"/api/v1/orders/{made['id']}/cancellations/", b"", "", headers=headers)
    assert (answer.status_code, answer.json()["order_status"]) == (201, "cancelled")
    problem(caller.post("orders/", b""), 400, "required")
    schema = json.loads(Client().get("/api/v1/schema/?format=json").content)
    needed = {
        path: schema["paths"][path]["post"]["requestBody"]["required"]
        for path in ("/api/v1/orders/", "/api/v1/orders/{id}/cancellations/")
    }
    assert needed == {"/api/v1/orders/": True, "/api/v1/orders/{id}/cancellations/": False}


def test_a_call_that_takes_no_body_refuses_what_is_said_in_one() -> None:
    caller = shop.api()
    problem(caller.post("shipments/1-1/releases/", {"quickly": True}), 400, "unknown_field")
    problem(caller.post("shipments/1-1/releases/", {}), 404, "not_found")


def test_the_missing_key_is_said_before_what_is_wrong_with_the_body() -> None:
    caller = shop.api()
    headers = {"Authorization": f"Bearer {caller.secret}"}
    answer = Client().post("/api/v1/orders/", b"{}", content_type="application/json", headers=headers)
    problem(answer, 400, "idempotency_key_required")


def test_an_empty_filter_is_one_left_out() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    caller.post("orders/", shop.order_body(("TEE", 1)))
    for path in ("orders/?status=&q=&cursor=", "stock/?sku=&location=", "stock/?sku=TEE&location="):
        assert len(caller.get(path).json()["data"]) == 1, path
    assert caller.get("shipments/?order=&location=&state=").json()["data"] == []
    said = problem(caller.get("availability/?sku="), 400, "required")
    assert said["errors"][0]["pointer"] == "sku"


def test_an_answer_without_a_body_names_no_type_of_one() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    order = f"orders/{caller.post('orders/', shop.order_body(('TEE', 1))).json()['id']}/"
    hold = caller.post(f"{order}holds/", {"reason": "manual"}).json()["id"]
    gone = caller.delete(f"{order}holds/{hold}/")
    same = caller.get(order, **{"If-None-Match": caller.get(order)["ETag"]})
    assert [(a.status_code, "Content-Type" in a) for a in (gone, same)] == [(204, False), (304, False)]


def test_a_charset_beside_the_media_type_is_fine() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    headers = {"Authorization": f"Bearer {caller.secret}", "Idempotency-Key": "k"}
    raw = json.dumps(shop.order_body(("TEE", 1)))
    media = "application/json; charset=utf-8"
    assert Client().post("/api/v1/orders/", raw, content_type=media, headers=headers).status_code == 201


def test_a_body_that_is_too_large_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(shop.api().post("orders/", b"{" + b" " * 2000 + b"}"), 413, "too_large")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "*/*"])
def test_the_answer_is_json_whatever_is_accepted(accept: str) -> None:
    answer = shop.api().get("orders/", Accept=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_head_is_get_without_a_body() -> None:
    caller = shop.api()
    answer = caller.client.head("/api/v1/orders/", headers={"Authorization": f"Bearer {caller.secret}"})
    assert (answer.status_code, answer.content) == (200, b"")


def test_money_has_its_currencys_decimals_and_times_are_utc() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    for currency, amount in (("SAR", "125.00"), ("KWD", "125.000"), ("IRR", "125"), ("JPY", "125")):
        body = shop.order_body(("TEE", 1), currency=currency, payments=[])
        body["lines"][0]["unit_price"] = "100"
        body["shipping"]["price"] = "25"
        made = caller.post("orders/", body)
        assert made.status_code == 201, made.content
        total = made.json()["totals"]["total"]
        assert total["currency"] == currency
        assert (total["amount"] == amount) or currency == "IRR", total
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", made.json()["placed_at"])


def test_the_openapi_is_served_as_3_1_and_names_every_webhook_address() -> None:
    answer = Client().get("/api/v1/schema/?format=json")
    assert answer.status_code == 200
    schema = json.loads(answer.content)
    assert schema["openapi"].startswith("3.1")
    paths = set(schema["paths"])
    assert {"/api/v1/orders/", "/api/v1/webhook-endpoints/", "/api/v1/hooks/{channel}/"} <= paths
    hook = schema["paths"]["/api/v1/hooks/{channel}/"]["post"]
    assert "security" not in hook or hook["security"] == []
    assert {"202", "200", "401"} <= set(hook["responses"])
    sent = hook["requestBody"]["content"]["application/json"]["schema"]
    assert sent == {"$ref": "#/components/schemas/NewOrder"}
    assert "Idempotency-Key" not in {parameter["name"] for parameter in hook["parameters"]}


def test_the_openapi_says_how_to_sign_in_and_only_what_each_method_answers() -> None:
    schema = json.loads(Client().get("/api/v1/schema/?format=json").content)
    named = schema["components"]["securitySchemes"]
    assert (named["key"]["type"], named["key"]["scheme"], named["session"]["in"]) == (
        "http",
        "bearer",
        "cookie",
    )
    operations = {
        (path, method): told for path, methods in schema["paths"].items() for method, told in methods.items()
    }
    asked = {name for told in operations.values() for need in told.get("security", []) for name in need}
    assert asked == set(named)
    for (path, method), told in operations.items():
        if not path.startswith("/api/v1/"):
            continue
        answers = set(told["responses"])
        assert ("428" in answers) == (method == "patch"), (path, method)
        assert method != "get" or not {"409", "412", "415", "422"} & answers, path
        if path.endswith(".pdf"):
            assert list(told["responses"]["200"]["content"]) == ["application/pdf"], path
        if "201" in answers:
            assert "Location" in told["responses"]["201"]["headers"], path


def test_an_address_that_is_none_is_a_problem_with_a_session_too() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = "x"
    for path in ("nowhere/", "reservations/10016/", "lots/0/releases/"):
        problem(strict.post(f"/api/v1/{path}"), 404, "not_found")
