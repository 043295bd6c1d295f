"""The `sifang` command. Each command is a few lines over the module that does it, loaded when it is called.

Three modules tell their own story: `suite.demo.play(folder, say)`, `suite.verification.report(folder, console, as_json=…) -> bool`
(whether all checks hold) and `suite.importing.read_in(folder, kind, path, console) -> bool` (whether no row was refused). Each has
`FAULTS`, the exceptions of which the message is one line for a person.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from suite.detaching import StopFault, follow, start_detached, stop
from suite.display import Display, show_status
from suite.folder import Folder, NotRunning
from suite.parts import BASE_PORT, PARTS
from suite.starting import FAULTS, Request, bring_up

app = typer.Typer(
    name="sifang",
    help="Sifang (四方): the four business models of internet finance as one suite.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
DataOption = Annotated[Path | None, typer.Option("--data", help="Folder of keys, logs and data (default .sifang)")]
out = Console(highlight=False)


@contextmanager
def _one_line(faults: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """A fault that a person can do something about is one line and exit code 1."""
    known: tuple[type[Exception], ...] = (*FAULTS, NotRunning, StopFault, *faults)
    try:
        yield
    except known as fault:
        typer.echo(f"error: {fault}", err=True)
        raise typer.Exit(1) from None
    except OSError as fault:
        # A disk that is full, a folder that is closed: it has a name and perhaps a file.
        where = f": {fault.filename}" if fault.filename else ""
        typer.echo(f"error: {fault.strerror or fault}{where}", err=True)
        raise typer.Exit(1) from None


def _story(module: str) -> Any:
    """One of the modules that tell a story of their own; loaded here because they load the services' clients."""
    return import_module(f"suite.{module}")


@app.command()
def up(
    services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE]…", help=", ".join(PARTS))] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it runs")] = False,
    data: DataOption = None,
    port_base: Annotated[int, typer.Option(help="Port of the gateway; the others follow it")] = BASE_PORT,
    demo: Annotated[bool, typer.Option(help="Play the story on the first start of the whole suite")] = True,
) -> None:
    """Start the suite, or some services and what they truly need, and stay until Ctrl-C.

    SIFANG_<SERVICE>_PROCESSES=N has a service run as N processes at its one port (payments: 2 where there are as many cores).
    Each of several has a port of its own too, for /readyz and /metrics: 8011 and 8021 beside payments at 8001.
    """
    display, folder = Display(out), Folder.at(data)
    with _one_line():
        if detach:
            arguments = [*(services or []), "--data", str(folder.path), "--port-base", str(port_base)]
            start_detached([*arguments, "--demo" if demo else "--no-demo"], folder, display)
            return
        bring_up(Request(folder, services or [], port_base, demo), display)


@app.command()
def down(data: DataOption = None) -> None:
    """Stop the suite and wait until nothing of it is left."""
    with _one_line():
        stop(Folder.at(data))
        out.print("stopped")


@app.command()
def status(
    data: DataOption = None, as_json: Annotated[bool, typer.Option("--json", help="For programs")] = False
) -> None:
    """What runs, where, and how often it had to be started again: a line for each process."""
    with _one_line():
        suite = Folder.at(data).running()
        if as_json:
            print(json.dumps(suite.told))
        else:
            show_status(out, suite)
        if suite.state != "running" or not all(service.ready for service in suite.services.values()):
            raise typer.Exit(1)


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help=f"{', '.join(PARTS)}, postgres, suite")],
    data: DataOption = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="From the end")] = 100,
    going: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is added")] = False,
) -> None:
    """A service's log: one JSON object a line."""
    folder = Folder.at(data)
    if service not in (*PARTS, "postgres", "suite", "nursery"):
        typer.echo(f"error: there is no service {service}: choose from {', '.join(PARTS)}, postgres, suite", err=True)
        raise typer.Exit(1)
    if not folder.log(service).exists():
        typer.echo(f"error: {service} has no log in {folder.path}: it was never started there", err=True)
        raise typer.Exit(1)
    follow(folder.log(service), lines=lines, going=going)


@app.command("import")
def read_in(kind: str, path: Path, data: DataOption = None) -> None:
    """Read a file or folder of real data in. May be run again.

    KIND is marketplace, loans, institutions, products, funds, bank_history or sanctions.
    """
    importing = _story("importing")
    with _one_line(importing.FAULTS):
        if not path.exists():
            typer.echo(f"error: there is no file or folder {path}", err=True)
            raise typer.Exit(1)
        if not importing.read_in(Folder.at(data), kind, path, out):
            raise typer.Exit(1)


@app.command()
def demo(data: DataOption = None) -> None:
    """Play the story through the gateway's public interface on a running suite."""
    story = _story("demo")
    with _one_line(story.FAULTS):
        story.play(Folder.at(data), partial(out.print, markup=False, soft_wrap=True))


@app.command()
def verify(
    data: DataOption = None, as_json: Annotated[bool, typer.Option("--json", help="For programs")] = False
) -> None:
    """Prove that the books of a running suite hold; exit code 1 with the offending ids if one check fails."""
    verification = _story("verification")
    with _one_line(verification.FAULTS):
        if not verification.report(Folder.at(data), out, as_json=as_json):
            raise typer.Exit(1)


@app.command()
def token(
    role: Annotated[str, typer.Option("--as", help="operator, reader, customer, or a cus_… or stf_… id")],
    scope: Annotated[list[str] | None, typer.Option(help="Instead of all that the role has; may be repeated")] = None,
    subject: Annotated[str | None, typer.Option(help="Whose token it is: cus_…, stf_…")] = None,
    audience: Annotated[list[str] | None, typer.Option(help="Services that may take it (default all)")] = None,
    seconds: Annotated[int, typer.Option(min=1, max=86400, help="How long it holds")] = 8 * 3600,
    data: DataOption = None,
) -> None:
    """Print a token signed with the suite's own key, to drive a service without the gateway (test mode only)."""
    from suite import tokens

    with _one_line((tokens.TokenFault,)):
        print(
            tokens.make(Folder.at(data), role, scope or [], subject=subject, seconds=seconds, audience=audience or [])
        )


@app.command()
def openapi(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if a contract is stale")] = False,
) -> None:
    """Write the published contract of every service from its code."""
    from suite import contracts

    changed = contracts.stale() if check else contracts.write()
    for file in changed:
        print(
            f"{'stale' if check else 'written'}: {file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file}"
        )
    if check and changed:
        typer.echo("error: sifang openapi writes them anew", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(app())
