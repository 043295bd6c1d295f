"""The auditor's verifier by itself: trees as RFC 6962 defines them, ways through a chain, and bytes that never change."""

import ast
import hashlib
import itertools
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.payments import evidence
from services.payments.evidence.rules import way_down

TRANSFER = {
    "book_id": 1, "id": "trf_01jdf3q8e7f5bt2m0xk5s80001", "kind": "post", "debit_account_id": "acc_01jdf3q8e7f5bt2m0xk5s80001",
    "credit_account_id": "acc_01jdf3q8e7f5bt2m0xk5s90001", "amount": 12_34, "currency": "CNY", "code": "order.payment",
    "reference": "单号 7", "value_on": "2026-11-25", "pending_id": "trf_01jdf3q8e7f5bt2m0xk5sa0001", "timeout_seconds": None,
    "flags": ["linked", "imported"],
    "reverses_id": None, "number": 3, "posted_at": "2026-11-25T09:30:00.000001+08:00", "expires_at": None,
    "debited_debits_posted": 1234, "debited_debits_pending": 0, "debited_credits_posted": 5000, "debited_credits_pending": 0,
    "credited_debits_posted": 0, "credited_debits_pending": 0, "credited_credits_posted": 1234, "credited_credits_pending": 0,
}  # fmt: skip


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(b"leaf %d" % number).digest() for number in range(count)]


def root_of_the_rfc(of: list[bytes]) -> bytes:
    """RFC 6962, 2.1: split at the largest power of two below the size. (Its leaves are hashed before they come here.)"""
    if len(of) == 1:
        return of[0]
    split = 1
    while split * 2 < len(of):
        split *= 2
    return hashlib.sha256(b"\x01" + root_of_the_rfc(of[:split]) + root_of_the_rfc(of[split:])).digest()


@pytest.mark.parametrize("size", [*range(1, 35), 127, 128, 129, 1000])
def test_a_tree_is_that_of_the_rfc_and_every_leaf_has_its_path(size: int) -> None:
    of = leaves(size)
    top = evidence.root(of)
    assert top == root_of_the_rfc(of)
    for place in range(size):
        beside = evidence.path(of, place)
        assert len(beside) <= (size - 1).bit_length()
        assert evidence.root_by_path(of[place], place, size, beside) == top


def test_no_leaves_have_the_root_of_the_rfc() -> None:
    assert evidence.root([]) == hashlib.sha256(b"").digest()


@given(st.integers(0, 200), st.integers(0, 4))
def test_roots_of_chunks_make_the_root_of_the_whole(size: int, power: int) -> None:
    of, chunk = leaves(size), 2**power
    nodes = [evidence.root(of[at : at + chunk]) for at in range(0, size, chunk)]
    assert evidence.root(nodes) == evidence.root(of)


@given(st.integers(2, 60), st.data())
def test_a_path_proves_its_own_leaf_in_its_own_place_alone(size: int, data: st.DataObject) -> None:
    of = leaves(size)
    place = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != place))
    beside = evidence.path(of, place)
    assert evidence.root_by_path(of[other], place, size, beside) != evidence.root(of)
    for wrong in (beside[1:], [*beside, of[0]]):
        with pytest.raises(evidence.Wrong):
            evidence.root_by_path(of[place], place, size, wrong)
    with pytest.raises(evidence.Wrong):
        evidence.root_by_path(of[place], size, size, beside)
    for at in range(len(beside)):
        changed = [*beside[:at], bytes(32), *beside[at + 1 :]]
        assert evidence.root_by_path(of[place], place, size, changed) != evidence.root(of)


@given(st.integers(1, 10**6), st.data())
def test_ways_down_a_chain_are_short_and_each_step_is_named(head: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, head))
    way = way_down(head, number)
    assert (way[0], way[-1]) == (head, number)
    assert len(way) <= 160
    for later, earlier in itertools.pairwise(way):
        assert earlier in (later - 1, evidence.skipped_to(later))


