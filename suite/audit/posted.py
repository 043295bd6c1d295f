"""What the ledger moved, looked up by reference, code and account: all that a claim is worked out from again."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from clients.payments.shapes import PostedSum


class Posted:
    """Sums of posted transfers; amounts in minor units."""

    def __init__(self, sums: Iterable[PostedSum]) -> None:
        self._by_reference: dict[str, list[PostedSum]] = {}
        for one in sums:
            self._by_reference.setdefault(one.reference, []).append(one)

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

    def codes(self, reference: str) -> frozenset[str]:
        return frozenset(one.code for one in self._of(reference))

    def _of(self, reference: str) -> Iterator[PostedSum]:
        return iter(self._by_reference.get(reference, ()))
