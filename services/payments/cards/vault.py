"""Which of a card's details are sealed, and that its number is found by an index without being readable."""

import json
from dataclasses import dataclass
from uuid import UUID

from chassis.sealing import SealingKeys
from services.payments.cards.model import Card, Sealed
from services.payments.cards.rules import masked
from services.payments.channels.model import CardDetails


@dataclass(frozen=True)
class CardVault:
    keys: SealingKeys

    def seal(self, card_id: UUID, details: CardDetails) -> Sealed:
        plain = json.dumps([details.number, details.holder_name, details.mobile])
        return Sealed(self.keys.seal(card_id, plain), self.keys.index(details.number), masked(details.number))

    def open(self, card: Card) -> CardDetails:
        """Raises CannotOpen."""
        return CardDetails(*json.loads(self.keys.open(card.id, card.details)))
