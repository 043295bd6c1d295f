"""An order created and paid under 50 rules ÷ the same with none, in time, in turn on the same server.

The rules look at 14 windows of person, device, payee and card, at 5 lists of 100,000 each and at a remembered screen of names; none holds.
"""

import time

from benchmarks.closed_loop import drive
from benchmarks.measured import Result, Series
from benchmarks.plan import Plan
from benchmarks.ruled import LISTED, RULES, Rulebook
from benchmarks.shop import Till, open_shop
from benchmarks.sql import number
from benchmarks.stage import Serving, raised
from services.payments.risk.activation import LOOK_AGAIN_SECONDS

TARGET = 1.5
PROCESSES = 2
_PAID = "SELECT count(*) FROM orders WHERE state = 'TRADE_SUCCESS'"
_DECIDED = "SELECT count(*) FROM risk_decisions WHERE outcome = 'pass' AND kind = 'order_payment'"


def run(plan: Plan, listed: int = LISTED) -> Result:
    with raised(plan.data, durable=plan.durable) as stage, stage.serving(plan.processes or PROCESSES) as serving:
        shop = open_shop(stage, serving.addresses[0])
        rulebook = Rulebook(stage, serving.addresses[0], listed)
        till = Till(shop, serving.addresses[0], plan.seed, devices=True)
        ruled = Series(f"created and paid under {RULES} rules", "ms a payment")
        bare = Series("created and paid under none", "ms a payment")
        rulebook.open()
        rulebook.close()
        decided = 0
        for _ in range(plan.rounds):
            bare.values.append(_measured(plan, serving, till))
            rulebook.open()
            # Until then another process may not know that anything is asked.
            time.sleep(LOOK_AGAIN_SECONDS)
            before = int(number(stage.admin_url, _PAID))
            ruled.values.append(_measured(plan, serving, till))
            decided += int(number(stage.admin_url, _PAID)) - before
            rulebook.close()
        found = int(number(stage.admin_url, _DECIDED))
        if found != decided:
            raise AssertionError(f"{decided} orders were paid under rules, {found} were judged")
        notes = [f"{found:,} payments judged by {RULES} rules and {5 * listed:,} entries of lists"]
        return Result("risk_decision", ruled, bare, TARGET, notes=notes, less_is_better=True)


def _measured(plan: Plan, serving: Serving, till: Till) -> float:
    """Milliseconds for each payment, with as many under way as the plan has connections."""
    tally = drive(
        serving.addresses,
        [bytes] * len(serving.addresses),
        connections=plan.connections,
        seconds=plan.seconds,
        warm_up=plan.warm_up,
        line_of=till.line_of,
    )
    if tally.refusal is not None:
        raise AssertionError(f"refused: {tally.refusal!r}")
    return 2_000 / tally.rate
