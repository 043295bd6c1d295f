"""One person sends money to another; a payout to a card comes back from the payee's bank."""

from uuid import UUID

from clients.ids import encode
from suite.story.money import BANK_SECONDS, bind_card, yuan
from suite.story.patience import StoryFault, patiently, within
from suite.story.stage import Person, Stage

GIFT_MINOR = 5_200
TAKEN_OUT_MINOR = 2_500


async def send_to_a_friend(stage: Stage, buyer: Person) -> Person:
    friend = await stage.sign_up("friend", "顾晚", 6)
    await patiently(lambda: friend.payments.open_wallet(key=friend.key("wallet")))
    sent = await patiently(
        lambda: buyer.payments.send_to_person(friend.subject, GIFT_MINOR, "生日快乐", key=buyer.key("gift"))
    )
    stage.say(f"  {buyer.name} sends {yuan(GIFT_MINOR)} to {friend.name} (transfer {sent.id}: {sent.state})")
    return friend


async def take_out_and_have_it_back(friend: Person) -> None:
    """The bank of her card pays, and sends it back: she has her money again."""
    card_id = await bind_card(friend, "CMB")
    asked = await patiently(lambda: friend.payments.withdraw(card_id, TAKEN_OUT_MINOR, key=friend.key("withdrawal")))
    paid = await within(
        lambda: friend.payments.read_withdrawal(asked.id), lambda it: it.state != "pending", BANK_SECONDS
    )
    if paid is None or paid.state == "failed":
        friend.stage.say(f"  a withdrawal of {friend.name} is not answered by her bank: nothing comes back")
        return
    came = await _sent_back(friend, asked.id)
    how = "comes back from her bank" if came else "is on its way back from her bank"
    friend.stage.say(f"  a withdrawal of {yuan(TAKEN_OUT_MINOR)} {how} (withdrawal {encode('wdr', asked.id)})")


async def _sent_back(friend: Person, withdrawal_id: UUID) -> bool:
    attempts = await patiently(lambda: friend.payments.withdrawal_attempts(withdrawal_id))
    paid = next((one for one in attempts.items if one.counts), None)
    if paid is None:
        raise StoryFault("a withdrawal was paid, and no channel of it counts")
    await friend.stage.town.send_back(paid.channel, paid.id)
    booked = await within(
        friend.payments.returned_money, lambda it: any(one.state == "booked" for one in it.items), BANK_SECONDS
    )
    return booked is not None