def test_a_link_skips_to_an_earlier_one() -> None:
    assert [evidence.skipped_to(number) for number in range(1, 13)] == [0, 0, 1, 0, 1, 4, 1, 0, 1, 8, 1, 8]


def test_bytes_never_change() -> None:
    """Old chains are recomputed by them: whoever changes these lines makes every kept proof worthless."""
    written = evidence.record(TRANSFER, evidence.TRANSFER_FIELDS)
    assert written[:20].hex() == "0000001900000014000000080000000000000001"
    assert evidence.leaf(TRANSFER).hex() == "b26f6b0b549aff193bdaea2d54c6402991b444325a22c4073e93915203ae6510"
    assert evidence.content_root([TRANSFER]).hex() == "3b5368a787c1afa6b162b9990285615693285f531cef2b08548e683a55af8c36"


@pytest.mark.parametrize("name", sorted(evidence.TRANSFER_FIELDS))
def test_every_field_counts(name: str) -> None:
    other = {
        "integer": 7,
        "text": "x",
        "uuid": "trf_01jdf3q8e7f5bt2m0xk5sz0001",
        "day": "2026-11-24",
        "instant": "2026-11-25T09:30:00Z",
    }
    changed = TRANSFER | {name: other[evidence.TRANSFER_FIELDS[name]]}
    assert evidence.leaf(changed) != evidence.leaf(TRANSFER)
    same_content = name not in evidence.CONTENT_FIELDS
    assert (evidence.content_root([changed]) == evidence.content_root([TRANSFER])) is same_content


def test_texts_do_not_run_into_each_other() -> None:
    one, other = TRANSFER | {"code": "ab", "reference": "c"}, TRANSFER | {"code": "a", "reference": "bc"}
    assert evidence.leaf(one) != evidence.leaf(other)


def sealed(**facts: Any) -> dict[str, Any]:
    """A link of a chain that a liar makes up: each hash is right."""
    zeros = "00" * 32
    link = {
        "book_id": 1, "number": 1, "position": 1, "batch_id": "evt_01jdf3q8e7f5bt2m0xk5sb0001", "transfers": 1,
        "root": evidence.leaf(TRANSFER | {"number": 0}).hex(), "linked_at": "2026-11-25T01:30:01Z", "previous_hash": zeros,
        "skip_hash": zeros, "encoding": 1,
    } | facts  # fmt: skip
    return link | {"hash": evidence.link_hash(link).hex()}


def test_a_chain_and_its_transfers_are_of_one_book() -> None:
    proof: dict[str, Any] = {"transfer": TRANSFER | {"number": 0}, "path": []}
    for own_book, head_book, whole in ((1, 1, True), (2, 2, False), (1, 2, False)):
        own = sealed(book_id=own_book)
        head = sealed(number=2, position=2, book_id=head_book, previous_hash=own["hash"])
        if whole:
            assert evidence.check(proof | {"links": [head, own]}, head["hash"]) == proof["transfer"]
        else:
            with pytest.raises(evidence.Wrong, match=r"book|name"):
                evidence.check(proof | {"links": [head, own]})


def test_a_link_under_a_hash_that_is_not_its_own_is_wrong() -> None:
    own, lie = sealed(), TRANSFER | {"number": 0, "amount": 99}
    proof = {"transfer": lie, "path": [], "links": [own | {"root": evidence.leaf(lie).hex()}]}
    with pytest.raises(evidence.Wrong, match="hash"):
        evidence.check(proof)


def test_a_link_names_another_by_its_number_and_its_hash() -> None:
    own = sealed()
    for facts in ({"number": 3, "previous_hash": own["hash"]}, {"number": 2, "skip_hash": own["hash"]}):
        with pytest.raises(evidence.Wrong, match="does not name"):
            evidence.check_links([sealed(**facts), own])
    evidence.check_links([sealed(number=3, skip_hash=own["hash"]), own])


def test_it_needs_the_standard_library_alone() -> None:
    tree = ast.parse(Path(evidence.__file__).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
