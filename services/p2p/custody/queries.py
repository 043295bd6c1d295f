"""The SQL of custody accounts, authorisations and payments."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.custody.model import (
    Authorisation,
    AuthorisationState,
    CustodyAccount,
    CustodyKind,
    Payment,
    PaymentKind,
    PaymentState,
    Scope,
)
from services.p2p.custody.tables import custody_accounts, custody_authorisations, custody_payments
from services.p2p.loans.tables import loans
from services.p2p.programmes.tables import programmes

_LIVE = [state.value for state in (AuthorisationState.ASKED, AuthorisationState.CODE_SENT, AuthorisationState.STANDING)]


async def bank_of(connection: AsyncConnection, code: str, version: int) -> str | None:
    """Who keeps the money of a version of a programme; None where the payment reserve does."""
    wanted = select(programmes.c.terms["custody"].astext)
    return (
        await connection.execute(wanted.where(programmes.c.code == code, programmes.c.version == version))
    ).scalar_one_or_none()


async def bank_of_loan(connection: AsyncConnection, loan_id: UUID) -> str | None:
    """The custody bank that keeps a loan's money, by the version of the programme that it was made under."""
    same = (programmes.c.code == loans.c.programme_code) & (programmes.c.version == loans.c.programme_version)
    wanted = select(programmes.c.terms["custody"].astext).join(loans, same).where(loans.c.id == loan_id)
    found: str | None = (await connection.execute(wanted)).scalar_one()
    return found


async def add_account(connection: AsyncConnection, account: CustodyAccount) -> CustodyAccount:
    """The first that is recorded of a holder at a bank stays."""
    statement = insert(custody_accounts).values(asdict(account)).on_conflict_do_nothing()
    await connection.execute(statement)
    found = await account_of(connection, account.bank, account.holder, account.currency)
    assert found is not None
    return found


async def account_of(connection: AsyncConnection, bank: str, holder: str, currency: str) -> CustodyAccount | None:
    own = custody_accounts.c
    wanted = select(custody_accounts).where(own.bank == bank, own.holder == holder, own.currency == currency)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _account(row)


async def account(connection: AsyncConnection, account_id: UUID) -> CustodyAccount | None:
    row = (await connection.execute(select(custody_accounts).where(custody_accounts.c.id == account_id))).one_or_none()
    return None if row is None else _account(row)


async def by_ledger(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, CustodyAccount]:
    """By the ledger's account."""
    wanted = select(custody_accounts).where(custody_accounts.c.account_id.in_(ids))
    return {row.account_id: _account(row) for row in await connection.execute(wanted)}


async def accounts_by(
    connection: AsyncConnection, *, holder: str | None, after: UUID | None, limit: int
) -> list[CustodyAccount]:
    """Of customers, newest first."""
    wanted = select(custody_accounts).where(custody_accounts.c.kind == CustodyKind.CUSTOMER.value)
    if holder is not None:
        wanted = wanted.where(custody_accounts.c.holder == holder)
    if after is not None:
        wanted = wanted.where(custody_accounts.c.id < after)
    found = await connection.execute(wanted.order_by(custody_accounts.c.id.desc()).limit(limit + 1))
    return [_account(row) for row in found]


async def accounts_at(connection: AsyncConnection, bank: str, currency: str, ended: datetime) -> list[CustodyAccount]:
    """All that were open by an instant."""
    own = custody_accounts.c
    wanted = select(custody_accounts).where(own.bank == bank, own.currency == currency, own.opened_at < ended)
    return [_account(row) for row in await connection.execute(wanted.order_by(own.id))]


async def banks(connection: AsyncConnection) -> list[tuple[str, str, datetime]]:
    """Banks and currencies in which anything is kept, and since when."""
    own = custody_accounts.c
    wanted = select(own.bank, own.currency, func.min(own.opened_at)).group_by(own.bank, own.currency)
    return [(row[0], row[1], row[2]) for row in await connection.execute(wanted.order_by(own.bank, own.currency))]


async def add_authorisation(connection: AsyncConnection, authorisation: Authorisation) -> None:
    await connection.execute(insert(custody_authorisations).values(asdict(authorisation)))


