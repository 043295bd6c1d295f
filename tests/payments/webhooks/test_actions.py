"""What happens to an endpoint and a delivery in each of their states; addresses of single records; forgetting."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.clock import real_now
from chassis.database import Tx, flush
from chassis.errors import Refusal
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from chassis.runtime import Runtime
from chassis.sealing import SealingKeys
from chassis.sequencer import number_new_events
from chassis.webhooks import Delivered
from clients.ids import new_id
from services.payments.webhooks import actions, queries, rules
from services.payments.webhooks.model import Delivery, DeliveryState, Endpoint, EndpointState, Shown
from tests.conftest import MakeRuntime

KEYS = SealingKeys((b"k" * 32,), "webhook")
OURS = service_caller("payments")
GOOD = Delivered(200, 5, "thank you", None)
BAD = Delivered(500, 5, "sorry", None)
SILENT = Delivered(None, 10_000, "", "no answer within 10 s")
GONE = Delivered(410, 5, "", None)
ADDRESS = "http://127.0.0.1:9/hook"


@dataclass
class Story:
    tx: Tx
    owner: Caller

    async def endpoint(self, url: str = ADDRESS) -> Endpoint:
        shown: Shown = await actions.register_endpoint(self.tx, self.owner, keys=KEYS, url=url, types=["*"])
        return shown.endpoint

    async def delivery(self, endpoint: Endpoint) -> Delivery:
        return await actions.send_test(self.tx, self.owner, endpoint_id=endpoint.id)

    async def tried(self, delivery: Delivery, came: Delivered, number: int | None = None) -> Delivery:
        return await actions.record_attempt(
            self.tx,
            OURS,
            endpoint_id=delivery.endpoint_id,
            delivery_id=delivery.id,
            number=number or delivery.attempts + 1,
            at=real_now(),
            came=came,
        )

    async def read(self, delivery: Delivery) -> Delivery:
        found = await queries.delivery_with(self.tx.connection, delivery.id)
        assert found is not None
        return found

    async def read_endpoint(self, endpoint: Endpoint) -> Endpoint:
        found = await queries.endpoint_with(self.tx.connection, endpoint.id)
        assert found is not None
        return found


@pytest.fixture
async def runtime(make_runtime: MakeRuntime) -> Runtime:
    return await make_runtime("payments")


@pytest.fixture
async def story(runtime: Runtime) -> AsyncIterator[Story]:
    async with runtime.database.engine.connect() as connection:
        tx = await runtime.database.begin(connection, seed=uuid4().hex)
        yield Story(tx, Caller(encode("cus", new_id()), "suite"))
        await flush(tx)
        await connection.rollback()


async def in_state(story: Story, endpoint: Endpoint, state: str) -> Delivery:
    delivery = await story.delivery(endpoint)
    if state == "acknowledged":
        return await story.tried(delivery, GOOD)
    if state == "dead":
        for _ in range(8):
            delivery = await story.tried(delivery, BAD)
    return delivery


@pytest.mark.parametrize(
    ("state", "event", "after", "counted"),
    [
        ("pending", GOOD, "acknowledged", 1),
        ("pending", BAD, "pending", 1),
        ("pending", SILENT, "pending", 1),
        ("pending", GONE, "dead", 1),
        ("acknowledged", GOOD, "acknowledged", 0),
        ("acknowledged", BAD, "acknowledged", 0),
        ("acknowledged", GONE, "acknowledged", 0),
        ("dead", GOOD, "dead", 0),
        ("dead", BAD, "dead", 0),
        ("dead", GONE, "dead", 0),
    ],
)
async def test_what_an_attempt_does_to_a_delivery(
    story: Story, state: str, event: Delivered, after: str, counted: int
) -> None:
    """A result that comes twice or late, after another process's, changes nothing."""
    endpoint = await story.endpoint()
    before = await in_state(story, endpoint, state)
    assert before.state == state
    number = before.attempts + 1
    found = await story.tried(before, event, number)
    assert (found.state, found.attempts - before.attempts) == (after, counted)
    twice = await story.tried(before, event, number)
    assert twice == await story.read(before) == found
    # The queue's way, too: the same event is queued once.
    assert await queries.add_deliveries(story.tx.connection, [replace(found, id=new_id())]) == 0


