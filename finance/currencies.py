"""Currencies: the scale of each, which is how many decimal places its minor unit has, and its number.

Source: ISO 4217 list one (SIX, as amended to 2025-01): active codes with a minor unit. Precious metals,
test codes and fund units, for which the list says "N.A.", are left out. BTC is not of the list: its minor unit
is the satoshi, 10^-8, and it has no number.
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

_NUMBERED = """AED784 AFN971 ALL008 AMD051 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050 BGN975 BHD048 BIF108 BMD060 BND096 BOB068
    BOV984 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124 CDF976 CHE947 CHF756 CHW948 CLF990 CLP152 CNY156 COP170 COU970 CRC188 CUP192
    CVE132 CZK203 DJF262 DKK208 DOP214 DZD012 EGP818 ERN232 ETB230 EUR978 FJD242 FKP238 GBP826 GEL981 GHS936 GIP292 GMD270 GNF324 GTQ320
    GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 INR356 IQD368 IRR364 ISK352 JMD388 JOD400 JPY392 KES404 KGS417 KHR116 KMF174 KPW408
    KRW410 KWD414 KYD136 KZT398 LAK418 LBP422 LKR144 LRD430 LSL426 LYD434 MAD504 MDL498 MGA969 MKD807 MMK104 MNT496 MOP446 MRU929 MUR480
    MVR462 MWK454 MXN484 MXV979 MYR458 MZN943 NAD516 NGN566 NIO558 NOK578 NPR524 NZD554 OMR512 PAB590 PEN604 PGK598 PHP608 PKR586 PLN985
    PYG600 QAR634 RON946 RSD941 RUB643 RWF646 SAR682 SBD090 SCR690 SDG938 SEK752 SGD702 SHP654 SLE925 SOS706 SRD968 SSP728 STN930 SVC222
    SYP760 SZL748 THB764 TJS972 TMT934 TND788 TOP776 TRY949 TTD780 TWD901 TZS834 UAH980 UGX800 USD840 USN997 UYI940 UYU858 UYW927 UZS860
    VED926 VES928 VND704 VUV548 WST882 XAD396 XAF950 XCD951 XCG532 XOF952 XPF953 YER886 ZAR710 ZMW967 ZWG924"""
NUMBERS: dict[str, str] = {entry[:3]: entry[3:] for entry in _NUMBERED.split()}
"""Numeric code of ISO 4217, three digits, by currency code."""
_CODES = {number: code for code, number in NUMBERS.items()}


def number_of(currency: str) -> str:
    """Numeric code of a currency: CNY "156". Raises `UnknownCurrency`."""
    number = NUMBERS.get(currency) if isinstance(currency, str) else None
    if number is None:
        raise UnknownCurrency(f"no numeric code is known for currency {shown(currency)}", field="currency")
    return number


def currency_numbered(number: str) -> str:
    """The currency of a numeric code: "156" CNY. Raises `UnknownCurrency`."""
    code = _CODES.get(number) if isinstance(number, str) else None
    if code is None:
        raise UnknownCurrency(f"no currency has the number {shown(number)}", field="currency")
    return code


def scale_of(currency: str) -> int:
    """Decimal places of a currency's minor unit: CNY 2, JPY 0, BHD 3, BTC 8. Raises `UnknownCurrency`."""
    scale = SCALES.get(currency) if isinstance(currency, str) else None
    if scale is None:
        raise UnknownCurrency(f"no minor unit is known for currency {shown(currency)}", field="currency")
    return scale
