"""Metadata on the wire: a flat map of words beside an account or a transfer, and the filters that ask for it.

It is for what its users sort and look for by: channels, campaigns, records of theirs. Never personal data: it is kept for ever and shown
to whoever may see the account or the transfer.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator, Field, WithJsonSchema

from chassis.wire import Answer, Request
from services.payments.ledger.errors import MalformedFilter
from services.payments.ledger.model import MOST_METADATA_ENTRIES

KEY_PATTERN = r"^[a-z][a-z0-9_.]{0,39}$"
VALUE_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]{0,128}$"
MOST_FILTERS = 4
# Python's `$` also matches before a last line feed; and no half of a surrogate pair can be stored.
_KEY = re.compile(KEY_PATTERN.removesuffix("$") + r"\Z")
_VALUE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{0,128}\Z")


def _fitting(given: Any) -> Any:
    """Judged as a whole, so that the fault names the field `metadata` and never a key that somebody made up."""
    if not isinstance(given, dict):
        return given
    if len(given) > MOST_METADATA_ENTRIES:
        raise ValueError(f"at most {MOST_METADATA_ENTRIES} entries are kept")
    for key, value in given.items():
        if not isinstance(key, str) or not _KEY.match(key):
            raise ValueError("a key is a small letter and up to 39 small letters, digits, `_` and `.`")
        if not isinstance(value, str) or not _VALUE.match(value):
            raise ValueError("a value is text of up to 128 characters, none of them a control character")
    return given


Metadata = Annotated[
    dict[str, str],
    BeforeValidator(_fitting),
    WithJsonSchema(
        {
            "type": "object",
            "description": "a flat map of words, never personal data",
            "maxProperties": MOST_METADATA_ENTRIES,
            "propertyNames": {"pattern": KEY_PATTERN},
            "additionalProperties": {"type": "string", "pattern": VALUE_PATTERN},
            "examples": [{"channel": "app", "campaign": "spring.2027"}],
        },
        mode="validation",
    ),
]
MetadataFilter = Annotated[
    list[str] | None,
    Query(
        max_length=MOST_FILTERS,
        description="`key:value`, repeated for several, all of which must match; what follows the first `:` is the value",
        examples=[["channel:app"]],
    ),
]


class AccountMetadataRequest(Request):
    """metadata: takes the place of all that is there; empty to have none."""

    metadata: Metadata


class AccountMetadataAnswer(Answer):
    """What an account's metadata was from `recorded_at` on, until the next version.

    recorded_by: who gave it: a party's, a person's or a service's id; `operator` where that is not the caller's to know.
    """

    metadata: dict[str, str]
    recorded_at: datetime
    recorded_by: Annotated[
        str,
        Field(
            description="who gave it: a party's, a person's or a service's id; `operator` where that is not the caller's to know"
        ),
    ]


def wanted_metadata(filters: Sequence[str] | None) -> dict[str, str] | None:
    """What the `metadata` parameters of a question ask for. Raises MalformedFilter."""
    wanted: dict[str, str] = {}
    for given in filters or ():
        key, colon, value = given.partition(":")
        if not colon or not _KEY.match(key) or not _VALUE.match(value):
            raise MalformedFilter("a filter is a key, a colon and a value", field="metadata")
        if wanted.setdefault(key, value) != value:
            raise MalformedFilter("nothing has two values of one key", field="metadata")
    return wanted or None