@pytest.mark.parametrize("state", ["pending", "acknowledged", "dead"])
async def test_replaying_begins_the_schedule_anew(story: Story, state: str) -> None:
    delivery = await in_state(story, await story.endpoint(), state)
    again = await actions.replay_delivery(story.tx, story.owner, delivery_id=delivery.id)
    assert (again.state, again.tries, again.attempts) == (DeliveryState.PENDING, 0, delivery.attempts)
    for _ in range(7):
        again = await story.tried(again, BAD)
        assert again.state is DeliveryState.PENDING
    assert (await story.tried(again, BAD)).state is DeliveryState.DEAD
    stranger = Caller(encode("cus", new_id()), "suite")
    with pytest.raises(Refusal, match="no such delivery"):
        await actions.replay_delivery(story.tx, stranger, delivery_id=delivery.id)


ENDPOINT_STORIES: dict[str, Any] = {
    "disable": actions.disable_endpoint,
    "enable": actions.enable_endpoint,
    "remove": actions.remove_endpoint,
    "test": actions.send_test,
}


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        ("active", "disable", "disabled"), ("active", "enable", "active"), ("active", "remove", "removed"), ("active", "test", "active"),
        ("disabled", "disable", "disabled"), ("disabled", "enable", "active"), ("disabled", "remove", "removed"),
        ("disabled", "test", "webhook_endpoint_disabled"),
        ("removed", "disable", "webhook_endpoint_removed"), ("removed", "enable", "webhook_endpoint_removed"),
        ("removed", "remove", "removed"), ("removed", "test", "webhook_endpoint_removed"),
    ],
)  # fmt: skip
async def test_every_story_in_every_state_of_an_endpoint(story: Story, state: str, event: str, after: str) -> None:
    endpoint = await story.endpoint()
    waiting = await story.delivery(endpoint)
    if state != "active":
        await ENDPOINT_STORIES["disable" if state == "disabled" else "remove"](
            story.tx, story.owner, endpoint_id=endpoint.id
        )
    stranger = Caller(encode("cus", new_id()), "suite")
    with pytest.raises(Refusal) as caught:
        await ENDPOINT_STORIES[event](story.tx, stranger, endpoint_id=endpoint.id)
    assert caught.value.code == "unknown_webhook_endpoint"
    for _ in range(2):
        try:
            await ENDPOINT_STORIES[event](story.tx, story.owner, endpoint_id=endpoint.id)
            came = str((await story.read_endpoint(endpoint)).state)
        except Refusal as refusal:
            came = refusal.code
        assert came == after
    found = await story.read_endpoint(endpoint)
    pending = (await story.read(waiting)).state is DeliveryState.PENDING
    assert pending == (state == "active" and found.state is EndpointState.ACTIVE)


@pytest.mark.parametrize(
    ("failing_for", "came", "state", "reason"),
    [
        (None, BAD, "active", None),
        (timedelta(days=4, hours=23, minutes=59), BAD, "active", None),
        (timedelta(days=5), BAD, "disabled", "failing"),
        (timedelta(days=5), SILENT, "disabled", "failing"),
        (timedelta(days=9), GOOD, "active", None),
        (None, GONE, "disabled", "gone"),
    ],
)
def test_what_an_attempt_does_to_an_endpoint(
    failing_for: timedelta | None, came: Delivered, state: str, reason: str | None
) -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    since = None if failing_for is None else now - failing_for
    active = EndpointState.ACTIVE
    endpoint = Endpoint(new_id(), "cus_1", ADDRESS, ["*"], b"", None, None, active, None, since, 0, now)
    after = rules.endpoint_after(endpoint, succeeded=came.acknowledged, gone=came.gone, now=now)
    assert (after.state, after.disabled_reason) == (state, reason)
    if after.state is active:
        assert after.failing_since == (None if came.acknowledged else since or now)
    else:
        assert rules.endpoint_after(after, succeeded=True, gone=False, now=now) == after


