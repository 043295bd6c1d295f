"""What is known here of a disputed debit: what was promised and when, what was signed, and what came of it. No personal data."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.p2p.contracts import queries as contract_queries
from services.p2p.debiting import debit_queries, mandate_queries
from services.p2p.debiting.model import LoanDebit
from services.p2p.deliveries import queries as delivery_queries
from services.p2p.deliveries.model import Delivery
from services.p2p.dispute_evidence.model import Known
from services.p2p.loans import queries as loan_queries
from services.p2p.pledges import queries as pledge_queries
from services.p2p.pledges.model import Pledge
from services.p2p.projects import queries as project_queries
from services.p2p.repayments import queries as repayment_queries
from services.p2p.repayments.model import Repayment
from services.p2p.wire_ids import loan_debit_text, loan_text, pledge_text, project_text, repayment_text

FACTORS = "signed at payments with name, identity number, card and mobile"


async def known_of(connection: AsyncConnection, debit_id: str) -> Known | None:
    """Of a debit of payments, `mdb_…`. None where nothing here was paid with it."""
    debit = await debit_queries.known_as(connection, debit_id)
    if debit is not None:
        return await _of_loan(connection, debit)
    pledge = await pledge_queries.paid_by(connection, debit_id)
    return None if pledge is None else await _of_pledge(connection, pledge)


async def _of_loan(connection: AsyncConnection, debit: LoanDebit) -> Known:
    loan = await loan_queries.load(connection, debit.loan_id)
    mandate = await mandate_queries.load(connection, debit.repayment_mandate_id)
    assert loan is not None
    assert mandate is not None
    contract = await contract_queries.load(connection, loan.id)
    party = await contract_queries.party_of(connection, loan.id, loan.borrower)
    repaid = None if debit.repayment_id is None else await repayment_queries.load(connection, debit.repayment_id)
    currency = loan.currency
    lines = [
        f"Loan {loan_text(loan.id)} to {loan.borrower}: {_money(loan.principal_minor, currency)},"
        f" paid out at {_at(loan.disbursed_at)}.",
        None if contract is None else f"Contract made at {_at(contract.made_at)} between all parties.",
        None if party is None else f"SHA-256 of the borrower's document: {party.sha256}; signed: {party.signature}",
        f"Mandate {mandate.mandate_id} for repaying this loan, {FACTORS}: at most"
        f" {_money(mandate.most_minor, currency)} at one time, until {mandate.valid_until.isoformat()}.",
        f"Debit {loan_debit_text(debit.id)} of {debit.on_day.isoformat()}, the {debit.number}. of the loan, for what was"
        f" due on it: {_money(debit.amount_minor, currency)}.",
        _repaid(repaid),
    ]
    return Known(_said(lines), loan_debit_id=debit.id)


async def _of_pledge(connection: AsyncConnection, pledge: Pledge) -> Known:
    project = await project_queries.load(connection, pledge.project_id)
    delivery = await delivery_queries.load(connection, pledge.id)
    assert project is not None
    reward = "as a gift" if pledge.tier_id is None else f"for the reward {encode('tir', pledge.tier_id)}"
    lines = [
        f"Pledge {pledge_text(pledge.id)} of {pledge.backer} to the project {project_text(project.id)} ({project.title}):"
        f" {_money(pledge.amount_minor, pledge.currency)}, {reward}.",
        f"Made at {_at(pledge.made_at)}, with consent to be charged if the project's time ends well.",
        f"Mandate {pledge.mandate_id} for it, {FACTORS}.",
        f"The project's time ended well at {_at(project.closed_at)}; charged at the {pledge.attempts}. try.",
        None if delivery is None else _delivered(delivery),
    ]
    return Known(_said(lines), pledge_id=pledge.id)


def _repaid(repayment: Repayment | None) -> str | None:
    if repayment is None or repayment.shared_at is None:
        return None
    return f"It paid {repayment_text(repayment.id)}, shared out to the loan's holders at {_at(repayment.shared_at)}."


def _delivered(delivery: Delivery) -> str:
    if delivery.shipped_at is None:
        return f"Its reward is promised for {delivery.promised_on.isoformat()}."
    received = "" if delivery.received_at is None else f", received at {_at(delivery.received_at)}"
    return f"Its reward was shipped at {_at(delivery.shipped_at)}, tracking {delivery.tracking}{received}."


def _said(lines: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(line for line in lines if line is not None)


def _at(instant: datetime | None) -> str:
    return "—" if instant is None else instant.isoformat(timespec="seconds")


def _money(minor: int, currency: str) -> str:
    return f"{minor} {currency} in minor units"
