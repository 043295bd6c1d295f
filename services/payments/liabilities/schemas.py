from datetime import date
from typing import Any, Literal

from chassis.paging import Page
from chassis.wire import Answer
from services.payments.ledger.schemas import AccountId
from services.payments.liabilities.model import Node, OwnLeaf, Publication


class PublicationAnswer(Answer):
    """What everybody sees of a day: hash covers the rest, previous_hash the publication before. excluded: accounts below zero.

    published_at: as it is hashed.
    """

    number: int
    day: date
    currency: str
    root: str
    total_minor: int
    depth: int
    excluded_accounts: int
    excluded_minor: int
    published_at: str
    previous_hash: str
    hash: str


class LiabilityStepAnswer(Answer):
    """What stands beside the way up, and on which side."""

    side: Literal["left", "right"]
    hash: str
    sum_minor: int


class LiabilityLeafAnswer(Answer):
    account_id: AccountId
    amount_minor: int
    salt: str
    path: list[LiabilityStepAnswer]


class LiabilityProofAnswer(Page[LiabilityLeafAnswer]):
    """Leaves of the caller's accounts; an account that had nothing is none. To be checked by `clients/payments/liabilities.py`."""

    publication: PublicationAnswer


class ExclusionAnswer(Answer):
    """An account that was below zero by so much."""

    account_id: AccountId
    amount_minor: int


def publication_answer(one: Publication) -> PublicationAnswer:
    return PublicationAnswer.model_validate(one.told() | {"hash": one.hash.hex()})


def leaf_answer(leaf: OwnLeaf) -> LiabilityLeafAnswer:
    return LiabilityLeafAnswer(
        account_id=leaf.account_id,
        amount_minor=leaf.amount_minor,
        salt=leaf.salt.hex(),
        path=[step_answer(side, beside) for side, beside in leaf.path],
    )


def step_answer(side: Any, beside: Node) -> LiabilityStepAnswer:
    return LiabilityStepAnswer(side=side, hash=beside[0].hex(), sum_minor=beside[1])
