"""Merchants' bank details at rest: sealed as cards are, for a purpose of their own, bound to the payout account's id."""

import json
from uuid import UUID

from services.payments.cards.vault import CardVault
from services.payments.merchant_payouts.model import BankDetails, PayoutAccount

_PURPOSE = "payout account"
SHOWN_DIGITS = 4


def seal(vault: CardVault, account_id: UUID, details: BankDetails) -> bytes:
    return vault.keys.of(_PURPOSE).seal(account_id, json.dumps([details.holder_name, details.number]))


def unseal(vault: CardVault, account: PayoutAccount) -> BankDetails:
    """Raises CannotOpen."""
    return BankDetails(*json.loads(vault.keys.of(_PURPOSE).open(account.id, account.details)))


def masked(number: str) -> str:
    return "*" * (len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]
