"""The typed client reads and describes as the service answers."""

from datetime import UTC, datetime, timedelta

from clients.ids import new_id
from clients.payments.client import PaymentsClient
from clients.payments.commands import TransferCommand
from tests.payments.ledger.book import Book


async def test_a_service_describes_and_finds_its_own(book: Book) -> None:
    client = PaymentsClient(book.served.url, lambda acting_for: book.served.token(acting_for=acting_for))
    try:
        escrow = await client.create_account("CNY", "tests", key="a", rule="none", metadata={"tier": "a"})
        other = await client.create_account("CNY", "tests", key="b", metadata={"tier": "b"})
        assert [one.id for one in await client.find_accounts(kind="tests", metadata={"tier": "a"})] == [escrow.id]
        assert (await client.replace_metadata(other.id, {"tier": "a"}, key="c")).metadata == {"tier": "a"}
        command = TransferCommand(
            id=new_id(), debit_account_id=escrow.id, credit_account_id=other.id, amount=7, currency="CNY", code="tests.move",
            metadata={"channel": "app:ios"},
        )  # fmt: skip
        assert (await client.transfer(command)).result == "created"
        balances = await client.balances(kind="tests", metadata={"tier": "a"})
        assert (balances.accounts, balances.items[0].balance, balances.items[0].credits_posted) == (2, 0, 7)
        earlier = await client.balances(kind="tests", metadata={"tier": "a"}, at=escrow.opened_at)
        assert (earlier.accounts, earlier.items[0].credits_posted) == (1, 0)
        since = datetime.now(UTC) - timedelta(hours=1)
        for found in (
            await client.find_transfers(account_id=other.id, code="tests.move"),
            await client.find_transfers(since=since, metadata={"channel": "app:ios"}),
        ):
            assert [(one.id, one.metadata) for one in found] == [(command.id, {"channel": "app:ios"})]
        assert await client.find_transfers(since=since, metadata={"channel": "app"}) == []
    finally:
        await client.close()
