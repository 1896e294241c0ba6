"""Secrets at rest."""

from typing import Any

import pytest

from oms.core.crypto import NotUnsealed, reseal, seal, unseal


def test_a_sealed_secret_does_not_show_and_comes_back() -> None:
    sealed = seal("whsec_مفتاح")

    assert "whsec" not in sealed
    assert seal("whsec_مفتاح") != sealed
    assert unseal(sealed) == "whsec_مفتاح"


@pytest.mark.parametrize("text", ["", "whsec_plain", "gAAAAAB", "é", "gAAAAABpIv" + "A" * 90])
def test_what_we_did_not_seal_is_refused(text: str) -> None:
    with pytest.raises(NotUnsealed):
        unseal(text)


def test_a_new_key_in_front_seals_and_the_old_ones_still_open(settings: Any) -> None:
    settings.SEALING_KEYS = ["first"]
    old = seal("secret")
    settings.SEALING_KEYS = ["second", "first"]
    assert unseal(old) == "secret"

    new = reseal(old)
    settings.SEALING_KEYS = ["second"]
    assert unseal(new) == "secret"
    with pytest.raises(NotUnsealed):
        unseal(old)


def test_a_rotated_secret_key_keeps_what_it_sealed(settings: Any) -> None:
    old = seal("secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = (
        "another",
        [settings.SECRET_KEY],
    )
    assert unseal(old) == "secret"
