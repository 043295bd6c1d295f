"""One service as a process, served by uvicorn: `python -m chassis.serve PACKAGE [--host ADDRESS] [--port N] [--own-port N]`."""

import argparse
import gc
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

HOST = "127.0.0.1"
GRACE_SECONDS = 10
START_FAILED = 3
IDLE_SECONDS = 75
"""An idle connection is kept for longer than any caller's pool keeps it (5 s with httpx, 60 s with usual proxies): closed by us just
when it is used again, a call that must not be repeated would have an unknown outcome for nothing."""
COLLECT_EVERY = (300_000, 20, 20)
"""New objects between two collections of the youngest generation, and those between two of the older ones."""


def serve(package: str, port: int, host: str = HOST, *, own_port: int | None = None) -> None:
    """Serve `PACKAGE.app:create_app` until told to stop. Settings come from the environment; logs are the application's own.

    own_port: this process is one of several at `port`, and is reached by itself there (`chassis.listening`).
    """
    import uvicorn

    from chassis import listening
    from chassis.web import protocol_for

    # Bound before anything is loaded: a process that has no place to listen ends at once.
    sockets = None if own_port is None else listening.sockets(host, port, own_port)
    app = _application(package)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol_for(app),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
    )
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets)
    if not server.started:
        sys.exit(START_FAILED)


def _application(package: str) -> Any:
    """The application, with the collector of cycles out of its way.

    By default a batch of some thousand rows has the whole heap looked through several times, for cycles that it does not make.
    """
    app = import_module(f"{package}.app").create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chassis.serve", description=__doc__)
    parser.add_argument("package", help="package of the service, such as services.payments")
    parser.add_argument("--host", default=HOST, help="address to listen on (default loopback alone)")
    parser.add_argument("--port", type=int, default=8000, help="of the service")
    parser.add_argument("--own-port", type=int, help="of this process alone, where several share --port (Linux)")
    arguments = parser.parse_args()
    serve(arguments.package, arguments.port, arguments.host, own_port=arguments.own_port)


if __name__ == "__main__":
    main()
