"""The world outside, as a person walks through it: into a bank for a card, and her own phone. No other part of the sandbox is looked at."""

from dataclasses import dataclass

from clients.errors import Refused
from clients.transport import Call, Transport
from suite.story.patience import patiently, until

BANKS = {"ICBC": ("622202", 19), "CCB": ("621700", 19), "CMB": ("621483", 16)}
"""Prefix and length of the numbers of each bank's cards."""


@dataclass(frozen=True)
class BankCard:
    number: str
    holder_name: str
    mobile: str


@dataclass(frozen=True)
class Town:
    sandbox: Transport

    async def open_card(self, bank: str, card: BankCard) -> None:
        """She opens an account with a card and pays in; a card that is out already stays as it is."""
        body = {"number": card.number, "holder_name": card.holder_name, "mobile": card.mobile}
        call = Call("POST", f"/bank/{bank}/v1/cards", body, repeatable=True)
        try:
            await patiently(lambda: self.sandbox.call(call))
        except Refused as refused:
            if refused.code != "card_exists":
                raise

    async def send_back(self, bank: str, instruction: str) -> None:
        """The payee's bank sends a payout back (退票); a payout that came back already stays as it is."""
        reference = f"back-{instruction}"
        body = {"kind": "payout_returned", "instruction_reference": instruction, "reference": reference}
        call = Call("POST", f"/bank/{bank}/v1/reports", body | {"reason": "payee_account_closed"}, repeatable=True)
        await patiently(lambda: self.sandbox.call(call))

    async def newest_code(self, mobile: str) -> str:
        """The code of the newest message on her phone."""
        call = Call("GET", "/sms/v1/messages", params={"mobile": mobile, "limit": 1})
        inbox = await until(lambda: self.sandbox.call(call), lambda found: bool(found["items"]), "a code on the phone")
        return str(inbox["items"][0]["code"])


def card_number_of(bank: str, run: int, person: int) -> str:
    """A number of that bank with its check digit (Luhn), another for each run and person, and no magic one."""
    prefix, length = BANKS[bank]
    digits = length - len(prefix) - 2
    body = f"{prefix}8{(run * 1000 + person) % 10**digits:0{digits}d}"
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
