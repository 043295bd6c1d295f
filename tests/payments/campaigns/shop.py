"""A seller with a campaign, as tests play her."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.identity import service_caller
from chassis.ids import decode, encode
from services.payments.campaigns import actions, voucher_queries
from services.payments.campaigns.model import VoucherReturn
from tests.payments.market import Market, Party

OFF = {
    "name": "20 off",
    "benefit": "amount_off",
    "amount_off": 2_000,
    "threshold": 10_000,
    "stock": 50,
    "valid_days": 3,
}
RAISE = {
    "name": "+1 %", "benefit": "extra_rate", "principal": 1_000_000, "rate": "0.01", "days": 30, "stock": 5, "valid_days": 3,
}  # fmt: skip
TRIAL = RAISE | {"name": "trial", "benefit": "trial_principal", "rate": "0.05", "days": 7}


@dataclass
class Shop:
    """A seller, her merchant, and her campaign with so much in its budget."""

    market: Market
    seller: Party
    merchant: dict[str, Any]
    campaign: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def open(cls, market: Market, budget: int, days: int = 10) -> "Shop":
        seller = await market.customer(None)
        shop = cls(market, seller, await market.merchant(seller, budget))
        ends_at = (await market.now() + timedelta(days=days)).isoformat()
        asked = {"name": "spring", "funding_account_id": shop.merchant["account_id"], "ends_at": ends_at}
        shop.campaign = await seller.post("/v1/campaigns", asked)
        if budget:
            await seller.post(f"{shop.path}/funding", {"amount": budget})
        return shop

    @staticmethod
    def voucher_path(voucher_id: UUID) -> str:
        return f"/v1/vouchers/{encode('vch', voucher_id)}"

    @property
    def path(self) -> str:
        return f"/v1/campaigns/{self.campaign['id']}"

    @property
    def payee(self) -> UUID:
        return decode("acc", self.merchant["account_id"])

    async def kind(self, **facts: Any) -> UUID:
        made = await self.seller.post(f"{self.path}/voucher-kinds", facts if "benefit" in facts else OFF | facts)
        return decode("vck", made["id"])

    async def claim(self, buyer: Party, kind_id: UUID) -> UUID:
        claimed = await buyer.post(f"/v1/voucher-kinds/{encode('vck', kind_id)}/vouchers")
        return decode("vch", claimed["id"])

    async def use(self, buyer: Party, vouchers: list[UUID], subject: str, amount: int = 10_000) -> str:
        return await self.market.tried(
            actions.use_vouchers, buyer.caller, voucher_ids=vouchers, subject=subject, amount=amount, payee_account_id=self.payee
        )  # fmt: skip

    async def refund(self, subject: str, refunded: int, of_amount: int = 10_000) -> int:
        """What came back: of each use pro rata of all that was refunded, less what had come back before."""

        async def story(tx: Any, caller: Any) -> list[VoucherReturn]:
            await actions.lock_for_returns(tx, subject=subject)
            uses = await voucher_queries.uses_on(tx.connection, subject)
            short = [(use, use.cost * refunded // of_amount - use.returned) for use in uses]
            return [
                await actions.return_part(
                    tx,
                    subject=subject,
                    transfer_id=use.transfer_id,
                    amount=amount,
                    source_account_id=use.payee_account_id,
                )
                for use, amount in short
                if amount > 0
            ]

        return sum(one.amount for one in await self.market.perform(story, service_caller("payments")))

    async def state(self) -> tuple[str, int, int]:
        """State, balance of the budget, what is reserved of it."""
        found = await self.seller.get(self.path)
        return found["state"], found["balance"], found["reserved"]

    async def proceeds(self) -> int:
        return await self.market.balance(self.merchant["account_id"])

    async def report(self) -> dict[str, Any]:
        return dict(await self.seller.get(f"{self.path}/report"))
