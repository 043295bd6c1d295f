from chassis.clock import real_now
from chassis.runtime import Runtime
from gateway.sessions import queries
from gateway.sessions.model import KEEP_ENDED


async def forget_expired(runtime: Runtime) -> None:
    """Sessions are kept a week past their end, for whoever asks what happened, then deleted with their tokens."""
    async with runtime.transaction() as tx:
        await queries.forget(tx.connection, real_now() - KEEP_ENDED)
