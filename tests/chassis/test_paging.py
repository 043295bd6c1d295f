"""Lists by keyset: complete, in order, and only by cursors that this list gave out."""

import base64
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.paging import MalformedCursor, read_cursor, write_cursor
from tests.chassis.conftest import ServeProbe
from tests.chassis.probe import insert
from tests.serving import Served

SECRET = b"secret"
KEYS = st.lists(
    st.one_of(
        st.integers(-(2**62), 2**62),
        st.text(max_size=20),
        st.none(),
        st.booleans(),
        st.uuids(),
        st.dates(),
        st.datetimes(timezones=st.just(UTC)),
    ),
    min_size=1,
    max_size=4,
).map(tuple)


@given(KEYS)
def test_a_cursor_holds_its_key(key: tuple[Any, ...]) -> None:
    assert read_cursor(write_cursor(key, "/v1/things", SECRET), "/v1/things", SECRET) == key


@given(KEYS, st.integers(0, 10_000), st.integers(0, 63))
def test_a_changed_cursor_is_refused_or_the_same(key: tuple[Any, ...], place: int, letter: int) -> None:
    text = write_cursor(key, "/v1/things", SECRET)
    place %= len(text)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = text[:place] + letters[letter] + text[place + 1 :]
    try:
        assert read_cursor(changed, "/v1/things", SECRET) == key
    except MalformedCursor:
        return
    # Only bits that base64 leaves over may differ.
    pad = "=" * (-len(text) % 4)
    assert base64.urlsafe_b64decode(changed + pad) == base64.urlsafe_b64decode(text + pad)


@pytest.mark.parametrize("text", ["", "x", "=", "....", "\u00e9", "A" * 400, "null", "WzFd"])
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(MalformedCursor):
        read_cursor(text, "/v1/things", SECRET)


def test_a_cursor_is_of_one_list_and_one_service() -> None:
    text = write_cursor((1, UUID(int=2), date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)), "/v1/things", SECRET)
    for path, secret in [("/v1/others", SECRET), ("/v1/things", b"another")]:
        with pytest.raises(MalformedCursor):
            read_cursor(text, path, secret)


@pytest.fixture
async def served(serve_probe: ServeProbe) -> Served:
    served = await serve_probe()
    async with served.runtime.transaction() as tx:
        for number in range(203):
            await insert(tx, f"thing {number}")
    return served


async def _pages(client: httpx.AsyncClient, limit: int | None) -> list[list[str]]:
    pages, after = [], None
    while True:
        asked = {"limit": limit, "after": after}
        answer = await client.get(
            "/v1/things", params={name: value for name, value in asked.items() if value is not None}
        )
        page = answer.json()
        pages.append([item["id"] for item in page["items"]])
        after = page["next"]
        if after is None:
            return pages


async def test_pages_are_complete_and_in_order(served: Served) -> None:
    client = served.client()
    for limit, sizes in [(None, [50, 50, 50, 50, 3]), (200, [200, 3]), (29, [29] * 7)]:
        pages = await _pages(client, limit)
        assert [len(page) for page in pages] == sizes
        ids = [id for page in pages for id in page]
        assert ids == sorted(set(ids))


async def test_cursors_and_limits_over_http(served: Served) -> None:
    client = served.client()
    cursor = (await client.get("/v1/things", params={"limit": 1})).json()["next"]
    expected: list[tuple[str, dict[str, Any], tuple[int, str | None, str | None]]] = [
        ("/v1/things", {"after": cursor}, (200, None, None)),
        ("/v1/others", {"after": cursor}, (400, "malformed_cursor", "after")),
        ("/v1/things", {"after": cursor[:-4]}, (400, "malformed_cursor", "after")),
        ("/v1/things", {"after": cursor.swapcase()}, (400, "malformed_cursor", "after")),
        ("/v1/things", {"after": ""}, (400, "malformed_cursor", "after")),
        ("/v1/things", {"after": "A" * 1001}, (422, "invalid_value", "after")),
        ("/v1/things", {"limit": 1}, (200, None, None)),
        ("/v1/things", {"limit": 200}, (200, None, None)),
        ("/v1/things", {"limit": 0}, (422, "invalid_value", "limit")),
        ("/v1/things", {"limit": 201}, (422, "invalid_value", "limit")),
        ("/v1/things", {"limit": "many"}, (422, "invalid_value", "limit")),
    ]
    for path, params, wanted in expected:
        answer = await client.get(path, params=params)
        assert (answer.status_code, answer.json().get("code"), answer.json().get("field")) == wanted, params
