"""What the ledger moved, looked up by reference, code and account: all that a claim is worked out from again."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from clients.payments.shapes import PostedSum, TransferAnswer


class Posted:
    """Sums of posted transfers, and those by which claims passed on; amounts in minor units."""

    def __init__(self, sums: Iterable[PostedSum], passed: Iterable[TransferAnswer] = ()) -> None:
        self._passed: dict[tuple[str, UUID], tuple[int, int]] = {}
        for one in passed:
            self._pass_on(one)
        self._by_reference: dict[str, list[PostedSum]] = {}
        for summed in sums:
            self._by_reference.setdefault(summed.reference, []).append(summed)

    @property
    def references(self) -> frozenset[str]:
        return frozenset(self._by_reference)

    def total(
        self, reference: str, code: str, currency: str, *, debit: UUID | None = None, credit: UUID | None = None
    ) -> int:
        """Under a code, from the account `debit` and to the account `credit` (any where None)."""
        return sum(
            one.amount
            for one in self._of(reference)
            if one.code == code
            and one.currency == currency
            and debit in (None, one.debit_account_id)
            and credit in (None, one.credit_account_id)
        )

    def all_of(self, reference: str, codes: Iterable[str]) -> int:
        """In any currency and between any accounts: what must be 0 where nothing may have moved."""
        wanted = set(codes)
        return sum(one.amount for one in self._of(reference) if one.code in wanted)

    def bought_and_sold(self, reference: str, account: UUID) -> tuple[int, int]:
        """Principal of claims that the account paid for, and was paid for: as the transfers' metadata says, whatever the price."""
        return self._passed.get((reference, account), (0, 0))

    def _pass_on(self, transfer: TransferAnswer) -> None:
        principal = int((transfer.metadata or {}).get("principal_minor", "0"))
        buyer = (transfer.reference, transfer.debit_account_id)
        seller = (transfer.reference, transfer.credit_account_id)
        bought, sold = self._passed.get(buyer, (0, 0))
        self._passed[buyer] = (bought + principal, sold)
        bought, sold = self._passed.get(seller, (0, 0))
        self._passed[seller] = (bought, sold + principal)

    def codes(self, reference: str) -> frozenset[str]:
        return frozenset(one.code for one in self._of(reference))

    def _of(self, reference: str) -> Iterator[PostedSum]:
        return iter(self._by_reference.get(reference, ()))
