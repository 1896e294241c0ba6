"""A page of a paper reaches nothing: no file, no host, no font but ours."""

import pytest

from oms.core import documents
from tests import paper_scanner

SECRET = "only-for-the-eyes-of-the-house"


def printed(monkeypatch, html: str) -> bytes:
    """The PDF of a page as if a template had forgotten to escape."""
    monkeypatch.setattr(documents, "render_to_string", lambda name, context: html)
    return documents.pdf("x.html", {}, stylesheet="papers/label.css", language="en")


@pytest.mark.parametrize(
    "html",
    [
        "<img src='file://{path}'>",
        "<img src='{path}'>",
        "<object data='file://{path}'></object><embed src='file://{path}'>",
        "<link rel=attachment href='file://{path}'><a rel=attachment href='file://{path}'>x</a>",
        "<link rel=stylesheet href='file://{path}'>",
        "<style>@import 'file://{path}'; body {{ background: url(file://{path}) }}</style>",
        "<style>@font-face {{ font-family: X; src: url('font:../../package') }} p {{ font-family: X }}</style><p>x</p>",
        "<svg><image href='file://{path}'/><use href='file://{path}#a'/></svg>",
        "<img src='http://127.0.0.1:9/x.png'><img src='ftp://127.0.0.1:9/x'>",
        "<p style='list-style: url(file://{path}); content: url(file://{path})'>x</p>",
    ],
)
def test_an_unescaped_page_still_reaches_nothing(monkeypatch, tmp_path, caplog, html):
    secret = tmp_path / "secret.svg"
    secret.write_text(f"<svg xmlns='http://www.w3.org/2000/svg'><text y='20'>{SECRET}</text></svg>")
    document = printed(monkeypatch, html.format(path=secret))
    assert SECRET not in paper_scanner.text(document)
    assert SECRET.encode() not in document
    assert "attachment" not in html or paper_scanner.active_parts(document) == 0


def test_a_script_is_never_run_nor_kept(monkeypatch):
    document = printed(monkeypatch, "<script>app.alert(1)</script><p onclick='alert(1)'>x</p>")
    assert paper_scanner.active_parts(document) == 0
    assert "alert" not in paper_scanner.text(document)


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "http://127.0.0.1/", "data:text/plain,x", "font:../x", "font:", "Vazirmatn-Bold"],
)
def test_the_fetcher_refuses_all_but_our_fonts(address):
    with pytest.raises(PermissionError):
        documents._fetcher().fetch(address)


def test_the_fetcher_serves_our_fonts():
    face = documents._fetcher().fetch("font:Vazirmatn-Bold")
    assert face.read()[:4] == b"\x00\x01\x00\x00"


def test_arabic_and_persian_are_drawn_with_our_own_font(monkeypatch):
    document = printed(monkeypatch, "<p>سلام — مرحبا — Hello</p>")
    assert paper_scanner.fonts(document) == {"Relay"}  # the family label.css loads, no font of the machine


def test_an_unknown_stylesheet_is_named(monkeypatch):
    monkeypatch.setattr(documents, "render_to_string", lambda name, context: "<p>x</p>")
    with pytest.raises(FileNotFoundError, match=r"papers/none\.css"):
        documents.pdf("x.html", {}, stylesheet="papers/none.css", language="en")
