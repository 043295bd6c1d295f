"""Stories of versions of rules, which begin in shadow and go live by a second person; and of lists."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.payments.risk import rules
from services.payments.risk import ruleset_queries as queries
from services.payments.risk.errors import (
    RiskListExists,
    RiskListFull,
    RulesetNamesUnknownList,
    TooManyRiskLists,
    TooManyShadows,
    UnknownRiskList,
    UnknownRuleset,
)
from services.payments.risk.language import ListCondition, RulesetDocument, walked
from services.payments.risk.model import Listed, RiskList, Ruleset, RulesetState, RulesetStep

MOST_SHADOWS = 3
MOST_LISTS, MOST_ENTRIES = 200, 1_000_000


async def draft_ruleset(tx: Tx, caller: Caller, *, document: RulesetDocument, note: str) -> Ruleset:
    """A new version, which nobody asks yet. Raises RulesetNamesUnknownList."""
    wanted = {
        (one.in_list, one.of)
        for rule in document.rules
        for one, _ in walked(rule.when)
        if isinstance(one, ListCondition)
    }
    holds = await queries.lists_named(tx.connection, {name for name, _ in wanted})
    for name, holding in sorted(wanted):
        if holds.get(name) is not holding:
            raise RulesetNamesUnknownList(f"no list {name} holds that", field="document", list=name)
    await queries.lock_rulesets(tx.connection)
    ruleset = Ruleset(
        id=tx.ids.new(),
        number=await queries.last_number(tx.connection) + 1,
        state=RulesetState.DRAFT,
        document=document.model_dump(mode="json", by_alias=True),
        note=note,
        made_by=caller.subject,
        made_at=tx.now,
    )
    await queries.add_ruleset(tx.connection, ruleset)
    await _step(tx, caller, ruleset, None, note)
    return ruleset


async def shadow_ruleset(tx: Tx, caller: Caller, *, ruleset_id: UUID, reason: str) -> Ruleset:
    """Asked of every payment from now on, and its answer only written down. Raises UnknownRuleset, RulesetNotInState, TooManyShadows."""
    ruleset = await _locked(tx, ruleset_id)
    shadowed = rules.moved(ruleset, RulesetState.SHADOW, caller.subject)
    if len(await queries.rulesets_in(tx.connection, RulesetState.SHADOW)) >= MOST_SHADOWS:
        raise TooManyShadows(f"at most {MOST_SHADOWS} run in shadow", most=MOST_SHADOWS)
    return await _moved(tx, caller, shadowed, ruleset.state, reason)


async def activate_ruleset(tx: Tx, caller: Caller, *, ruleset_id: UUID, reason: str) -> Ruleset:
    """It counts from now on, in the place of the one that did; of one that had been retired that is a rollback.

    Raises UnknownRuleset, RulesetNotInState, SecondPersonNeeded.
    """
    ruleset = await _locked(tx, ruleset_id)
    live = rules.moved(ruleset, RulesetState.LIVE, caller.subject)
    for before in await queries.rulesets_in(tx.connection, RulesetState.LIVE):
        retired = replace(before, state=RulesetState.RETIRED)
        await queries.save_state(tx.connection, retired)
        await _step(tx, caller, retired, RulesetState.LIVE, f"in its place: {ruleset.number}")
    return await _moved(tx, caller, live, ruleset.state, reason)


async def retire_ruleset(tx: Tx, caller: Caller, *, ruleset_id: UUID, reason: str) -> Ruleset:
    """Asked no more; of the live one no other takes its place. Raises UnknownRuleset, RulesetNotInState."""
    ruleset = await _locked(tx, ruleset_id)
    retired = rules.moved(ruleset, RulesetState.RETIRED, caller.subject)
    return await _moved(tx, caller, retired, ruleset.state, reason)


async def open_list(tx: Tx, caller: Caller, *, name: str, holds: Listed) -> RiskList:
    """Raises RiskListExists, TooManyRiskLists."""
    await queries.lock_rulesets(tx.connection)
    if await queries.count_lists(tx.connection) >= MOST_LISTS:
        raise TooManyRiskLists(f"at most {MOST_LISTS} are kept", most=MOST_LISTS)
    one = RiskList(tx.ids.new(), name, holds, caller.subject, tx.now)
    if not await queries.add_list(tx.connection, one):
        raise RiskListExists("there is a list of this name", field="name")
    return one


async def change_list(
    tx: Tx, caller: Caller, *, name: str, add: Sequence[str], remove: Sequence[str], reason: str
) -> RiskList:
    """What stands there counts from the next payment on; twice is once. Raises UnknownRiskList, RiskListFull."""
    one = await queries.list_named(tx.connection, name, lock=True)
    if one is None:
        raise UnknownRiskList("no such list", field="name")
    removed = await queries.remove_entries(tx.connection, one.id, _keys(one, remove))
    added = await queries.add_entries(tx.connection, one.id, _keys(one, add))
    entries = await queries.count_entries(tx.connection, one.id)
    if entries > MOST_ENTRIES:
        raise RiskListFull(f"at most {MOST_ENTRIES} stand on a list", field="add", most=MOST_ENTRIES)
    await queries.add_change(
        tx.connection,
        tx.ids.new(),
        one.id,
        added=added,
        removed=removed,
        reason=reason,
        by=caller.subject,
        at=tx.now,
    )
    told = {"list_id": encode("rli", one.id), "added": added, "removed": removed}
    tx.events.add("payments.risk.list_changed.v1", encode("rli", one.id), told)
    return replace(one, entries=entries)


def _keys(one: RiskList, values: Sequence[str]) -> list[UUID]:
    return sorted({rules.hashed("listed", one.holds, value) for value in values})


async def _locked(tx: Tx, ruleset_id: UUID) -> Ruleset:
    await queries.lock_rulesets(tx.connection)
    ruleset = await queries.ruleset_with(tx.connection, ruleset_id)
    if ruleset is None:
        raise UnknownRuleset("no such ruleset")
    return ruleset


async def _moved(tx: Tx, caller: Caller, ruleset: Ruleset, before: RulesetState, reason: str) -> Ruleset:
    await queries.save_state(tx.connection, ruleset)
    await _step(tx, caller, ruleset, before, reason)
    if before is not RulesetState.DRAFT or ruleset.state is not RulesetState.RETIRED:
        await queries.count_up(tx.connection)
    return ruleset


async def _step(tx: Tx, caller: Caller, ruleset: Ruleset, before: RulesetState | None, reason: str) -> None:
    rollback = before is RulesetState.RETIRED
    step = RulesetStep(tx.ids.new(), ruleset.id, before, ruleset.state, rollback, reason, caller.subject, tx.now)
    await queries.add_step(tx.connection, step)
    told = {
        "ruleset_id": encode("rls", ruleset.id),
        "number": ruleset.number,
        "state": ruleset.state.value,
        "rollback": rollback,
    }
    tx.events.add("payments.risk.ruleset_changed.v1", encode("rls", ruleset.id), told)
