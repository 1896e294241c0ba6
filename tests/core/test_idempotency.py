"""One key, one effect, one answer."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from inventory.models import Reservation
from oms.core import access, idempotency
from oms.core.models import Event, IdempotencyKey
from orders.models import Order
from tests import shop

pytestmark = pytest.mark.pgbouncer


@pytest.mark.django_db
def test_the_same_key_and_body_get_the_first_answer_again() -> None:
    shop.product("TEE", RUH=5)
    caller, body = shop.api(), shop.order_body(("TEE", 1))

    first = caller.post("orders/", body, key="k1")
    again = caller.post("orders/", body, key="k1")

    assert (first.status_code, "Idempotent-Replayed" in first) == (201, False)
    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert again.content == first.content
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert Order.objects.count() == 1
    assert Event.objects.filter(kind="order.placed").count() == 1


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_refused_and_does_nothing() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    caller.post("orders/", shop.order_body(("TEE", 1)), key="k1")

    refused = caller.post("orders/", shop.order_body(("TEE", 2)), key="k1")

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_mismatch")
    assert Order.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "code"), [(None, "idempotency_key_required"), ("k" * 256, "idempotency_key_invalid")]
)
def test_a_post_needs_a_key_of_sane_length(key: str | None, code: str) -> None:
    shop.product("TEE", RUH=1)
    caller = shop.api()
    headers = {"Authorization": f"Bearer {caller.secret}"} | ({"Idempotency-Key": key} if key else {})
    body = json.dumps(shop.order_body(("TEE", 1)))
    answer = caller.client.post("/api/v1/orders/", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Order.objects.count() == 0


@pytest.mark.django_db
def test_a_refused_call_may_be_repeated_with_its_key() -> None:
    shop.product("TEE", RUH=0)
    caller, body = shop.api(), shop.order_body(("TEE", 1))
    assert caller.post("orders/", body, key="k1").status_code == 409
    assert IdempotencyKey.objects.count() == 0

    shop.product("TEE", RUH=1)
    answer = caller.post("orders/", body, key="k1")
    assert (answer.status_code, "Idempotent-Replayed" in answer) == (201, False)


@pytest.mark.django_db
def test_a_key_belongs_to_its_owner_and_route() -> None:
    shop.product("TEE", RUH=5)
    web, till = shop.api("web"), shop.api("till")
    order = web.post("orders/", shop.order_body(("TEE", 1)), key="k1").json()
    assert till.post("orders/", shop.order_body(("TEE", 1)), key="k1").status_code == 201
    hold = web.post(f"orders/{order['id']}/holds/", {"reason": "manual"}, key="k1")
    assert hold.status_code == 201
    assert Order.objects.count() == 2


@pytest.mark.django_db
def test_after_seven_days_the_key_is_new_again_and_the_old_answer_goes() -> None:
    shop.product("TEE", RUH=5)
    caller = shop.api()
    caller.post("orders/", shop.order_body(("TEE", 1)), key="k1")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=6, hours=23))
    assert idempotency.forget_old() == 0
    assert caller.post("orders/", shop.order_body(("TEE", 1)), key="k1").status_code == 422

    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    answer = caller.post("orders/", shop.order_body(("TEE", 1)), key="k1")
    assert (answer.status_code, "Idempotent-Replayed" in answer) == (201, False)
    assert IdempotencyKey.objects.count() == 1
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert idempotency.forget_old() == 1


@pytest.mark.django_db(transaction=True)
def test_twelve_simultaneous_copies_make_one_order_one_event_one_reservation() -> None:
    shop.product("TEE", RUH=50)
    caller, body = shop.api(), shop.order_body(("TEE", 1))
    start = threading.Barrier(12)
    answers: list[Any] = []

    def call() -> None:
        try:
            mine = shop.Api(caller.secret)
            start.wait()
            answers.append(mine.post("orders/", body, key="k1"))
        finally:
            connection.close()

    access.forget_cached_keys()
    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 12
    made = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert len(made) + len(waiting) == 12
    assert sum("Idempotent-Replayed" not in answer for answer in made) == 1
    assert {answer.json()["code"] for answer in waiting} <= {"idempotency_in_flight"}
    assert {answer["Retry-After"] for answer in waiting} <= {"1"}
    assert len({answer.content for answer in made}) == 1
    assert Order.objects.count() == 1
    assert Event.objects.filter(kind="order.placed").count() == 1
    assert Reservation.objects.count() == 1
    assert caller.post("orders/", body, key="k1")["Idempotent-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_twelve_copies_without_a_common_key_still_make_one_order() -> None:
    shop.product("TEE", RUH=50)
    caller, body = shop.api(), shop.order_body(("TEE", 1))
    start = threading.Barrier(12)
    answers: list[Any] = []

    def call() -> None:
        try:
            mine = shop.Api(caller.secret)
            start.wait()
            answers.append(mine.post("orders/", body))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Order.objects.count() == 1
    assert Reservation.objects.count() == 1
