"""A clearing house with 200 participants and a window full of obligations, written as the service would have written them."""

from benchmarks.sql import execute, number
from benchmarks.stage import Stage

PARTICIPANTS = 200
SHORT = 20
"""Participants that pay so much more than they get that their caps do not bear it."""
MODEL = "cny_net"
FLOOR = "SELECT payer, payee, sum(amount), count(*) FROM clearing_obligations GROUP BY payer, payee"
_OBLIGATIONS = """INSERT INTO clearing_obligations (window_number, model_number, payer, payee, amount, id, recorded_at, end_to_end)
    SELECT 1, 1, payer, 1 + (payer - 1 + 1 + floor(random() * {others})::int) % {participants}, 1 + floor(random() * 1000000)::bigint,
        gen_random_uuid(), now(), 'order ' || place
    FROM (SELECT place, 1 + floor(random() * {participants})::int AS payer FROM generate_series(1, {size}) AS place) AS drawn"""
_POSITIONS = """UPDATE clearing_positions AS position SET position_minor = coalesce(moved.net, 0) FROM (
        SELECT number, sum(amount) AS net FROM (
            SELECT payer AS number, amount FROM clearing_obligations UNION ALL SELECT payee, -amount FROM clearing_obligations
        ) AS sides GROUP BY number) AS moved
    WHERE moved.number = position.participant_number"""
_QUEUE = """INSERT INTO clearing_queue (model_number, payer, payee, from_payment, amount, id, queued_at, due_at, end_to_end)
    SELECT 1, payer, 1 + (payer - 1 + 1 + floor(random() * {others})::int) % {participants}, false,
        (1 + floor(random() * 1000000))::bigint * CASE WHEN payer <= {short} THEN 2 ELSE 1 END, gen_random_uuid(), now(),
        now() + interval '1 day', 'order ' || place
    FROM (SELECT place, 1 + floor(random() * {participants})::int AS payer FROM generate_series(1, {size}) AS place) AS drawn"""
_SETTLEMENTS = ("changes", "payments", "participants", "windows")


def owe(stage: Stage, size: int, seed: int) -> None:
    """All in the open window; statistics and disk are in order afterwards."""
    stage.run("benchmarks.clearing_house", "found", str(PARTICIPANTS))
    drawn = _OBLIGATIONS.format(participants=PARTICIPANTS, others=PARTICIPANTS - 1, size=size)
    execute(stage.admin_url, f"SELECT setseed({seed % 1000 / 1000}); {drawn}", _POSITIONS)
    execute(stage.admin_url, "VACUUM (ANALYZE) clearing_obligations", "CHECKPOINT")


def open_again(stage: Stage) -> None:
    """As before the settlement, but for what is on the settlement accounts."""
    tables = ", ".join(f"clearing_settlement_{name}" for name in _SETTLEMENTS)
    execute(
        stage.admin_url,
        f"TRUNCATE {tables}, clearing_settlements",
        "DELETE FROM clearing_windows WHERE number > 1",
        "UPDATE clearing_windows SET state = 'OPEN', closed_at = NULL, ended_at = NULL, settlement_id = NULL, due_at = 'infinity'",
        _POSITIONS,
        "VACUUM clearing_positions",
        "CHECKPOINT",
    )


def queue_up(stage: Stage, size: int, obligations: int, seed: int) -> None:
    """Nothing but the queue counts, and some participants are short by its payments. obligations: those that were there first stay."""
    drawn = _QUEUE.format(participants=PARTICIPANTS, others=PARTICIPANTS - 1, short=SHORT, size=size)
    caps = f"CASE WHEN participant_number <= {SHORT} THEN 0 ELSE 2^50 END"
    execute(
        stage.admin_url,
        f"DELETE FROM clearing_obligations WHERE number > {obligations}",  # noqa: S608
        "TRUNCATE clearing_queue",
        f"SELECT setseed({seed % 1000 / 1000}); {drawn}",
        f"UPDATE clearing_positions SET position_minor = 0, cap_minor = {caps}",  # noqa: S608
        "VACUUM (ANALYZE) clearing_queue, clearing_obligations",
        "CHECKPOINT",
    )


def left_waiting(stage: Stage) -> int:
    found: int = number(stage.admin_url, "SELECT count(*) FROM clearing_queue")
    return found
