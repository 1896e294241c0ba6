"""Photos of what came back: pictures alone, upright, without the place they were taken at, for staff alone."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from oms.core.models import Event, User
from returns import photos
from returns.models import Return, ReturnPhoto
from tests.returns.conftest import line, make_shop

pytestmark = pytest.mark.django_db

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def number() -> str:
    shop = make_shop()
    asked: str = shop.request(shop.order(line(quantity=2)), 1)["number"]
    return asked


def signed_in(role: str = "warehouse") -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"a-{role}", password="x", role=role, locations=["RUH"]))
    return client


def picture(width: int = 300, height: int = 200, kind: str = "JPEG", **more: Any) -> bytes:
    image = Image.new("RGB" if kind == "JPEG" else "RGBA", (width, height), (200, 30, 30))
    written = BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def from_a_phone() -> bytes:
    facts = Image.Exif()
    facts[ORIENTATION], facts[MAKE] = 6, "Phone"
    facts.get_ifd(GPS)[1] = "N"
    return picture(3000, 2000, exif=facts)


def bring(client: Client, number: str, *contents: bytes) -> Any:
    files = [SimpleUploadedFile(f"{place}.jpg", content) for place, content in enumerate(contents)]
    return client.post(f"/returns/{number}/photos/", {"photos": files})


def test_a_phone_s_photo_is_kept_upright_and_tells_nothing_else(number: str, media: Path) -> None:
    staff = signed_in()
    assert bring(staff, number, from_a_phone(), picture(kind="PNG")).status_code == 302
    first, second = ReturnPhoto.objects.order_by("at", "id")
    assert ((first.width, first.height), (second.width, second.height)) == ((1333, 2000), (300, 200))
    page = staff.get(f"/returns/{number}/").content.decode()
    assert f"/returns/{number}/photos/{first.pk}/" in page
    answer = staff.get(f"/returns/{number}/photos/{first.pk}/")
    assert answer["Content-Type"] == "image/jpeg"
    kept = Image.open(BytesIO(b"".join(answer.streaming_content)))
    assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (1333, 2000), {})
    told = Event.objects.get(kind="return.photographed")
    assert (told.actor, told.data["photos"]) == ("staff:a-warehouse", 2)
    assert len(list(media.rglob("*.jpg"))) == 2


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ([], "Choose up to 20 photos."),
        ([b"GIF89a not a photo"], "This is no photo we can read"),
        ([b"<svg onload=alert(1)>"], "This is no photo we can read"),
        ([picture()[:200]], "This is no photo we can read"),
        ([picture(), b"x"], "This is no photo we can read"),
        ([picture()] * 21, "At most 20 MB each."),
    ],
    ids=["none", "gif", "svg", "cut off", "one of two", "too many"],
)
def test_what_is_no_photo_leaves_nothing_behind(
    number: str, media: Path, contents: list[bytes], said: str
) -> None:
    staff = signed_in()
    bring(staff, number, *contents)
    assert said in staff.get(f"/returns/{number}/").content.decode()
    assert not ReturnPhoto.objects.exists()
    assert not list(media.rglob("*.jpg"))


def test_a_picture_of_too_many_pixels_is_not_unpacked(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST_PIXELS", 50_000)
    staff = signed_in()
    bring(staff, number, picture())
    assert "A photo is too large." in staff.get(f"/returns/{number}/").content.decode()


def test_a_return_that_is_full_takes_its_files_back(
    number: str, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = signed_in()
    bring(staff, number, picture())
    monkeypatch.setattr(photos, "MOST", 1)
    bring(staff, number, picture())
    assert (ReturnPhoto.objects.count(), len(list(media.rglob("*.jpg")))) == (1, 1)


def test_photos_are_found_by_their_own_return_and_by_staff_alone(number: str) -> None:
    staff = signed_in()
    bring(staff, number, picture())
    photo = ReturnPhoto.objects.get()
    other = Return.objects.create(
        number="R1-9", order=photo.return_order.order, method="branch", resolution="refund", requested_by="x"
    )
    assert staff.get(f"/returns/{other.number}/photos/{photo.pk}/").status_code == 404
    assert Client().get(f"/returns/{number}/photos/{photo.pk}/").status_code == 302
