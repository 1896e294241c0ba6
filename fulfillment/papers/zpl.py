"""Labels for thermal printers: each page of the PDF as one compressed picture in ZPL II.

A picture prints Arabic and Persian exactly as the PDF shows them; a printer's own fonts cannot.
"""

import base64
import binascii
import zlib
from typing import TYPE_CHECKING

from fulfillment.papers.label import DOTS_PER_MM, HEIGHT_MM, WIDTH_MM

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

WIDTH, HEIGHT = WIDTH_MM * DOTS_PER_MM, HEIGHT_MM * DOTS_PER_MM
ROW_BYTES = WIDTH // 8
# A hair less than exact: the page's rounded size in points must not spill into an 801st column.
SCALE = DOTS_PER_MM * 25.4 / 72 * (1 - 1e-5)
# Darker than the middle prints (1), the rest stays white (0).
INK = bytes(0x31 if level < 128 else 0x30 for level in range(256))


def label_zpl(document: bytes) -> bytes:
    """A label PDF as ZPL for a printer of 8 dots a millimetre ("203 dpi"): one ^XA…^XZ a page."""
    import pypdfium2  # 8 MB that only a worker needs

    pages = pypdfium2.PdfDocument(document)
    try:
        return b"".join(_graphic(_dots(pages, at)) for at in range(len(pages)))
    finally:
        pages.close()


def _dots(pages: "PdfDocument", at: int) -> bytes:
    """A page as rows of bits, eight dots a byte, ink = 1."""
    picture = pages[at].render(scale=SCALE, grayscale=True)
    if (picture.width, picture.height) != (WIDTH, HEIGHT):
        raise ValueError(f"Not a label: {picture.width} × {picture.height} dots")
    grey = bytes(picture.buffer)
    return b"".join(
        int(grey[row * picture.stride : row * picture.stride + WIDTH].translate(INK), 2).to_bytes(
            ROW_BYTES, "big"
        )
        for row in range(HEIGHT)
    )


def _graphic(dots: bytes) -> bytes:
    text = base64.b64encode(zlib.compress(dots, 9))
    crc = binascii.crc_hqx(text, 0)  # CRC-16/XMODEM over the text, as the Z64 header wants it
    return b"^XA^PW%d^LL%d^LH0,0^FO0,0^GFA,%d,%d,%d,:Z64:%s:%04X^FS^XZ\n" % (
        WIDTH,
        HEIGHT,
        len(dots),
        len(dots),
        ROW_BYTES,
        text,
        crc,
    )
