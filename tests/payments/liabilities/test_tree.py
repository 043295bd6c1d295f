"""The tree and its verifier, on plain numbers: against a second tree built another way, and against whoever would hide a part of what is
owed."""

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import encode
from clients.payments import liabilities
from clients.payments.liabilities import Node, Wrong
from services.payments.liabilities import rules

DAY = date(2026, 11, 5)
SECRET = bytes(range(32))
Tamper = Callable[[dict[str, Any]], Any]


def big(number: int, size: int = 8) -> bytes:
    return number.to_bytes(size, "big")


def naive_root(leaves: list[tuple[UUID, int]]) -> Node:
    """By halves from the top, with bytes written out by hand."""
    if len(leaves) == 1:
        ((account, amount),) = leaves
        since = (DAY - date(2000, 1, 1)).days
        told = b"\0" + rules.salt_of(SECRET, account) + account.bytes + big(since, 4) + b"\x03CNY" + big(amount)
        return hashlib.sha256(told).digest(), amount
    half = len(leaves) // 2
    left, right = naive_root(leaves[:half]), naive_root(leaves[half:])
    told = b"\x01" + left[0] + big(left[1]) + right[0] + big(right[1])
    return hashlib.sha256(told).digest(), left[1] + right[1]


def grown(amounts: list[int]) -> list[tuple[UUID, int]]:
    """Filled up to a power of two."""
    size = 1 << (len(amounts) - 1).bit_length()
    return [(UUID(int=at + 1), amount) for at, amount in enumerate(amounts + [0] * (size - len(amounts)))]


def proof_of(leaves: list[tuple[UUID, int]], place: int, published_from: list[tuple[UUID, int]] | None = None) -> Any:
    """As the service answers it. published_from: the leaves of the published tree, where it is another."""
    nodes = rules.hashed(SECRET, leaves, DAY, "CNY")
    top, total = liabilities.root(rules.hashed(SECRET, published_from or leaves, DAY, "CNY"))
    account, amount = leaves[place]
    path = [
        {"side": side, "hash": beside[0].hex(), "sum_minor": beside[1]}
        for side, beside in liabilities.path(nodes, place)
    ]
    item = {"account_id": encode("acc", account), "amount_minor": amount, "path": path}
    item["salt"] = rules.salt_of(SECRET, account).hex()
    return {
        "items": [item],
        "next": None,
        "publication": published(1, top, total, len(path), liabilities.NO_HASH.hex()),
    }


