"""What channels refuse.

Refusal
├── NotFound   UnknownInstruction
├── Conflict   NotificationDiffers · ReserveShort · NoChannel
└── Invalid    BankNotSupported · UnknownChannel · ContractInThePast · ContractUnclear
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownInstruction(NotFound):
    code = "unknown_instruction"


class NotificationDiffers(Conflict):
    """A bank reports another amount or currency than was asked for."""

    code = "notification_differs"


class ReserveShort(Conflict):
    """No bank's reserve can pay this out just now."""

    code = "reserve_short"


class BankNotSupported(Invalid):
    code = "bank_not_supported"


class NoChannel(Conflict):
    """No channel carries such an order just now. Fact `refused`: the reason of each."""

    code = "no_channel"


class UnknownChannel(Invalid):
    """A contract with somebody whom no adapter reaches."""

    code = "unknown_channel"


class ContractInThePast(Invalid):
    """Terms begin today at the earliest: what was decided under others stands."""

    code = "contract_in_the_past"


class ContractUnclear(Invalid):
    """Terms that contradict each other."""

    code = "contract_unclear"
