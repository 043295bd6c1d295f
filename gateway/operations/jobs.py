from chassis.runtime import Runtime
from gateway.operations import queries


async def fold(runtime: Runtime) -> None:
    """Bring the sums by day up to date. Figures are right without it, only slower."""
    while True:
        async with runtime.transaction() as tx:
            if await queries.fold(tx.connection) < queries.FOLD_AT_ONCE:
                return
