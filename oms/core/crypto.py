"""Secrets at rest: sealed before they are stored, unsealed only where they are used.

The first key seals, every key unseals, so a key is changed by putting the new one in front. `SEALING_KEY`
holds them, newest first; without it they are derived from SECRET_KEY and its fallbacks.
"""

import base64
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet


class NotUnsealed(Exception):
    """The text was not sealed with any of our keys, or was changed since."""


def seal(secret: str) -> str:
    """The secret as encrypted and signed text, different each time."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises NotUnsealed for text that none of our keys sealed."""
    from cryptography.fernet import InvalidToken

    try:
        return _box().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise NotUnsealed("The secret was sealed with another key, or is damaged.") from error


def reseal(sealed: str) -> str:
    """The same secret under the newest key, so that an old key can be thrown away. Raises NotUnsealed."""
    return seal(unseal(sealed))


# The library takes 7 MB and few processes ever need it: it is loaded by the first secret.
def _box() -> "MultiFernet":
    from cryptography.fernet import MultiFernet

    keys = [*settings.SEALING_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_derive(key) for key in keys])


def _derive(key: str) -> "Fernet":
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    # Its own key per purpose: what signs sessions never also encrypts secrets.
    stretched = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"relay sealed secrets").derive(
        key.encode()
    )
    return Fernet(base64.urlsafe_b64encode(stretched))
