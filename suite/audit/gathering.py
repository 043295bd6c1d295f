"""Reading the books of a running suite, and comparing them.

Services go on working meanwhile, and their books cannot be read at one instant: what differs is looked at again, and only what differs
every time is told.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from clients.ecommerce_credit.client import EcommerceCreditClient
from clients.errors import ClientError, Refused
from clients.p2p.client import P2PClient
from clients.p2p.shapes import BooksFigures
from clients.payments.audit import PaymentsAudit
from clients.payments.shapes import ChainAnswer, MovementAnswer, ReserveAnswer
from clients.shape import Shape
from clients.transport import Call, Transport
from suite.audit import coins, credit, crowdfunding, debiting, entities, lending, plans, reserves
from suite.audit.chains import ChainWalk, Say
from suite.audit.model import Check, Report
from suite.audit.posted import Posted

AUDITED = ("payments", "p2p", "ecommerce_credit", "info_broker")
LOOKS = 4
PAUSE_SECONDS = 0.4
AUDIT_SECONDS = 60.0
Token = Callable[[str], str]
"""An operator's token for a service."""


class AuditFault(Exception):
    """Books that cannot be read; the message is one line."""


class _OwnCheck(Shape):
    name: str
    examined: int
    failed: int
    offending: list[str]


class Auditor:
    """addresses: of the services that run, by name; what one of them is needed for is left out where it does not run.

    say: told now and then how far a long chain of evidence has been gone through. walk: that, for whoever breaks off.
    """

    def __init__(self, addresses: Mapping[str, str], token: Token, say: Say = lambda _: None) -> None:
        def door(service: str) -> tuple[str, Callable[[str | None], str]]:
            return addresses[service], lambda _: token(service)

        self._doors = {name: Transport(*door(name)) for name in (*AUDITED, "sandbox") if name in addresses}
        self._payments = PaymentsAudit(*door("payments")) if "payments" in addresses else None
        self._p2p = P2PClient(*door("p2p")) if "p2p" in addresses else None
        self.walk = None if self._payments is None else ChainWalk(self._payments, say)
        self._chains: list[ChainAnswer] = []
        self._credit = EcommerceCreditClient(*door("ecommerce_credit")) if "ecommerce_credit" in addresses else None

    async def close(self) -> None:
        held: list[Any] = [*self._doors.values(), self._payments, self._p2p, self._credit]
        for one in held:
            if one is not None:
                await one.close()

    async def audit(self) -> Report:
        """What differs in each of several looks; then every chain of evidence to its end."""
        report = await self.look()
        for _ in range(LOOKS - 1):
            if report.holds:
                break
            await asyncio.sleep(PAUSE_SECONDS)
            report = still(report, await self.look())
        return await self._chained(report)

    async def _chained(self, report: Report) -> Report:
        """The report with chains gone through from where the service's own answer ended. One that broke before is told already."""
        if self.walk is None:
            return report
        try:
            found = await self.walk.go_on(self._chains)
        except ClientError as fault:
            raise AuditFault(f"payments cannot be audited: {fault}; {self.walk.how_far}") from None
        checks = tuple(found if one.name == found.name and one.where == found.where else one for one in report.checks)
        return replace(report, checks=checks, chains=tuple(self.walk.walked.values()))

    async def look(self) -> Report:
        """Own checks of every service, then comparisons over two of them."""
        looked = [Report(tuple(await self._own(name)), ()) for name in AUDITED if name in self._doors]
        if self._payments is not None and self._p2p is not None:
            looked.append(await self._lending(self._payments, self._p2p))
        if self._payments is not None and self._credit is not None:
            looked.append(await self._crediting(self._payments, self._credit))
        if self._payments is not None and "sandbox" in self._doors:
            looked.append(await self._reserves(self._payments, self._doors["sandbox"]))
            looked.append(await self._coins(self._payments, self._doors["sandbox"]))
        checks = tuple(one for report in looked for one in report.checks)
        return Report(checks, tuple(one for report in looked for one in report.under_way))

    async def _own(self, service: str) -> list[Check]:
        try:
            answer = await self._doors[service].call(Call("GET", "/v1/verification"), deadline_seconds=AUDIT_SECONDS)
        except ClientError as fault:
            raise AuditFault(f"{service} cannot be audited: {fault}") from None
        if service == "payments":
            self._chains = [ChainAnswer.model_validate(one) for one in answer["chains"]]
        found = [_OwnCheck.model_validate(one) for one in answer["checks"]]
        return [
            Check(service, one.name.replace("_", " "), one.examined, one.failed, tuple(one.offending)) for one in found
        ]

    async def _lending(self, payments: PaymentsAudit, p2p: P2PClient) -> Report:
        books = lending.LendingBooks(
            loans=await p2p.loan_figures(),
            listings=await p2p.listing_figures(),
            movements=(await p2p.verification()).movements,
            accounts={
                one.id: one
                for kind in ("listing_escrow", "custody_project")
                for one in await payments.accounts(owner="p2p", kind=kind)
            },
        )
        funding = crowdfunding.CrowdfundingBooks(
            projects=await p2p.project_figures(),
            movements=books.movements,
            accounts={one.id: one for one in await payments.accounts(owner="p2p", kind="project_escrow")},
        )
        kept = [one for kind in debiting.KINDS for one in await payments.accounts(owner="p2p", kind=kind)]
        debits = debiting.DebitBooks(
            advances=await p2p.advance_figures(),
            receipts=await p2p.receipts_figures(),
            distributions=await p2p.distribution_figures(),
            accounts={one.id: one for one in kept},
        )
        sums = await payments.sums(lending.CODES)
        resold = sorted({one.reference for one in sums if one.code == lending.RESOLD})
        passed = [one for loan in resold for one in await payments.transfers(lending.RESOLD, loan)]
        posted = Posted(sums, passed)
        found = [
            *lending.checks(books, posted),
            *crowdfunding.checks(funding, posted),
            *debiting.checks(debits, posted),
        ]
        found += plans.checks(await p2p.enrolment_figures(), books.movements, posted)
        found += await _entities(payments, await p2p.books_figures())
        return Report(tuple(found), tuple(lending.under_way(books, posted)))

    async def _crediting(self, payments: PaymentsAudit, service: EcommerceCreditClient) -> Report:
        books = credit.CreditBooks(
            drawings=await service.drawing_figures(),
            lines=await service.line_figures(),
            capital=await service.capital_figures(),
            movements=(await service.verification()).movements,
        )
        sums = await payments.sums(credit.CODES)
        return Report(tuple(credit.checks(books, sums)), tuple(credit.under_way(books, sums)))

    async def _reserves(self, payments: PaymentsAudit, sandbox: Transport) -> Report:
        ours, moving = await payments.reserves(), (await payments.verification()).movements
        banks = await _banks(sandbox, ours, moving)
        return Report(tuple(reserves.checks(ours, moving, banks)), tuple(reserves.under_way(moving)))

    async def _coins(self, payments: PaymentsAudit, sandbox: Transport) -> Report:
        """Our books before and after: what comes or goes meanwhile is no fault."""
        before = await payments.coins()
        wallet = await sandbox.call(Call("GET", "/chain/v1/wallets/payments"))
        chain = await sandbox.call(Call("GET", "/chain/v1/chain"))
        held = {one.unit: int(wallet["held"]) for one in before}
        ours = coins.least(before, await payments.coins())
        return Report(tuple(coins.checks(ours, held, chain["issued"], chain["height"])), ())


