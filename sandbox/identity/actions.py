"""A question to one source. A reference is answered once, however often it is asked."""

from datetime import timedelta

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.errors import ReferenceReused
from sandbox.identity import queries, rules
from sandbox.identity.model import Answered, Source


async def answer_check(
    tx: Tx, caller: Caller, *, reference: str, channel: Source, name: str, number: str
) -> Answered | None:
    """Whether name and number belong together. None: the question was lost. Raises ReferenceReused."""
    behaviour = rules.behaviour_of(number)
    if not behaviour.recorded:
        return None
    known_as = await queries.known_as(tx.connection, number, name)
    code = rules.code_of(behaviour, channel, name, known_as)
    wait = behaviour.ready_seconds
    ready_at = None if wait is None else tx.now + timedelta(seconds=wait)
    answered = Answered(reference, channel, name, number, code, tx.now, ready_at)
    if await queries.add_answered(tx.connection, answered):
        return answered
    before = await queries.answered_to(tx.connection, reference)
    if before is None or (before.channel, before.name, before.number) != (channel, name, number):
        raise ReferenceReused("the reference belongs to another question", field="reference")
    return before
