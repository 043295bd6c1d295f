"""The merchant-presented code: examples as published, what is refused and at which tag, and properties over random codes."""

import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chassis.errors import Refusal
from services.payments.qr_codes.merchant_presented import (
    check_sum,
    read_merchant_presented,
    write_merchant_presented,
)
from services.payments.qr_codes.model import Initiation, LocalName, MerchantPresented, Template, Tip, TipKind

PUBLISHED = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING"
    "64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"
)
"""The example of EMVCo's specification of the merchant-presented mode."""
PIX = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal"
    "6008BRASILIA62070503***63041D3D"
)
"""The example of the Brazilian central bank's manual for payment codes."""


def sealed(body: str) -> str:
    return f"{body}6304{check_sum(body + '6304')}"


def plain(*more: str, without: str = "") -> str:
    fields = {
        "00": "000201", "26": "26170009cn.sifang", "52": "52045411", "53": "5303156", "58": "5802CN", "59": "5903TEA", "60": "6007BEIJING",
    }  # fmt: skip
    fields["26"] = "26130009cn.sifang"
    return sealed("".join(value for tag, value in fields.items() if tag != without) + "".join(more))


def test_the_published_example() -> None:
    said = read_merchant_presented(PUBLISHED)
    assert said == MerchantPresented(
        accounts=(
            ("29", Template("D15600000000", (("05", "A93FO3230Q"),))),
            ("31", Template("D15600000001", (("03", "12345678"),))),
        ),
        category_code="4111",
        currency="CNY",
        country="CN",
        name="BEST TRANSPORT",
        city="BEIJING",
        initiation=Initiation.DYNAMIC,
        amount=2372,
        tip=Tip(TipKind.PROMPT),
        additional=(("03", "1234"), ("06", "***"), ("07", "A6008667"), ("09", "ME")),
        local=LocalName("ZH", "最佳运输", "北京"),
        unreserved=(("91", Template("A011223344998877", (("07", "12345678"),))),),
    )
    assert read_merchant_presented(write_merchant_presented(said)) == said


def test_the_central_bank_s_example_is_written_as_published() -> None:
    said = read_merchant_presented(PIX)
    assert (said.amount, said.currency, said.name) == (None, "BRL", "Fulano de Tal")
    assert write_merchant_presented(said) == PIX


def test_the_check_sum_s_check_value() -> None:
    """Of CRC-16/CCITT-FALSE, as catalogues of such sums give it; and leading zeros are written."""
    assert check_sum("123456789") == "29B1"
    assert all(len(check_sum(str(number))) == 4 for number in range(300))


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        (PUBLISHED[:-1] + "B", "qr_code_crc_wrong", "63"),
        (PUBLISHED[:-4] + "a13a", "qr_code_crc_wrong", "63"),
        (PUBLISHED.replace("23.72", "93.72"), "qr_code_crc_wrong", "63"),
        ("", "qr_code_malformed", "00"),
        ("000201", "qr_code_malformed", "63"),
        ("000202" + PUBLISHED[6:], "qr_code_malformed", "00"),
        (PUBLISHED[:-8], "qr_code_malformed", "63"),
        (PUBLISHED + " ", "qr_code_malformed", "63"),
        (sealed("000201" + "5" * 520), "qr_code_malformed", None),
        (sealed("0002015802"), "qr_code_malformed", "58"),
        (sealed("00020158"), "qr_code_malformed", "58"),
        (sealed("0002015800"), "qr_code_malformed", "58"),
        (sealed("0002015x02CN"), "qr_code_malformed", "5x"),
        (sealed("00020158٠٢CN"), "qr_code_malformed", "58"),
        (plain("5802CN"), "qr_code_duplicate_tag", "58"),
        (plain("63041234"), "qr_code_duplicate_tag", "63"),
        (plain("000201"), "qr_code_duplicate_tag", "00"),
        (plain("6212010212010212"), "qr_code_duplicate_tag", "62.01"),
        (plain("62050102a"), "qr_code_malformed", "62.01"),
        (plain("62300126" + "x" * 26), "qr_code_malformed", "62.01"),
        (plain("27080104abcd"), "qr_code_tag_missing", "27.00"),
        (plain("2737" + "0033" + "x" * 33), "qr_code_malformed", "27.00"),
        (plain("64100002ZH0103"), "qr_code_malformed", "64.01"),
        (plain("64060002ZH"), "qr_code_tag_missing", "64.01"),
        (plain("64120002Z10102茶叶"), "qr_code_malformed", "64.00"),
        (plain("540510.5x"), "qr_code_malformed", "54"),
        (plain("54041.25"), None, None),
        (plain("54051.250"), "qr_code_malformed", "54"),
        (plain("54040.00"), "qr_code_malformed", "54"),
        (plain("5403.50"), "qr_code_malformed", "54"),
        (plain("5403-10"), "qr_code_malformed", "54"),
        (plain("541412345678901234"), "qr_code_malformed", "54"),
        (plain("550201"), None, None),
        (plain("550204"), "qr_code_malformed", "55"),
        (plain("550202"), "qr_code_malformed", "56"),
        (plain("56041.00"), "qr_code_malformed", "56"),
        (plain("5502025603100"), None, None),
        (plain("55020357045.50"), None, None),
        (plain("55020357040.00"), "qr_code_malformed", "57"),
        (plain("5502035703100"), "qr_code_malformed", "57"),
        (plain("010213"), "qr_code_malformed", "01"),
        (plain("6105a\nbcd"), "qr_code_malformed", "61"),
        (plain("6105北京abc"), "qr_code_malformed", "61"),
        (plain("7003abc"), None, None),
        *((plain(without=tag), "qr_code_tag_missing", tag) for tag in ("26", "52", "53", "58", "59", "60")),
        (plain("5204541x", without="52"), "qr_code_malformed", "52"),
        (plain("5303000", without="53"), "qr_code_malformed", "53"),
        (plain("5802cn", without="58"), "qr_code_malformed", "58"),
        (plain("5926" + "x" * 26, without="59"), "qr_code_malformed", "59"),
        (plain("5903茶叶店", without="59"), "qr_code_malformed", "59"),
        (plain("6016" + "x" * 16, without="60"), "qr_code_malformed", "60"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, code: str | None, field: str | None) -> None:
    if code is None:
        assert read_merchant_presented(text).name == "TEA"
        return
    with pytest.raises(Refusal) as caught:
        read_merchant_presented(text)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read_merchant_presented("000201\ud800" + "63040000")
    assert caught.value.code == "qr_code_malformed"


