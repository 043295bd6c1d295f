"""The consumer-presented code: the published example, what is refused, and properties over random codes."""

import base64

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chassis.errors import Refusal
from services.payments.qr_codes.consumer_presented import read_consumer_presented, write_consumer_presented
from services.payments.qr_codes.model import ConsumerPresented, Tlv

PUBLISHED = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8Q"
    "BwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbT7vsw=="
)
"""The example of EMVCo's specification of the consumer-presented mode."""


def encoded(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


HEAD = "85054350563031"
OURS = "61094F07F0534946414E47"


def test_the_published_example() -> None:
    said = read_consumer_presented(PUBLISHED)
    assert said.applications == (
        (Tlv("4F", bytes.fromhex("A0000000555555")), Tlv("50", b"Product1")),
        (Tlv("4F", bytes.fromhex("A0000000666666")), Tlv("50", b"Product2")),
    )
    assert said.common[:3] == (
        Tlv("5A", bytes.fromhex("1234567890123458")), Tlv("5F20", b"CARDHOLDER/EMV"), Tlv("5F2D", b"ruesdeen"),
    )  # fmt: skip
    transparent = said.common[3]
    assert transparent.tag == "64"
    assert [one.tag for one in transparent.value if isinstance(one, Tlv)] == ["9F10", "9F26", "9F36", "9F37"]
    assert write_consumer_presented(said) == PUBLISHED


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("", "qr_code_malformed", None),
        ("hQV*", "qr_code_malformed", None),
        ("hQVDUFYwMQ=", "qr_code_malformed", None),
        ("hQVDUFYwMR==", "qr_code_malformed", None),
        ("A" * 516, "qr_code_malformed", None),
        ("茶叶店茶", "qr_code_malformed", None),
        (encoded(OURS), "qr_code_malformed", "85"),
        (encoded("85054350563032" + OURS), "qr_code_malformed", "85"),
        (encoded(HEAD), "qr_code_tag_missing", "61"),
        (encoded(HEAD + OURS + HEAD), "qr_code_duplicate_tag", "85"),
        (encoded(HEAD + OURS + "6200" + "6200"), "qr_code_duplicate_tag", "62"),
        (encoded(HEAD + OURS + "5A0112"), "qr_code_malformed", "5A"),
        (encoded(HEAD + OURS + "E100"), "qr_code_malformed", "E1"),
        (encoded(HEAD + "610350015A"), "qr_code_tag_missing", "61.4F"),
        (encoded(HEAD + "61044F02F053"), "qr_code_malformed", "61.4F"),
        (encoded(HEAD + "61084F06F0534946414E47"), "qr_code_malformed", "47"),
        (encoded(HEAD + "61124F07F0534946414E474F07F0534946414E47"), "qr_code_duplicate_tag", "61.4F"),
        (encoded(HEAD + "610A4F07F0534946414E47"), "qr_code_malformed", "61"),
        (encoded(HEAD + "61"), "qr_code_malformed", "61"),
        (encoded(HEAD + "9F"), "qr_code_malformed", None),
        (encoded(HEAD + "9F8001"), "qr_code_malformed", None),
        (encoded(HEAD + "6181094F07F0534946414E47"), "qr_code_malformed", "61"),
        (encoded(HEAD + "6180"), "qr_code_malformed", "61"),
        (encoded(HEAD + OURS + "6206" + "6304" + "6302" + "6300"), "qr_code_malformed", "62.63.63.63"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, code: str, field: str | None) -> None:
    with pytest.raises(Refusal) as caught:
        read_consumer_presented(text)
    assert (caught.value.code, caught.value.field) == (code, field), caught.value.detail


VALUES = st.binary(max_size=40)
OBJECTS = st.dictionaries(st.sampled_from(["50", "57", "5A", "5F20", "9F08", "9F25"]), VALUES, max_size=3).map(
    lambda fields: tuple(Tlv(tag, value) for tag, value in fields.items())
)
APPLICATIONS = st.builds(
    lambda identifier, objects, inner: (
        Tlv("4F", identifier), *objects, *((Tlv("63", inner),) if inner else ()),
    ),
    st.binary(min_size=5, max_size=16), OBJECTS, OBJECTS,
)  # fmt: skip
CODES = st.builds(ConsumerPresented, st.lists(APPLICATIONS, min_size=1, max_size=2).map(tuple), OBJECTS)


@settings(max_examples=150, deadline=None)
@given(CODES, st.data())
def test_what_is_written_is_read_back_and_a_changed_character_says_something_else(
    said: ConsumerPresented, data: st.DataObject
) -> None:
    try:
        text = write_consumer_presented(said)
    except Refusal as refusal:
        # Only what is too long may be refused of these.
        assume("at most" not in refusal.detail)
        raise
    assert read_consumer_presented(text) == said
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii"))
    assume(other != text[place])
    try:
        read = read_consumer_presented(text[:place] + other + text[place + 1 :])
    except Refusal:
        return
    assert read != said
