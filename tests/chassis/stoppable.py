"""A server whose reader waits for news while it is told to stop: `python -m tests.chassis.stoppable URL KEYS PORT`."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from chassis import problems, sequencer
from chassis.runtime import Runtime
from chassis.settings import Settings


def application(url: str, keys: Path) -> FastAPI:
    runtime = Runtime(Settings("payments", "test", url, url, keys, {}))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        numbering = sequencer.Sequencer(runtime)
        await numbering.start()
        yield
        await numbering.stop()
        await runtime.database.close()

    app = FastAPI(lifespan=lifespan)
    app.state.runtime = runtime
    app.include_router(sequencer.router)
    problems.install(app)
    return app


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1], Path(sys.argv[2])), port=int(sys.argv[3]), log_config=None)