ASCII = st.text(string.ascii_letters + string.digits + " .-*", min_size=1, max_size=10)
WORDS = st.text(
    st.characters(exclude_categories=["C"], codec="utf-8"),
    min_size=1,
    max_size=12,
)
SUB_TAGS = st.sampled_from([f"{tag:02d}" for tag in range(1, 60)])
TEMPLATES = st.builds(
    Template, ASCII, st.dictionaries(SUB_TAGS, WORDS, max_size=2).map(lambda fields: tuple(fields.items()))
)
AMOUNTS = st.none() | st.integers(1, 999_999_999_999)
CODES = st.builds(
    MerchantPresented,
    accounts=st.dictionaries(st.integers(26, 51).map(str), TEMPLATES, min_size=1, max_size=2).map(
        lambda accounts: tuple(accounts.items())
    ),
    category_code=st.from_regex(r"[0-9]{4}", fullmatch=True).filter(str.isascii),
    currency=st.sampled_from(["CNY", "JPY", "KWD", "USD"]),
    country=st.sampled_from(["CN", "JP"]),
    name=ASCII,
    city=ASCII,
    initiation=st.none() | st.sampled_from(Initiation),
    amount=AMOUNTS,
    tip=st.none()
    | st.just(Tip(TipKind.PROMPT))
    | st.builds(lambda amount: Tip(TipKind.FIXED, amount=amount), st.integers(1, 10**6))
    | st.builds(lambda percent: Tip(TipKind.PERCENT, percent=percent), st.sampled_from(["5", "12.5", "00.01"])),
    postal_code=st.none() | ASCII,
    additional=st.dictionaries(st.sampled_from(["01", "05", "07", "50"]), WORDS, max_size=2).map(
        lambda fields: tuple(fields.items())
    ),
    local=st.none() | st.builds(LocalName, st.just("ZH"), WORDS, st.none() | WORDS),
)


@settings(max_examples=150, deadline=None)
@given(CODES)
def test_what_is_written_is_read_back(said: MerchantPresented) -> None:
    try:
        text = write_merchant_presented(said)
    except Refusal as refusal:
        # Only what is too long, as a whole or within a template, may be refused of these.
        assume(refusal.code != "qr_code_malformed")
        raise
    assert read_merchant_presented(text) == said


@settings(max_examples=300, deadline=None)
@given(CODES, st.data())
def test_a_changed_character_never_says_the_same(said: MerchantPresented, data: st.DataObject) -> None:
    try:
        text = write_merchant_presented(said)
    except Refusal:
        assume(False)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8"))
    assume(other != text[place])
    try:
        read = read_merchant_presented(text[:place] + other + text[place + 1 :])
    except Refusal:
        return
    assert read != said


def test_every_single_changed_character_of_the_published_example_is_refused() -> None:
    for place, was in enumerate(PUBLISHED):
        for other in string.digits + string.ascii_letters + " .*京":
            if other != was:
                with pytest.raises(Refusal):
                    read_merchant_presented(PUBLISHED[:place] + other + PUBLISHED[place + 1 :])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 0}, "54"),
        ({"amount": -5}, "54"),
        ({"amount": 10**13}, "54"),
        ({"currency": "BTC"}, "53"),
        ({"name": ""}, "59"),
        ({"name": "x" * 26}, "59"),
        ({"name": "茶"}, "59"),
        ({"accounts": ()}, "26"),
        ({"accounts": (("26", Template("x" * 99, ())),)}, "26"),
    ],
)
def test_nothing_is_written_that_could_not_be_read(change: dict[str, object], field: str) -> None:
    said = read_merchant_presented(PUBLISHED)
    with pytest.raises(Refusal) as caught:
        write_merchant_presented(MerchantPresented(**vars(said) | change))  # type: ignore[arg-type]
    assert caught.value.field == field