async def _entities(payments: PaymentsAudit, figures: BooksFigures) -> list[Check]:
    """The accounts as they were when the last day in the books had ended."""
    if figures.ended_at is None:
        return entities.checks(figures, {})
    then = figures.ended_at - timedelta(microseconds=1)
    accounts = [account_id for one in figures.items for account_id in one.account_ids]
    return entities.checks(figures, {one: await payments.balance_then(one, then) for one in accounts})


async def _banks(
    sandbox: Transport, ours: Sequence[ReserveAnswer], moving: Sequence[MovementAnswer]
) -> reserves.BankBooks:
    """The banks' own word: what is in our reserve, and which orders under way they have executed."""
    balances = {}
    for bank in sorted({one.bank for one in ours}):
        account = await sandbox.call(Call("GET", f"/bank/{bank}/v1/accounts/reserve"))
        balances[bank] = int(account["balance_minor"])
    booked = [one.reference for one in moving if await _executed(sandbox, one)]
    return reserves.BankBooks(balances, frozenset(booked))


async def _executed(sandbox: Transport, movement: MovementAnswer) -> bool:
    call = Call("GET", f"/bank/{movement.bank}/v1/{movement.kind}s", params={"reference": movement.reference})
    try:
        found = await sandbox.call(call)
    except Refused as refused:
        if refused.status == 404:
            return False
        raise
    return bool(found["state"] == "succeeded")


def still(before: Report, now: Report) -> Report:
    """The newer look, without what only one of the two saw."""
    earlier = {(one.where, one.name): one for one in before.checks}
    return replace(now, checks=tuple(_still(earlier.get((one.where, one.name)), one) for one in now.checks))


def _still(before: Check | None, now: Check) -> Check:
    if before is None or now.holds:
        return now
    both = tuple(one for one in now.offending if one in before.offending)
    # Where more fail than are shown, the rest may be the same ones: their number is kept.
    hidden = min(now.failed - len(now.offending), before.failed - len(before.offending))
    return replace(now, offending=both, failed=len(both) + hidden)
