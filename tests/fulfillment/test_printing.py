"""Papers of a parcel: ready together, from a worker, whatever `Accept` says; void when the parcel is opened."""

from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from django.utils import timezone

from fulfillment import manifests, printing, tasks
from fulfillment.models import Manifest, Paper, Shipment
from fulfillment.papers.data import ManifestData
from fulfillment.papers.manifest import manifest_pdf
from oms.core import owing
from tests import shop
from tests.fulfillment import road
from tests.paper_scanner import print_zpl, scan, scan_pdf, text

pytestmark = pytest.mark.django_db

PAPERS = ("label.pdf", "label.zpl", "packing-slip.pdf")


@pytest.fixture
def order(web):
    return web.routed(("TEE", 2), ("MUG", 1), gift_message="Happy birthday")


@pytest.fixture
def parcel(web, order):
    return web.up_to(web.shipment(order), "label")


def test_not_ready_then_ready_together(web, order, parcel):
    for name in PAPERS:
        waiting = web.get(f"shipments/{parcel['id']}/{name}")
        assert (waiting.status_code, waiting["Retry-After"]) == (404, "2")
        assert waiting.json()["code"] == "not_ready"
    tasks.print_owed()
    label = web.get(f"shipments/{parcel['number']}/label.pdf", Accept="text/html")
    assert (label.status_code, label["Content-Type"]) == (200, "application/pdf")
    assert parcel["tracking_number"] in scan_pdf(label.content)[0]
    zpl = web.get(f"shipments/{parcel['id']}/label.zpl", Accept="application/json")
    assert zpl["Content-Type"] == "application/zpl"
    (printed,) = print_zpl(zpl.content)
    assert parcel["tracking_number"] in scan(printed)
    slip = web.get(f"shipments/{parcel['id']}/packing-slip.pdf")
    assert slip.content.startswith(b"%PDF")
    assert order["number"] in scan_pdf(slip.content)[0]
    again = web.get(f"shipments/{parcel['id']}/label.pdf", **{"If-None-Match": label["ETag"]})
    assert again.status_code == 304


def test_a_parcel_inside_the_country_has_no_customs_paper(web, parcel):
    tasks.print_owed()
    answer = web.get(f"shipments/{parcel['id']}/customs.pdf")
    assert answer.status_code == 404
    assert "Retry-After" not in answer


def test_one_label_a_box(web, order):
    shipment = web.up_to(web.shipment(order), "pick")
    boxes = [{"lines": [{"sku": "TEE", "quantity": 2}]}, {"lines": [{"sku": "MUG", "quantity": 1}]}]
    web.step(shipment, "packages", {"packages": boxes})
    web.label(shipment)
    tasks.print_owed()
    pdf = pypdfium2.PdfDocument(web.get(f"shipments/{shipment['id']}/label.pdf").content)
    assert len(pdf) == 2
    pdf.close()


def test_printed_once(web, parcel):
    assert printing.print_owed() == 1
    assert printing.print_owed() == 0
    assert printing.print_papers(Shipment.objects.get().pk) is False


def test_a_claim_of_a_dead_worker_runs_out(web, parcel):
    ahead = timezone.now() + timedelta(minutes=1)
    Shipment.objects.update(papers_due_at=ahead)
    assert printing.print_owed() == 0
    Shipment.objects.update(papers_due_at=ahead - timedelta(minutes=2))
    assert printing.print_owed() == 1


def test_a_parcel_opened_while_it_is_printed_keeps_no_old_papers(web, order, parcel, monkeypatch):
    real = printing.label_pdf

    def opened_meanwhile(labels):
        web.cancel(order, ("MUG", 1))
        return real(labels)

    monkeypatch.setattr(printing, "label_pdf", opened_meanwhile)
    assert printing.print_owed() == 0
    assert not Paper.objects.exists()
    monkeypatch.undo()
    web.pack(parcel)
    web.label(parcel)
    assert printing.print_owed() == 1


