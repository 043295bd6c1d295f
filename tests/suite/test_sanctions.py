"""`sifang import sanctions`: the files of a folder are sent as one archive, and what was refused is told."""

from pathlib import Path

import pytest

from clients.transport import Transport
from suite import sanctions
from suite.reading.sheets import ReadFault
from tests.conftest import Serve
from tests.payments.screening.published import FILES


async def test_a_folder_becomes_a_version_once(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(ReadFault, match=r"sdn\.csv"):
        sanctions.packed(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    served = await serve("payments")
    token = served.client().headers["authorization"].removeprefix("Bearer ")
    async with Transport(str(served.client().base_url), lambda _: token) as transport:
        first, again = [await sanctions.take(transport, tmp_path) for _ in range(2)]
    assert first == again
    assert first.line() == "ofac version 1: 3 entries with 7 names, 3 added, 0 removed, 1 rows refused"
    assert first.refused == ("alt.csv:2: unknown_entry, no entry of this number is on the list",)
