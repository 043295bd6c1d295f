"""What a service answers where a cardholder disputes what it was paid."""

from clients.payments.shapes import DisputeAnswer
from clients.transport import Call, Transport


class DisputedPayments:
    """Calls with the token of whoever got the money. Ids are those of the wire (`dsp_…`)."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def give_evidence(self, dispute_id: str, text: str, *, key: str) -> DisputeAnswer:
        """What shows that the charge was right, once: the same again is taken, other evidence is refused, and so is what comes late."""
        call = Call("POST", f"/v1/card-disputes/{dispute_id}/evidence", {"text": text}, key=key)
        return DisputeAnswer.model_validate(await self.transport.call(call))
