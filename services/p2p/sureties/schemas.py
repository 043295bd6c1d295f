"""Sureties on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.programmes.schemas import ProgrammeCode
from services.p2p.sureties.actions import SuretyTerms
from services.p2p.sureties.model import Exposure, Surety
from services.p2p.wire_ids import AccountId, OriginatorId, SuretyId

Kind = Literal["guarantor", "originator"]
Words = Annotated[str, Field(min_length=1, max_length=100)]


class SuretyChange(wire.Request):
    """capital: what it may have paid and not recovered at most; cap: what it may back at most; programmes: whose loans it backs."""

    name: Words
    licence_kind: Words
    licence_number: Words
    licensed_from: wire.Day
    licensed_until: wire.Day
    capital: wire.Amount
    cap: wire.Amount
    programmes: Annotated[list[ProgrammeCode], Field(min_length=1, max_length=20)]


class SuretyRequest(SuretyChange):
    """A guarantor, or an originator who buys back. originator_id: as which it proposes loans; these are its terms from now on."""

    kind: Kind
    currency: wire.Currency
    originator_id: OriginatorId | None = None


class SuretyAnswer(wire.Answer):
    """account_id: its deposit, from which it pays; null until it is known. originator_id: whose loans it buys back, and whose terms it has;
    licensed_until: 2999-12-31 where that is open-ended."""

    id: SuretyId
    kind: Kind
    name: str
    licence_kind: str
    licence_number: str
    licensed_from: wire.Day
    licensed_until: wire.Day
    currency: str
    capital_minor: int
    cap_minor: int
    programmes: list[str]
    state: Literal["opening", "active", "ended"]
    account_id: AccountId | None
    changed_by: str
    registered_at: datetime
    changed_at: datetime
    originator_id: OriginatorId | None = None


class ExposureAnswer(wire.Answer):
    """backed_minor: listings that may become loans, and what is owed on loans; claims_minor: of that its own claims against borrowers, for
    which it paid; paid_minor, recovered_minor: so far. Amounts in minor units.
    """

    backed_minor: int
    loans: int
    claims_minor: int
    paid_minor: int
    recovered_minor: int


class SuretyWithExposure(SuretyAnswer):
    exposure: ExposureAnswer


def terms_of(body: SuretyChange) -> SuretyTerms:
    return SuretyTerms(
        name=body.name,
        licence_kind=body.licence_kind,
        licence_number=body.licence_number,
        licensed_from=body.licensed_from,
        licensed_until=body.licensed_until,
        capital_minor=body.capital,
        cap_minor=body.cap,
        programmes=tuple(dict.fromkeys(body.programmes)),
    )


def surety_answer(surety: Surety) -> SuretyAnswer:
    return SuretyAnswer.model_validate(surety)


def exposed_answer(surety: Surety, exposure: Exposure) -> SuretyWithExposure:
    shown = surety_answer(surety).model_dump()
    return SuretyWithExposure(**shown, exposure=ExposureAnswer.model_validate(exposure))
