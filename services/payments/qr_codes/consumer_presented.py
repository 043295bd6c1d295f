"""The consumer-presented code: EMV QR Code Specification for Payment Systems, Consumer-Presented Mode, version 1.1.

Objects in BER-TLV, written in base64. Tag 85 stands first and says the version; each application (61) is named by its identifier (4F);
62 holds what is common to them. Here lengths have their shortest form and the base64 its only form, so that no two texts say the same.
"""

import base64
import binascii

from services.payments.qr_codes.errors import QrCodeDuplicateTag, QrCodeMalformed, QrCodeTagMissing
from services.payments.qr_codes.model import ConsumerPresented, Tlv

LONGEST_CODE = 512
VERSION = Tlv("85", b"CPV01")
APPLICATION, COMMON, IDENTIFIER = "61", "62", "4F"
APPLICATION_DATA = "63"
"""Template of the application's own objects."""
CONSTRUCTED = 0x20
DEEPEST = 4
IDENTIFIER_BYTES = range(5, 17)


def write_consumer_presented(said: ConsumerPresented) -> str:
    """The code's text. Raises what reading it would."""
    objects = [VERSION, *(Tlv(APPLICATION, objects) for objects in said.applications)]
    if said.common:
        objects.append(Tlv(COMMON, said.common))
    text = base64.b64encode(b"".join(_written(one) for one in objects)).decode()
    if read_consumer_presented(text) != said:
        raise QrCodeMalformed("the code would not say the same when it is read")
    return text


def read_consumer_presented(text: str) -> ConsumerPresented:
    """What a code says. Raises QrCodeMalformed, QrCodeDuplicateTag, QrCodeTagMissing."""
    objects = _objects(_decoded(text), "", 1)
    if not objects or objects[0] != VERSION:
        raise QrCodeMalformed("a consumer's code begins with version CPV01", field="85")
    applications: list[tuple[Tlv, ...]] = []
    common: tuple[Tlv, ...] = ()
    for one in objects[1:]:
        if one.tag not in (APPLICATION, COMMON) or isinstance(one.value, bytes):
            raise QrCodeMalformed("neither an application nor common data", field=one.tag)
        if one.tag == APPLICATION:
            applications.append(_application(one.value))
        else:
            common = one.value
    if not applications:
        raise QrCodeTagMissing("the code names no application", field=APPLICATION)
    return ConsumerPresented(tuple(applications), common)


def _application(objects: tuple[Tlv, ...]) -> tuple[Tlv, ...]:
    identifier = next((one.value for one in objects if one.tag == IDENTIFIER), None)
    if identifier is None:
        raise QrCodeTagMissing("the application has no identifier", field="61.4F")
    if not isinstance(identifier, bytes) or len(identifier) not in IDENTIFIER_BYTES:
        raise QrCodeMalformed("an application's identifier has 5 to 16 bytes", field="61.4F")
    return objects


def _decoded(text: str) -> bytes:
    if not 0 < len(text) <= LONGEST_CODE:
        raise QrCodeMalformed(f"a code has at most {LONGEST_CODE} characters")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise QrCodeMalformed("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise QrCodeMalformed("not base64 as it is written")
    return raw


def _objects(raw: bytes, within: str, depth: int) -> tuple[Tlv, ...]:
    """The objects that fill these bytes exactly. An application may stand there several times, anything else once."""
    if depth > DEEPEST:
        raise QrCodeMalformed(f"objects stand at most {DEEPEST} deep", field=within.rstrip("."))
    found: list[Tlv] = []
    while raw:
        tag, constructed, raw = _tag(raw, within)
        value, raw = _value(raw, within + tag)
        if tag != APPLICATION and any(one.tag == tag for one in found):
            raise QrCodeDuplicateTag("the tag stands there twice", field=within + tag)
        found.append(Tlv(tag, _objects(value, f"{within}{tag}.", depth + 1) if constructed else value))
    return tuple(found)


def _tag(raw: bytes, within: str) -> tuple[str, bool, bytes]:
    """One byte, or two where the first one's low bits are all set."""
    size = 2 if raw[0] & 0x1F == 0x1F else 1
    if len(raw) < size or (size == 2 and not 0 < raw[1] < 0x80):
        raise QrCodeMalformed("a tag has one byte or two", field=within.rstrip(".") or None)
    return raw[:size].hex().upper(), bool(raw[0] & CONSTRUCTED), raw[size:]


def _value(raw: bytes, tag: str) -> tuple[bytes, bytes]:
    if not raw:
        raise QrCodeMalformed("the object ends before its length", field=tag)
    length, used = raw[0], 1
    if length == 0x81 and len(raw) > 1 and raw[1] >= 0x80:
        length, used = raw[1], 2
    elif length >= 0x80:
        raise QrCodeMalformed("a length has its shortest form, of at most 255", field=tag)
    if len(raw) < used + length:
        raise QrCodeMalformed("the value is not as long as it says", field=tag)
    return raw[used : used + length], raw[used + length :]


def _written(one: Tlv) -> bytes:
    value = one.value if isinstance(one.value, bytes) else b"".join(_written(inner) for inner in one.value)
    if len(value) > 0xFF:
        raise QrCodeMalformed("a value has at most 255 bytes", field=one.tag)
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])
    return bytes.fromhex(one.tag) + length + value
