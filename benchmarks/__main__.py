"""`python -m benchmarks NAME…`: a table, and as the last line of each one JSON object with value, floor and ratio.

ledger_single      single transfers a second over HTTP ÷ transactions a second of pgbench, target 1.7 to 4, by the disk
ledger_echo        the same ÷ requests a second of an echo in the same processes, target 0.3
ledger_single_p99  the time within which 99 of 100 are answered at half of that rate ÷ pgbench's, at most 3
ledger_bulk        transfers a second in batches of 8,190 ÷ rows a second of COPY into such a table, target 0.2
ledger_hot         two replicas, all transfers to one account ÷ the same two on random pairs, target 0.6
ledger_replicas    two replicas ÷ one, target 0.9
ledger_scale       with millions of transfers stored ÷ with none, target 0.85
order_pay          orders created and paid a second over HTTP ÷ pgbench, target 0.15
risk_decision      an order created and paid under 50 rules ÷ under none, in time, at most 1.5
settlement         paid orders settled a second ÷ one GROUP BY and COPY of the rows that come of it, target 0.2
reconcile          statement lines matched a second ÷ one join on the exact reference, target 0.15
clearing           obligations of a window settled a second ÷ one GROUP BY payer, payee over them, target 0.2
clearing_pass      a liquidity pass over a tenth as many queued payments ÷ the time of that GROUP BY, at most 5
matching_fill      a listing of 500 lots filled by a million standing orders ÷ SELECT, COPY and UPDATE of 500, p99, at most 10
matching_rate      fills a second of standing orders ÷ COPY of the same rows, target 0.06
schedules          schedules of 36 rows through the array interface ÷ the bare float64 arithmetic, target 0.3
xirr               rates of 100,000 sets of flows at once ÷ pyxirr on the same sets, target 0.9
screening          names compared with a list a second ÷ one pass of rapidfuzz over its names, target 1; fails below a recall of 0.95
distribution       a repayment shared among 2,000 holders ÷ the ledger's bulk posting of the same transfers, in rate, target 0.5
servicing_close    loans closed for a day a second ÷ one UPDATE of them and one COPY of their accruals, target 0.25
load_generator     what the load itself costs
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.measured import Result
from benchmarks.plan import Plan

NAMES = (
    "load_generator",
    "ledger_single",
    "ledger_echo",
    "ledger_single_p99",
    "ledger_bulk",
    "ledger_hot",
    "ledger_replicas",
    "ledger_scale",
    "order_pay",
    "risk_decision",
    "settlement",
    "reconcile",
    "clearing",
    "clearing_pass",
    "screening",
    "matching_fill",
    "matching_rate",
    "distribution",
    "servicing_close",
    "schedules",
    "xirr",
)


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help=", ".join(NAMES))] = None,
    rounds: Annotated[int, typer.Option(min=1, max=100)] = Plan.rounds,
    seconds: Annotated[float, typer.Option(min=0.5, max=600, help="Of each measurement")] = Plan.seconds,
    processes: Annotated[int | None, typer.Option(min=1, max=16, help="Of the service")] = Plan.processes,
    connections: Annotated[int, typer.Option(min=1, max=4096)] = Plan.connections,
    accounts: Annotated[int, typer.Option(min=2, max=10_000_000)] = Plan.accounts,
    transfers: Annotated[int, typer.Option(min=1, max=200_000_000, help="That ledger_scale stores")] = Plan.transfers,
    orders: Annotated[int, typer.Option(min=100, max=100_000_000, help="That settlement settles")] = Plan.orders,
    lines: Annotated[int, typer.Option(min=100, max=10_000_000, help="That reconcile matches")] = Plan.lines,
    obligations: Annotated[
        int, typer.Option(min=1_000, max=10_000_000, help="That clearing settles")
    ] = Plan.obligations,
    standing_orders: Annotated[
        int, typer.Option(min=10_000, max=10_000_000, help="That matching_fill and matching_rate find")
    ] = Plan.standing_orders,
    listings: Annotated[int, typer.Option(min=1, max=10_000, help="That they match in a round")] = Plan.listings,
    loans: Annotated[int, typer.Option(min=1_000, max=10_000_000, help="That servicing_close closes")] = Plan.loans,
    data: Annotated[Path | None, typer.Option(help="Folder to keep; by default one that goes afterwards")] = None,
) -> None:
    """Measure, and print a table and a line of JSON for each benchmark named, else for all."""
    unknown = set(names or ()) - set(NAMES)
    if unknown:
        raise typer.BadParameter(f"there is no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}")
    plan = replace(
        Plan(),
        rounds=rounds,
        seconds=seconds,
        processes=processes,
        connections=connections,
        accounts=accounts,
        transfers=transfers,
        orders=orders,
        lines=lines,
        obligations=obligations,
        standing_orders=standing_orders,
        listings=listings,
        loans=loans,
        data=data,
    )
    console = Console(highlight=False)
    for name in names or NAMES:
        run: Callable[[Plan], Result] = import_module(f"benchmarks.{name}").run
        run(plan).show(console)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(main)
    app()
