"""`manage.py fonts`: cut the characters nearly every page is written with out of the locked fonts.

A browser then loads 15 kB of Inter and 23 kB of Vazirmatn instead of 94; static/css/fonts.css says which characters,
and the whole files follow for the rare others. Run it after a new version of the fonts, and commit what it writes.
"""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

CUT = {
    "inter-common.woff2": ("inter/files/inter-latin-wght-normal.woff2", ["ccmp", "kern", "tnum"]),
    "vazirmatn-common.woff2": (
        "vazirmatn/files/vazirmatn-arabic-wght-normal.woff2",
        # No "tnum": digits of one width stand apart where ١ is half as wide as ٦.
        ["calt", "ccmp", "fina", "init", "kern", "liga", "locl", "mark", "medi", "mkmk", "rlig"],
    ),
}
# The weights of the style sheets.
LIGHTEST, BOLDEST = 400, 700
FACE = re.compile(r'url\("\.\./fonts/([\w-]+\.woff2)"\).*?unicode-range:(.*?);', re.DOTALL)


class Command(BaseCommand):
    help = "Cut the common characters of the two fonts into static/fonts/."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name, characters in declared().items():
            source, features = CUT[name]
            file = settings.BASE_DIR / "static/fonts" / name
            cut(settings.FONTS / source, file, characters, features)
            self.stdout.write(f"{file.relative_to(settings.BASE_DIR)}: {file.stat().st_size:,} bytes")


def declared() -> dict[str, set[int]]:
    """Of each cut file the characters that static/css/fonts.css sends to it."""
    sheet = (settings.BASE_DIR / "static/css/fonts.css").read_text(encoding="utf-8")
    return {name: set(_characters(ranges)) for name, ranges in FACE.findall(sheet)}


def _characters(ranges: str) -> "list[int]":
    found: list[int] = []
    for one in ranges.split(","):
        first, _, last = one.strip().removeprefix("U+").partition("-")
        found += range(int(first, 16), int(last or first, 16) + 1)
    return found


def cut(source: Path, target: Path, characters: set[int], features: list[str]) -> None:
    font = TTFont(source, lazy=False)
    options = Options(layout_features=features, hinting=False, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": (LIGHTEST, BOLDEST)}, inplace=True)
    font.flavor = "woff2"
    # The same input gives the same bytes.
    font.recalcTimestamp = False
    font.save(target)
