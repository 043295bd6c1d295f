"""What passes refuse, beside the refusals of the ledger.

Refusal
├── NotFound   UnknownPass
└── Invalid    SameBook
"""

from chassis.errors import Invalid, NotFound


class UnknownPass(NotFound):
    code = "unknown_pass"


class SameBook(Invalid):
    """Within one book a transfer does it."""

    code = "same_book"
