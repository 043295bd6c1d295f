"""Explains a signature to the receiver whose own does not hold."""

from chassis.runtime import Runtime
from chassis.webhooks import MalformedSecret, first_difference, signature, signed_text
from services.payments.webhooks import queries
from services.payments.webhooks.errors import NothingToSign, SecretMalformed
from services.payments.webhooks.messages import message_id
from services.payments.webhooks.model import Delivery
from services.payments.webhooks.schemas import SignAnswer, SignRequest, difference_answer
from services.payments.webhooks.sending import messages_of


def explained(asked: SignRequest) -> SignAnswer:
    """Of a text of the caller's own. Raises NothingToSign, SecretMalformed."""
    if asked.message_id is None or asked.timestamp is None or asked.body is None:
        raise NothingToSign("a delivery_id, or message_id, timestamp and body", field="delivery_id")
    return _compared(asked.message_id, asked.timestamp, asked.body, asked.secret, asked.theirs)


async def explained_delivery(runtime: Runtime, delivery: Delivery, asked: SignRequest) -> SignAnswer:
    """Of a delivery's newest attempt; before the first one, of the timestamp asked about. Raises NothingToSign."""
    async with runtime.reading() as connection:
        newest = await queries.attempts_of(connection, delivery.id, 1)
    timestamp = int(newest[-1].at.timestamp()) if newest and asked.timestamp is None else asked.timestamp
    if timestamp is None:
        raise NothingToSign("nothing was sent yet: name a timestamp", field="timestamp")
    (message,) = await messages_of(runtime, [delivery.id])
    return _compared(message_id(delivery), timestamp, message.body, message.secrets[0], asked.theirs)


def _compared(identifier: str, timestamp: int, body: str, secret: str | None, theirs: str | None) -> SignAnswer:
    text = signed_text(identifier, timestamp, body)
    try:
        signed = None if secret is None else signature(secret, identifier, timestamp, body)
    except MalformedSecret as fault:
        raise SecretMalformed(str(fault), field="secret") from None
    difference = None if theirs is None else difference_answer(first_difference(text, theirs))
    equal = None if theirs is None else difference is None
    return SignAnswer(signed=text, signature=signed, equal=equal, difference=difference)
