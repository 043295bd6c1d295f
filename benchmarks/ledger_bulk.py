"""Transfers a second in batches over HTTP ÷ rows a second of COPY into a table with the ledger's columns and indexes, in turn."""

from benchmarks.acknowledged import Acknowledged
from benchmarks.copying import Copying
from benchmarks.in_bulk import InBulk
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.processor_time import Cores
from benchmarks.stage import raised
from benchmarks.wallets import open_wallets

TARGET = 0.2
PROCESSES = 1
"""Of the service: two batches of this size always share accounts, so a second process would wait for the first one's locks."""
FEW_ACCOUNTS = 10


def run(plan: Plan) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or PROCESSES) as serving:
        wallets = open_wallets(stage, serving.addresses[0], plan.accounts)
        copying = Copying(stage.admin_url, plan.batch)
        copying.prepare()
        copying.skip()
        acknowledged = Acknowledged(stage)
        cores = Cores(serving.pids, stage.server.process.pid)

        def load(number: int, name: str) -> InBulk:
            rate = Series(name, "transfers/s")
            return InBulk(plan, serving.addresses, wallets[:number], acknowledged, cores, rate)

        many = load(len(wallets), "transfers in batches over HTTP")
        few = load(FEW_ACCOUNTS, f"the same between {FEW_ACCOUNTS} accounts")
        floor = Series(f"COPY of {plan.batch:,}, commit", "rows/s")
        floor_of_few = Series(f"COPY of the rows of {FEW_ACCOUNTS} accounts", "rows/s")
        for _ in range(plan.rounds):
            many.round()
            floor.values.append(copying.rate())
            few.round()
            floor_of_few.values.append(copying.rate())
        others = [few.rate, floor_of_few, *cores.series]
        return Result("ledger_bulk", many.rate, floor, TARGET, others, acknowledged.note())
