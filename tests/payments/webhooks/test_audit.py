"""The audit can fail: a delivery damaged behind the service's back is found and named."""

from typing import Any

import pytest

from tests.databases import Databases
from tests.payments.ledger.test_audit import as_superuser
from tests.payments.webhooks.receiver import Receiver
from tests.payments.webhooks.stage import Stage

DAMAGE = {
    "webhook_deliveries_are_of_their_events": "UPDATE webhook_deliveries SET type = 'payments.order.paid.v1'",
    "webhook_deliveries_follow_from_attempts": "UPDATE webhook_attempts SET status = 500",
    "webhooks_wait_for_an_endpoint_that_is_sent_to": (
        "UPDATE webhook_endpoints SET state = 'removed';"
        " UPDATE webhook_deliveries SET state = 'pending', due_at = made_at, ended_at = NULL"
    ),
    "webhooks_are_queued_from_the_log": "UPDATE webhook_progress SET position = 1000000",
}


@pytest.mark.parametrize("check", DAMAGE)
async def test_damage_is_found(stage: Stage, here: Receiver, databases: Databases, check: str) -> None:
    seller = stage.seller()
    endpoint_id, _ = await seller.register(here.url, "payments.order.created.v1")
    await seller.order(await seller.merchant())
    await here.until(1)
    (delivery,) = await seller.deliveries(endpoint_id)
    await seller.until(delivery["id"], "acknowledged")
    assert await failing(stage) == []
    async with as_superuser(stage.served, databases) as connection:
        await connection.execute(DAMAGE[check])
    assert check in await failing(stage)


async def failing(stage: Stage) -> list[Any]:
    report = (await stage.served.client().get("/v1/verification")).json()
    assert report["holds"] == (not any(check["failed"] for check in report["checks"]))
    return [check["name"] for check in report["checks"] if check["failed"]]
