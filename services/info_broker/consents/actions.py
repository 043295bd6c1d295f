"""Giving a consent and taking it back."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Tx
from services.info_broker.consents import queries, rules
from services.info_broker.consents.model import Consent


async def give(tx: Tx, customer: str, *, text_version: str, purposes: Sequence[str]) -> Consent:
    rules.check(text_version, purposes, tx.today)
    consent = Consent(tx.ids.new(), customer, text_version, tuple(sorted(set(purposes))), tx.now, None)
    await queries.add(tx.connection, consent)
    return consent


async def take_back(tx: Tx, consent_id: UUID) -> None:
    await queries.withdraw(tx.connection, consent_id, tx.now)
