"""Keeping and forgetting how a person is reached."""

from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.info_broker.contacts import queries
from services.info_broker.contacts.model import Contact, ContactFacts
from services.info_broker.contacts.rules import masked_email, masked_mobile, masked_name
from services.info_broker.contacts.vault import ContactVault


async def keep(tx: Tx, vault: ContactVault, customer: str, facts: ContactFacts) -> Contact:
    contact_id = tx.ids.new()
    contact = Contact(
        id=contact_id,
        customer=customer,
        sealed=vault.seal(contact_id, facts),
        name_masked=masked_name(facts.name),
        mobile_masked=masked_mobile(facts.mobile),
        email_masked=masked_email(facts.email),
        recorded_at=tx.now,
        erase_at=None,
        erased_at=None,
    )
    await queries.add(tx.connection, contact)
    return contact


async def erase(tx: Tx, contact_id: UUID) -> None:
    """The purpose is gone, so is the data."""
    await queries.erase(tx.connection, contact_id, tx.now)


async def erase_due(tx: Tx, caller: Caller) -> int:
    """Erase every contact past its retention; answers how many."""
    return await queries.erase_due(tx.connection, tx.now)
