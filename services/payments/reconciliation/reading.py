"""A statement file read and looked over before anything of it is written."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from services.payments.reconciliation import camt, delimited, mt940
from services.payments.reconciliation.errors import (
    AnotherAccount,
    AnotherCurrency,
    DuplicateEntry,
    FileEmpty,
    StatementUnbalanced,
)
from services.payments.reconciliation.model import Form, Mapping, ReadStatement, ReconciledAccount
from services.payments.reconciliation.rules import difference, identified, match_key


def read(
    content: bytes,
    form: Form,
    account: ReconciledAccount,
    zone: ZoneInfo,
    *,
    mapping: Mapping | None = None,
    business_on: date | None = None,
    strict: bool = True,
) -> list[ReadStatement]:
    """mapping, business_on: of a table. strict: refuse what does not add up or shows a booking twice. Raises UnreadableFile's."""
    if not content.strip():
        raise FileEmpty("nothing in it")
    if form is Form.CAMT:
        found = camt.read(content, zone)
    elif form is Form.MT940:
        found = mt940.read(content)
    else:
        assert mapping is not None, "a table is read by a mapping"
        found = [delimited.read(content, mapping, account.currency, business_on)]
    _require_of(found, account)
    if strict:
        for statement in found:
            _require_sound(statement)
    return found


def _require_of(found: Sequence[ReadStatement], account: ReconciledAccount) -> None:
    for statement in found:
        number = statement.account_number
        if number is not None and match_key(number) != match_key(account.number):
            raise AnotherAccount(f"a statement of {number[:40]}")
        if statement.currency is not None and statement.currency != account.currency:
            raise AnotherCurrency(f"a statement in {statement.currency[:10]}")


def _require_sound(statement: ReadStatement) -> None:
    for one in identified(statement.lines):
        if one.repeated:
            raise DuplicateEntry(f"{one.line.servicer_reference[:40]} is there twice", line=one.line.place)
    missing = difference(statement)
    if missing:
        raise StatementUnbalanced(f"opening and lines differ by {missing} from the closing balance")
