"""The sandbox's chain: coins by schedule alone, none spent twice, and branches that take back what was there."""

import asyncio
import random
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.bech32 import MalformedAddress, decode_address, encode_address
from sandbox.chain import rules
from tests.conftest import Serve


class Node:
    """A wallet of the node, as its owner talks to it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/chain/v1/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    async def refused(self, path: str, **body: Any) -> tuple[int, str]:
        answer = await self.http.post(f"/chain/v1/{path}", json=body)
        return answer.status_code, answer.json()["code"]

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        answer = await self.http.get(f"/chain/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def address(self, label: str = "a") -> str:
        return str((await self.post("addresses", label=label))["address"])

    async def mine(self, blocks: int = 1) -> dict[str, Any]:
        return await self.post("blocks", blocks=blocks)

    async def send(self, address: str, amount: int, reference: str = "", max_fee: int = 1_000_000) -> httpx.Response:
        body = {"reference": reference or uuid4().hex, "address": address, "amount": amount, "max_fee": max_fee}
        return await self.http.post("/chain/v1/sends", json=body)


@pytest.fixture
async def nodes(serve: Serve) -> tuple[Node, Node]:
    """Two wallets, and a chain of 101 blocks."""
    served = await serve("sandbox")
    own, other = Node(served.client()), Node(served.client("stf_other"))
    await own.mine(101)
    return own, other


def test_an_address_tells_a_slip_of_the_pen() -> None:
    """The vector is BIP 173's."""
    program = bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")
    assert encode_address("bc", program) == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert decode_address("bc", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4") == program
    address = encode_address("bcrt", program)
    for place in range(5, len(address)):
        other = "q" if address[place] != "q" else "p"
        with pytest.raises(MalformedAddress):
            decode_address("bcrt", address[:place] + other + address[place + 1 :])
    for wrong in ("", "1", "bcrt1", "bc1" + address[5:], address[:8] + address[8:].upper(), address + "q" * 90):
        with pytest.raises(MalformedAddress):
            decode_address("bcrt", wrong)


def test_the_subsidy_is_halved_by_shift() -> None:
    heights = (0, 209_999, 210_000, 419_999, 420_000, 33 * 210_000, 10**9)
    expected = [5 * 10**9, 5 * 10**9, 25 * 10**8, 25 * 10**8, 125 * 10**7, 0, 0]
    assert [rules.subsidy_at(height) for height in heights] == expected


async def test_coins_are_sent_once_and_come_back_with_their_branch(nodes: tuple[Node, Node]) -> None:
    own, other = nodes
    filled = (await own.post("fills", address=await own.address(), amount=10**9))["txid"]
    assert (await own.get("since"))["receipts"][0]["confirmations"] == 0
    await own.mine()
    theirs = await other.address()
    answers = await asyncio.gather(*(own.send(theirs, 10**8, "once") for _ in range(8)))
    assert len({answer.json()["txid"] for answer in answers}) == 1
    assert (await own.send(theirs, 5, "once")).json()["code"] == "reference_reused"
    sent = answers[0].json()
    assert sent["fee"] == rules.size_of(1, 2) * rules.FEE_RATE
    assert (await own.get("since"))["held"] == 10**9 - 10**8 - sent["fee"]
    await other.mine(6)
    told = await other.get("since")
    receipt = told["receipts"][0]
    assert (receipt["txid"], receipt["confirmations"], told["held"]) == (sent["txid"], 6, 10**8)
    assert (await other.get("since", block=told["last_block"]))["removed"] == []
    await own.post("reorganisations", depth=6, double_spend=[sent["txid"]])
    after = await other.get("since", block=told["last_block"])
    assert (after["receipts"], after["removed"], after["held"]) == ([], [sent["txid"]], 0)
    assert (await own.get("transactions/" + sent["txid"]))["confirmations"] == -1
    assert (await own.get("sends", reference="once"))["confirmations"] == -1
    assert (await own.get("transactions/" + filled))["state"] == "mined"
    assert (await own.get("since"))["held"] == 10**9
    whole = await own.get("chain")
    assert whole["issued"] == (whole["height"] + 1) * rules.SUBSIDY


async def test_what_nobody_may_do(nodes: tuple[Node, Node]) -> None:
    own, other = nodes
    address = await own.address()
    await own.post("fills", address=address, amount=10**6)
    theirs = await other.address()
    assert await own.refused("fills", address=address[:-1] + "b", amount=1) == (422, "wrong_address")
    assert await own.refused("fills", address=address, amount=200 * 10**8) == (409, "not_enough_coins")
    short = await own.send(theirs, 500_000)
    assert short.json()["code"] == "not_enough_coins", "what others have sent is spent when it is mined"
    await own.mine()
    assert (await own.send(theirs, 500_000, max_fee=1)).json()["code"] == "fee_beyond"
    sent = (await own.send(theirs, 500_000, "r")).json()
    raised = await own.post("sends/r/fee", fee_rate=50)
    assert raised["fee"] == rules.size_of(1, 2) * 50 > sent["fee"]
    assert raised["txid"] != sent["txid"]
    await own.mine()
    assert await own.refused("sends/r/fee", fee_rate=90) == (409, "not_replaceable")
    assert await own.refused("sends/x/fee", fee_rate=90) == (404, "unknown_send")
    assert (await own.post("sends/never/cancellation"))["txid"] is None
    assert (await own.send(theirs, 5, "never")).json()["code"] == "send_called_off"
    assert (await own.post("sends/r/cancellation"))["txid"] == raised["txid"]
    assert await own.refused("reorganisations", depth=100, drop=["0" * 64]) == (409, "not_in_the_branch")
    assert (await own.http.get("/chain/v1/transactions/" + "0" * 64)).json()["code"] == "unknown_transaction"
    assert (await own.http.get("/chain/v1/since", params={"block": "0" * 64})).json()["code"] == "unknown_block"
    assert (await other.http.get("/chain/v1/sends", params={"reference": "r"})).json()["code"] == "unknown_send"


async def test_magic_amounts(nodes: tuple[Node, Node]) -> None:
    own, other = nodes
    await own.post("fills", address=await own.address(), amount=10**9)
    await own.mine()
    theirs = await other.address()
    for amount, found in ((rules.SILENT, 200), (rules.LOST, 404), (rules.LATE, 404)):
        assert (await own.send(theirs, amount, f"m{amount}")).status_code == 500
        assert (await own.http.get("/chain/v1/sends", params={"reference": f"m{amount}"})).status_code == found
    await own.send(theirs, rules.TWICE)
    await own.mine()
    amounts = sorted(one["amount"] for one in (await other.get("since"))["receipts"])
    assert amounts == [rules.SILENT, rules.LATE, rules.TWICE, rules.TWICE]


async def test_whatever_happens_no_coin_is_made_or_lost(nodes: tuple[Node, Node]) -> None:
    """Random histories: what all addresses have is what was issued, and a page by blocks tells what one answer tells."""
    own, other = nodes
    seeded = random.Random(7)
    for _ in range(12):
        step = seeded.choice(("fill", "send", "mine", "reorganise"))
        if step == "fill":
            await own.http.post("/chain/v1/fills", json={"address": await own.address(), "amount": 10**7})
        elif step == "send":
            await own.send(await other.address(), seeded.randrange(1_000, 10**6))
        elif step == "mine":
            await own.mine(seeded.randrange(1, 3))
        else:
            waiting = [one["txid"] for one in (await other.get("since"))["receipts"] if one["confirmations"] == 0]
            await own.post("reorganisations", depth=seeded.randrange(1, 4), drop=waiting[:1])
        whole = await own.get("chain")
        assert whole["issued"] == (whole["height"] + 1) * rules.SUBSIDY
    await own.mine(7)
    told = await other.get("since")
    assert sum(one["amount"] for one in told["receipts"]) == told["held"]
    paged, block = [], ""
    while True:
        part = await other.get("since", block=block, blocks=40, confirmations=1)
        paged += part["receipts"]
        block = part["last_block"]
        if part["complete"]:
            break
    assert [one["txid"] for one in paged] == [one["txid"] for one in told["receipts"]]
