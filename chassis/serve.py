"""One service as a process, served by uvicorn: `python -m chassis.serve PACKAGE [--host ADDRESS] [--port N]`."""

import argparse

HOST = "127.0.0.1"
GRACE_SECONDS = 10


def serve(package: str, port: int, host: str = HOST) -> None:
    """Serve `PACKAGE.app:create_app` until told to stop. Settings come from the environment; logs are the application's own."""
    import uvicorn

    uvicorn.run(
        f"{package}.app:create_app",
        factory=True,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chassis.serve", description=__doc__)
    parser.add_argument("package", help="package of the service, such as services.payments")
    parser.add_argument("--host", default=HOST, help="address to listen on (default loopback alone)")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    serve(arguments.package, arguments.port, arguments.host)


if __name__ == "__main__":
    main()
