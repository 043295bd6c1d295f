"""TypeIDs of the clients: they agree with the specification's vectors and keep the book."""

from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from clients.ids import MalformedId, TransferId, book_of, decode, encode, new_id, with_book

# Valid vectors of the TypeID specification 0.3.
VECTORS = [
    ("prefix", "0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
    ("prefix", "01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ("nil", "00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
]


@pytest.mark.parametrize(("prefix", "body", "uuid"), VECTORS)
def test_agrees_with_the_specification(prefix: str, body: str, uuid: str) -> None:
    assert encode(prefix, UUID(uuid)) == f"{prefix}_{body}"
    assert decode(prefix, f"{prefix}_{body}") == UUID(uuid)


@pytest.mark.parametrize(
    "text",
    ["", "trf_", "acc_00000000000000000000000000", "trf_8zzzzzzzzzzzzzzzzzzzzzzzzz", "trf_0000000000000000000000000u"],
)
def test_refuses_other_text(text: str) -> None:
    with pytest.raises(MalformedId):
        decode("trf", text)


def test_new_id_is_a_version_7_uuid_in_its_book() -> None:
    made = new_id(book_id=7)
    assert made.version == 7
    assert book_of(made) == 7
    assert book_of(with_book(made, 65535)) == 65535
    assert new_id() != new_id()
    assert book_of(new_id()) == 1


class Holder(BaseModel):
    id: TransferId


def test_annotation_reads_and_writes_wire_text() -> None:
    made = new_id()
    text = encode("trf", made)
    assert Holder.model_validate({"id": text}).id == made
    assert Holder(id=made).model_dump(mode="json") == {"id": text}
    with pytest.raises(ValidationError, match="malformed_id"):
        Holder.model_validate({"id": "acc_" + text[4:]})
