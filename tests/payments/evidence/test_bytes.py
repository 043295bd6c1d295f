"""The database and the auditor's verifier write the same bytes, whatever a transfer says."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.ids import encode
from clients.payments import evidence
from services.payments.ledger.canonical_queries import CONTENT_LEAF, SOURCE, TRANSFER_LEAF
from services.payments.ledger.model import TransferKind
from services.payments.ledger.schemas import KIND_NAMES, flag_names
from services.payments.ledger.tables import SUMS, ledger_transfers
from tests.conftest import DatabaseUrls

NOT_HASHED = {"batch_id": "the link names the batch, over whose transfers the root is"}
INTEGERS = st.integers(0, 2**53 - 1)
TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)), max_size=40)
MAPS = st.dictionaries(
    st.from_regex(re.compile(r"[a-z][a-z0-9_.]{0,9}", re.ASCII), fullmatch=True), TEXTS, min_size=1, max_size=16
)
IDS = st.uuids()
INSTANTS = st.datetimes(datetime(1800, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def rows() -> st.SearchStrategy[dict[str, Any]]:
    kinds = st.sampled_from([kind.value for kind in TransferKind])
    sums = {f"{side}_{name}": INTEGERS for side in ("debited", "credited") for name in SUMS}
    return st.fixed_dictionaries(
        {
            "book_id": st.integers(1, 32767), "kind": kinds, "number": st.integers(0, 8189), "id": IDS, "debit_account_id": IDS,
            "credit_account_id": IDS, "batch_id": IDS, "amount": st.integers(1, 2**53 - 1), "posted_at": INSTANTS,
            "value_on": st.dates(date(1800, 1, 1), date(2999, 12, 31)), "currency": TEXTS, "code": TEXTS, "reference": TEXTS,
            "pending_id": IDS, "expires_at": st.none() | INSTANTS, "timeout_seconds": st.none() | st.integers(1, 10**6),
            "flags": st.integers(0, 63), "metadata": st.none() | MAPS,
            "reverses_id": st.none() | IDS, **sums,
        }
    ).map(lambda row: row | ({} if row["kind"] >= 2 else {"pending_id": None}))  # fmt: skip


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """As it goes out over the wire."""
    document: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, UUID):
            document[name] = encode("trf", value)
        elif isinstance(value, date):
            document[name] = value.isoformat()
        else:
            document[name] = value
    return document | {"kind": KIND_NAMES[TransferKind(row["kind"])], "flags": flag_names(row["flags"])}


@pytest.fixture
async def connection(database_urls: DatabaseUrls) -> AsyncIterator["asyncpg.Connection[Any]"]:
    _, owner_url = await database_urls("payments")
    opened = await asyncpg.connect(owner_url)
    yield opened
    await opened.close()


async def _hashed(connection: "asyncpg.Connection[Any]", row: dict[str, Any]) -> tuple[bytes, bytes]:
    """By the database, of a row that is not kept."""
    columns = {name: value for name, value in row.items() if name != "reverses_id"}
    columns["metadata"] = json.dumps(row["metadata"]) if row["metadata"] else None
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    changes = connection.transaction()
    await changes.start()
    try:
        await connection.execute(
            f"INSERT INTO ledger_transfers ({', '.join(columns)}) VALUES ({places})",  # noqa: S608
            *columns.values(),
        )
        if row["reverses_id"] is not None:
            await connection.execute(
                "INSERT INTO ledger_reversals VALUES ($1, $2, $3, 1, 1, 0)",
                row["book_id"],
                row["id"],
                row["reverses_id"],
            )
        found = await connection.fetchrow(f"SELECT {TRANSFER_LEAF}, {CONTENT_LEAF} FROM {SOURCE}")  # noqa: S608
        assert found is not None
        return found[0], found[1]
    finally:
        await changes.rollback()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=rows())
async def test_both_hash_the_same(connection: "asyncpg.Connection[Any]", row: dict[str, Any]) -> None:
    if row["debit_account_id"] == row["credit_account_id"]:
        return
    leaf, content = await _hashed(connection, row)
    assert evidence.leaf(shown(row)) == leaf
    assert evidence.content_root([shown(row)]) == content


def test_every_column_counts_or_says_why_not() -> None:
    """A column that is added to transfers is added to the bytes, too."""
    hashed = evidence.TRANSFER_FIELDS.keys() | evidence.METADATA_FIELD.keys()
    assert {column.name for column in ledger_transfers.c} - NOT_HASHED.keys() == hashed - {"reverses_id"}
