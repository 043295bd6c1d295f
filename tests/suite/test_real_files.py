"""Whole real files into real services. They are no part of the project: without them beside it these tests are skipped."""

import asyncio
from pathlib import Path

import pytest

from clients.transport import Transport
from suite.folder import ROOT
from suite.reading.kinds import kind_named, parcels_of
from suite.reading.sending import Tally, send
from tests.conftest import Serve
from tests.serving import Served

DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"no real data beside the project ({DATA.name} is absent)")


async def read_in(served: Served, kind: str, path: Path) -> list[Tally]:
    async with Transport(served.url, lambda _: served.token()) as transport:
        parcels = await asyncio.to_thread(parcels_of, kind_named(kind), path)
        return [await send(transport, parcel, lambda _: None) for parcel in parcels]


async def test_a_marketplace_whole_and_again(serve: Serve) -> None:
    credit = await serve("ecommerce_credit")
    first = await read_in(credit, "marketplace", DATA / "merchants_olist")
    assert [tally.accepted for tally in first] == [1_610, 8_135, 5_460, 8_135, 8_365, 8_924, 8_225]
    assert not any(tally.refused for tally in first)
    again = await read_in(credit, "marketplace", DATA / "merchants_olist")
    assert [tally.unchanged for tally in again] == [tally.rows for tally in first]


async def test_loans_whole(serve: Serve) -> None:
    (tally,) = await read_in(await serve("p2p"), "loans", DATA / "loans_lendingclub")
    assert (tally.accepted, tally.refused) == (7_000, [])


async def test_running_loans_whole(serve: Serve) -> None:
    p2p = await serve("p2p")
    (tally,) = await read_in(p2p, "running_loans", DATA / "loans_lendingclub")
    assert (tally.accepted, tally.refused) == (7_000, [])
    report = (await p2p.client().get("/v1/running-loans/report")).json()
    assert report["by_instalments"] >= 6_050
    assert report["largest_difference_minor"] <= 5
    assert report["odd_days_usual"] >= 0.98 * report["odd_days_known"]
    assert report["by_instalments"] + report["with_extra"] + report["settled"] + report["written_off"] == 7_000


async def test_funds_whole_with_their_net_values(serve: Serve) -> None:
    funds, net_values = await read_in(await serve("info_broker"), "funds", DATA / "funds_eastmoney")
    assert (funds.accepted, funds.refused) == (11_007, [])
    assert (net_values.accepted, net_values.refused) == (1_793, [])