async def authorisation(
    connection: AsyncConnection, authorisation_id: UUID, *, lock: bool = False
) -> Authorisation | None:
    wanted = select(custody_authorisations).where(custody_authorisations.c.id == authorisation_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _authorisation(row)


async def save_authorisation(connection: AsyncConnection, moved: Authorisation) -> None:
    values = {"state": moved.state, "reason": moved.reason, "changed_at": moved.changed_at, "due_at": moved.due_at}
    own = custody_authorisations.c
    await connection.execute(update(custody_authorisations).where(own.id == moved.id).values(values))


async def count_live(connection: AsyncConnection, custody_account_id: UUID, scope: Scope) -> int:
    own = custody_authorisations.c
    wanted = select(func.count()).where(
        own.custody_account_id == custody_account_id, own.scope == scope.value, own.state.in_(_LIVE)
    )
    return (await connection.execute(wanted)).scalar_one()


async def authorisations_by(
    connection: AsyncConnection, *, holder: str | None, after: UUID | None, limit: int
) -> list[Authorisation]:
    """Newest first."""
    wanted = select(custody_authorisations)
    if holder is not None:
        wanted = wanted.where(custody_authorisations.c.holder == holder)
    if after is not None:
        wanted = wanted.where(custody_authorisations.c.id < after)
    found = await connection.execute(wanted.order_by(custody_authorisations.c.id.desc()).limit(limit + 1))
    return [_authorisation(row) for row in found]


async def standing(
    connection: AsyncConnection, bank: str, wanted: Iterable[tuple[str, Scope]], today: date
) -> dict[tuple[str, Scope], Authorisation]:
    """By holder and scope, the newest that stands."""
    own = custody_authorisations.c
    asked = [(holder, scope.value) for holder, scope in wanted]
    if not asked:
        return {}
    statement = (
        select(custody_authorisations)
        .ext(distinct_on(own.holder, own.scope))
        .where(
            own.bank == bank,
            own.state == AuthorisationState.STANDING.value,
            own.until_on >= today,
            tuple_(own.holder, own.scope).in_(asked),
        )
        .order_by(own.holder, own.scope, own.requested_at.desc(), own.id.desc())
    )
    return {(row.holder, Scope(row.scope)): _authorisation(row) for row in await connection.execute(statement)}


async def due_authorisations(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    own = custody_authorisations.c
    return list(
        (await connection.execute(select(own.id).where(own.due_at <= now).order_by(own.due_at, own.id).limit(limit)))
        .scalars()
    )  # fmt: skip


async def add_payment(connection: AsyncConnection, payment: Payment) -> None:
    await connection.execute(insert(custody_payments).values(asdict(payment)))


async def payment(connection: AsyncConnection, payment_id: UUID, *, lock: bool = False) -> Payment | None:
    wanted = select(custody_payments).where(custody_payments.c.id == payment_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _payment(row)


async def save_payment(connection: AsyncConnection, moved: Payment) -> None:
    values = {"state": moved.state, "reason": moved.reason, "changed_at": moved.changed_at}
    await connection.execute(update(custody_payments).where(custody_payments.c.id == moved.id).values(values))


async def payments_by(
    connection: AsyncConnection, *, holder: str | None, after: UUID | None, limit: int
) -> list[Payment]:
    """Newest first."""
    wanted = select(custody_payments)
    if holder is not None:
        wanted = wanted.where(custody_payments.c.holder == holder)
    if after is not None:
        wanted = wanted.where(custody_payments.c.id < after)
    found = await connection.execute(wanted.order_by(custody_payments.c.id.desc()).limit(limit + 1))
    return [_payment(row) for row in found]


async def leaving(connection: AsyncConnection, bank: str, currency: str, ended: datetime) -> list[tuple[Payment, UUID]]:
    """Withdrawals that the ledger may have held when a day ended, each with the ledger's account."""
    own = custody_payments.c
    wanted = (
        select(custody_payments, custody_accounts.c.account_id)
        .join(custody_accounts, custody_accounts.c.id == own.custody_account_id)
        .where(
            own.bank == bank,
            own.currency == currency,
            own.kind == PaymentKind.WITHDRAWAL.value,
            own.requested_at < ended,
            or_(own.state == PaymentState.PENDING.value, own.changed_at >= ended),
        )
        .order_by(own.id)
    )
    return [(_payment(row), row.account_id) for row in await connection.execute(wanted)]


def _account(row: Any) -> CustodyAccount:
    return CustodyAccount(**dict(row._mapping) | {"kind": CustodyKind(row.kind)})


def _authorisation(row: Any) -> Authorisation:
    kinds = {"scope": Scope(row.scope), "state": AuthorisationState(row.state)}
    return Authorisation(**dict(row._mapping) | kinds)


def _payment(row: Any) -> Payment:
    fields = {name: getattr(row, name) for name in Payment.__slots__}
    return Payment(**fields | {"kind": PaymentKind(row.kind), "state": PaymentState(row.state)})
