"""Orders created and paid a second, two calls over HTTP each ÷ transactions a second of pgbench on the same server, in turn."""

from benchmarks.closed_loop import drive
from benchmarks.measured import Result, Series
from benchmarks.pgbench import Pgbench
from benchmarks.plan import Plan
from benchmarks.processor_time import Cores
from benchmarks.shop import Till, open_shop
from benchmarks.sql import number
from benchmarks.stage import raised

TARGET = 0.15
PROCESSES = 2
_COUNTED = "SELECT count(*) FROM limit_takings"
_PAID = "SELECT count(*) FROM orders WHERE state = 'TRADE_SUCCESS'"


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or PROCESSES) as serving:
        shop = open_shop(stage, serving.addresses[0])
        pgbench = Pgbench(stage.server)
        pgbench.prepare(plan.pgbench_scale)
        till = Till(shop, serving.addresses[0], plan.seed)
        cores = Cores(serving.pids, stage.server.process.pid)
        rate, floor = (
            Series("orders created and paid over HTTP", "orders/s"),
            Series("pgbench, TPC-B-like", "transactions/s"),
        )
        slow = Series("99 of 100 calls are answered within", "ms")
        refused, before, answered = 0, int(number(stage.admin_url, _PAID)), 0
        for _ in range(plan.rounds):
            cores.start()
            tally = drive(
                serving.addresses,
                [bytes] * len(serving.addresses),
                connections=plan.connections,
                seconds=plan.seconds,
                warm_up=plan.warm_up,
                line_of=till.line_of,
            )
            cores.stop()
            rate.values.append(tally.rate / 2)
            slow.values.append(tally.wait_at(0.99) * 1000)
            answered += tally.every[201]
            refused += sum(tally.every.values()) - tally.every[201]
            if tally.refusal is not None:
                raise AssertionError(f"refused: {tally.refusal!r}")
            floor.values.append(pgbench.rate(max(1, round(plan.seconds))))
        paid = int(number(stage.admin_url, _PAID)) - before
        if not 0 <= answered - 2 * paid <= plan.rounds * plan.connections:
            raise AssertionError(f"{answered} calls were answered, {paid} orders are paid")
        counted = int(number(stage.admin_url, _COUNTED))
        if counted != paid + before:
            raise AssertionError(f"{paid + before} orders are paid, {counted} are held against limits")
        notes = [f"{paid:,} orders paid, each held against its buyer's limits"]
        return Result("order_pay", rate, floor, TARGET, [slow, *cores.series], notes)
