"""Steps that the journeys of lending share, through published routes: days pass by the clock, and what is due by then is done."""

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from suite.audit.gathering import Auditor
from tests.p2p.people import GOOD_FACTS, Door, Lent, Person, World, application

DAY = timedelta(days=1)
REFERRED = GOOD_FACTS | {"credit_inquiries_12m": 3, "debts_elsewhere_minor": 9_500_000, "bankruptcies": 1}
PAYSLIP = {"kind": "proof_of_income", "content": base64.b64encode(b"%PDF-1.7 a payslip").decode()}
TERMS = {"amount": 1_000_000, "currency": "CNY", "term_months": 12, "method": "equal_instalment"}


@dataclass
class House:
    """p2p and payments, and the world outside: the register of identities and the credit bureau answer."""

    world: World
    sandbox: Door

    @property
    def staff(self) -> Door:
        return self.world.operator

    def colleague(self, name: str) -> Door:
        return Door(self.world.p2p.client(name), name)

    async def verified(self) -> None:
        """All that `sifang verify` looks at, in both services' books and between them, holds."""
        served = {"payments": self.world.payments, "p2p": self.world.p2p}
        auditor = Auditor({name: one.url for name, one in served.items()}, lambda name: served[name].token())
        try:
            report = await auditor.audit()
        finally:
            await auditor.close()
        assert report.holds, [check for check in report.checks if not check.holds]
        assert any(check.name == "claims follow from transfers" and check.examined for check in report.checks)
        await self.world.audit()

    async def settled(self, made: dict[str, Any]) -> dict[str, Any]:
        """An application once the register and the bureau have answered."""
        return await self.world.until(self.staff, f"/v1/applications/{made['id']}", "approved", "in_review", "declined")

    async def approved(self, borrower: Person) -> dict[str, Any]:
        """By rule, after both were asked."""
        answer = await borrower.lending.post("/v1/applications", application())
        assert answer.status_code in (201, 202), answer.text
        made = await self.settled(answer.json())
        assert made["state"] == "approved", made
        return made

    async def approved_by_two(self, borrower: Person) -> dict[str, Any]:
        """Referred by the card, her papers seen, proposed by one and approved by another."""
        answer = await borrower.lending.post("/v1/applications", application(facts=REFERRED))
        made = await self.settled(answer.json())
        assert made["state"] == "in_review", made
        path = f"/v1/applications/{made['id']}"
        await borrower.lending.made(f"{path}/documents", PAYSLIP)
        decision = {"decision": "approve", "limit_minor": 5_010_000}
        first, second = self.colleague("stf_first"), self.colleague("stf_second")
        assert (await first.made(f"{path}/decision", decision, 200))["state"] == "proposed"
        assert await first.refused(f"{path}/decision", decision) == (409, "second_person_needed", None)
        return await second.made(f"{path}/decision", {"decision": "approve"}, 200)

    async def listed(self, borrower: Person, made: dict[str, Any], **terms: Any) -> dict[str, Any]:
        path = f"/v1/applications/{made['id']}/listing"
        answer = await borrower.lending.post(path, TERMS | terms)
        assert answer.status_code in (201, 202), answer.text
        return await self.world.until(borrower.lending, f"/v1/listings/{answer.json()['id']}", "open")

    async def lent(self, borrower: Person, listing: dict[str, Any], lenders: list[Person]) -> Lent:
        """Once it is full: everybody's contract is signed, the money is paid out."""
        listing = await self.world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
        loan = await borrower.lending.get(f"/v1/loans/{listing['loan_id']}")
        for party in (borrower, *lenders):
            contract = await party.lending.get(f"/v1/loans/{loan['id']}/contract")
            assert len(contract["sha256"]) == 64, contract
        return Lent(self.world, borrower, lenders, listing, loan)

    async def to_day(self, day: date, at: str = "T12:00:00+08:00") -> None:
        for http in (self.staff.http, self.world.ledger.http):
            answer = await http.put("/v1/clock", json={"business_at": f"{day}{at}"})
            assert answer.status_code == 200, answer.text

    async def due_day(self, lent: Lent, number: int) -> date:
        """It is the day on which that row of her loan is due, from 1."""
        day = date.fromisoformat((await lent.rows())[number - 1]["due_on"])
        await self.to_day(day)
        return day

    async def collected(self, lent: Lent, numbers: Sequence[int]) -> None:
        """What is due on these rows' days is taken from her wallet, where it lies."""
        for number in numbers:
            row = (await lent.rows())[number - 1]
            short = int(row["payment_minor"]) - (await lent.borrower.balance())[1]
            if short > 0:
                await self.world.give(lent.borrower, short)
            await self.due_day(lent, number)
            await self.world.run_periodic("p2p.debit_due")
            row = (await lent.rows())[number - 1]
            assert row["paid_at"] is not None, (number, row)

    async def spent(self, borrower: Person) -> None:
        """All that was in her wallet is gone."""
        wallet = await borrower.wallet()
        if wallet["balance"]:
            await self.world.move(wallet["account_id"], await self.world._money_source(), wallet["balance"])

    async def late(self, lent: Lent, days: int) -> None:
        """So many days after the oldest unpaid row was due."""
        row = next(row for row in await lent.rows() if row["paid_at"] is None)
        await self.to_day(date.fromisoformat(row["due_on"]) + days * DAY)

    async def loss(self, lent: Lent) -> dict[str, Any]:
        """What the programme's waterfall has paid by now."""
        await self.world.run_periodic("p2p.cover_losses")
        path = f"/v1/loans/{lent.loan['id']}/loss"
        for one in (await self.staff.get(path))["compensations"]:
            if one["state"] == "pending":
                await self.world.run_job("p2p.pay_compensation", one["id"])
        return dict(await self.staff.get(path))

    async def paid_off(self, lent: Lent) -> int:
        """All that she owes, late interest included; how much."""
        dues = await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}/dues")
        owed = int(dues["owed_minor"])
        await self.world.give(lent.borrower, owed)
        answer = await lent.repay(owed)
        assert (answer.status_code, answer.json()["state"]) == (201, "shared"), answer.text
        assert (await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}"))["state"] == "repaid"
        return owed


