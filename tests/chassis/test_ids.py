"""TypeIDs as the specification has them; UUIDv7 on business time; the ledger's book in the last 16 bits."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chassis.ids import ALPHABET, IdSource, MalformedId, TypeId, book_of, decode, encode, uuid7, with_book
from clients import ids as clients_ids

# The valid vectors of the TypeID specification 0.3 (its empty prefix is none of ours).
VECTORS = [
    ("nil", "00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
    ("one", "00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
    ("ten", "0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"),
    ("sixteen", "0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
    ("thirtytwo", "00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
    ("max", "7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ("prefix", "0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
    ("prefix", "01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ("pre_fix", "00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
]
UUIDS = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ENTROPY = st.binary(min_size=10, max_size=10)


@pytest.mark.parametrize(("prefix", "body", "uuid"), VECTORS)
def test_agrees_with_the_specification(prefix: str, body: str, uuid: str) -> None:
    assert encode(prefix, UUID(uuid)) == f"{prefix}_{body}"
    assert decode(prefix, f"{prefix}_{body}") == UUID(uuid)


@pytest.mark.parametrize(
    "text",
    [
        "", "thg", "thg_", "_" + "0" * 26, "0" * 26, "thg" + "0" * 26,
        "acc_" + "0" * 26, "THG_" + "0" * 26, "thg__" + "0" * 26, " thg_" + "0" * 26, "thg_" + "0" * 26 + "\n",
        "thg_" + "0" * 25, "thg_" + "0" * 27, "thg_8" + "0" * 25, "thg_z" + "0" * 25,
        "thg_" + "0" * 25 + "u", "thg_" + "0" * 25 + "i", "thg_" + "0" * 25 + "l", "thg_" + "0" * 25 + "o",
        "thg_" + "0" * 25 + "A", "thg_" + "0" * 25 + "-", "thg_" + "0" * 24 + "_0", "thg_" + "0" * 25 + "٣",
        "thg_01890a5d-ac96-774b-bcce-b302099a8057",
    ],
)  # fmt: skip
def test_any_other_text_is_malformed(text: str) -> None:
    with pytest.raises(MalformedId):
        decode("thg", text)


@given(UUIDS)
def test_text_and_uuid_are_one_and_sort_alike(value: UUID) -> None:
    text = encode("thg", value)
    assert decode("thg", text) == value
    assert len(text) == 4 + 26
    assert set(text[4:]) <= set(ALPHABET)
    assert (text < encode("thg", UUID(int=2**127))) == (value.int < 2**127)
    assert clients_ids.encode("thg", value) == text, "the clients' own copy says the same"


@given(st.text(alphabet=ALPHABET + "_iloU", max_size=32))
def test_what_can_be_read_is_written_the_same(body: str) -> None:
    try:
        value = decode("thg", "thg_" + body)
    except MalformedId:
        return
    assert encode("thg", value) == "thg_" + body


@given(UUIDS, st.integers(0, 2**16 - 1))
def test_the_book_is_the_last_16_bits(value: UUID, book_id: int) -> None:
    moved = with_book(value, book_id)
    assert book_of(moved) == book_id
    assert moved.int >> 16 == value.int >> 16


@given(INSTANTS, ENTROPY)
def test_a_uuid7_has_its_version_and_its_millisecond(instant: datetime, entropy: bytes) -> None:
    made = uuid7(instant, entropy)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    began = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=made.int >> 80)
    assert timedelta(0) <= instant - began < timedelta(milliseconds=1)


@given(INSTANTS, st.integers(1, 10**9), ENTROPY, ENTROPY)
def test_later_ids_sort_later(instant: datetime, milliseconds: int, first: bytes, second: bytes) -> None:
    later = instant + timedelta(milliseconds=milliseconds)
    assert encode("thg", uuid7(instant, first)) < encode("thg", uuid7(later, second))


def test_ids_of_one_cause_are_the_same_again_and_of_another_are_not() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    first, again, other = (IdSource(now, seed) for seed in ("key 1", "key 1", "key 2"))
    made = [first.new() for _ in range(100)]
    assert made == [again.new() for _ in range(100)]
    assert len({*made, *(other.new() for _ in range(100))}) == 200


def test_ids_without_a_cause_are_all_different() -> None:
    source = IdSource(datetime(2026, 1, 1, tzinfo=UTC))
    assert len({source.new() for _ in range(10_000)}) == 10_000


def test_the_annotation_reads_text_and_uuid_and_writes_text() -> None:
    adapter: TypeAdapter[UUID] = TypeAdapter(Annotated[UUID, TypeId("thg")])
    value = UUID(int=7)
    text = encode("thg", value)
    assert adapter.validate_json(f'"{text}"') == adapter.validate_python(value) == value
    assert adapter.dump_json(value) == f'"{text}"'.encode()
    assert adapter.json_schema()["pattern"] == f"^thg_[0-7][{ALPHABET}]{{25}}$"
    for wrong in (f'"{value}"', "7", "null", '"acc_00000000000000000000000007"'):
        with pytest.raises(ValidationError, match="malformed_id"):
            adapter.validate_json(wrong)