async def test_an_order_s_address_needs_an_endpoint_whose_secret_signs(story: Story) -> None:
    party = story.owner.party
    with pytest.raises(Refusal) as caught:
        await actions.require_address(story.tx, owner=party, url=ADDRESS)
    assert (caught.value.code, caught.value.field) == ("no_webhook_endpoint", "notify_url")
    await story.endpoint()
    await actions.require_address(story.tx, owner=party, url=ADDRESS)
    with pytest.raises(Refusal) as caught:
        await actions.require_address(story.tx, owner=party, url="ftp://127.0.0.1/")
    assert (caught.value.code, caught.value.field) == ("webhook_address_not_allowed", "notify_url")


async def test_failures_of_an_order_s_address_are_not_the_endpoint_s(story: Story) -> None:
    endpoint = await story.endpoint()
    delivery = replace(await story.delivery(endpoint), url=f"{ADDRESS}/orders/1")
    await queries.save_delivery(story.tx.connection, delivery)
    gone = await story.tried(delivery, GONE)
    assert gone.state is DeliveryState.DEAD
    assert (await story.read_endpoint(endpoint)).state is EndpointState.ACTIVE


async def test_what_ended_a_month_ago_is_forgotten_with_its_log(story: Story) -> None:
    endpoint = await story.endpoint()
    ended, waiting = await in_state(story, endpoint, "dead"), await story.delivery(endpoint)
    before = ended.ended_at
    assert before is not None
    assert await actions.forget_old(story.tx, OURS, before=before) == 0
    assert await actions.forget_old(story.tx, OURS, before=before + timedelta(seconds=1)) == 1
    assert await queries.delivery_with(story.tx.connection, ended.id) is None
    assert await queries.attempts_of(story.tx.connection, ended.id, 10) == []
    assert await story.read(waiting) == waiting


async def test_two_processes_queue_an_event_once_and_send_it_once(runtime: Runtime) -> None:
    """Both move along the log at once, both claim at once."""
    owner = Caller(encode("cus", new_id()), "suite")
    async with runtime.transaction() as tx:
        await actions.register_endpoint(tx, owner, keys=KEYS, url=ADDRESS, types=["*"])
    async with runtime.transaction() as tx:
        for _ in range(30):
            tx.events.add("payments.tests.told.v1", "tests", {"owner": owner.party})
    async with runtime.database.engine.begin() as connection:
        assert await number_new_events(connection) == 30

    async def queue() -> None:
        async with runtime.transaction(seed=uuid4().hex) as tx:
            await actions.queue_events(tx, OURS)

    async def claim() -> list[UUID]:
        now = real_now()
        async with runtime.transaction() as tx:
            return await queries.claim_due(tx.connection, now, now + timedelta(minutes=1), 100, 100)

    await asyncio.gather(*(queue() for _ in range(4)))
    claimed = [one for ids in await asyncio.gather(*(claim() for _ in range(4))) for one in ids]
    assert len(claimed) == len(set(claimed)) == 30
    assert await claim() == []


async def test_orders_addresses_that_do_not_answer_hold_up_no_endpoint(story: Story) -> None:
    """The endpoint that signs for them is the merchant's own, and is told what it waits for."""
    endpoint = await story.endpoint()
    waiting = [await story.delivery(endpoint) for _ in range(12)]
    own = {waiting.pop().id, waiting.pop().id}
    for delivery in waiting:
        addressed = replace(delivery, url=f"{ADDRESS}/orders/1", due_at=delivery.made_at - timedelta(hours=1))
        await queries.save_delivery(story.tx.connection, addressed)
    now = real_now()
    until, claimed = now + timedelta(minutes=1), []
    for _ in range(2):
        claimed.append(set(await queries.claim_due(story.tx.connection, now, until, 4, 32)))
    assert (len(claimed[0] - own), claimed[0] & own) == (4, own)
    # Neither has more than its places.
    assert claimed[1] == set()
    later = await story.delivery(endpoint)
    assert await queries.claim_due(story.tx.connection, real_now(), until, 4, 32) == [later.id]


async def test_the_log_of_attempts_is_added_to_and_never_edited(runtime: Runtime) -> None:
    connection = await asyncpg.connect(runtime.settings.database_url)
    try:
        for statement in (
            "UPDATE webhook_attempts SET status = 200",
            "DELETE FROM webhook_attempts",
            "UPDATE payment_code_caps SET amount = 1",
            "DELETE FROM payment_code_caps",
            "DELETE FROM webhook_progress",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