def test_opening_a_labelled_parcel_voids_its_papers(web, order, parcel):
    tasks.print_owed()
    web.cancel(order, ("MUG", 1))
    assert web.get(f"shipments/{parcel['id']}/label.pdf").status_code == 404
    tasks.print_owed()
    assert not Paper.objects.exists()


def test_a_long_queue_of_papers_lets_other_work_pass(web, parcel, monkeypatch):
    web.up_to(web.shipment(web.routed(("TEE", 1))), "label")
    called = []
    monkeypatch.setattr(owing, "SHIFT", 0)
    monkeypatch.setattr(owing.bell, "call", lambda task, queue: called.append((task, queue)))
    assert printing.print_owed() == 1
    assert printing.print_owed() == 1
    assert printing.print_owed() == 0
    assert called == [("fulfillment.tasks.print_owed", "carrier")] * 2


def test_what_cannot_be_printed_stops_no_other(web, order, parcel, monkeypatch):
    other = web.up_to(web.shipment(web.routed(("TEE", 1))), "label")
    real = printing.label_pdf

    def broken(labels):
        if labels[0].shipment_number == parcel["number"]:
            raise ValueError("no such glyph")
        return real(labels)

    monkeypatch.setattr(printing, "label_pdf", broken)
    assert printing.print_owed() == 1
    assert web.get(f"shipments/{parcel['id']}/label.pdf").status_code == 404
    assert web.get(f"shipments/{other['id']}/label.pdf").status_code == 200


def test_the_slip_says_what_comes_in_another_parcel(web):
    order = web.routed(("TEE", 12), language="ar")
    first, second = web.shipments(order)
    _, slip = printing.data_of(Shipment.objects.get(pk=first["id"]))
    assert [(line.sku, line.quantity) for line in slip.later] == [("TEE", second["lines"][0]["quantity"])]
    web.up_to(first, "hand_over")
    _, slip = printing.data_of(Shipment.objects.get(pk=second["id"]))
    assert slip.later == []
    assert slip.language == "ar"
    assert road.kept(order)


@pytest.mark.parametrize("language", ["en", "ar", "fa"])
def test_a_parcel_that_crosses_a_border_has_a_customs_paper(web, language):
    road.add_rate(to={"country": "AE"}, base="40.00")
    shop.product("TEE", RUH=10).__class__.objects.filter(sku="TEE").update(
        hs_code="610910", name={"en": "Cotton T-shirt", "ar": "قميص قطني", "fa": "تی‌شرت نخی"}
    )
    address = {**shop.ADDRESS, "city": "Dubai", "country": "AE", "short_address": ""}
    order = web.routed(("TEE", 2), ("MUG", 1), shipping_address=address, language=language)
    parcel = web.up_to(web.shipment(order), "label")
    waiting = web.get(f"shipments/{parcel['id']}/customs.pdf")
    assert (waiting.status_code, waiting["Retry-After"]) == (404, "2")
    tasks.print_owed()
    paper = web.get(f"shipments/{parcel['id']}/customs.pdf")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert parcel["tracking_number"] in scan_pdf(paper.content)[0]
    said = " ".join(text(paper.content).split())
    # 2 × 100.00 with 15 % VAT within, and one at 100.00: what customs see is without tax.
    for words in (
        "Customs",
        "CN 23",
        "Cotton T-shirt",
        "610910",
        "173.91",
        "260.87",
        "Saudi Arabia",
    ):
        assert words in said, words
    assert Paper.objects.filter(shipment_id=parcel["id"]).count() == 4


def test_the_hand_over_list_carries_the_hour_of_its_location() -> None:
    place = shop.location("RUH")
    at = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
    listed = Manifest(location=place, carrier="own_fleet", at=at, language="ar", shipments=[])
    assert manifests.data_of(listed).at.isoformat() == "2026-11-28T01:30:00+03:00"


def test_the_hand_over_list_says_by_hand_as_the_pages_do() -> None:
    at = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
    listed = ManifestData(location="Riyadh", carrier="manual", at=at, rows=[], reference="M1")
    assert "Handed over by hand" in text(manifest_pdf(listed))
