"""Currencies and the scale of each: how many decimal places its minor unit has.

Source: ISO 4217 list one (SIX, as amended to 2025-01): active codes with a minor unit. Precious metals,
test codes and fund units, for which the list says "N.A.", are left out. BTC is not of the list: its minor unit
is the satoshi, 10^-8.
"""

from finance.errors import UnknownCurrency
from finance.exact import shown

_SCALES: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
          CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
          HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
          MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
          SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
          VED VES WST XAD XCD XCG YER ZAR ZMW ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
    8: "BTC",
}

SCALES: dict[str, int] = {code: scale for scale, codes in _SCALES.items() for code in codes.split()}
"""Decimal places by currency code."""


def scale_of(currency: str) -> int:
    """Decimal places of a currency's minor unit: CNY 2, JPY 0, BHD 3, BTC 8. Raises `UnknownCurrency`."""
    scale = SCALES.get(currency) if isinstance(currency, str) else None
    if scale is None:
        raise UnknownCurrency(f"no minor unit is known for currency {shown(currency)}", field="currency")
    return scale
