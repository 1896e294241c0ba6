import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import text

ZWNJ = "\u200c"


def test_digits_of_both_scripts_become_ascii() -> None:
    assert text.digits("٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹ 0") == "0123456789 0123456789 0"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي", "علی"),
        ("على", "علی"),
        ("كريم", "کریم"),
        ("أحمد", "احمد"),
        ("إبراهيم", "ابراهیم"),
        ("آرش", "ارش"),
        ("ٱلرياض", "الریاض"),
        ("فاطمة", "فاطمه"),
        ("مؤمن", "مومن"),
        ("رئيس", "رییس"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        (f"علی{ZWNJ}رضا", "علیرضا"),
        ("ﻣﺤﻤﺪ", "محمد"),
        ("  Sara   AHMED ", "sara ahmed"),
        ("José Müller", "jose muller"),
        ("O’Brien", "o'brien"),  # noqa: RUF001
        ("STRASSE", "Straße"),
        ("شقة ١٢", "شقه 12"),
        ("خانهٔ", "خانه"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert text.name_key(one) == text.name_key(other)


def test_different_names_keep_different_keys() -> None:
    names = ["سارا", "سارة", "علی", "عمر", "Sara", "Sarah", "कमल", "कमाल"]
    assert len({text.name_key(name) for name in names}) == len(names)


@given(st.text(max_size=60))
def test_a_key_is_its_own_key(name: str) -> None:
    key = text.name_key(name)
    assert text.name_key(key) == key
    assert len(key) <= 200


def test_email_keys() -> None:
    assert text.email_key(" Sara@Example.COM ") == "sara@example.com"
    assert text.email_key("\u200fsara@example.com") == "sara@example.com"
    assert text.email_key("s.a+x@example.com") != text.email_key("sa@example.com")


@pytest.mark.parametrize(
    ("phone", "country", "key"),
    [
        ("+966 50 123 4567", "", "+966501234567"),
        ("0501234567", "SA", "+966501234567"),
        ("٠٥٠١٢٣٤٥٦٧", "SA", "+966501234567"),
        ("\u202a+966501234567\u202c", "", "+966501234567"),
        ("00966501234567", "SA", "+966501234567"),
        ("966501234567", "sa", "+966501234567"),
        ("050%1234567", "SA", "+966501234567"),
        ("۰۹۱۲ ۱۲۳ ۴۵۶۷", "IR", "+989121234567"),
        ("050-123-4567", "AE", "+971501234567"),
        ("9991234%6789", "SA", "99912346789"),
        ("0501234567", "", "0501234567"),
        ("0501234567", "ZZ", "0501234567"),
        ("911", "SA", "911"),
        ("", "SA", ""),
        ("n/a", "SA", ""),
    ],
)
def test_phone_keys(phone: str, country: str, key: str) -> None:
    assert text.phone_key(phone, country) == key


@given(st.text(max_size=80), st.sampled_from(["SA", "IR", "", "XX", "??"]))
def test_any_dirt_has_a_phone_key(phone: str, country: str) -> None:
    key = text.phone_key(phone, country)
    assert len(key) <= 32
    assert key.removeprefix("+").isdigit() or key == ""


def test_clean_text_passes_and_is_trimmed() -> None:
    assert text.clean("  King Fahd Rd 12 ", 50) == "King Fahd Rd 12"
    assert text.clean(f"علی{ZWNJ}رضا", 50) == f"علی{ZWNJ}رضا"
    assert text.clean("a\u202eb", 50) == "ab"
    assert text.clean("one\r\ntwo\tthree", 50, lines=True) == "one\ntwo\tthree"
    assert text.clean("", 50) == ""


@pytest.mark.parametrize(
    "dirt", ["a\x00b", "a\nb", "a\tb", "a\x1bb", "a\x7fb", "a\x85b", "a\ud800b", "a\u2028b"]
)
def test_control_characters_are_refused_by_name(dirt: str) -> None:
    with pytest.raises(ValueError, match=f"U\\+{ord(dirt[1]):04X} does not belong"):
        text.clean(dirt, 50)


def test_clean_refuses_what_is_too_long_or_no_text() -> None:
    with pytest.raises(ValueError, match="At most 3"):
        text.clean("four", 3)
    others: list[object] = [None, 5, [], {}]
    for other in others:
        with pytest.raises(ValueError, match="This is text"):
            text.clean(other, 3)
    with pytest.raises(ValueError, match="U\\+0000"):
        text.clean("a\x00", 50, lines=True)


def test_skus_are_kept_as_sent() -> None:
    assert text.sku("TEE Red/M") == "TEE Red/M"
    assert text.sku("x" * 64) == "x" * 64
    assert text.sku("قميص-١") == "قميص-١"
    for bad in ("", " A", "A ", "x" * 65, "A\nB", "A\x00", "A\u200bB", None, 7):
        with pytest.raises(ValueError, match="A SKU"):
            text.sku(bad)


def test_postcodes_and_short_addresses() -> None:
    assert text.postcode("١٢٣٤٥") == "12345"
    assert text.postcode(" sw1a  1aa ") == "SW1A 1AA"
    assert text.postcode("۱۹۶۹۸-۳۳۱۱۱", "IR") == "1969833111"
    assert text.short_address("rrrd ٢٩٢٩") == "RRRD2929"
    assert text.is_saudi_short_address("RRRD2929")
    assert text.is_saudi_short_address("rrrd-٢٩٢٩")
    for bad in ("", "RRR2929", "RRRD292", "RRRD29291", "2929RRRD", "ڕRRD2929"):
        assert not text.is_saudi_short_address(bad)
    assert text.is_saudi_postcode("١٢٣٤٥-٦٧٨٩")
    assert not text.is_saudi_postcode("01234")
    assert not text.is_saudi_postcode("1234")
    assert text.is_iranian_postcode("۱۹۶۹۸۳۳۱۱۱")
    assert text.is_iranian_postcode("19698-33111")
    for bad in ("", "1234567", "2969833111", "0969833111", "1111111111", "19698331112", "1969833a11"):
        assert not text.is_iranian_postcode(bad)
