"""The payments clients against the real service: every method, and what each answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.ids import decode
from clients.errors import Refused
from clients.ids import new_id
from clients.payments import evidence
from clients.payments.audit import PaymentsAudit
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from clients.payments.postings import PaymentsPostings
from clients.payments.shapes import (
    AllowedDestination,
    CoinsRequest,
    PostingDestination,
    PostingRequest,
    PostingSource,
    PurposeRequest,
    TokensRequest,
    UnitRequest,
    UnitSchedule,
)
from tests.conftest import Serve
from tests.payments.evidence.chain import Chain
from tests.payments.ledger.book import Book


@dataclass
class Clients:
    book: Book
    ledger: PaymentsClient
    postings: PaymentsPostings
    audit: PaymentsAudit

    async def funded(self, amount: int, **facts: object) -> UUID:
        return decode("acc", await self.book.funded(amount, **facts))

    async def balance(self, account_id: UUID) -> int:
        return (await self.ledger.account(account_id)).balance

    def move(self, debit: UUID, credit: UUID, amount: int) -> TransferCommand:
        return TransferCommand(
            kind="single",
            debit_account_id=debit,
            credit_account_id=credit,
            amount=amount,
            currency="CNY",
            code="tests.sdk",
        )


@pytest.fixture
async def clients(serve: Serve) -> AsyncIterator[Clients]:
    served = await serve("payments")
    token = served.token()
    made = [kind(served.url, lambda _: token) for kind in (PaymentsClient, PaymentsPostings, PaymentsAudit)]
    ledger, postings, audit = made
    yield Clients(await Book.open(served), ledger, postings, audit)  # type: ignore[arg-type]
    for one in made:
        await one.close()


def _key() -> str:
    return uuid4().hex


async def test_transfers_are_foreseen_explained_and_taken_back(clients: Clients) -> None:
    ledger, anna, boris = clients.ledger, await clients.funded(10), await clients.funded(0)
    wanted, too_much = clients.move(anna, boris, 4), clients.move(anna, boris, 11)
    foreseen = await ledger.preview_transfers([wanted, too_much], mode="independent")
    assert (foreseen.accepted, [one.result for one in foreseen.results]) == (False, ["created", "insufficient_funds"])
    assert await clients.balance(boris) == 0
    with pytest.raises(Refused, match="insufficient_funds"):
        await ledger.transfer(too_much)
    assert (await ledger.refusal(too_much.id)).code == "insufficient_funds"
    assert (await ledger.transfer(wanted)).accepted
    back = new_id()
    for result in ("created", "exists"):
        made = await ledger.reverse(wanted.id, reversal_id=back, amount=3)
        assert (made.result, made.reverses_id, made.rest) == (result, wanted.id, 1)
    corrections = await ledger.reversals(wanted.id)
    assert ([one.transfer_id for one in corrections.reversals], corrections.rest) == ([back], 1)
    assert await clients.balance(boris) == 1


async def test_accounts_are_frozen_released_and_closed(clients: Clients) -> None:
    ledger, anna, boris = clients.ledger, await clients.funded(10), await clients.funded(0)
    key = _key()
    for _ in range(2):
        assert (await ledger.freeze(anna, "a court's order", key=key, amount=8)).frozen_amount == 8
    with pytest.raises(Refused) as caught:
        await ledger.transfer(clients.move(anna, boris, 3))
    assert caught.value.code == "insufficient_funds"
    assert (await ledger.release(anna, "withdrawn", key=_key())).frozen_amount in (0, None)
    assert (await ledger.freeze(anna, "again", key=_key())).frozen
    assert not (await ledger.release(anna, "withdrawn", key=_key())).frozen
    assert (await ledger.transfer(clients.move(anna, boris, 10))).accepted
    assert (await ledger.close_account(anna, "left", key=_key())).closed


async def test_an_amount_is_split(clients: Clients) -> None:
    anna, fees, shop = [await clients.funded(amount) for amount in (100, 0, 0)]
    request = PostingRequest(
        currency="CNY", code="tests.split", amount=50,
        sources=[PostingSource(account_id=anna)],
        destinations=[PostingDestination(account_id=fees, portion="0.1"), PostingDestination(account_id=shop)],
    )  # fmt: skip
    foreseen = await clients.postings.preview(request)
    assert [one.amount for one in foreseen.transfers] == [5, 45]
    assert await clients.balance(shop) == 0
    key = _key()
    first, again = [await clients.postings.post(request, key=key) for _ in range(2)]
    assert first == again == await clients.postings.posting(first.id)
    assert [await clients.balance(one) for one in (anna, fees, shop)] == [50, 5, 45]


async def test_money_is_bound_to_a_purpose(clients: Clients) -> None:
    postings = clients.postings
    giver, school, pub = await clients.funded(100), await clients.funded(0, kind="school"), await clients.funded(0)
    request = PurposeRequest(name="school", allowed=[AllowedDestination(kind="school")], return_account_id=giver)
    purpose = await postings.make_purpose(request, key=_key())
    assert await postings.purpose(purpose.id) == purpose
    purse = await postings.open_purse(purpose.id, owner="cus_anna", key=_key())
    assert [one.id for one in await postings.purses(purpose.id)] == [purse.id]
    await clients.ledger.transfer(clients.move(giver, purse.account_id, 30))
    with pytest.raises(Refused) as caught:
        await clients.ledger.transfer(clients.move(purse.account_id, pub, 1))
    assert caught.value.code == "purpose_not_met"
    assert (await clients.ledger.transfer(clients.move(purse.account_id, school, 30))).accepted


async def test_units_are_made_and_counted(clients: Clients) -> None:
    postings, money = clients.postings, await clients.funded(100)
    await postings.make_unit(UnitRequest(code="SFT", kind="token", backed_by="CNY"), key=_key())
    schedule = UnitSchedule(subsidy=50, halving_blocks=10)
    await postings.make_unit(UnitRequest(code="SFC", kind="coin", schedule=schedule), key=_key())
    tokens, coins = [await clients.funded(0, currency=code) for code in ("SFT", "SFC")]
    asked = TokensRequest(amount=40, money_account_id=money, token_account_id=tokens)
    await postings.issue_tokens("SFT", asked, key=_key())
    burned = TokensRequest(amount=15, money_account_id=money, token_account_id=tokens)
    await postings.redeem_tokens("SFT", burned, key=_key())
    await postings.mint_coins("SFC", CoinsRequest(account_id=coins, amount=100, height=1), key=_key())
    with pytest.raises(Refused):
        await postings.mint_coins("SFC", CoinsRequest(account_id=coins, amount=1, height=1), key=_key())
    assert {(one.kind, one.amount) for one in await postings.unit_movements("SFT")} == {("issue", 40), ("redeem", 15)}
    assert {one.code for one in await postings.units()} == {"SFT", "SFC"}
    supply = {one.unit: one for one in await postings.money_supply()}
    assert (supply["SFT"].circulating, supply["SFT"].backing_held) == (25, 25)
    assert (supply["SFC"].circulating, supply["SFC"].schedule_limit) == (100, 100)


async def test_a_transfer_is_proved_against_a_hash_that_was_kept(clients: Clients) -> None:
    audit, anna, boris = clients.audit, await clients.funded(10), await clients.funded(0)
    command = clients.move(anna, boris, 4)
    await clients.ledger.transfer(command)
    await Chain(clients.book).linked()
    head = await audit.head(1)
    assert head.link is not None
    await clients.ledger.transfer(clients.move(anna, boris, 1))
    last = await Chain(clients.book).linked()
    for kept, number in ((head.link.hash, head.link.number), (last["hash"], None)):
        assert (await audit.proof(command.id, kept, head=number))["amount"] == 4
    with pytest.raises(evidence.Wrong):
        await audit.proof(command.id, "0" * 64)
    step = await audit.recomputation(1)
    assert (step.complete, step.until, step.broken) == (True, last["number"], None)
    audited = await audit.verification()
    assert (audited.holds, audited.complete, audited.chains[0].until) == (True, True, last["number"])


async def test_a_day_is_compared_and_kept(clients: Clients) -> None:
    anna, boris = await clients.funded(10), await clients.funded(0)
    yesterday = date.fromisoformat((await clients.book.get("/v1/clock"))["business_on"]) - timedelta(days=1)
    command = clients.move(anna, boris, 4).model_copy(update={"value_on": yesterday})
    await clients.ledger.transfer(command)
    pin = await clients.audit.pin_day(1, yesterday, key=_key())
    day = await clients.audit.day(1, yesterday)
    assert (day.transfers, day.root, day.pins) == (1, pin.root, [pin])
