"""Who pays of a layer now, and how much it has: asked of payments once a round and counted down from there."""

from dataclasses import dataclass, field
from uuid import UUID

from chassis.runtime import Runtime
from clients.payments.client import PaymentsClient
from services.p2p.accounts.jobs import ensure_house_accounts
from services.p2p.accounts.model import HousePurpose
from services.p2p.losses.model import RESERVE_FUND, Compensation, LayerDue, Payer
from services.p2p.programmes.model import LossBearer
from services.p2p.sureties import queries as surety_queries
from services.p2p.sureties import rules as surety_rules
from services.p2p.sureties.model import Surety
from services.p2p.wire_ids import surety_text


@dataclass(slots=True)
class Payers:
    """Of one round. What it believes an account has may be too much by then: the ledger refuses, and the next round asks again."""

    runtime: Runtime
    _available: dict[UUID, int] = field(default_factory=dict)
    _funds: dict[str, UUID] = field(default_factory=dict)

    async def payer(self, due: LayerDue) -> Payer | None:
        """None where nobody stands behind the loan, or whoever does has nothing."""
        if due.bearer is LossBearer.RESERVE_FUND:
            account_id = await self._fund(due.currency)
            found = Payer(due.bearer, RESERVE_FUND, account_id, await self._has(account_id))
        else:
            backed = await self._surety(due)
            if backed is None:
                return None
            found = backed
        return found if found.available_minor > 0 else None

    def paid(self, compensation: Compensation) -> None:
        self._available[compensation.account_id] -= compensation.amount_minor

    def spent(self, payer: Payer) -> None:
        """It pays nobody more in this round."""
        self._available[payer.account_id] = 0

    async def _fund(self, currency: str) -> UUID:
        if currency not in self._funds:
            accounts = await ensure_house_accounts(self.runtime, currency)
            self._funds[currency] = accounts[HousePurpose.RESERVE_FUND]
        return self._funds[currency]

    async def _surety(self, due: LayerDue) -> Payer | None:
        async with self.runtime.reading() as connection:
            surety = await surety_queries.of_listing(connection, due.listing_id, surety_rules.KINDS[due.bearer])
            if surety is None or surety.account_id is None:
                return None
            name = surety_text(surety.id)
            exposure = (await surety_queries.exposures(connection, [(surety.id, name)]))[surety.id]
        return await self._payer_of(due, surety, surety.account_id, exposure.claims_minor)

    async def _payer_of(self, due: LayerDue, surety: Surety, account_id: UUID, claims_minor: int) -> Payer:
        payable = surety_rules.payable(surety, await self._has(account_id), claims_minor)
        return Payer(due.bearer, surety_text(surety.id), account_id, payable)

    async def _has(self, account_id: UUID) -> int:
        if account_id not in self._available:
            # Where payments does not answer it pays nobody in this round: nobody further back before somebody in front.
            self._available[account_id] = 0
            account = await self.runtime.get(PaymentsClient).account(account_id)
            self._available[account_id] = account.available
        return self._available[account_id]
