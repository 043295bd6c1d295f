"""Callers of the ledger who do what callers must: give every transfer an id of its own, and ask again, with the same bytes, until
there is an answer. They remember what they asked for and what they were told.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from benchmarks.transfers import BULK, SINGLES
from benchmarks.wire import Address, ask, body_of, status_of
from chassis.ids import encode
from clients.ids import new_id

CODE = "tests.faults"
CURRENCY = "CNY"
BOOK = 1
ANSWER_SECONDS = 15.0
PAUSE_SECONDS = 0.05
BATCHES = (20, 100)
REFUSED_SHARE = 0.05
"""Of the single transfers, those from an account that has nothing: a refusal is an answer too, and must stay one."""
ASK_AGAIN = frozenset({503})
MADE = frozenset({"created", "exists"})
FUNDS = frozenset({"insufficient_funds", "id_already_failed"})


@dataclass(frozen=True, slots=True)
class Move:
    id: UUID
    debit: UUID
    credit: UUID
    amount: int

    def document(self) -> dict[str, object]:
        return {
            "id": encode("trf", self.id),
            "kind": "single",
            "debit_account_id": encode("acc", self.debit),
            "credit_account_id": encode("acc", self.credit),
            "amount": self.amount,
            "currency": CURRENCY,
            "code": CODE,
            "reference": "",
        }


@dataclass
class Told:
    """What all callers together know. made, refused: by id, as answered; wrong: answers that no caller should ever get."""

    made: dict[UUID, Move] = field(default_factory=dict)
    refused: set[UUID] = field(default_factory=set)
    results: "Counter[str]" = field(default_factory=Counter)
    again: "Counter[str]" = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answered(self) -> int:
        return len(self.made) + len(self.refused)

    def hear(self, move: Move, result: str, *, poor: bool) -> None:
        with self._lock:
            self.results[result] += 1
            if poor and result in FUNDS:
                self.refused.add(move.id)
            elif not poor and result in MADE:
                self.made[move.id] = move
            else:
                self.wrong.append(f"{move} answered {result}")

    def without_answer(self, why: str) -> None:
        with self._lock:
            self.again[why] += 1


@dataclass(frozen=True)
class Accounts:
    """rich: none of which ever runs out; poor: has nothing."""

    rich: Sequence[UUID]
    poor: UUID


class Callers:
    """`singly` threads with a transfer at a time, `in_bulk` with a batch: atomic and independent in turn. Each asks any of the replicas."""

    def __init__(
        self, addresses: Sequence[Address], accounts: Accounts, *, singly: int, in_bulk: int, seed: int
    ) -> None:
        self.told = Told()
        self._addresses = addresses
        self._accounts = accounts
        self._stopping = threading.Event()
        self._given_up = threading.Event()
        works = [self._single] * singly + [self._batch] * in_bulk
        self._threads = [
            threading.Thread(target=self._run, args=(work, random.Random(seed * 1000 + number)), daemon=True)
            for number, work in enumerate(works)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Begin nothing new, and wait until everything asked is answered. Raises TimeoutError after `seconds`."""
        self._stopping.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            self._given_up.set()
            raise TimeoutError(f"something asked was not answered in {seconds:.0f} s: {dict(self.told.again)}")

    def _run(self, work: "Callable[[random.Random], None]", chance: random.Random) -> None:
        try:
            while not self._stopping.is_set():
                work(chance)
        except Exception as fault:
            self.told.wrong.append(f"a caller stopped: {fault!r}")

    def _single(self, chance: random.Random) -> None:
        poor = chance.random() < REFUSED_SHARE
        move = self._move(chance, poor=poor)
        status, document = self._answer(SINGLES, move.document(), chance)
        self.told.hear(move, document["result"] if status in (200, 201) else document["code"], poor=poor)

    def _batch(self, chance: random.Random) -> None:
        moves = [self._move(chance, poor=False) for _ in range(chance.randint(*BATCHES))]
        mode = chance.choice(("atomic", "independent"))
        body = {"mode": mode, "transfers": [move.document() for move in moves]}
        status, document = self._answer(BULK, body, chance)
        if status != 200:
            self.told.wrong.append(f"a batch ({mode}) answered {status}: {document}")
            return
        for move, outcome in zip(moves, document["results"], strict=True):
            self.told.hear(move, outcome["result"], poor=False)

    def _move(self, chance: random.Random, *, poor: bool) -> Move:
        debit, credit = chance.sample(self._accounts.rich, 2)
        return Move(new_id(BOOK), self._accounts.poor if poor else debit, credit, chance.randint(1, 999))

    def _answer(self, path: str, document: dict[str, object], chance: random.Random) -> "tuple[int, dict[str, object]]":
        """Ask one replica after the other until one answers."""
        body = json.dumps(document).encode()
        while not self._given_up.is_set():
            address = chance.choice(self._addresses)
            try:
                with address.connect(ANSWER_SECONDS) as connection:
                    answer = ask(connection, address.head("POST", path, len(body)) + body)
            except (OSError, ValueError) as fault:
                self.told.without_answer(type(fault).__name__)
            else:
                if status_of(answer) not in ASK_AGAIN:
                    return status_of(answer), json.loads(body_of(answer))
                self.told.without_answer(str(json.loads(body_of(answer))["code"]))
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError("gave up")
