"""Money in: a wallet, a bank card, a top-up."""

from uuid import UUID

from suite.story.patience import StoryFault, patiently, until, within
from suite.story.stage import Person
from suite.story.town import BankCard, card_number_of

CODES_TRIED = 3
TOP_UPS_TRIED = 4
BANK_SECONDS = 15.0


def yuan(minor: int) -> str:
    return f"{minor / 100:,.2f}"


async def bring_money(person: Person, bank: str, amount: int) -> None:
    """A wallet, a bound card, and a top-up from it. amount in minor units."""
    await patiently(lambda: person.payments.open_wallet(key=person.key("wallet")))
    card_id = await bind_card(person, bank)
    for tried in range(TOP_UPS_TRIED):
        if await _topped_up(person, card_id, amount, tried):
            return
    raise StoryFault(f"no top-up of {person.name} came in")


async def _topped_up(person: Person, card_id: UUID, amount: int, tried: int) -> bool:
    """Whether the money is there. An order that a bank lost is unknown until its finality, half an hour: she does not wait for it.

    If it comes in after all, she has so much more.
    """
    key = person.key("top-up", tried)
    asked = await patiently(lambda: person.payments.top_up(card_id, amount, key=key))
    ended = await within(lambda: person.payments.read_top_up(asked.id), lambda it: it.state != "pending", BANK_SECONDS)
    if ended is not None and ended.state == "succeeded":
        return True
    what = "is not answered by her bank" if ended is None else f"failed ({ended.failure_code})"
    person.stage.say(f"  a top-up of {person.name} {what}: she makes another")
    return False


async def bind_card(person: Person, bank: str) -> UUID:
    """A card of hers, bound with the code that her phone shows."""
    run, town, payments = person.stage.run.number, person.stage.town, person.payments
    mobile = f"+86199{run % 10_000:04d}{person.number:04d}"
    number = card_number_of(bank, run, person.number)
    await town.open_card(bank, BankCard(number, person.name, mobile))
    asked = await patiently(lambda: payments.bind_card(number, person.name, mobile, key=person.key("card")))
    for tried in range(CODES_TRIED):
        card = await until(
            lambda: payments.card(asked.id), lambda it: it.state not in ("requested", "confirming"), "a code"
        )
        if card.state != "code_sent":
            break
        await _give_code(person, asked.id, mobile, tried)
    card = await until(
        lambda: payments.card(asked.id), lambda it: it.state != "confirming", "the bank's word on a code"
    )
    if card.state != "bound":
        raise StoryFault(f"the card of {person.name} is {card.state}: {card.refusal_code}")
    return asked.id


async def _give_code(person: Person, card_id: UUID, mobile: str, tried: int) -> None:
    code = await person.stage.town.newest_code(mobile)
    key = person.key("code", tried)
    await patiently(lambda: person.payments.confirm_card(card_id, code, key=key))
