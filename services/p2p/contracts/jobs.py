"""Writing a contract, outside any transaction: two thousand signatures take a while."""

import asyncio
from collections.abc import Sequence

from chassis import commands
from chassis.identity import Signer, service_caller
from chassis.runtime import Runtime
from services.p2p.bids.model import Bid
from services.p2p.contracts import actions, queries
from services.p2p.contracts.model import Contract, Party, Role
from services.p2p.contracts.rules import TYPE, amounts_of, claims_of, digest_of, document_of, terms_of
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import Loan
from services.p2p.programmes import queries as programme_queries

P2P = service_caller("p2p")


async def write_contract(runtime: Runtime, loan: Loan, bids: Sequence[Bid]) -> None:
    """Before the loan's money moves. Nothing where it stands already."""
    async with runtime.reading() as connection:
        if await queries.load(connection, loan.id) is not None:
            return
        rows = await loan_queries.rows(connection, loan.id)
        programme = await programme_queries.version(connection, loan.programme_code, loan.programme_version)
    assert programme is not None
    parties = amounts_of(loan, bids)
    contract = Contract(loan.id, terms_of(loan, rows, programme, len(parties) - 1), loan.contracted_at)
    signed = await asyncio.to_thread(
        lambda: [_signed(runtime.signer, loan, contract.terms, *party) for party in parties]
    )
    await commands.perform(
        runtime, actions.keep, P2P, seed=f"p2p.contract\0{loan.id}", contract=contract, parties=signed
    )


def _signed(signer: Signer, loan: Loan, terms: str, party: str, role: Role, amount_minor: int) -> Party:
    digest = digest_of(document_of(terms, party, role, amount_minor))
    return Party(loan.id, party, role, amount_minor, digest, signer.statement(TYPE, claims_of(loan, party, digest)))
