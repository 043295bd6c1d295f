"""What evidence refuses.

Refusal
├── NotFound   UnknownBook · UnknownLink
├── Conflict   NotLinkedYet      the batch is linked within a second after its commit: ask again
└── Invalid    DayNotClosed
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownBook(NotFound):
    code = "unknown_book"


class UnknownLink(NotFound):
    """The chain has no link of this number, or none before that transfer's."""

    code = "unknown_link"


class NotLinkedYet(Conflict):
    code = "not_linked_yet"


class DayNotClosed(Invalid):
    """A day is kept once it is over."""

    code = "day_not_closed"
