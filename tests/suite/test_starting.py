"""A suite comes up with what was asked for, and goes without leaving anything."""

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from suite.parts import PARTS, UnknownService, stopping_waves, with_needs
from tests.suite import running
from tests.suite.conftest import StartSuite

SECOND_START_SECONDS = 5.0


def test_a_service_brings_only_what_it_truly_needs() -> None:
    assert with_needs(["info_broker"]) == ["info_broker"]
    assert with_needs(["p2p"]) == ["sandbox", "payments", "p2p"]
    assert set(with_needs([])) == set(PARTS)
    with pytest.raises(UnknownService, match="there is no service lending: choose from gateway"):
        with_needs(["lending"])


def test_callers_stop_before_those_they_call() -> None:
    assert stopping_waves(["p2p", "payments", "sandbox", "gateway", "info_broker"]) == [
        ["gateway"],
        ["p2p", "info_broker"],
        ["payments"],
        ["sandbox"],
    ]


def test_one_service_runs_alone_and_a_second_start_is_quick(start: StartSuite) -> None:
    suite = start("info_broker")
    suite.wait_until_running()
    # Of the processor, not of the clock: how long a machine takes that has other things to do is no property of ours.
    assert running.processor_seconds({suite.process.pid, *running.family(suite.process.pid)}) < SECOND_START_SECONDS
    assert httpx.get(f"{suite.url('info_broker')}/readyz").json() == {"status": "ready"}
    assert list(suite.told["services"]) == ["info_broker"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{suite.url('sandbox')}/readyz")


def test_two_suites_run_side_by_side(start: StartSuite) -> None:
    first, second = start("info_broker"), start("sandbox")
    for suite, service in ((first, "info_broker"), (second, "sandbox")):
        suite.wait_until_running()
        assert httpx.get(f"{suite.url(service)}/readyz").status_code == 200
    assert first.end(signal.SIGTERM) == 0
    assert httpx.get(f"{second.url('sandbox')}/readyz").status_code == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(start: StartSuite, how: signal.Signals) -> None:
    suite = start("info_broker")
    suite.wait_until_running()
    family = running.family(suite.process.pid)
    assert suite.pid("info_broker") in family
    if how == signal.SIGINT:  # as a terminal sends it: to the whole group
        os.killpg(suite.process.pid, how)
    suite.end(how)
    assert suite.process.returncode == (-9 if how == signal.SIGKILL else 0)
    assert running.gone(family) == set()
    assert (suite.folder / "suite.json").exists() == (how == signal.SIGKILL)


def test_a_stop_while_it_starts_leaves_nothing(start: StartSuite) -> None:
    suite = start("info_broker", "sandbox")
    suite.until(lambda: bool(suite.told.get("services", {}).get("sandbox", {}).get("pid")))
    family = running.family(suite.process.pid)
    assert suite.end(signal.SIGINT) == 0
    assert running.gone(family) == set()
    assert not (suite.folder / "suite.json").exists()


def test_in_the_background_until_it_is_told_to_stop(used_folder: Path) -> None:
    base = running.free_port_base()
    done = running.sifang("up", "sandbox", "--detach", "--data", str(used_folder), "--port-base", str(base))
    try:
        assert done.returncode == 0, done.stderr
        assert f"http://127.0.0.1:{base + PARTS['sandbox'].offset}" in done.stdout
        told = json.loads(running.sifang("status", "--json", "--data", str(used_folder)).stdout)
        assert told["services"]["sandbox"]["ready"] is True
        family = running.family(told["pid"]) | {told["pid"]}
    finally:
        stopped = running.sifang("down", "--data", str(used_folder))
    assert (stopped.returncode, stopped.stdout) == (0, "stopped\n")
    assert running.alive(family) == set()
    again = running.sifang("down", "--data", str(used_folder))
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
