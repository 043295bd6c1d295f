"""Event types of coins on their chains. Amounts in base units."""

from pydantic import BaseModel


class RailOpened(BaseModel):
    unit: str
    network: str


class DepositTold(BaseModel):
    """customer_id: none where the address is nobody's. lost: what the platform bears of one that was reversed."""

    deposit_id: str
    unit: str
    customer_id: str | None
    txid: str
    position: int
    amount: int
    confirmations: int
    lost: int


class WithdrawalTold(BaseModel):
    """lost: what the platform bears."""

    withdrawal_id: str
    unit: str
    customer_id: str
    amount: int
    fee: int
    network_fee: int | None
    txid: str | None
    failure_code: str | None
    lost: int


class CoinDifference(BaseModel):
    """Our addresses have so much more (less, if negative) than our books say; 0: they agree again."""

    unit: str
    height: int
    outputs: int
    difference: int


class CoinRegulated(BaseModel):
    """share_ppm: the share that made it so by the rule; none where an operator said it."""

    unit: str
    regulated: bool
    from_on: str
    share_ppm: int | None


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.coin.rail_opened.v1": RailOpened,
    "payments.coin.deposit_seen.v1": DepositTold,
    "payments.coin.deposit_dropped.v1": DepositTold,
    "payments.coin.deposit_held.v1": DepositTold,
    "payments.coin.deposit_credited.v1": DepositTold,
    "payments.coin.deposit_reversed.v1": DepositTold,
    "payments.coin.withdrawal_sent.v1": WithdrawalTold,
    "payments.coin.withdrawal_confirmed.v1": WithdrawalTold,
    "payments.coin.withdrawal_failed.v1": WithdrawalTold,
    "payments.coin.withdrawal_returned.v1": WithdrawalTold,
    "payments.coin.difference.v1": CoinDifference,
    "payments.coin.regulated.v1": CoinRegulated,
}
