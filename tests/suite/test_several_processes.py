"""Several processes of a service behind one address: one is killed under load, and nobody else notices."""

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from benchmarks.wire import Address, ask, body_of, call, status_of
from chassis import listening
from chassis.ids import encode
from clients.ids import new_id
from clients.transport import FIRST_PAUSE_SECONDS
from suite import process_counts
from suite.preflight import PreflightFault
from tests.suite import running
from tests.suite.conftest import StartSuite
from tests.suite.running import Started

CALLERS = 16
AMOUNT = 7
TRANSFERS = "/v1/transfers"


@dataclass
class Caller:
    """Sends transfers one after the other over one connection, opened again when it breaks; then the same transfer is sent again.

    process: who answers on it. answers: results by transfer. broken: transfers during which the connection broke.
    """

    address: Address
    connection: socket.socket
    process: int
    answers: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run(self, debit: str, credit: str, stopping: threading.Event) -> None:
        while not stopping.is_set():
            sent = encode("trf", new_id(1))
            document = {
                "id": sent, "kind": "single", "debit_account_id": debit, "credit_account_id": credit, "amount": AMOUNT,
                "currency": "CNY", "code": "tests.processes",
            }  # fmt: skip
            body = json.dumps(document).encode()
            request = self.address.head("POST", TRANSFERS, len(body)) + body
            while sent not in self.answers and len(self.broken) < 3:
                self._send(sent, request)

    def _send(self, sent: str, request: bytes) -> None:
        try:
            answer = ask(self.connection, request)
        except OSError:
            self.broken.append(sent)
            self.connection.close()
            time.sleep(FIRST_PAUSE_SECONDS)  # as the clients do: a process that is just ending may still be reached
            self.connection = self.address.connect(20)
            return
        self.answers[sent] = json.loads(body_of(answer)).get("result", "")
        if status_of(answer) not in (200, 201):
            self.wrong.append(body_of(answer).decode())


@pytest.fixture
def payments(start: StartSuite) -> Started:
    suite = start("payments", told={"SIFANG_PAYMENTS_PROCESSES": "2"})
    suite.wait_until_running()
    return suite


def _address(suite: Started, port: int | None = None) -> Address:
    made = running.sifang("token", "--as", "operator", "--data", str(suite.folder))
    return Address("127.0.0.1", port or int(suite.url("payments").rpartition(":")[2]), made.stdout.strip())


