"""Static files as they are served: what a page always needs in one file, and its content's hash in the name.

`css/staff.css` and its like are lists of `@import`, `js/staff.js` of `import`: a browser reads them as they are while
developing. Once collected they hold the text itself, so that a page asks for one file instead of forty.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from whitenoise.storage import CompressedManifestStaticFilesStorage

CSS_IMPORT = re.compile(r'^@import url\("([a-z-]+\.css)"\);$', re.MULTILINE)
JS_IMPORT = re.compile(r'^import "\./([a-z-]+\.js)";$', re.MULTILINE)
CSS_NOISE = re.compile(r"/\*.*?\*/|\s+", re.DOTALL)


class Bundled(ManifestStaticFilesStorage):
    """Inlines the imports of our own style sheets and scripts before names are hashed."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            for name in paths:
                if name.startswith(("css/", "js/")):
                    self._bundle(Path(self.path(name)))
                    paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _bundle(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        imports = CSS_IMPORT if file.suffix == ".css" else JS_IMPORT
        whole = imports.sub(lambda found: (file.parent / found[1]).read_text(encoding="utf-8"), text)
        if file.suffix == ".css":
            whole = CSS_NOISE.sub(" ", whole)
        if whole != text:
            file.write_text(whole, encoding="utf-8")


class HashedStatic(Bundled, CompressedManifestStaticFilesStorage):
    """Brotli at its best takes 40 s over all files: worth it once in the image, not on a first `make run`."""

    def create_compressor(self, **options: Any) -> Any:
        return super().create_compressor(use_brotli=settings.PRODUCTION, **options)


@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """What browsers ask for unasked, as beside a PDF or an answer of the API: the one icon there is."""
    return redirect(static("icon.svg"))
