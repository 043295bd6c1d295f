"""Merchants' bank details at rest: as cards are, under the same key, bound to the payout account's id."""

import json
import secrets
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.payments.cards.vault import NONCE_BYTES, CardVault
from services.payments.merchant_payouts.model import BankDetails, PayoutAccount

_PURPOSE = b"payout account "
SHOWN_DIGITS = 4


def seal(vault: CardVault, account_id: UUID, details: BankDetails) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = json.dumps([details.holder_name, details.number]).encode()
    return nonce + AESGCM(vault.sealing_key).encrypt(nonce, plain, _PURPOSE + account_id.bytes)


def unseal(vault: CardVault, account: PayoutAccount) -> BankDetails:
    """Raises cryptography's InvalidTag if the row was tampered with or sealed under another key."""
    nonce, sealed = account.details[:NONCE_BYTES], account.details[NONCE_BYTES:]
    return BankDetails(*json.loads(AESGCM(vault.sealing_key).decrypt(nonce, sealed, _PURPOSE + account.id.bytes)))


def masked(number: str) -> str:
    return "*" * (len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]
