"""Single transfers a second over HTTP ÷ requests a second that a route of the same processes answers with what it heard, in turn.

The floor stands before all routes, behind the web server, telemetry and the access log: no route can be faster. A plain route of the same
application, which answers the same, is shown beside it.
"""

from benchmarks.closed_loop import drive
from benchmarks.echoing.app import PATH, ROUTE
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.singly import PROCESSES, Scene, in_turn
from benchmarks.stage import Serving, raised
from benchmarks.transfers import new_ids, singles
from benchmarks.wallets import open_wallets
from benchmarks.wire import ask, body_of

TARGET = 0.3
PACKAGE = "benchmarks.echoing"


def run(plan: Plan) -> Result:
    processes = plan.processes or PROCESSES
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(processes, package=PACKAGE) as serving:
        scene = Scene(plan, stage, serving, open_wallets(stage, serving.addresses[0], plan.accounts))
        pairs = scene.random_pairs()
        value = scene.singly("single transfers over HTTP", pairs)
        echo = _Echo(plan, serving, pairs, PATH, "requests answered by an echo")
        route = _Echo(plan, serving, pairs, ROUTE, "the same by a plain route")
        in_turn(plan.rounds, value.round, echo.round, route.round)
        others = [route.rate, *value.others]
        return Result("ledger_echo", value.rate, echo.rate, TARGET, others, scene.acknowledged.note())


class _Echo:
    """The very requests of the transfers, to the other path. Raises AssertionError for any answer but 201."""

    def __init__(self, plan: Plan, serving: Serving, tails: list[bytes], path: str, name: str) -> None:
        self._plan = plan
        self._addresses = serving.addresses
        ids = new_ids()
        self._requests = [singles(address, tails, ids, path=path) for address in serving.addresses]
        self.rate = Series(name, "requests/s")
        for address, make in zip(self._addresses, self._requests, strict=True):
            sent = make()
            with address.connect(5) as connection:
                assert body_of(ask(connection, sent)) == body_of(sent)

    def round(self) -> None:
        plan = self._plan
        tally = drive(
            self._addresses, self._requests, connections=plan.connections, seconds=plan.seconds, warm_up=plan.warm_up
        )
        if set(tally.every) != {201}:
            raise AssertionError(f"the echo answered {dict(tally.every)}, such as {tally.refusal!r}")
        self.rate.values.append(tally.rate)
