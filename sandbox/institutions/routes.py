"""`/institutions`: the supervisor's public register of licences."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request

from chassis.clock import business_day
from chassis.errors import NotFound
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from chassis.wire import Answer

router = APIRouter(prefix="/institutions/v1", tags=["institutions"])


class UnknownInstitution(NotFound):
    code = "unknown_institution"


class Institution(Answer):
    """valid_until_on: last day of the licence, None while it is open-ended. valid: on the day asked about."""

    code: str
    name: str
    kind: str
    licence_kind: str
    licence_number: str
    valid_from_on: date
    valid_until_on: date | None
    source: str
    valid: bool


class Register(Answer):
    items: list[Institution]
    next: str | None = None


@router.get("/institutions")
async def list_institutions(
    request: Request,
    caller: Annotated[Caller, requires("sandbox:read")],
    kind: Annotated[str | None, Query(max_length=40)] = None,
    on: date | None = None,
) -> Register:
    """Everyone with a licence, valid or lapsed, as seen on a day (default: today)."""
    day = on or await _today(request)
    return Register(items=[row for row in _seen_on(day) if kind is None or row.kind == kind])


@router.get("/institutions/{code}")
async def read_institution(
    request: Request, code: str, caller: Annotated[Caller, requires("sandbox:read")], on: date | None = None
) -> Institution:
    day = on or await _today(request)
    for row in _seen_on(day):
        if row.code == code:
            return row
    raise UnknownInstitution(f"the register has no {code}", field="code")


async def _today(request: Request) -> date:
    runtime = runtime_of(request)
    return business_day(await runtime.database.now(), runtime.settings.zone)


def _seen_on(day: date) -> list[Institution]:
    return [Institution(valid=_valid(row, day), **row) for row in _rows()]


def _valid(row: dict[str, str | None], day: date) -> bool:
    until = row["valid_until_on"]
    return str(row["valid_from_on"]) <= day.isoformat() and (until is None or day.isoformat() <= until)


@cache
def _rows() -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = json.loads(
        Path(__file__).with_name("institutions.json").read_text(encoding="utf-8")
    )
    return rows
