"""Money: a Decimal and an ISO 4217 code. Pure; on the hot path of placing an order.

Amounts carry the currency's own decimals (0, 2 or 3) and round half up. Unit prices carry up to 4.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

from oms.core.saying import Said, said

PRICE_PLACES = 4
RATE_PLACES = 6  # New York's 8.875 % is 0.08875
MAX_WHOLE_DIGITS = 12  # of one amount or price a client sends
LIMIT = Decimal(10) ** 14  # every sum stays below it, so NUMERIC(18, 4) holds any amount we compute

# ISO 4217, list one, the active codes. BGN and ANG stay for orders older than the change to EUR and XCG.
_TWO = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
    IDR ILS INR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR
    ZMW ZWG
    """.split()
)
# IRR: ISO 4217 says 2, but no coin below one rial exists and no shop, bank or gateway in Iran writes one
# (CLDR's table says 0 too); fils-like decimals on a price of 4,500,000 rial would only be noise.
_NONE = frozenset("BIF CLP DJF GNF IRR ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())

_DECIMALS: dict[str, int] = {
    **dict.fromkeys(_TWO, 2),
    **dict.fromkeys(_NONE, 0),
    **dict.fromkeys(_THREE, 3),
}
_STEPS: dict[int, Decimal] = {places: Decimal(1).scaleb(-places) for places in range(RATE_PLACES + 1)}
_STEP: dict[str, Decimal] = {code: _STEPS[places] for code, places in _DECIMALS.items()}
_ZERO: dict[str, Decimal] = {code: Decimal(0).quantize(step) for code, step in _STEP.items()}

# One context for everything: wide enough that a million times a price is exact, and never a thread's own.
CONTEXT = Context(prec=38, rounding=ROUND_HALF_UP)


def known(currency: str) -> bool:
    """True for an active ISO 4217 code in capitals."""
    return currency in _DECIMALS


def decimals(currency: str) -> int:
    """How many decimals amounts of this currency carry: 0, 2 or 3."""
    try:
        return _DECIMALS[currency]
    except KeyError:
        raise ValueError(
            said("'%(currency)s' is not a currency code of ISO 4217.", currency=currency)
        ) from None


def step(currency: str) -> Decimal:
    """The smallest amount: 0.01 for SAR, 0.001 for KWD, 1 for JPY."""
    decimals(currency)
    return _STEP[currency]


def zero(currency: str) -> Decimal:
    """Nothing, with the currency's decimals."""
    decimals(currency)
    return _ZERO[currency]


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount with the currency's decimals, half up (away from zero at the half); never "-0.00"."""
    try:
        return amount.quantize(_STEP[currency], context=CONTEXT) or _ZERO[currency]
    except KeyError:
        raise ValueError(
            said("'%(currency)s' is not a currency code of ISO 4217.", currency=currency)
        ) from None


def as_json(amount: Decimal, currency: str) -> dict[str, str]:
    """An amount as the API writes it: {"amount": "10.000", "currency": "KWD"}."""
    return {"amount": str(rounded(amount, currency)), "currency": currency}


def price_as_json(price: Decimal, currency: str) -> dict[str, str]:
    """A unit price: the currency's decimals, and up to 4 where the price needs them."""
    short = rounded(price, currency)
    if short == price:
        return {"amount": str(short), "currency": currency}
    text = str(price.quantize(_STEPS[PRICE_PLACES], context=CONTEXT)).rstrip("0")
    missing = decimals(currency) - len(text.partition(".")[2])
    return {"amount": text + "0" * max(0, missing), "currency": currency}


def parse_amount(text: object, currency: str) -> Decimal:
    """An amount a client sent ("223.00"), ≥ 0, with the currency's decimals. ValueError says what is wrong.

    Zeros beyond the currency's decimals are no fact ("500.00" JPY is 500); any other digit there is refused.
    """
    places = decimals(currency)
    return _parse(text, places, lambda: _too_fine(currency, places), _STEP[currency])


def parse_price(text: object) -> Decimal:
    """A unit price a client sent: ≥ 0, at most 4 decimals. The answer always carries 4."""
    return _parse(
        text,
        PRICE_PLACES,
        lambda: said("Too many decimals: a unit price has at most 4 decimals."),
        _STEPS[PRICE_PLACES],
    )


def parse_rate(text: object) -> Decimal:
    """A tax rate a client sent: 0 to 1 ("0.15" is 15 %), at most 6 decimals. The answer always carries 6."""
    rate = _parse(
        text,
        RATE_PLACES,
        lambda: said("Too many decimals: a tax rate has at most 6 decimals."),
        _STEPS[RATE_PLACES],
    )
    if rate > 1:
        raise ValueError(said("A tax rate is between 0 and 1: 0.15 is 15 %."))
    return rate


def _too_fine(currency: str, places: int) -> Said:
    if not places:
        return said("Too many decimals: %(currency)s has no decimals.", currency=currency)
    return said("Too many decimals: %(currency)s has %(places)s decimals.", currency=currency, places=places)


def _parse(text: object, places: int, too_fine: Callable[[], Said], exponent: Decimal) -> Decimal:
    if not isinstance(text, str):
        raise ValueError(said('An amount is a string such as "10.00".'))
    whole, point, part = text.partition(".")
    # isdigit() alone would accept Arabic digits and superscripts: amounts are ASCII (the contract).
    if not (text.isascii() and whole.isdigit() and (part.isdigit() if point else True)):
        if text.startswith("-") and text[1:].replace(".", "", 1).isdigit():
            raise ValueError(said("An amount is not negative."))
        raise ValueError(said("An amount is written with the digits 0-9 and one point: 10.00."))
    if len(whole) > MAX_WHOLE_DIGITS:
        raise ValueError(
            said(
                "An amount has at most %(most)s digits before the point.",
                most=MAX_WHOLE_DIGITS,
            )
        )
    if len(part) > places and (len(part) > RATE_PLACES or part[places:].strip("0")):
        raise ValueError(too_fine())
    return Decimal(text).quantize(exponent, context=CONTEXT)