def _answered(suite: Started, process: int, route: str) -> int:
    """Requests of a route answered by one process, as its own metrics tell."""
    told = suite.told["services"]["payments"]["processes"][process - 1]["url"]
    port = int(told.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        text = body_of(ask(connection, b"GET /metrics HTTP/1.1\r\nhost: tests\r\n\r\n")).decode()
    counted = re.findall(rf'sifang_requests_total{{method="[A-Z]+",route="{route}",status="\d+"}} ([\d.]+)', text)
    return int(sum(map(float, counted)))


def _connected(suite: Started, address: Address) -> Caller:
    """A caller, and which process its connection belongs to: the one that counts what is asked over it."""
    connection = address.connect(20)
    before = [_answered(suite, process, "unmatched") for process in (1, 2)]
    ask(connection, address.head("GET", "/nothing", 0))
    after = [_answered(suite, process, "unmatched") for process in (1, 2)]
    (process,) = (number for number in (1, 2) if after[number - 1] > before[number - 1])
    return Caller(address, connection, process)


@contextmanager
def _load(callers: list[Caller], debit: str, credit: str) -> Iterator[None]:
    stopping = threading.Event()
    threads = [threading.Thread(target=partial(one.run, debit, credit, stopping), daemon=True) for one in callers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(60)
        for one in callers:
            one.connection.close()
    assert not any(thread.is_alive() for thread in threads)


def _accounts(address: Address) -> tuple[str, str]:
    made = (
        call(
            address, "POST", "/v1/accounts", {"currency": "CNY", "kind": kind, "owner": "payments", "rule": rule},
            f"idempotency-key: {kind}",
        )
        for kind, rule in (("tests_source", "none"), ("tests_target", "debits_must_not_exceed_credits"))
    )  # fmt: skip
    debit, credit = (one["id"] for one in made)
    return debit, credit


@pytest.mark.long
def test_one_of_two_is_killed_under_load(payments: Started) -> None:
    suite, address = payments, _address(payments)
    debit, credit = _accounts(address)
    callers = [_connected(suite, address) for _ in range(CALLERS)]
    assert {one.process for one in callers} == {1, 2}, "connections are spread over both"
    killed = suite.pid("payments", 2)
    assert killed is not None
    with _load(callers, debit, credit):
        time.sleep(0.5)
        assert all(_answered(suite, process, TRANSFERS) > 0 for process in (1, 2)), "each has metrics of its own"
        os.kill(killed, signal.SIGKILL)
        suite.until(
            lambda: suite.pid("payments", 2) not in (killed, None) and suite.told["services"]["payments"]["ready"]
        )
        time.sleep(0.3)
    assert [wrong for one in callers for wrong in one.wrong] == []
    assert [len(one.broken) for one in callers if one.process == 1] == [0 for one in callers if one.process == 1]
    assert {len(one.broken) for one in callers if one.process == 2} <= {1, 2}, "and what is sent again gets an answer"
    assert all(set(one.answers.values()) <= {"created", "exists"} for one in callers)
    made = {name for one in callers for name in one.answers}
    balance = call(address, "GET", f"/v1/accounts/{credit}")
    assert balance["credits_posted"] == AMOUNT * len(made), "every acknowledged transfer is there, once"
    assert [one["restarts"] for one in suite.told["services"]["payments"]["processes"]] == [0, 1]
    assert "payments 2 ended (killed by SIGKILL): started again in 0.5 s" in suite.output
    assert "payments 2 is ready again" in suite.output
    _serves_again(suite, address, process=2)


def _serves_again(suite: Started, address: Address, process: int) -> None:
    """New connections reach it."""
    callers = [_connected(suite, address) for _ in range(CALLERS)]
    for one in callers:
        one.connection.close()
    assert process in {one.process for one in callers}


def test_who_runs_is_told_and_all_of_them_stop_in_order(payments: Started) -> None:
    suite = payments
    told = json.loads(running.sifang("status", "--json", "--data", str(suite.folder)).stdout)["services"]["payments"]
    base = suite.port_base
    assert (told["url"], told["ready"], told["restarts"]) == (f"http://127.0.0.1:{base + 1}", True, 0)
    assert [one["url"] for one in told["processes"]] == [f"http://127.0.0.1:{base + port}" for port in (11, 21)]
    shown = running.sifang("status", "--data", str(suite.folder)).stdout
    assert re.search(rf"process 2 +ready +http://127.0.0.1:{base + 21} +{told['processes'][1]['pid']} +0", shown)
    for process in (1, 2):
        assert _answered(suite, process, "/readyz") > 0
    family = running.family(suite.process.pid)
    assert suite.end(signal.SIGTERM) == 0
    assert running.gone(family) == set()
    lines = [json.loads(line) for line in (suite.folder / "logs" / "payments.log").read_text().splitlines()]
    for process in ("1", "2"):
        said = [line["event"] for line in lines if line["process"] == process]
        assert said[-1].startswith("Finished server process"), "stopped in order, not killed"


def test_a_second_suite_does_not_mix_with_the_first(payments: Started, start: StartSuite, place: Path) -> None:
    """At a shared port the kernel would let it."""
    second = start("payments", folder=place / "second", port_base=payments.port_base + 10)
    assert second.process.wait(running.PATIENCE_SECONDS) == 1
    taken = payments.port_base + 11
    assert f"error: port {taken} for payments is taken: --port-base N chooses others" in second.output
    with pytest.raises(OSError, match="Address already in use"):
        listening.sockets("127.0.0.1", payments.port_base + 1, payments.port_base + 11)


@pytest.mark.long
def test_two_that_die_at_once_before_they_were_ready_end_the_suite(start: StartSuite) -> None:
    suite = start("payments", told={"SIFANG_PAYMENTS_PROCESSES": "4", "SIFANG_PAYMENTS_CARD_KEYS": "not a key"})
    assert suite.process.wait(running.PATIENCE_SECONDS) == 1, suite.output
    assert re.search(r"^error: payments [1-4] does not start: .*payments\.log\)$", suite.output, re.MULTILINE)
    assert not (suite.folder / "suite.json").exists()


def test_an_address_that_is_not_shared_is_refused() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(OSError, match="Address already in use"):
            listening.sockets("127.0.0.1", taken, own_port=running.free_port_base())


def test_how_many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def counts(cores: int, **told: str) -> dict[str, int]:
        monkeypatch.setattr(process_counts, "cores", lambda: cores)
        return process_counts.counts(["gateway", "payments", "p2p"], told)

    monkeypatch.setattr(process_counts, "shares_a_port", lambda: True)
    assert counts(8) == {"gateway": 1, "payments": 2, "p2p": 1}
    assert counts(1) == {"gateway": 1, "payments": 1, "p2p": 1}
    assert counts(1, SIFANG_PAYMENTS_PROCESSES="4", SIFANG_P2P_PROCESSES="2") == {"gateway": 1, "payments": 4, "p2p": 2}
    assert counts(8, SIFANG_PAYMENTS_PROCESSES="1")["payments"] == 1
    with pytest.raises(PreflightFault, match="gateway runs as one process, for it counts tries to sign in"):
        counts(8, SIFANG_GATEWAY_PROCESSES="2")
    monkeypatch.setattr(process_counts, "shares_a_port", lambda: False)
    assert counts(8)["payments"] == 1
    with pytest.raises(PreflightFault, match="share a port on Linux alone"):
        counts(8, SIFANG_PAYMENTS_PROCESSES="2")
