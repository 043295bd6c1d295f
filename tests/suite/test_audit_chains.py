"""Chains of evidence are gone through to their ends, and what was not looked at is never called good."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.payments.evidence import rules
from services.payments.verification import routes
from suite import verification
from suite.audit import chains
from suite.audit.gathering import AuditFault, Auditor
from suite.folder import Folder, RunningProcess, RunningService, RunningSuite
from tests.conftest import DatabaseUrls, Serve
from tests.payments.evidence.chain import Chain
from tests.payments.ledger.book import Book

LINKS = 12


@pytest.fixture(autouse=True)
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a dozen links are a long chain: the service's own audit ends after three, a step has two."""
    monkeypatch.setattr(routes, "CHAINED_TRANSFERS", 3)
    monkeypatch.setattr(rules, "LARGEST_SLICE", 2)
    monkeypatch.setattr(chains, "SAY_EVERY_SECONDS", 0.0)


@pytest.fixture
async def chain(serve: Serve) -> Chain:
    chain = Chain(await Book.open(await serve("payments")))
    anna = await chain.book.funded(LINKS)
    for _ in range(LINKS - 1):
        await chain.book.moved(chain.book.source, anna, 1)
    assert (await chain.linked())["number"] == LINKS
    return chain


@pytest.fixture
async def owner(database_urls: DatabaseUrls) -> AsyncIterator["asyncpg.Connection[Any]"]:
    _, url = await database_urls("payments")
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


def _auditor(chain: Chain, said: list[str], tokens: Iterator[str] | None = None) -> Auditor:
    token = chain.book.served.token()
    return Auditor({"payments": chain.book.served.url}, lambda _: next(tokens, "") if tokens else token, said.append)


async def test_the_service_says_up_to_where_it_looked(chain: Chain) -> None:
    report = await chain.book.get("/v1/verification")
    assert (report["holds"], report["complete"]) == (False, False)
    assert report["chains"] == [{"book_id": 1, "links": 4, "transfers": 4, "until": 4, "complete": False}]
    assert [check for check in report["checks"] if check["failed"]] == []


async def test_the_auditor_goes_on_to_the_end(chain: Chain) -> None:
    said: list[str] = []
    auditor = _auditor(chain, said)
    report = await auditor.audit()
    await auditor.close()
    (check,) = (one for one in report.checks if one.name == "evidence chains")
    assert (report.holds, check.examined, check.failed) == (True, LINKS, 0)
    assert [(one.book_id, one.until, one.head, one.transfers, one.complete) for one in report.chains] == [
        (1, LINKS, LINKS, LINKS, True)
    ]
    assert said[0] == "book 1 was gone through up to link 6 of 12, 6 transfers"
    assert len(said) == 4


@pytest.mark.parametrize("number", [2, 8, LINKS])
async def test_a_transfer_changed_anywhere_is_found(
    chain: Chain, owner: "asyncpg.Connection[Any]", number: int
) -> None:
    changed = "UPDATE ledger_transfers SET reference = 'x' WHERE batch_id = (SELECT batch_id FROM evidence_links WHERE number = $1)"
    await owner.execute(changed, number)
    auditor = _auditor(chain, [])
    report = await auditor.audit()
    await auditor.close()
    (check,) = (one for one in report.checks if one.name == "evidence chains")
    assert check.offending == (f"book 1 link {number} transfers_differ",)
    assert not report.holds
    assert report.chains[0].until == number - 1


async def test_a_service_that_stops_answering_is_no_proof(chain: Chain) -> None:
    token = chain.book.served.token()
    auditor = _auditor(chain, [], iter([token] * 4))
    with pytest.raises(AuditFault, match=r"payments cannot be audited: .*; book 1 was gone through up to link 8 of 12"):
        await auditor.audit()
    await auditor.close()


async def test_an_interrupted_verify_says_so(chain: Chain, keys: Path, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.keys.symlink_to(keys)
    url = chain.book.served.url
    suite = RunningSuite(1, "running", 0, {"payments": RunningService(url, [RunningProcess(url, 1, True)])})
    audit: asyncio.Task[Any]

    def interrupt(said: str) -> None:
        if "link 8" in said:
            audit.cancel()

    audit = asyncio.create_task(verification._audit(folder, suite, interrupt))
    with pytest.raises(
        AuditFault, match=r"^interrupted, so nothing is proved .*; book 1 was gone through up to link 8 of 12$"
    ):
        await audit
