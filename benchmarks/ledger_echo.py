"""Single transfers a second over HTTP ÷ requests a second that a route of the same processes answers with what it heard, in turn.

The echo stands where the transfers' own door stands: behind the web server, telemetry and the access log, before everything else.
"""

from benchmarks.closed_loop import drive
from benchmarks.echoing.app import PATH
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
        echo = _Echo(plan, serving, pairs)
        in_turn(plan.rounds, value.round, echo.round)
        return Result("ledger_echo", value.rate, echo.rate, TARGET, value.others, scene.acknowledged.note())


class _Echo:
    """The very requests of the transfers, to the other path. Raises AssertionError for any answer but 201."""

    def __init__(self, plan: Plan, serving: Serving, tails: list[bytes]) -> None:
        self._plan = plan
        self._addresses = serving.addresses
        ids = new_ids()
        self._requests = [singles(address, tails, ids, path=PATH) for address in serving.addresses]
        self.rate = Series("requests answered by an echo", "requests/s")
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
