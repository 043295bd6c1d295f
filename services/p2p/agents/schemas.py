"""Agents on the wire."""

import base64
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.agents.model import Agent, AgentFigures, Commission
from services.p2p.applications.schemas import ApplicationRequest
from services.p2p.documents.schemas import Content
from services.p2p.wire_ids import CUSTOMER_PATTERN, AgentId, CommissionId, LoanId

Party = Annotated[str, Field(pattern=CUSTOMER_PATTERN)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AgentRequest(wire.Request):
    """commission_rate: of the principal, paid from the origination fee and never more than it; clawback_days: in which a loan that fails
    costs the commission."""

    party: Party
    name: Name
    branch: Name
    commission_rate: Annotated[wire.Rate, Field(ge=Decimal(0), le=Decimal("0.1"))]
    clawback_days: Annotated[int, Field(ge=0, le=1080)] = 180


class PaperRequest(ApplicationRequest):
    """What stands on the paper, and the paper: a PDF, JPEG or PNG of at most 1 MiB in base64. borrower: whose it is."""

    borrower: Party
    agent_id: AgentId | None = None
    paper: Content


class AgentAnswer(wire.Answer):
    id: AgentId
    party: str
    name: str
    branch: str
    commission_rate: wire.Rate
    clawback_days: int
    registered_by: str
    registered_at: datetime
    ended_at: datetime | None


class CommissionAnswer(wire.Answer):
    """reason: why the ledger refused the last try; clawback_until: before it a loan that fails costs the commission."""

    id: CommissionId
    loan_id: LoanId
    currency: str
    amount_minor: int
    state: Literal["accrued", "paid", "earned", "taking_back", "taken_back", "forfeited"]
    reason: str | None
    accrued_at: datetime
    clawback_until: datetime
    changed_at: datetime


class AgentFiguresAnswer(wire.Answer):
    """Loans paid out that an agent brought. overdue: those more than 30 days past due, and what is owed on them; loss_share: the latter
    ÷ what was lent."""

    agent_id: AgentId
    name: str
    branch: str
    currency: str
    loans: int
    lent_minor: int
    outstanding_minor: int
    overdue_loans: int
    overdue_minor: int
    loss_share: wire.Rate
    commission_minor: int
    taken_back_minor: int


def paper_of(body: PaperRequest) -> bytes:
    return base64.b64decode(body.paper)


def agent_answer(agent: Agent) -> AgentAnswer:
    return AgentAnswer.model_validate(agent)


def commission_answer(one: Commission) -> CommissionAnswer:
    return CommissionAnswer(
        id=one.id,
        loan_id=one.loan_id,
        currency=one.currency,
        amount_minor=one.amount_minor,
        state=one.state.value,
        reason=one.reason,
        accrued_at=one.accrued_at,
        clawback_until=one.clawback_until,
        changed_at=one.changed_at,
    )


def figures_answer(agent: Agent, figures: AgentFigures) -> AgentFiguresAnswer:
    own = {name: getattr(figures, name) for name in AgentFigures.__slots__}
    share = (Decimal(figures.overdue_minor) / figures.lent_minor).quantize(Decimal("0.0001"))
    return AgentFiguresAnswer(**own, name=agent.name, branch=agent.branch, loss_share=share)
