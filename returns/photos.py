"""Photos of what came back: drawn anew, so that nothing but the picture is kept, and stored in STORAGES."""

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import IO
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from oms.core.errors import Invalid, NotFound
from oms.core.events import record
from oms.core.models import new_id
from returns.access import lock
from returns.models import Return, ReturnPhoto

MOST = 20
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 60_000_000
# Enough to read a serial number by; a phone's own picture is ten times that.
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP", "MPO")


def add(returned: Return, files: Sequence[bytes], *, actor: str) -> list[ReturnPhoto]:
    """Keep these pictures with the return. Raises Invalid: no picture, too large, too many.

    The files are written before the rows, outside the transaction, and taken away again if it fails.
    """
    if not files or len(files) > MOST:
        raise Invalid.at("/photos", f"1 to {MOST} photos at a time.", "no_photos")
    drawn = [drawn_anew(content) for content in files]
    photos = []
    try:
        for content, width, height in drawn:
            pk = new_id()
            name = default_storage.save(f"returns/{returned.pk}/{pk}.jpg", ContentFile(content))
            photos.append(
                ReturnPhoto(id=pk, return_order=returned, name=name, width=width, height=height, actor=actor)
            )
        _keep(returned, photos, actor)
    except BaseException:
        for photo in photos:
            default_storage.delete(photo.name)
        raise
    return photos


@transaction.atomic
def _keep(returned: Return, photos: Sequence[ReturnPhoto], actor: str) -> None:
    order, locked = lock(returned.pk)
    if ReturnPhoto.objects.filter(return_order=locked).count() + len(photos) > MOST:
        raise Invalid.at("/photos", f"A return has at most {MOST} photos.", "too_many_photos")
    ReturnPhoto.objects.bulk_create(photos)
    data = {"id": str(locked.pk), "number": locked.number, "version": locked.version, "photos": len(photos)}
    record(
        "return.photographed",
        locked.ref,
        actor=actor,
        channel_id=order.channel_id,
        data=data,
        thread=order.ref,
    )


def drawn_anew(content: bytes) -> tuple[bytes, int, int]:
    """The picture as a JPEG of ours and its size: upright, not too large, without place, time or anything else."""
    if len(content) > MOST_BYTES:
        raise Invalid.at("/photos", "A photo is at most 20 MB.", "photo_too_large")
    from PIL import Image, ImageOps  # only where a photo comes in

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=FORMATS) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise Invalid.at("/photos", "A photo has at most 60 megapixels.", "photo_too_large")
                found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(found)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                plain = Image.new("RGB", upright.size, "white")
                whole = upright.convert("RGBA")
                plain.paste(whole, mask=whole.getchannel("A"))
    except Invalid:
        raise
    except Exception as error:
        # Whatever a decoder stumbles over: it is no picture we can show.
        raise Invalid.at("/photos", "This is no photo we can read.", "not_a_photo") from error
    written = BytesIO()
    plain.save(written, "JPEG", quality=82, optimize=True)
    return written.getvalue(), plain.width, plain.height


def opened(returned: Return, pk: UUID) -> IO[bytes]:
    """One photo of the return. Raises NotFound."""
    found = ReturnPhoto.objects.filter(return_order=returned, pk=pk).first()
    if found is None or not default_storage.exists(found.name):
        raise NotFound
    file: IO[bytes] = default_storage.open(found.name)
    return file
