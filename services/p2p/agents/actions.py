"""Stories of an agent: registered, ended, a paper application keyed in. What its commissions go through stands in `commissions.py`."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.agents import queries
from services.p2p.agents.model import Agent
from services.p2p.applications import actions as application_actions
from services.p2p.applications.model import Application, Channel
from services.p2p.borrowers.model import Facts, Identity
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.documents import actions as document_actions
from services.p2p.documents.model import DocumentKind
from services.p2p.errors import AgentEnded, AgentKnown, OwnAgent, UnknownAgent


async def register(
    tx: Tx, caller: Caller, *, party: str, name: str, branch: str, commission_rate: Decimal, clawback_days: int
) -> Agent:
    """Raises AgentKnown."""
    agent = Agent(tx.ids.new(), party, name, branch, commission_rate, clawback_days, caller.subject, tx.now, None)
    if not await queries.add(tx.connection, agent):
        raise AgentKnown("this party is an agent", field="party")
    return agent


async def end(tx: Tx, caller: Caller, *, agent_id: UUID) -> Agent:
    """It brings nobody from now on; what it brought stays its own. Raises UnknownAgent, AgentEnded."""
    agent = await _usable(tx, agent_id)
    await queries.end(tx.connection, agent_id, tx.now)
    return replace(agent, ended_at=tx.now)


async def key_in(
    tx: Tx,
    caller: Caller,
    *,
    borrower: str,
    agent_id: UUID | None,
    paper: bytes,
    wish: application_actions.Wish,
    identity: Identity,
    facts: Facts,
    vault: IdentityVault,
) -> Application:
    """Staff keys a paper application in, and the paper itself: a second person compares the two.

    Raises UnknownAgent, AgentEnded, OwnAgent, and what an application and a document are refused for.
    """
    if agent_id is not None and (await _usable(tx, agent_id)).party == borrower:
        raise OwnAgent("nobody brings herself", field="agent_id")
    origin = application_actions.Origin(Channel.BRANCH, agent_id=agent_id, keyed_by=caller.subject)
    application = await application_actions.submit(
        tx, borrower, wish=wish, identity=identity, facts=facts, vault=vault, origin=origin
    )
    await document_actions.give(
        tx,
        caller,
        application_id=application.id,
        kind=DocumentKind.PAPER_APPLICATION,
        content=paper,
        keys=vault.keys,
    )
    return application


async def _usable(tx: Tx, agent_id: UUID) -> Agent:
    agent = await queries.load(tx.connection, agent_id, lock=True)
    if agent is None:
        raise UnknownAgent("no such agent", field="agent_id")
    if agent.ended_at is not None:
        raise AgentEnded("the agent brings nobody any more", field="agent_id")
    return agent
