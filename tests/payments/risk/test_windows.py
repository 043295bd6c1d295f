"""What windows count, against a plain list of payments; and what is forgotten of them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from chassis.database import Tx
from chassis.direct import direct_of
from chassis.identity import Caller
from chassis.ids import encode, uuid7
from services.payments.risk import actions, look_queries, queries
from services.payments.risk.activation import Active
from services.payments.risk.compiling import compiled
from services.payments.risk.language import RulesetDocument
from services.payments.risk.look_queries import Kept
from services.payments.risk.model import KEEP, Intent, Kind, RiskOutcome, Screening, WindowSubject
from services.payments.risk.weighing import Weighed, decision_of, scales
from tests.payments.funding import funded_wallet
from tests.payments.risk.ruling import rule, window

SECONDS = (60, 3_600, 86_400)
SAID = [
    rule(f"{subject}_{measure}_{seconds}_{kind}", "refuse", window(measure, ">", 10**9, subject=subject, seconds=seconds, **kinds))
    for subject in ("person", "payee", "device")
    for measure in ("count", "sum")
    for seconds in SECONDS
    for kind, kinds in (("all", {}), ("sent", {"kind": "person_transfer"}))
]  # fmt: skip


@dataclass
class Paid:
    """One payment of the plain list."""

    at: float
    intent: Intent
    back: bool = False


def active() -> Active:
    rules = compiled(uuid4(), RulesetDocument.model_validate({"rules": SAID}))
    return Active(None, rules, (), frozenset((one.subject, one.kind) for one, _ in rules.windows.values()))


def by_list(paid: Sequence[Paid], name: str, rules: Active, intent: Intent, now: float) -> int:
    """The same figure, counted one by one."""
    assert rules.live is not None
    asked, measure = rules.live.windows[name]
    value = {WindowSubject.PERSON: "person", WindowSubject.PAYEE: "payee", WindowSubject.DEVICE: "device"}[
        asked.subject
    ]
    mine = [
        one.intent.amount
        for one in [*paid, Paid(now, intent)]
        if not one.back
        and one.at > now - asked.seconds
        and getattr(one.intent, value) == getattr(intent, value)
        and asked.kind in (None, one.intent.kind)
    ]
    return len(mine) if measure == "count" else sum(mine)


async def test_windows_agree_with_a_plain_list(tx: Tx) -> None:
    """Hundreds of payments of few persons to few payees, some of which fail later, at instants up to days apart."""
    chosen, rules, direct = random.Random(20260601), active(), await direct_of(tx.connection)
    began, now, paid = tx.now, 0.0, list[Paid]()
    for _ in range(250):
        now += chosen.choice([0, 0, 1, 20, 59, 60, 61, 3_000, 40_000])
        tx.now = began + timedelta(seconds=now)
        intent = Intent(
            kind=chosen.choice([Kind.PERSON_TRANSFER, Kind.ORDER_PAYMENT]),
            reference=encode("ptr", uuid7(tx.now, uuid4().bytes)),
            person=f"cus_{chosen.randrange(3)}",
            amount=chosen.randrange(1, 1_000),
            currency="CNY",
            payee=f"mer_{chosen.randrange(2)}",
            device=f"device {chosen.randrange(2)}",
        )
        weighing = await scales(direct, rules, "", [intent], tx.now, tx.settings.zone)
        await weighing.lock(direct)
        weighed = weighing.weigh(0)
        assert rules.live is not None
        names = [name for name, (asked, _) in rules.live.windows.items() if asked.kind in (None, intent.kind)]
        seen = weighing._seen(0, intent.amount)
        assert {name: seen[name] for name in names} == {name: by_list(paid, name, rules, intent, now) for name in names}
        if chosen.random() < 0.9:
            kept = Kept(weighing.at)
            decision = decision_of(weighed, tx.ids.new(), rules, weighing.at, outcome=RiskOutcome.PASS)
            weighing.enter(weighed, decision, kept)
            await look_queries.keep(direct, kept)
            paid.append(Paid(now, intent))
        if paid and chosen.random() < 0.2:
            failed = chosen.choice(paid)
            failed.back = True
            for _ in range(2):
                await actions.take_back(tx, [failed.intent.reference])


async def test_several_at_once_see_each_other(tx: Tx) -> None:
    rules, direct = active(), await direct_of(tx.connection)
    intents = [
        Intent(Kind.PERSON_TRANSFER, encode("ptr", uuid4()), "cus_1", 100, "CNY", f"cus_{number}")
        for number in range(5)
    ]
    weighing = await scales(direct, rules, "", intents, tx.now, tx.settings.zone)
    await weighing.lock(direct)
    counts = []
    for place in range(5):
        weighed: Weighed = weighing.weigh(place)
        counts.append(weighing._seen(place, 100)["person count 60 s"])
        weighing.count(weighed)
    assert counts == [1, 2, 3, 4, 5]


async def test_what_no_window_reaches_is_forgotten(tx: Tx) -> None:
    """Decisions after 90 days and one; of each series the last total before stays, and windows go on from it."""
    rules, direct, began = active(), await direct_of(tx.connection), tx.now
    intent = Intent(Kind.PERSON_TRANSFER, encode("ptr", uuid4()), "cus_1", 100, "CNY", "cus_2")
    for days in (0, 1, 95):
        tx.now = began + timedelta(days=days)
        weighing = await scales(direct, rules, "", [intent], tx.now, tx.settings.zone)
        await weighing.lock(direct)
        kept = Kept(weighing.at)
        decision = decision_of(
            weighing.weigh(0), uuid7(tx.now, uuid4().bytes), rules, weighing.at, outcome=RiskOutcome.PASS
        )
        weighing.enter(weighing.weigh(0), decision, kept)
        await look_queries.keep(direct, kept)
    at = tx.now - KEEP
    gone = [await queries.forget(tx.connection, uuid7(at, bytes(10)), at, 1_000) for _ in range(2)]
    # Two decisions, and of each of the four series the older of the two entries.
    assert gone == [2 + 4, 0]
    weighing = await scales(direct, rules, "", [intent], tx.now, tx.settings.zone)
    await weighing.lock(direct)
    assert weighing._seen(0, 100)["person count 86400 s"] == 2


async def test_what_is_remembered_of_a_person(tx: Tx) -> None:
    """Her device, country and payee once she has paid with them; a screen of her name until it expires; how long she has been here."""
    person, rules, direct = encode("cus", tx.ids.new()), active(), await direct_of(tx.connection)
    await funded_wallet(tx, Caller(person, "suite"), 0)
    screened = rule("screened", "refuse", {"fact": "screening", "op": "==", "value": "match"})
    classed = rule("classed", "refuse", {"fact": "payer_class", "op": "==", "value": "class_i"})
    more = compiled(uuid4(), RulesetDocument.model_validate({"rules": [*SAID, screened, classed]}))
    asked = Active(None, more, (), rules.watched)
    intent = Intent(
        Kind.PERSON_TRANSFER,
        encode("ptr", uuid4()),
        person,
        100,
        "CNY",
        "cus_2",
        present=True,
        device="phone",
        country="CN",
    )

    async def seen() -> dict[str, Any]:
        weighing = await scales(direct, asked, "", [intent], tx.now, tx.settings.zone)
        await weighing.lock(direct)
        found = weighing._seen(0, 100)
        kept = Kept(weighing.at)
        decision = decision_of(weighing.weigh(0), tx.ids.new(), asked, weighing.at, outcome=RiskOutcome.PASS)
        weighing.enter(weighing.weigh(0), decision, kept)
        await look_queries.keep(direct, kept)
        return found

    known = ("device_known", "country_known", "payee_known")
    first = await seen()
    assert [first[name] for name in known] == [False, False, False]
    assert (first["screening"], first["account_age_days"], first["payer_class"]) == ("unknown", 0, None)
    until = tx.now + timedelta(days=10)
    await actions.remember_screening(tx, person=person, result=Screening.MATCH, expires_at=until)
    tx.now += timedelta(days=9)
    second = await seen()
    assert [second[name] for name in known] == [True, True, True]
    assert (second["screening"], second["account_age_days"]) == ("match", 9)
    tx.now += timedelta(days=1)
    assert (await seen())["screening"] == "unknown"