@dataclass(frozen=True)
class Instalment:
    principal: int
    interest: int


def instalments(amount: int, annual_rate: str, months: int) -> list[Instalment]:
    """A naive second model of equal instalments on 30/360: a twelfth of the rate a month on what is owed, each to the half up."""
    monthly, owed, rows = Decimal(annual_rate) / 12, Decimal(amount), []
    payment = _whole(amount * monthly / (1 - (1 + monthly) ** -months))
    for number in range(months):
        interest = _whole(owed * monthly)
        principal = int(owed) if number == months - 1 else payment - interest
        owed -= principal
        rows.append(Instalment(principal, interest))
    return rows


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


async def agrees(lent: Lent, expected: list[Instalment]) -> None:
    """Her schedule is what the second model says, row by row."""
    told = [Instalment(row["principal_minor"], row["interest_minor"]) for row in await lent.rows()]
    assert told == expected, list(zip(told, expected, strict=True))


async def claim_of(lender: Person, loan_id: str) -> dict[str, Any]:
    claims = (await lender.lending.get("/v1/claims"))["items"]
    return dict(next(claim for claim in claims if claim["loan_id"] == loan_id))


async def statement_agrees(lender: Person, years: Sequence[int], gave: int) -> None:
    """Of money given and never taken out, what her statements tell as won or lost is in her wallet or in a claim at its cost."""
    net, cost = 0, 0
    for year in years:
        net += sum(item["net_minor"] for item in (await lender.lending.get(f"/v1/statements/{year}"))["items"])
        answer = await lender.lending.http.get(f"/v1/statements/{year}/lines.csv")
        for line in csv.DictReader(io.StringIO(answer.text)):
            takes = line["kind"] in ("funded", "bought")
            cost += int(line["price"]) if takes else int(line["gain"]) - int(line["price"])
    assert (await lender.balance())[0] == gave + net - cost