def published(
    number: int, top: bytes, total: int, depth: int, previous: str, day: str = "2026-11-05"
) -> dict[str, Any]:
    one: dict[str, Any] = {
        "number": number, "day": day, "currency": "CNY", "root": top.hex(), "total_minor": total, "depth": depth, "excluded_accounts": 0,
        "excluded_minor": 0, "published_at": "2026-11-06T00:10:00+00:00", "previous_hash": previous,
    }  # fmt: skip
    return one | {"hash": liabilities.publication_hash(one).hex()}


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=40), st.data())
def test_every_leaf_is_proved_and_two_trees_agree(amounts: list[int], data: st.DataObject) -> None:
    leaves = grown(amounts)
    assert liabilities.root(rules.hashed(SECRET, leaves, DAY, "CNY")) == naive_root(leaves)
    place = data.draw(st.integers(0, len(leaves) - 1))
    proof = proof_of(leaves, place)
    assert proof["publication"]["total_minor"] == sum(amounts)
    assert liabilities.check(proof, leaves[place][1], proof["publication"]["hash"]) == leaves[place][1]
    # In chunks as it is kept, the way up is the same.
    size = max(1, len(leaves) // 4)
    chunks = [
        rules.chunk(at, b"", SECRET, leaves[at * size : (at + 1) * size], DAY, "CNY")
        for at in range(len(leaves) // size)
    ]
    number = place // size
    kept = rules.levels(rules.hashed(SECRET, rules.unpacked(chunks[number].leaves), DAY, "CNY"))
    above = rules.levels([one.top for one in chunks])
    way = [*rules.beside(kept, place % size), *rules.beside(above, number)]
    assert [side for side, _ in way] == [step["side"] for step in proof["items"][0]["path"]]
    assert [step for _, step in way] == [
        (bytes.fromhex(step["hash"]), step["sum_minor"]) for step in proof["items"][0]["path"]
    ]


def test_a_halved_balance_is_caught() -> None:
    """The tree holds half of what she has: she sees it by her own figure; and told the whole, it does not stand in the tree."""
    true, halved = grown([1_000, 600, 30]), grown([500, 600, 30])
    assert liabilities.check(proof_of(true, 0), 1_000) == 1_000
    with pytest.raises(Wrong, match="500 is counted for you, not 1000"):
        liabilities.check(proof_of(halved, 0), 1_000)
    with pytest.raises(Wrong, match="does not stand in the published tree"):
        liabilities.check(proof_of(true, 0, published_from=halved), 1_000)


def less(proof: dict[str, Any], at: int) -> None:
    proof["items"][0]["path"][at]["sum_minor"] -= 1


TAMPERED: dict[str, tuple[Tamper, str]] = {
    "a smaller sum beside the leaf": (lambda proof: less(proof, 0), "does not stand"),
    "a smaller sum further up": (lambda proof: less(proof, 1), "does not stand"),
    "a negative sum beside": (lambda proof: proof["items"][0]["path"][1].update(sum_minor=-600), "is no sum"),
    "a sum past 2^63": (lambda proof: proof["items"][0]["path"][1].update(sum_minor=2**63 - 1), "is no sum"),
    "a negative leaf": (lambda proof: proof["items"][0].update(amount_minor=-1), "is no sum"),
    "a shorter way": (lambda proof: proof["items"][0]["path"].pop(), "as long as the tree is deep"),
    "a step from no side": (lambda proof: proof["items"][0]["path"][0].update(side="above"), "has no side"),
    "another total": (lambda proof: proof["publication"].update(total_minor=1), "the hash it shows"),
    "another day": (lambda proof: proof["publication"].update(day="2026-11-04"), "the hash it shows"),
    "a leaf of another account": (lambda proof: proof["items"][0].update(account_id=encode("acc", UUID(int=9))), "does not stand"),
    "her leaf twice": (lambda proof: proof["items"].append(proof["items"][0]), "is shown twice"),
    "another root than the one kept": (lambda proof: None, "another publication"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_whatever_is_changed_is_caught(name: str) -> None:
    tamper, told = TAMPERED[name]
    proof = copy.deepcopy(proof_of(grown([1_000, 600, 30, 4, 5]), 0))
    tamper(proof)
    with pytest.raises(Wrong, match=told):
        liabilities.check(proof, None, "00" * 32 if "kept" in name else None)


def test_sums_that_do_not_add_up_cannot_be_hidden_in_a_node() -> None:
    """A node that hides what one of its children holds is another node: the leaf under the other child does not lead to its root."""
    leaves = grown([1_000, 600, 30, 40])
    nodes = rules.hashed(SECRET, leaves, DAY, "CNY")
    left, right = liabilities.node(nodes[0], nodes[1]), liabilities.node(nodes[2], nodes[3])
    hidden = liabilities.node((left[0], 0), right)
    proof = proof_of(leaves, 0)
    proof["publication"] = published(1, *hidden, 2, liabilities.NO_HASH.hex())
    with pytest.raises(Wrong, match="does not stand in the published tree"):
        liabilities.check(proof, 1_000)
    with pytest.raises(Wrong, match="is no sum"):
        liabilities.node(nodes[0], (nodes[1][0], -600))


def log_of(*tops: bytes) -> list[dict[str, Any]]:
    """One a day, chained, the newest first as the service lists them."""
    found: list[dict[str, Any]] = []
    for at, top in enumerate(tops):
        previous = found[-1]["hash"] if found else liabilities.NO_HASH.hex()
        found.append(published(at + 1, top, 10 * at, 4, previous, f"2026-11-{at + 5:02}"))
    return found[::-1]


def test_a_second_root_is_caught() -> None:
    """Two customers compare what they were shown: of the same day, or of any day before."""
    hers, his = log_of(b"a" * 32, b"b" * 32, b"c" * 32), log_of(b"a" * 32, b"x" * 32, b"c" * 32)
    assert set(liabilities.check_logs([hers, hers[:1]])) == {1, 2, 3}
    with pytest.raises(Wrong, match="two publications of number"):
        liabilities.check_logs([hers, his])
    # Even with nothing of the other day itself: the later one names the one before.
    with pytest.raises(Wrong, match="does not name the one before"):
        liabilities.check_logs([hers[1:2], his[:1]])
    twice = [*hers, published(4, b"d" * 32, 1, 4, hers[0]["hash"], hers[0]["day"])]
    with pytest.raises(Wrong, match="was published twice"):
        liabilities.check_logs([twice])
    changed = [hers[0] | {"root": "00" * 32}]
    with pytest.raises(Wrong, match="the hash it shows"):
        liabilities.check_logs([changed])
    with pytest.raises(Wrong, match="does not name"):
        liabilities.check_logs([[published(1, b"a" * 32, 0, 4, "11" * 32)]])


def test_the_script_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof, log = tmp_path / "proof.json", tmp_path / "log.json"
    told = proof_of(grown([1_000, 600]), 0)
    proof.write_text(json.dumps(told))
    log.write_text(json.dumps({"items": [told["publication"]]}))
    assert (
        liabilities.main([str(proof), "--amount", "1000", "--root", told["publication"]["hash"], "--log", str(log)])
        == 0
    )
    assert liabilities.main([str(proof), "--amount", "999"]) == 1
    other = published(1, b"z" * 32, 5, 4, liabilities.NO_HASH.hex())
    log.write_text(json.dumps({"items": [other]}))
    assert liabilities.main([str(proof), "--log", str(log)]) == 1
    proof.write_text(json.dumps(told | {"items": "x"}))
    assert liabilities.main([str(proof)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["counted", "WRONG", "WRONG", "WRONG"]
    assert "two publications of number 1" in lines[2]


def said(folder: Path, capsys: pytest.CaptureFixture[str], *pages: Any, log: Any = None, amount: int = 1_000) -> str:
    """What the script says of proofs in so many files."""
    names = []
    for at, page in enumerate(pages):
        names.append(str(folder / f"page{at}.json"))
        Path(names[-1]).write_text(json.dumps(page))
    if log is not None:
        names += ["--log", str(folder / "log.json")]
        (folder / "log.json").write_text(json.dumps({"items": log}))
    liabilities.main([*names, "--amount", str(amount)])
    return capsys.readouterr().out


def test_a_publication_that_no_log_shows_is_caught(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Made for her alone: it contradicts none of what others were shown, and none of them has it."""
    told, log = proof_of(grown([1_000, 600]), 0), log_of(b"a" * 32, b"b" * 32)
    own = told["publication"]
    alone = published(3, bytes.fromhex(own["root"]), own["total_minor"], own["depth"], log[0]["hash"], "2026-11-09")
    with pytest.raises(Wrong, match="no log shows this publication"):
        liabilities.require_listed(alone, [log])
    liabilities.require_listed(log[0], [log, []])
    later = [published(4, b"d" * 32, 5, 4, "11" * 32, "2026-11-08")]
    assert "no log shows this publication" in said(tmp_path, capsys, told, log=later)
    assert said(tmp_path, capsys, told, log=[own]).startswith("counted: 1000")


def test_pages_are_read_together_and_none_may_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaves = grown([1_000, 600])
    first, rest = proof_of(leaves, 0) | {"next": "more"}, proof_of(leaves, 1)
    assert said(tmp_path, capsys, first, rest, amount=1_600).startswith("counted: 1600")
    assert "there is a page more" in said(tmp_path, capsys, first)
    other = proof_of(grown([1_000, 601]), 1)
    assert "different publications" in said(tmp_path, capsys, first, other, amount=1_601)
    assert "shown twice" in said(tmp_path, capsys, first, proof_of(leaves, 0), amount=2_000)
    nothing = rest | {"items": []}
    assert "not 1000" in said(tmp_path, capsys, nothing)
    assert said(tmp_path, capsys, nothing, amount=0).startswith("counted: 0")
    (tmp_path / "nothing.json").write_text(json.dumps(nothing))
    assert liabilities.main([str(tmp_path / "nothing.json")]) == 1
