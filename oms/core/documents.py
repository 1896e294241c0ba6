"""Papers as PDF: one function, `pdf()`, over WeasyPrint.

Whatever a customer writes into a name or an address stays text: templates autoescape, and the
fetcher below serves our own fonts and nothing else, so no page can reach a file, a host or a script.
"""

import atexit
import gc
import time
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

# `papers/faces.css` names a face as `url("font:Vazirmatn-Bold")`. These are whole fonts: subsets of one
# family with unicode-range draw wrong glyphs in WeasyPrint without a word.
FONT_FOLDER = "node_modules/vazirmatn/fonts/ttf"
FONTS = ("Vazirmatn-Regular", "Vazirmatn-Medium", "Vazirmatn-Bold", "Vazirmatn-Black")
SHEET = "papers/sheet.css"


_drew_at = 0.0


def pdf(
    template_name: str, context: dict[str, Any], *, stylesheet: str, language: str, sheet: bool = True
) -> bytes:
    """Render a template with a static stylesheet ("papers/slip.css") to the bytes of a PDF.

    `sheet`: what papers on a whole sheet share lies under it; a label is none. `language` ("en", "ar", "fa") is
    active while the template renders. Takes tens of milliseconds, and seconds on the first
    call of a process: for workers, never for a request.
    """
    from weasyprint import (
        HTML,
    )  # 1–3 s to import: only a process that prints pays for it

    global _drew_at

    with translation.override(language):
        html = render_to_string(template_name, context)
    names = ["papers/faces.css", *([SHEET] if sheet else []), stylesheet]
    sheets = [_stylesheet(name) for name in names]
    document = HTML(string=html, base_url="paper:/", url_fetcher=_fetcher())
    content = bytes(document.write_pdf(stylesheets=sheets, font_config=_fonts()))
    # A drawn page is megabytes of boxes in circles; kept till Python's own time they are fifteen megabytes a process.
    del document
    gc.collect()
    _drew_at = time.monotonic()
    return content


def idle() -> float:
    """Seconds since this process drew its last paper."""
    return time.monotonic() - _drew_at


def merged(papers: Iterable[bytes]) -> bytes:
    """Several PDFs as one."""
    import pypdfium2  # 8 MB that only a process that prints pays for

    whole = pypdfium2.PdfDocument.new()
    for content in papers:
        part = pypdfium2.PdfDocument(content)
        whole.import_pages(part)
        part.close()
    written = BytesIO()
    whole.save(written)
    whole.close()
    return written.getvalue()


@cache
def _stylesheet(name: str) -> "CSS":
    """Parsed once a process; a parse costs ten times a label."""
    from weasyprint import CSS

    path = finders.find(name)
    if not path:
        raise FileNotFoundError(f"No stylesheet {name} among the static files")
    text = Path(path).read_text(encoding="utf-8")
    return CSS(string=text, base_url="paper:/", font_config=_fonts(), url_fetcher=_fetcher())


@cache
def _fonts() -> "FontConfiguration":
    """One for all papers: their faces are the same."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


# WeasyPrint's fonts clean up after themselves and must do so before the interpreter takes its modules down.
atexit.register(_fonts.cache_clear)
atexit.register(_stylesheet.cache_clear)


@cache
def _fetcher() -> "URLFetcher":
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFontsOnly(URLFetcher):
        """Answers `font:NAME` for our own faces and refuses every other address."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> "URLFetcherResponse":
            name = url.removeprefix("font:")
            if name == url or name not in FONTS:
                _refuse(url)
            body = (Path(settings.BASE_DIR) / FONT_FOLDER / f"{name}.ttf").read_bytes()
            return URLFetcherResponse(url, body, {"Content-Type": "font/ttf"})

        def open(self, url: Any, data: Any = None, timeout: Any = None) -> NoReturn:
            _refuse(str(url))

    return OwnFontsOnly(allowed_protocols=())


def _refuse(url: str) -> NoReturn:
    raise PermissionError(f"A paper may not load {url[:80]!r}")
