"""What dies is started again, and somebody is told."""

import os
import re
import signal

import httpx

from tests.suite import running
from tests.suite.conftest import StartSuite
from tests.suite.running import Started


def _kill(suite: Started, service: str) -> None:
    """And wait until its successor is ready."""
    before = suite.pid(service)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    suite.until(lambda: suite.pid(service) not in (before, None) and suite.told["services"][service]["ready"])


def test_a_killed_service_is_started_again_after_a_longer_pause_each_time(start: StartSuite) -> None:
    suite = start("info_broker")
    suite.wait_until_running()
    for _ in range(2):
        _kill(suite, "info_broker")
    assert httpx.get(f"{suite.url('info_broker')}/readyz").status_code == 200
    assert suite.told["services"]["info_broker"]["restarts"] == 2
    pauses = re.findall(r"info_broker ended \(killed by SIGKILL\): started again in ([\d.]+) s", suite.output)
    assert pauses == ["0.5", "1.0"]
    assert suite.output.count("info_broker is ready again") == 2


def test_a_killed_server_comes_back_on_its_port(start: StartSuite) -> None:
    suite = start("info_broker")
    suite.wait_until_running()
    mark = next(suite.folder.glob("postgres/**/postmaster.pid"))
    before = mark.read_text().split("\n")
    os.kill(int(before[0]), signal.SIGKILL)
    suite.until(lambda: "PostgreSQL ended: started again" in suite.output)
    suite.until(lambda: _answers(suite))
    assert mark.read_text().split("\n")[3] == before[3]


def _answers(suite: Started) -> bool:
    try:
        return httpx.get(f"{suite.url('info_broker')}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def test_the_process_that_starts_services_is_replaced_too(start: StartSuite) -> None:
    suite = start("info_broker")
    suite.wait_until_running()
    before = suite.pid("info_broker")
    assert before is not None
    os.kill(running.parent_of(before), signal.SIGKILL)
    suite.until(lambda: suite.pid("info_broker") not in (before, None) and _answers(suite))
    assert "the process that starts services ended: all of them are started again" in suite.output
