"""What channels refuse.

Refusal
├── NotFound   UnknownInstruction
├── Conflict   NotificationDiffers · ReserveShort
├── Invalid    BankNotSupported
└── Unavailable  BankUnreachable
"""

from chassis.errors import Conflict, Invalid, NotFound, Unavailable


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


class BankUnreachable(Unavailable):
    """The order cannot have reached its bank; it is sent again."""

    code = "bank_unreachable"
