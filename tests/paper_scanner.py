"""Reads papers back as a warehouse would: renders the PDF or the ZPL and scans what is on it."""

import base64
import binascii
import re
import zlib

import pypdfium2
import pypdfium2.raw as pdfium
import zxingcpp
from PIL import Image

PRINTER_SCALE = 8 * 25.4 / 72  # 8 dots a millimetre, the coarsest printer we print on
GRAPHIC = re.compile(
    rb"\^XA.*?\^GFA,(\d+),(\d+),(\d+),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS\^XZ", re.DOTALL
)


def pages(document: bytes, *, scale: float = PRINTER_SCALE) -> list[Image.Image]:
    """Each page of a PDF as a picture."""
    pdf = pypdfium2.PdfDocument(document)
    try:
        return [page.render(scale=scale).to_pil().copy() for page in pdf]
    finally:
        pdf.close()


def page_sizes_mm(document: bytes) -> list[tuple[int, int]]:
    """Width and height of each page, in whole millimetres."""
    pdf = pypdfium2.PdfDocument(document)
    try:
        return [(round(page.get_width() / 72 * 25.4), round(page.get_height() / 72 * 25.4)) for page in pdf]
    finally:
        pdf.close()


def text(document: bytes) -> str:
    """The text of all pages. Arabic comes out in visual order: look for Latin words and digits only."""
    pdf = pypdfium2.PdfDocument(document)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def active_parts(document: bytes) -> int:
    """How many attachments, scripts, links and other annotations a PDF carries. Papers carry none."""
    pdf = pypdfium2.PdfDocument(document)
    try:
        found = pdfium.FPDFDoc_GetAttachmentCount(pdf) + pdfium.FPDFDoc_GetJavaScriptActionCount(pdf)
        return found + sum(pdfium.FPDFPage_GetAnnotCount(page) for page in pdf)
    finally:
        pdf.close()


def fonts(document: bytes) -> set[str]:
    """The families its texts are set in, without subset and weight."""
    pdf = pypdfium2.PdfDocument(document)
    try:
        texts = [text for page in pdf for text in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])]
        return {text.get_font().get_base_name().split("+")[-1].split("-")[0] for text in texts}
    finally:
        pdf.close()


def scan(picture: Image.Image) -> set[str]:
    """The texts of all barcodes in a picture."""
    return {code.text for code in zxingcpp.read_barcodes(picture)}


def scan_pdf(document: bytes, *, scale: float = PRINTER_SCALE) -> list[set[str]]:
    """The barcodes of each page."""
    return [scan(picture) for picture in pages(document, scale=scale)]


def print_zpl(commands: bytes) -> list[Image.Image]:
    """What a thermal printer would print, one picture a label. Checks lengths and check sums on the way."""
    printed = []
    for total, size, row, packed, crc in GRAPHIC.findall(commands):
        assert binascii.crc_hqx(packed, 0) == int(crc, 16)
        dots = zlib.decompress(base64.b64decode(packed, validate=True))
        assert len(dots) == int(total) == int(size)
        width = int(row) * 8
        ink = Image.frombytes("1", (width, len(dots) // int(row)), dots)
        printed.append(ink.point(lambda dot: 0 if dot else 255).convert("L"))
    return printed
