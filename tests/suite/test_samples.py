"""The samples are small, made by their makers to the byte, and taken whole."""

import asyncio
from pathlib import Path

import pytest

from clients.transport import Transport
from suite.reading.kinds import kind_named, parcels_of
from suite.reading.sending import send
from suite.samples import make
from tests.conftest import Serve

LARGEST_BYTES = 1_000_000
MADE = (".csv", ".js")


def made_files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.suffix in MADE}


def test_they_are_what_their_makers_make(tmp_path: Path) -> None:
    make.write(tmp_path)
    assert made_files(tmp_path) == made_files(make.HERE)


def test_they_are_small() -> None:
    assert (
        sum(file.stat().st_size for file in make.HERE.rglob("*") if file.is_file() and file.suffix != ".pyc")
        < LARGEST_BYTES
    )


@pytest.mark.parametrize(
    ("service", "kinds"),
    [
        ("info_broker", ("institutions", "products", "funds")),
        ("p2p", ("loans",)),
        ("ecommerce_credit", ("marketplace",)),
    ],
)
async def test_every_row_is_taken_and_the_second_time_unchanged(
    serve: Serve, service: str, kinds: tuple[str, ...]
) -> None:
    served = await serve(service)
    async with Transport(served.url, lambda _: served.token()) as transport:
        for kind in kinds:
            place = make.HERE / "marketplace" if kind == "marketplace" else make.HERE
            for parcel in await asyncio.to_thread(parcels_of, kind_named(kind), place):
                first = await send(transport, parcel, lambda _: None)
                assert (first.accepted, first.refused) == (len(parcel.sheet.rows), []), parcel.sheet.file
                second = await send(transport, parcel, lambda _: None)
                assert second.unchanged == len(parcel.sheet.rows)
