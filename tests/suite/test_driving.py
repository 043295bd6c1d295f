"""One service is driven alone: a token without the gateway, a database of one's own, its log."""

import json
import signal
from pathlib import Path

import httpx

from chassis.provision import in_database
from tests.databases import scratch_server
from tests.suite import running
from tests.suite.conftest import StartSuite


def test_a_token_opens_a_service_without_the_gateway(start: StartSuite) -> None:
    suite = start("info_broker")
    suite.wait_until_running()
    address = f"{suite.url('info_broker')}/v1/products"
    assert httpx.get(address).status_code == 401
    made = running.sifang("token", "--as", "reader", "--data", str(suite.folder))
    answer = httpx.get(address, headers={"Authorization": f"Bearer {made.stdout.strip()}"})
    assert answer.status_code == 200, answer.text
    assert {"items", "next"} <= set(answer.json())


def test_a_token_that_cannot_be_made(start: StartSuite) -> None:
    suite = start("sandbox")
    suite.wait_until_running()
    for arguments, says in (
        (("--as", "emperor"), "there is no role emperor"),
        (("--as", "customer"), "which customer? give --subject cus_…"),
        (("--as", "reader", "--scope", "payments:transfer"), "reader has no scope payments:transfer"),
    ):
        done = running.sifang("token", *arguments, "--data", str(suite.folder))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: {says}")


def test_the_log_of_a_service_is_one_object_a_line(start: StartSuite) -> None:
    suite = start("sandbox")
    suite.wait_until_running()
    done = running.sifang("logs", "sandbox", "-n", "5", "--data", str(suite.folder))
    assert done.returncode == 0
    assert all("event" in json.loads(line) for line in done.stdout.splitlines())


def test_a_server_of_ones_own_replaces_the_embedded_one(start: StartSuite, place: Path) -> None:
    """With the administrator's address roles and database are made too; once they are there, the service's own is enough."""
    with scratch_server() as admin_url:
        at = in_database(admin_url.replace(admin_url.split("//")[1].split("@")[0], "{who}"), "sifang_of_ours")
        told = {
            "SIFANG_ADMIN_URL": admin_url,
            "SIFANG_INFO_BROKER_DATABASE_URL": at.format(who="info_broker:own-secret"),
            "SIFANG_INFO_BROKER_OWNER_URL": at.format(who="info_broker_owner:owner-secret"),
        }
        for known in (told, {name: url for name, url in told.items() if name.endswith("DATABASE_URL")}):
            suite = start("info_broker", folder=place / "new", told=known)
            suite.wait_until_running()
            assert httpx.get(f"{suite.url('info_broker')}/readyz").json() == {"status": "ready"}
            assert not (suite.folder / "postgres").exists()
            assert suite.end(signal.SIGTERM) == 0
