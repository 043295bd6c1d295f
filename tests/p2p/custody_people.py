"""People whose money a custody bank keeps, as tests play them: payments, the sandbox's bank and p2p, all three running."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.clock import business_day, real_now
from chassis.ids import decode
from clients.p2p.custody import CustodyClients
from clients.p2p.shapes import AuthorisationRequest, CustodyAccountRequest
from clients.transport import Transport
from services.p2p.custody import jobs
from suite.audit.gathering import Auditor
from tests.conftest import Serve
from tests.p2p.people import Door, Lent, Person, World, somebody
from tests.serving import Served

BANK = "ICBC"
UNTIL = "2029-12-31"
KEPT: dict[str, Any] = {
    "names": {"en": "Kept loans", "zh": "存管贷"},
    "currency": "CNY",
    "lender_kind": "private",
    "rate_formation": "fixed",
    "lowest_rate": "0.03",
    "highest_rate": "0.10",
    "loss_borne_by": "lender",
    "grades": ["A", "B"],
    "methods": ["equal_instalment", "bullet"],
    "terms_months": [3, 6],
    "day_count": "ACT/365",
    "least_amount_minor": 100_000,
    "largest_amount_minor": 1_000_000,
    "lot_minor": 10_000,
    "longest_open_days": 10,
    "origination_fee_annual": {"A": "0.02", "B": "0.02"},
    "resale": {"held_days": 0, "least_price": "0.9", "largest_price": "1.1", "fee_rate": "0.005"},
    "late_daily_rate": "0.0002",
    "lender_fees": {"interest_rate": "0.1", "collection_rate": "0.2", "collection_after_days": 1},
    "standing_orders": True,
    "custody": BANK,
    "valid_from": business_day(real_now()).isoformat(),
}
TERMS: dict[str, Any] = {"programme": "kept", "term_months": 3, "method": "equal_instalment", "annual_rate": "0.08"}


@dataclass
class Kept:
    """A customer at the custody bank. account: as p2p shows it; mobile: where her codes go."""

    person: Person
    mobile: str
    account: dict[str, Any]
    leaves: dict[str, str]

    @property
    def path(self) -> str:
        return f"/v1/custody-accounts/{self.account['id']}"

    async def balance(self) -> tuple[int, int]:
        found = await self.person.lending.get(self.path)
        return found["balance"], found["available"]


@dataclass
class CustodyWorld(World):
    """sandbox: the outside world; bank: authorised calls to it."""

    sandbox: Served = None  # type: ignore[assignment]
    bank: httpx.AsyncClient = None  # type: ignore[assignment]
    _mobiles: int = 0

    @classmethod
    async def start(cls, serve: Serve) -> "CustodyWorld":
        sandbox = await serve("sandbox")
        payments = await serve("payments")
        p2p = await serve("p2p")
        world = cls(
            payments,
            p2p,
            operator=Door(p2p.client(), "stf_tests"),
            ledger=Door(payments.client(), "stf_tests"),
            sandbox=sandbox,
            bank=sandbox.client(),
        )
        await world.operator.made("/v1/programmes/kept/versions", KEPT)
        return world

    async def kept(self, amount: int = 0, *scopes: str, cap: int = 10**9) -> Kept:
        """A customer of the highest level with an account, so much in it, and leave given for these."""
        person = self.person()
        await person.assess()
        self._mobiles += 1
        mobile = f"139{self._mobiles:08d}"
        who = somebody()
        card = {"holder_name": who["name"], "mobile": mobile, "balance_minor": 10_000_000}
        number = (await self.bank.post("/bank/CMB/v1/cards", json=card)).json()["number"]
        wanted = CustodyAccountRequest.model_validate(
            {"bank": BANK, "currency": "CNY", "mobile": mobile, "card_number": number, **who}
        )
        async with self.typed(person.id) as transport:
            account = await CustodyClients(transport).open(wanted, key=f"open-{mobile}")
        kept = Kept(person, mobile, account.model_dump(mode="json"), {})
        for scope in scopes:
            await self.allow(kept, scope, cap=cap)
        if amount:
            paid = await person.lending.made(f"{kept.path}/top-ups", {"amount": amount, "currency": "CNY"})
            assert paid["state"] == "done", paid
        return kept

    async def allow(self, kept: Kept, scope: str, cap: int = 10**9) -> str:
        wanted = AuthorisationRequest.model_validate({"scope": scope, "cap_minor": cap, "until_on": UNTIL})
        async with self.typed(kept.person.id) as transport:
            hers = CustodyClients(transport)
            asked = await hers.authorise(kept.account["id"], wanted, key=uuid4().hex)
            assert asked.state == "code_sent", asked
            stands = await hers.confirm(asked.id, await self.code(kept.mobile), key=uuid4().hex)
        assert stands.state == "standing", stands
        kept.leaves[scope] = str(asked.id)
        return kept.leaves[scope]

    def typed(self, subject: str) -> Transport:
        """As integrators call p2p."""
        return Transport(self.p2p.url, lambda _: self.p2p.token(subject))

    async def code(self, mobile: str) -> str:
        inbox = await self.bank.get("/sms/v1/messages", params={"mobile": mobile})
        return str(inbox.json()["items"][0]["code"])

    async def revoked_at_the_bank(self, kept: Kept, scope: str) -> None:
        """She goes to the bank herself: the platform does not know."""
        path = f"/custody/{BANK}/v1/authorisations/{kept.leaves[scope]}/revocation"
        assert (await self.bank.post(path, json={})).json()["state"] == "revoked"

    async def listed_in_custody(self, borrower: Kept, amount: int, **changes: Any) -> dict[str, Any]:
        approved = await self.approved(borrower.person)
        terms = TERMS | {"amount": amount, "currency": "CNY"} | changes
        listing = await borrower.person.lending.made(f"/v1/applications/{approved['id']}/listing", terms)
        assert listing["state"] == "open", listing
        return listing

    async def lent_in_custody(self, amounts: list[int], **changes: Any) -> tuple[Lent, Kept, list[Kept]]:
        """Paid out: the loan, its borrower, its lenders."""
        borrower = await self.kept(0, "repay", "fee")
        listing = await self.listed_in_custody(borrower, sum(amounts), **changes)
        lenders = [await self.kept(amount, "invest") for amount in amounts]
        for lender, amount in zip(lenders, amounts, strict=True):
            bid = await lender.person.bid(listing["id"], amount)
            assert bid["state"] in ("placed", "funded"), bid
        listing = await self.until(borrower.person.lending, f"/v1/listings/{listing['id']}", "disbursed")
        loan = await borrower.person.lending.get(f"/v1/loans/{listing['loan_id']}")
        people = [one.person for one in lenders]
        return Lent(self, borrower.person, people, listing, loan), borrower, lenders

    async def at_the_bank(self, holder: str) -> tuple[int, int]:
        """Available and frozen, by the bank's own books."""
        async with self.p2p.runtime.reading() as connection:
            found = (
                await connection.exec_driver_sql("SELECT number FROM custody_accounts WHERE holder = $1", (holder,))
            ).scalar_one()
        account = (await self.bank.get(f"/custody/{BANK}/v1/accounts/{found}")).json()
        return account["available_minor"], account["frozen_minor"]

    async def silent(self, kind: str, times: int) -> None:
        answer = await self.bank.post(f"/custody/{BANK}/v1/silences", json={"kind": kind, "times": times})
        assert answer.status_code == 204, answer.text

    async def all_clocks(self, ahead: timedelta) -> datetime:
        now = await self.pass_time(ahead)
        answer = await self.bank.put("/v1/clock", json={"business_at": now.isoformat()})
        assert answer.status_code == 200, answer.text
        return now

    async def tied_out(self) -> list[dict[str, Any]]:
        """Days that ended, compared; the differences of all."""
        await jobs.tie_out_ended(self.p2p.runtime)
        return list((await self.operator.get("/v1/custody-differences"))["items"])

    async def unexplained(self) -> list[str]:
        """What `sifang verify` finds wrong between the two services."""
        served = {"payments": self.payments, "p2p": self.p2p}
        auditor = Auditor({name: one.url for name, one in served.items()}, lambda name: served[name].token())
        try:
            report = await auditor.look()
        finally:
            await auditor.close()
        return [check.name for check in report.checks if not check.holds]

    async def instructions(self, subject: str) -> list[dict[str, Any]]:
        return list((await self.operator.get("/v1/custody-instructions", subject=subject))["items"])

    async def again(self, job: str, record: str) -> None:
        await self.p2p.runtime.jobs.run_now(job, {"id": str(decode(record.partition("_")[0], record))})
