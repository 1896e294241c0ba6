"""Static files with their content's hash in the name, so that browsers may keep them for ever."""

from typing import Any

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Brotli at its best takes 40 s over all files: worth it once in the image, not on a first `make run`."""

    def create_compressor(self, **options: Any) -> Any:
        return super().create_compressor(use_brotli=settings.PRODUCTION, **options)
