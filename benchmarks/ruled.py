"""Fifty rules, five lists, a remembered screen of each buyer: what a payment is judged by in `risk_decision`."""

from collections.abc import Iterator
from secrets import token_hex
from typing import Any

from benchmarks.sql import execute
from benchmarks.stage import TOKEN_SECONDS, Stage
from benchmarks.wire import Address, call
from services.payments.risk.model import Listed
from suite import tokens
from suite.parts import PARTS

RULES, LISTED = 50, 100_000
NEVER = 10**12
"""Amounts and counts that no load reaches: everything is asked, and everything passes."""
LISTS = {f"denied_{holds}": holds.value for holds in Listed}
_WINDOWS = [
    *(
        (subject, *what)
        for subject in ("person", "device", "payee")
        for what in (
            ("count", 60, None),
            ("sum", 3600, None),
            ("sum", 86_400, "order_payment"),
            ("count", 604_800, None),
        )
    ),
    ("card", "count", 3600, None),
    ("card", "sum", 86_400, None),
]
_ENTRIES = """INSERT INTO risk_list_entries (list_id, key) SELECT id, gen_random_uuid() FROM risk_lists, generate_series(1, {listed})
    ON CONFLICT DO NOTHING"""
_SCREENS = """INSERT INTO risk_screens (person, result, expires_at)
    SELECT owner, 'clear', now() + interval '30 days' FROM ledger_accounts WHERE owner LIKE 'cus%' ON CONFLICT DO NOTHING"""


class Rulebook:
    """A ruleset that can be put live and taken out again, by two operators."""

    def __init__(self, stage: Stage, address: Address, listed: int = LISTED) -> None:
        self._writer, self._address = address, Address(address.host, address.port, _token(stage))
        for name, holds in LISTS.items():
            self._post(self._writer, "/v1/risk/lists", {"name": name, "holds": holds})
        execute(
            stage.admin_url,
            _ENTRIES.format(listed=listed),
            _SCREENS,
            "VACUUM (ANALYZE) risk_list_entries, risk_screens",
        )
        body = {"document": {"rules": list(rules())}, "note": "benchmark"}
        self._path = f"/v1/risk/rulesets/{self._post(self._writer, '/v1/risk/rulesets', body)['id']}"
        self._move("shadow")

    def open(self) -> None:
        self._move("activation")

    def close(self) -> None:
        self._move("retirement")

    def _move(self, step: str) -> None:
        self._post(self._address, f"{self._path}/{step}", {"reason": "benchmark"})

    def _post(self, address: Address, path: str, body: object) -> Any:
        return call(address, "POST", path, body, f"idempotency-key: {token_hex(12)}")


def rules() -> Iterator[dict[str, Any]]:
    """None of them holds."""
    conditions: list[dict[str, Any]] = [
        {
            "window": {"subject": subject, "measure": measure, "seconds": seconds, "kind": kind},
            "op": ">",
            "value": NEVER,
        }
        for subject, measure, seconds, kind in _WINDOWS
    ]
    conditions += [{"in_list": name, "of": holds} for name, holds in LISTS.items()]
    conditions.append({"fact": "screening", "op": "in", "value": ["possible", "match"]})
    while len(conditions) < RULES:
        conditions.append(
            {
                "all": [
                    {"fact": "amount", "op": ">", "value": NEVER - len(conditions)},
                    {
                        "any": [
                            {"fact": "device_known", "op": "==", "value": False},
                            {"fact": "hour", "op": "<", "value": 6},
                        ]
                    },
                    {"not": {"fact": "payee_known", "op": "==", "value": True}},
                ]
            }
        )
    outcomes = ("refuse", "review", "step_up")
    for number, condition in enumerate(conditions):
        text = {"zh": "基准", "en": "benchmark"}
        yield {"code": f"rule_{number}", "outcome": outcomes[number % 3], "text": text, "when": condition}


def _token(stage: Stage) -> str:
    scopes = ["payments:read", "payments:write", "payments:operate"]
    return tokens.make(
        stage.folder, "operator", scopes, subject="stf_second", seconds=TOKEN_SECONDS, audience=[PARTS["payments"].name]
    )
