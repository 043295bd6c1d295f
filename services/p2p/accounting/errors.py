"""What the books refuse.

NotFound
├── UnknownBook              nobody's book is called so, or it is another lender's
└── NotBooked                the day is not in the books yet

UnruledPosting and UnknownHolder are no refusals: they keep a day from being booked, which the audit tells.
"""

from chassis.errors import NotFound


class UnknownBook(NotFound):
    code = "unknown_book"


class NotBooked(NotFound):
    code = "day_not_booked"


class UnruledPosting(Exception):
    """Money moved under a code, or between accounts, for which there is no rule."""


class UnknownHolder(Exception):
    """Money moved for a claim that is not recorded yet, or not here."""
