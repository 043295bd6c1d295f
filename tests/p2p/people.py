"""People as tests play them over HTTP: lenders and borrowers, each with her own tokens at p2p and at payments."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
from stdnum.cn import ric

from chassis.ids import decode, encode
from clients.ids import new_id
from tests.serving import Served

IDENTITY = {"name": "王小明", "identity_number": "11010519491231002X"}
YOUNG = {"name": "李雷", "identity_number": "110105199003078510"}
_people = count()
GOOD_FACTS: dict[str, Any] = {
    "annual_income_minor": 30_000_000,
    "monthly_debt_minor": 100_000,
    "debts_elsewhere_minor": 500_000,
    "credit_limit_minor": 10_000_000,
    "credit_since_year": 2005,
    "employment_months": 120,
    "home": "own",
}
BOLD = {
    "age": "from_30",
    "income": "above_1m",
    "share": "tenth",
    "debts": "none",
    "knowledge": "much",
    "horizon": "years",
    "aim": "most",
    "loss": "more",
}
"""Answers that make level 5."""
TERMS: dict[str, Any] = {
    "programme": "open_auction",
    "amount": 1_000_000,
    "currency": "CNY",
    "term_months": 12,
    "method": "equal_instalment",
    "annual_rate": "0.10",
}
LICENCE: dict[str, Any] = {
    "name": "青禾小额贷款",
    "licence_kind": "micro_lending",
    "licence_number": "SBX-M0001",
    "licensed_from_on": "2020-01-01",
    "licensed_until_on": "2030-12-31",
    "capital_minor": 200_000,
    "exposure_cap_minor": 3_000_000,
}


def application(**changes: Any) -> dict[str, Any]:
    wish = {"amount": 1_000_000, "currency": "CNY", "term_months": 12, "purpose": "education"}
    return wish | {"identity": somebody(), "facts": GOOD_FACTS} | changes


def somebody() -> dict[str, str]:
    """Another person each time, whom the identity service knows no harm of."""
    number = next(_people)
    born = date(1985, 1, 1) + timedelta(days=number // 900)
    digits = f"110105{born:%Y%m%d}{number % 900:03d}"
    return {"name": f"借款人{number}", "identity_number": digits + ric.calc_check_digit(digits + "0")}


@dataclass
class Door:
    """One caller's authorised calls to one service."""

    http: httpx.AsyncClient
    party: str

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"idempotency-key": key or uuid4().hex})

    async def made(self, path: str, body: Any = None, status: int = 201) -> dict[str, Any]:
        answer = await self.post(path, body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def refused(self, path: str, body: Any = None) -> tuple[int, str, str | None]:
        """Status, code and field of a refusal."""
        answer = await self.post(path, body)
        document = answer.json()
        assert answer.status_code >= 400, document
        return answer.status_code, document["code"], document.get("field")

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        answer = await self.http.get(path, params=params or None)
        assert answer.status_code == status, answer.text
        return answer.json()


@dataclass
class Person:
    """lending: her calls to p2p; money: her calls to payments."""

    lending: Door
    money: Door
    id: str

    async def wallet(self) -> dict[str, Any]:
        found = (await self.money.get("/v1/wallets", currency="CNY"))["items"]
        return dict(found[0]) if found else await self.money.made("/v1/wallets", {"currency": "CNY"})

    async def balance(self) -> tuple[int, int]:
        """What is in her wallet, and what is available of it."""
        wallet = await self.wallet()
        return wallet["balance"], wallet["available"]

    async def assess(self, **answers: str) -> dict[str, Any]:
        return await self.lending.made("/v1/risk-assessments", {"version": 1, "answers": BOLD | answers})

    async def bid(self, listing_id: str, amount: int) -> dict[str, Any]:
        answer = await self.lending.post(f"/v1/listings/{listing_id}/bids", {"amount": amount, "currency": "CNY"})
        assert answer.status_code in (201, 202, 409, 422, 503), answer.text
        return dict(answer.json())


@dataclass
class World:
    """payments and p2p, both running."""

    payments: Served
    p2p: Served
    operator: Door
    ledger: Door
    _source: str | None = None
    _people: list[Person] = field(default_factory=list)

    def person(self, number: int | None = None) -> Person:
        customer = encode("cus", UUID(int=number) if number else new_id())
        person = Person(
            Door(self.p2p.client(customer), customer),
            Door(self.payments.client(customer), customer),
            customer,
        )
        self._people.append(person)
        return person

    async def rich(self, amount: int) -> Person:
        """A lender of the highest level with so much in her wallet."""
        person = self.person()
        await person.assess()
        await self.give(person, amount)
        return person

    async def licensed(self, person: Person, **changes: Any) -> dict[str, Any]:
        """Registered as an originator: she may propose loans, and lend first."""
        return await self.operator.made("/v1/originators", LICENCE | {"party": person.id, "currency": "CNY"} | changes)

    async def give(self, person: Person, amount: int) -> None:
        await self.pay_in((await person.wallet())["account_id"], amount)

    async def pay_in(self, account_id: str, amount: int) -> None:
        await self.move(await self._money_source(), account_id, amount)

    async def move(self, debit: str, credit: str, amount: int, code: str = "tests.money") -> None:
        order = {
            "id": encode("trf", new_id()),
            "kind": "single",
            "debit_account_id": debit,
            "credit_account_id": credit,
            "amount": amount,
            "currency": "CNY",
            "code": code,
            "reference": "tests",
        }
        answer = await self.ledger.http.post("/v1/transfers", json=order)
        assert answer.status_code == 201, answer.text

    async def _money_source(self) -> str:
        if self._source is None:
            body = {"currency": "CNY", "kind": "suspense", "owner": "suite", "rule": "none", "reference": "tests"}
            self._source = str((await self.ledger.made("/v1/accounts", body))["id"])
        return self._source

    async def account(self, account_id: str) -> dict[str, Any]:
        return dict(await self.ledger.get(f"/v1/accounts/{account_id}"))

    async def transfers(self, reference: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = None
        while True:
            params = {"reference": reference, "limit": 200} | ({"after": after} if after else {})
            page = await self.ledger.get("/v1/transfers", **params)
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    async def approved(self, borrower: Person, **changes: Any) -> dict[str, Any]:
        answer = await borrower.lending.made("/v1/applications", application(**changes))
        assert answer["state"] == "approved", answer
        return answer

    async def listed(self, borrower: Person, **changes: Any) -> dict[str, Any]:
        """An open listing of hers."""
        approved = await self.approved(borrower)
        listing = await borrower.lending.made(f"/v1/applications/{approved['id']}/listing", TERMS | changes)
        assert listing["state"] == "open", listing
        return listing

    async def disbursed(self, amounts: list[int], **changes: Any) -> "Lent":
        """A listing filled by as many lenders as there are amounts, paid out."""
        borrower = self.person()
        return await self.filled(borrower, await self.listed(borrower, amount=sum(amounts), **changes), amounts)

    async def filled(self, borrower: Person, listing: dict[str, Any], amounts: list[int]) -> "Lent":
        lenders = [await self.rich(amount) for amount in amounts]
        for lender, amount in zip(lenders, amounts, strict=True):
            bid = await lender.bid(listing["id"], amount)
            assert bid["state"] in ("placed", "funded"), bid
        listing = await self.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
        loan = await borrower.lending.get(f"/v1/loans/{listing['loan_id']}")
        return Lent(self, borrower, lenders, listing, loan)

    async def until(self, door: Door, path: str, *states: str, seconds: float = 20) -> dict[str, Any]:
        """Wait for a record to reach one of the states by itself."""
        async with asyncio.timeout(seconds):
            while True:
                record = dict(await door.get(path))
                if record["state"] in states:
                    return record
                await asyncio.sleep(0.05)

    async def pass_time(self, ahead: timedelta) -> datetime:
        """Both clocks to one instant so much later, and there they stand."""
        now = datetime.fromisoformat((await self.operator.get("/v1/clock"))["business_at"])
        for http in (self.operator.http, self.ledger.http):
            answer = await http.put("/v1/clock", json={"business_at": (now + ahead).isoformat()})
            assert answer.status_code == 200, answer.text
        return now + ahead

    async def run_job(self, name: str, record_id: str) -> None:
        """A job of p2p, here and now, as the queue would run it again."""
        record = decode(record_id.partition("_")[0], record_id)
        await self.p2p.runtime.jobs.run_now(name, {"id": str(record)})

    async def run_periodic(self, name: str) -> None:
        await self.p2p.runtime.jobs.periodic[name][1](self.p2p.runtime)

    async def events(self, kind: str) -> list[dict[str, Any]]:
        return [dict(item) for item in (await self.operator.get("/v1/events", types=kind))["items"]]

    async def audit(self) -> None:
        """Nothing in p2p's own books contradicts anything else, and every loan follows from the ledger's transfers alone."""
        report = await self.operator.get("/v1/verification")
        assert report["holds"], report
        for loan in (await self.operator.get("/v1/verification/loans"))["items"]:
            await self._audit_loan(loan)
        for listing in (await self.operator.get("/v1/verification/listings"))["items"]:
            if listing["account_id"]:
                account = await self.account(listing["account_id"])
                assert account["credits_pending"] == listing["held_minor"], listing
                assert account["balance"] == 0, listing

        await self._audit_debits()

    async def _audit_debits(self) -> None:
        """What the platform lent on debits is what it lacks, and money rests on no account on its way."""
        for one in (await self.operator.get("/v1/verification/advances"))["items"]:
            balance = (await self.account(one["account_id"]))["balance"]
            assert -one["moving_minor"] <= balance + one["advanced_minor"] <= 0, (one, balance)
        for one in (await self.operator.get("/v1/verification/receipts"))["items"]:
            balance = (await self.account(one["account_id"]))["balance"]
            assert one["moving"] or 0 <= balance <= one["most_minor"], (one, balance)
            sums = {"p2p.debit.chargeback.advance": 0, "p2p.debit.chargeback.repayment": 0}
            for transfer in await self.transfers(one["loan_id"]):
                if transfer["code"] in sums:
                    sums[transfer["code"]] += transfer["amount"]
            assert one["moving"] or list(sums.values()) == [one["advanced_minor"], one["repaid_minor"]], (one, sums)
        for one in (await self.operator.get("/v1/verification/distributions"))["items"]:
            assert one["moving"] or (await self.account(one["account_id"]))["balance"] == 0, one

    async def _audit_loan(self, loan: dict[str, Any]) -> None:
        sums: dict[tuple[str, str, str], int] = {}
        passed: dict[tuple[str, str], int] = {}
        for transfer in await self.transfers(loan["id"]):
            assert transfer["kind"] in ("single", "post"), transfer
            place = (transfer["code"], transfer["debit_account_id"], transfer["credit_account_id"])
            sums[place] = sums.get(place, 0) + transfer["amount"]
            if transfer["code"] == "p2p.resale.principal":
                for side in ("debit", "credit"):
                    key = (side, transfer[f"{side}_account_id"])
                    passed[key] = passed.get(key, 0) + int(transfer["metadata"]["principal_minor"])

        def total(code: str, *, debit: str | None = None, credit: str | None = None) -> int:
            return sum(
                amount
                for (its, payer, payee), amount in sums.items()
                if its == code and debit in (None, payer) and credit in (None, payee)
            )

        assert total("p2p.disbursement.principal", credit=loan["account_id"]) == loan["disbursed_minor"]
        assert total("p2p.disbursement.payout", credit=loan["borrower_account_id"]) == loan["payout_minor"]
        assert total("p2p.fee.origination") == loan["origination_fee_minor"]
        assert total("p2p.fee.reserve_contribution") == loan["reserve_contribution_minor"]
        for kind, repaid in (("principal", "principal"), ("interest", "interest"), ("late_interest", "late")):
            stands = total(f"p2p.repayment.{kind}") - total(f"p2p.reversal.{kind}")
            kept = total(f"p2p.fee.collection.{kind}") - total(f"p2p.reversal.collection.{kind}")
            taken = loan["interest_fees_minor"] if kind == "interest" else 0
            borne = sum(holder[f"borne_{repaid}_minor"] for holder in loan["holders"])
            assert stands + kept + taken - borne == loan[f"{repaid}_repaid_minor"]
            assert kept == sum(holder[f"{repaid}_kept_minor"] for holder in loan["holders"])
        assert total("p2p.fee.interest") - total("p2p.reversal.interest_fee") == loan["interest_fees_minor"]
        assert total("p2p.loss.principal") == loan["compensated_principal_minor"]
        assert total("p2p.loss.interest") == loan["compensated_interest_minor"]
        fees = total("p2p.fee.prepayment") - total("p2p.reversal.fee")
        assert fees == loan["prepayment_fees_minor"]
        assert total("p2p.reversal.advance") == loan["advanced_minor"]
        assert total("p2p.reversal.borne") == loan["borne_minor"]
        resold = sum(total(code) for code in ("p2p.resale.principal", "p2p.resale.accrued", "p2p.fee.resale"))
        assert resold == loan["resale_paid_minor"]
        assert loan["disbursed_minor"] - loan["principal_repaid_minor"] == loan["outstanding_minor"]
        for holder in loan["holders"]:
            _audit_holder(holder, total, passed)
        bought, sold, paid_for = (
            sum(holder[f"{name}_minor"] for holder in loan["holders"]) for name in ("bought", "sold", "compensated")
        )
        assert bought == sold + paid_for


def _audit_holder(holder: dict[str, Any], total: Callable[..., int], passed: dict[tuple[str, str], int]) -> None:
    account = holder["account_id"]
    assert total("p2p.disbursement.principal", debit=account) == holder["funded_minor"]
    for kind, received in (("principal", "principal"), ("interest", "interest"), ("late_interest", "late")):
        got = total(f"p2p.repayment.{kind}", credit=account) - total(f"p2p.reversal.{kind}", debit=account)
        taken = holder["interest_fees_minor"] if kind == "interest" else 0
        kept, borne = holder[f"{received}_kept_minor"], holder[f"borne_{received}_minor"]
        assert got + taken + kept - borne == holder[f"{received}_received_minor"]
    advanced, advancing = (total("p2p.reversal.advance", **{side: account}) for side in ("credit", "debit"))
    advancing += total("p2p.reversal.borne", debit=account)
    made_good = advanced + sum(holder[f"borne_{kind}_minor"] for kind in ("principal", "interest", "late"))
    bought = passed.get(("debit", account), 0) + total("p2p.loss.principal", debit=account)
    bought += total("p2p.loss.aside.principal", debit=account)
    assert advanced == holder["advanced_minor"]
    assert 0 <= holder["bought_minor"] - bought <= advancing
    assert 0 <= holder["compensated_minor"] - total("p2p.loss.principal", credit=account) <= made_good
    assert passed.get(("credit", account), 0) == holder["sold_minor"]
    held = holder["funded_minor"] + holder["bought_minor"] - holder["sold_minor"]
    gone = holder["principal_received_minor"] + holder["compensated_minor"]
    assert held - gone == holder["outstanding_minor"]


@dataclass
class Lent:
    """A loan that was paid out, and everybody in it."""

    world: World
    borrower: Person
    lenders: list[Person]
    listing: dict[str, Any]
    loan: dict[str, Any]

    async def rows(self) -> list[dict[str, Any]]:
        return list((await self.borrower.lending.get(f"/v1/loans/{self.loan['id']}/schedule"))["rows"])

    async def repay(self, amount: int, key: str | None = None, prepay: str | None = None) -> httpx.Response:
        body = {"amount": amount, "currency": "CNY"} | ({"prepay": prepay} if prepay else {})
        return await self.borrower.lending.post(f"/v1/loans/{self.loan['id']}/repayments", body, key)
