"""The merchant-presented code: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1.

Tag, length and value, each tag and length two digits; a length counts characters (Unicode code points), also of Chinese names, while
the check sum runs over the bytes of UTF-8. Tag 00 stands first, 63 last; the others in any order, each once.
"""

import binascii
import re
import unicodedata
from collections.abc import Iterable
from typing import TypeVar

from finance.currencies import currency_numbered, number_of, scale_of
from finance.errors import FinanceError
from services.payments.qr_codes.errors import QrCodeCrcWrong, QrCodeDuplicateTag, QrCodeMalformed, QrCodeTagMissing
from services.payments.qr_codes.model import Initiation, LocalName, MerchantPresented, Template, Tip, TipKind

LONGEST_CODE = 512
LONGEST_VALUE = 99
VERSION = "000201"
CRC_HEAD = "6304"
CRC_DIGITS = 4
INITIATIONS = {"11": Initiation.STATIC, "12": Initiation.DYNAMIC}
TIPS = {"01": TipKind.PROMPT, "02": TipKind.FIXED, "03": TipKind.PERCENT}
NETWORK_ACCOUNTS = range(2, 26)
TEMPLATE_ACCOUNTS = range(26, 52)
UNRESERVED = range(80, 100)
ADDITIONAL_LENGTHS = {f"{tag:02d}": 25 for tag in range(1, 9)} | {"09": 3}
_ASCII = re.compile(r"[ -~]+")
_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]*))?")
_PERCENT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")
Fields = dict[str, str]
Kind = TypeVar("Kind")


def write_merchant_presented(said: MerchantPresented) -> str:
    """The code's text. Raises what reading it would: nothing is written that would not be read back as it was said."""
    body = VERSION + "".join(_field(tag, value) for tag, value in _fields_of(said)) + CRC_HEAD
    text = body + check_sum(body)
    if read_merchant_presented(text) != said:
        raise QrCodeMalformed("the code would not say the same when it is read")
    return text


def read_merchant_presented(text: str) -> MerchantPresented:
    """What a code says. Raises QrCodeMalformed, QrCodeCrcWrong, QrCodeDuplicateTag, QrCodeTagMissing."""
    if not text.startswith(VERSION):
        raise QrCodeMalformed("a payment code begins with 000201", field="00")
    if len(text) > LONGEST_CODE:
        raise QrCodeMalformed(f"a code has at most {LONGEST_CODE} characters")
    if text[-8:-4] != CRC_HEAD:
        raise QrCodeMalformed("a code ends with its check sum", field="63")
    if check_sum(text[:-CRC_DIGITS]) != text[-CRC_DIGITS:]:
        raise QrCodeCrcWrong("the check sum is not that of the code", field="63")
    fields = _split(text[:-8])
    currency = _currency(_required(fields, "53"))
    return MerchantPresented(
        accounts=_accounts(fields),
        category_code=_digits("52", _required(fields, "52"), 4),
        currency=currency,
        country=_matching("58", _required(fields, "58"), r"[A-Z]{2}"),
        name=_ascii("59", _required(fields, "59"), 25),
        city=_ascii("60", _required(fields, "60"), 15),
        initiation=_one_of("01", fields["01"], INITIATIONS) if "01" in fields else None,
        amount=_amount("54", fields["54"], currency) if "54" in fields else None,
        tip=_tip(fields, currency),
        postal_code=_ascii("61", fields["61"], 10) if "61" in fields else None,
        additional=_additional(fields["62"]) if "62" in fields else (),
        local=_local(fields["64"]) if "64" in fields else None,
        unreserved=tuple((tag, _template(tag, value)) for tag, value in fields.items() if int(tag) in UNRESERVED),
    )


