"""What a custody bank says over HTTP. Amounts in minor units."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from chassis import wire
from sandbox.bank.schemas import CardNumber, HolderName, Mobile, Reference
from sandbox.custody.model import FaultKind, HolderKind, Line, LineKind, Mode, Scope, SilenceKind
from sandbox.custody.rules import MOST_LINES

Holder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.]{1,64}$")]
Number = Annotated[str, Field(pattern=r"^[A-Z]{3,4}CG[0-9]{14}$")]


class CustodyAccountRequest(wire.Request):
    """holder: as the platform calls it; behind: of a project, whom it lends to. A customer shows who she is, and one card."""

    kind: Annotated[HolderKind, Field(strict=False)]
    holder: Holder
    currency: wire.Currency
    behind: Holder | None = None
    name: HolderName | None = None
    identity_number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9X]$")] | None = None
    mobile: Mobile | None = None
    card_number: CardNumber | None = None

    @model_validator(mode="after")
    def _complete(self) -> "CustodyAccountRequest":
        person = (self.name, self.identity_number, self.mobile, self.card_number)
        if (self.kind is HolderKind.CUSTOMER) != all(person) or (self.kind is HolderKind.PROJECT) != bool(self.behind):
            raise ValueError("a customer shows name, number, mobile and card, a project whom it is for")
        return self


class CustodyAccountAnswer(wire.Answer):
    number: str
    kind: str
    holder: str
    available_minor: int
    frozen_minor: int
    opened_at: datetime


class AuthorisationRequest(wire.Request):
    """cap_minor: all of what may go by it; until_on: its last day."""

    reference: Reference
    number: Number
    scope: Annotated[Scope, Field(strict=False)]
    cap_minor: wire.Amount
    until_on: wire.Day


class AuthorisationCode(wire.Request):
    sms_code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class AuthorisationAnswer(wire.Answer):
    reference: str
    number: str
    scope: str
    cap_minor: int
    until_on: date
    used_minor: int
    state: Literal["code_sent", "standing", "revoked"]
    confirmed_at: datetime | None
    revoked_at: datetime | None


class InstructionLine(wire.Request):
    """debit, credit: sub-accounts; of: the line that is released, settled or undone; authorisation: by whose leave."""

    reference: Reference
    kind: Annotated[LineKind, Field(strict=False)]
    debit: Number | None = None
    credit: Number | None = None
    amount: wire.Amount
    authorisation: Reference | None = None
    of: Reference | None = None

    def line(self) -> Line:
        return Line(**self.model_dump())


class CustodyInstructionRequest(wire.Request):
    """Atomic: all lines or none. The reference is the key: asked twice, carried out once."""

    reference: Reference
    mode: Annotated[Mode, Field(strict=False)] = Mode.ATOMIC
    lines: Annotated[list[InstructionLine], Field(min_length=1, max_length=MOST_LINES)]


class LineResult(wire.Answer):
    """result: `done`, `not_done` where others failed, or the code of a refusal."""

    reference: str
    result: str


class CustodyInstructionAnswer(wire.Answer):
    """An answer is always final. value_on: the day on whose statement it is."""

    reference: str
    state: Literal["executed", "partly", "refused"]
    results: list[LineResult]
    booked_at: datetime
    value_on: date


class SilenceRequest(wire.Request):
    """The next `times` instructions are not answered: though done, or because they were lost. 0: it answers again."""

    kind: Annotated[SilenceKind, Field(strict=False)]
    times: Annotated[int, Field(ge=0, le=1_000)]


class CustodyFaultRequest(wire.Request):
    """amount: by how much a wrong amount is too large."""

    kind: Annotated[FaultKind, Field(strict=False)]
    on: wire.Day
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    amount: wire.Amount = 1


class CustodyFaultAnswer(wire.Answer):
    on: date
    number: str
    kind: str
    amount_by: int
