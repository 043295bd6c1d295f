"""Contacts on the wire: in the clear on the way in, masked on the way out."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from chassis import wire
from services.info_broker.contacts.model import Contact, ContactFacts
from services.info_broker.contacts.rules import canonical_mobile
from services.info_broker.institutions.profile import Name

Mobile = Annotated[
    str, Field(min_length=6, max_length=24, examples=["138 1234 5678"]), AfterValidator(canonical_mobile)
]
Email = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+$")]


class ContactRequest(wire.Request):
    """How the person is reached. Kept encrypted, given only to the institution the lead is routed to."""

    name: Annotated[Name, Field(max_length=50)]
    mobile: Mobile
    email: Email | None = None

    def facts(self) -> ContactFacts:
        return ContactFacts(self.name, self.mobile, self.email)


class MaskedContact(wire.Answer):
    """All null, and erased_at set, once the purpose is gone."""

    name: str | None
    mobile: str | None
    email: str | None
    erased_at: datetime | None


class OpenContact(wire.Answer):
    name: str
    mobile: str
    email: str | None


def masked_contact(contact: Contact) -> MaskedContact:
    return MaskedContact(
        name=contact.name_masked,
        mobile=contact.mobile_masked,
        email=contact.email_masked,
        erased_at=contact.erased_at,
    )


def open_contact(facts: ContactFacts) -> OpenContact:
    return OpenContact(name=facts.name, mobile=facts.mobile, email=facts.email)