def check_sum(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 1021, begun with FFFF) over the bytes of UTF-8, four capital hexadecimal digits."""
    try:
        return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"
    except UnicodeEncodeError:
        raise QrCodeMalformed("the code holds what is no character") from None


def _fields_of(said: MerchantPresented) -> Iterable[tuple[str, str]]:
    """Tags in rising order, without those that have no value; the check sum follows."""
    values: list[tuple[str, str | None]] = [
        ("01", next((tag for tag, kind in INITIATIONS.items() if kind is said.initiation), None)),
        *((tag, _template_text(held) if isinstance(held, Template) else held) for tag, held in said.accounts),
        ("52", said.category_code),
        ("53", _written_number(said.currency)),
        ("54", _written_amount("54", said.amount, said.currency)),
        *_tip_fields(said),
        ("58", said.country),
        ("59", said.name),
        ("60", said.city),
        ("61", said.postal_code),
        ("62", "".join(_field(tag, value) for tag, value in said.additional) or None),
        ("64", _local_text(said.local)),
        *((tag, _template_text(held)) for tag, held in said.unreserved),
    ]
    return ((tag, value) for tag, value in values if value is not None)


def _tip_fields(said: MerchantPresented) -> Iterable[tuple[str, str | None]]:
    if said.tip is None:
        return ()
    kind = next(tag for tag, kind in TIPS.items() if kind is said.tip.kind)
    return (("55", kind), ("56", _written_amount("56", said.tip.amount, said.currency)), ("57", said.tip.percent))


def _field(tag: str, value: str) -> str:
    if not 1 <= len(value) <= LONGEST_VALUE:
        raise QrCodeMalformed(f"a value has 1 to {LONGEST_VALUE} characters", field=tag)
    return f"{tag}{len(value):02d}{value}"


def _template_text(held: Template) -> str:
    return "".join(_field(tag, value) for tag, value in (("00", held.identifier), *held.fields))


def _local_text(local: LocalName | None) -> str | None:
    if local is None:
        return None
    city = "" if local.city is None else _field("02", local.city)
    return _field("00", local.language) + _field("01", local.name) + city


def _written_number(currency: str) -> str:
    try:
        return number_of(currency)
    except FinanceError:
        raise QrCodeMalformed("the unit has no number in ISO 4217", field="53") from None


def _written_amount(tag: str, amount: int | None, currency: str) -> str | None:
    if amount is None:
        return None
    scale = scale_of(currency)
    if amount <= 0:
        raise QrCodeMalformed("an amount is more than zero", field=tag)
    whole, rest = divmod(amount, 10**scale)
    return f"{whole}.{rest:0{scale}d}" if scale else str(whole)


def _split(text: str, within: str = "") -> Fields:
    """Tags and values in their order."""
    fields: Fields = {}
    place = 0
    while place < len(text):
        tag, length = text[place : place + 2], text[place + 2 : place + 4]
        named = within + tag
        if not (_two_digits(tag) and _two_digits(length)):
            raise QrCodeMalformed("a tag and a length are two digits each", field=named)
        value = text[place + 4 : place + 4 + int(length)]
        if len(value) != int(length) or not value:
            raise QrCodeMalformed("the value is not as long as it says", field=named)
        if tag in fields:
            raise QrCodeDuplicateTag("the tag stands there twice", field=named)
        _require_text(named, value)
        fields[tag] = value
        place += 4 + len(value)
    if not within and "63" in fields:
        raise QrCodeDuplicateTag("the check sum stands there twice", field="63")
    return fields


def _two_digits(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isdecimal()


def _require_text(tag: str, value: str) -> None:
    if any(unicodedata.category(character)[0] == "C" for character in value):
        raise QrCodeMalformed("a value holds no control characters", field=tag)


def _required(fields: Fields, tag: str, within: str = "") -> str:
    if tag not in fields:
        raise QrCodeTagMissing("the tag is missing", field=within + tag)
    return fields[tag]


def _accounts(fields: Fields) -> tuple[tuple[str, str | Template], ...]:
    found: list[tuple[str, str | Template]] = []
    for tag, value in fields.items():
        if int(tag) in NETWORK_ACCOUNTS:
            found.append((tag, _ascii(tag, value, LONGEST_VALUE)))
        elif int(tag) in TEMPLATE_ACCOUNTS:
            found.append((tag, _template(tag, value)))
    if not found:
        raise QrCodeTagMissing("no account of the merchant is named", field="26")
    return tuple(found)


def _template(tag: str, value: str) -> Template:
    within = f"{tag}."
    fields = _split(value, within)
    identifier = _ascii(f"{within}00", _required(fields, "00", within), 32)
    return Template(identifier, tuple(item for item in fields.items() if item[0] != "00"))


def _additional(value: str) -> tuple[tuple[str, str], ...]:
    fields = _split(value, "62.")
    for tag, held in fields.items():
        if len(held) > ADDITIONAL_LENGTHS.get(tag, LONGEST_VALUE):
            raise QrCodeMalformed(f"at most {ADDITIONAL_LENGTHS[tag]} characters", field=f"62.{tag}")
    return tuple(fields.items())


def _local(value: str) -> LocalName:
    fields = _split(value, "64.")
    language = _matching("64.00", _required(fields, "00", "64."), r"[A-Za-z]{2}")
    name, city = _required(fields, "01", "64."), fields.get("02")
    for tag, held, longest in (("01", name, 25), ("02", city or "", 15)):
        if len(held) > longest:
            raise QrCodeMalformed(f"at most {longest} characters", field=f"64.{tag}")
    return LocalName(language, name, city)


def _tip(fields: Fields, currency: str) -> Tip | None:
    """55 says which of 56 and 57 stands there, and neither stands there without it."""
    kind = _one_of("55", fields["55"], TIPS) if "55" in fields else None
    for tag, wanted in (("56", TipKind.FIXED), ("57", TipKind.PERCENT)):
        if (tag in fields) != (kind is wanted):
            raise QrCodeMalformed("the tip's value and its kind do not agree", field=tag)
    if kind is None:
        return None
    if kind is TipKind.FIXED:
        return Tip(kind, amount=_amount("56", fields["56"], currency))
    if kind is TipKind.PERCENT:
        percent = _matching("57", fields["57"], _PERCENT.pattern)
        if not percent.strip("0."):
            raise QrCodeMalformed("a percentage is more than zero", field="57")
        return Tip(kind, percent=percent)
    return Tip(kind)


def _currency(number: str) -> str:
    try:
        return currency_numbered(number)
    except FinanceError:
        raise QrCodeMalformed("not a number of ISO 4217", field="53") from None


def _amount(tag: str, text: str, currency: str) -> int:
    """Minor units of "23.72", which has no more decimals than the currency."""
    matched, scale = _AMOUNT.fullmatch(text), scale_of(currency)
    if matched is None or len(text) > 13 or len(matched[2] or "") > scale:
        raise QrCodeMalformed(f"an amount in {currency}: digits, at most {scale} of them after a point", field=tag)
    amount = int(matched[1] + (matched[2] or "").ljust(scale, "0"))
    if amount == 0:
        raise QrCodeMalformed("an amount is more than zero", field=tag)
    return amount


def _digits(tag: str, value: str, length: int) -> str:
    return _matching(tag, value, f"[0-9]{{{length}}}")


def _matching(tag: str, value: str, pattern: str) -> str:
    if not re.fullmatch(pattern, value):
        raise QrCodeMalformed("the value is not of its form", field=tag)
    return value


def _ascii(tag: str, value: str, longest: int) -> str:
    if len(value) > longest or not _ASCII.fullmatch(value):
        raise QrCodeMalformed(f"at most {longest} printable characters of ASCII", field=tag)
    return value


def _one_of(tag: str, value: str, kinds: dict[str, Kind]) -> Kind:
    if value not in kinds:
        raise QrCodeMalformed("the value is none of those there are", field=tag)
    return kinds[value]
