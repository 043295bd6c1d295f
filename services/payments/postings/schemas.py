from dataclasses import asdict
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import LARGEST_AMOUNT, Amount, Answer, Currency, Day, Request
from services.payments.ledger.metadata_schemas import Metadata
from services.payments.ledger.schemas import AccountId, Code, Reference, TransferId
from services.payments.postings.errors import LineUnclear
from services.payments.postings.model import (
    LARGEST_DESTINATIONS,
    LARGEST_SOURCES,
    Destination,
    Instruction,
    Leftover,
    MadePosting,
    Plan,
    Source,
    Split,
)

PostingId = Annotated[UUID, TypeId("pst")]
Portion = Annotated[
    str,
    Field(
        pattern=r"^(0\.[0-9]{1,18}|1(\.0{1,18})?|[0-9]{1,9}/[1-9][0-9]{0,8})$",
        description="exact: a decimal or a fraction of the whole",
        examples=["0.08", "1/3"],
    ),
]
LeftoverName = Annotated[
    Literal["from_the_first", "largest_remainder"],
    Field(
        description="who gets the units that whole portions leave over: each line in its order one, or the largest remainders"
    ),
]


class PostingSource(Request):
    """at_most: more is not drawn from it; overdraft_limit: how far below zero it may go, where its rule lets it."""

    account_id: AccountId
    at_most: Amount | None = None
    overdraft_limit: Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT)] = 0


class PostingDestination(Request):
    """A line of a split. Where: an account, `destinations` of its own, or `kept` by the sources.

    How much: a fixed `amount`; a `portion` of what those leave, perhaps `at_most` so much; `at_most` alone, filled up in the order of
    the lines before portions are taken; none of them: the remainder.
    """

    account_id: AccountId | None = None
    destinations: "Annotated[list[PostingDestination], Field(min_length=1, max_length=LARGEST_DESTINATIONS)] | None" = (
        None
    )
    kept: bool = False
    leftover: LeftoverName = "from_the_first"
    amount: Amount | None = None
    portion: Portion | None = None
    at_most: Amount | None = None


class PostingRequest(Request):
    """sources: drawn in their order, each as far as it goes; amount: left out, all that they have; metadata: of each of its transfers."""

    currency: Currency
    amount: Amount | None = None
    sources: Annotated[list[PostingSource], Field(min_length=1, max_length=LARGEST_SOURCES)]
    destinations: Annotated[list[PostingDestination], Field(min_length=1, max_length=LARGEST_DESTINATIONS)]
    leftover: LeftoverName = "from_the_first"
    code: Code
    reference: Reference = ""
    value_on: Day | None = None
    metadata: Metadata | None = None


class PostingLegAnswer(Answer):
    """source: number of the source; destination: place of the line in the request."""

    source: int
    destination: str
    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: int


class PostedLegAnswer(PostingLegAnswer):
    transfer_id: TransferId


class PostingPreview(Answer):
    """kept: of the amount, by the sources."""

    currency: str
    amount: int
    kept: int
    transfers: list[PostingLegAnswer]


class PostingAnswer(Answer):
    """A posting as it was made. kept: of the amount, by the sources; request: as it was asked for."""

    id: PostingId
    made_by: str
    currency: str
    amount: int
    kept: int
    code: str
    reference: str
    value_on: date
    posted_at: datetime
    request: dict[str, Any]
    transfers: list[PostedLegAnswer]


def instruction_of(wanted: PostingRequest) -> Instruction:
    """Raises LineUnclear."""
    return Instruction(
        wanted.currency,
        wanted.amount,
        tuple(Source(one.account_id, one.at_most, one.overdraft_limit) for one in wanted.sources),
        _split(wanted.destinations, wanted.leftover, ""),
        wanted.code,
        wanted.reference,
        wanted.value_on,
        wanted.metadata or None,
    )


def _split(lines: list[PostingDestination], leftover: str, inside: str) -> Split:
    destinations = tuple(_line(line, f"{inside}destinations.{number}") for number, line in enumerate(lines))
    return Split(destinations, Leftover(leftover))


def _line(line: PostingDestination, place: str) -> Destination:
    if (line.account_id is not None) + (line.destinations is not None) + line.kept != 1:
        raise LineUnclear("a line names an account, destinations of its own, or that it is kept", field=place)
    if line.amount is not None and (line.portion is not None or line.at_most is not None):
        raise LineUnclear("a fixed amount is neither a portion nor capped", field=f"{place}.amount")
    portion = None if line.portion is None else Fraction(line.portion)
    if portion is not None and not 0 < portion <= 1:
        raise LineUnclear("a portion is more than nothing and not more than the whole", field=f"{place}.portion")
    split = None if line.destinations is None else _split(line.destinations, line.leftover, f"{place}.")
    return Destination(line.account_id, split, line.amount, portion, line.at_most)


def posting_answer(posting: MadePosting) -> PostingAnswer:
    legs = [
        PostedLegAnswer.model_validate({**asdict(posted.leg), "transfer_id": posted.transfer_id})
        for posted in posting.legs
    ]
    return PostingAnswer(
        id=posting.id,
        made_by=posting.made_by,
        currency=posting.currency,
        amount=posting.amount,
        kept=posting.kept,
        code=posting.code,
        reference=posting.reference,
        value_on=posting.value_on,
        posted_at=posting.posted_at,
        request=posting.instruction,
        transfers=legs,
    )


def preview_answer(instruction: Instruction, plan: Plan) -> PostingPreview:
    return PostingPreview(
        currency=instruction.currency,
        amount=plan.amount,
        kept=plan.kept,
        transfers=[PostingLegAnswer.model_validate(leg) for leg in plan.legs],
    )
