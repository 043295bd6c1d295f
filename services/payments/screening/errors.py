"""What screening refuses.

Refusal
├── NotFound   UnknownHit · UnknownList · UnknownSubject
├── Conflict   HitDecided · SecondOperatorNeeded · ListShrinks
├── Invalid    UnreadableList
└── TooLarge   ListTooLarge
"""

from chassis.errors import Conflict, Invalid, NotFound, TooLarge


class UnknownHit(NotFound):
    code = "unknown_hit"


class UnknownList(NotFound):
    code = "unknown_list"


class UnknownSubject(NotFound):
    """Not compared yet."""

    code = "unknown_subject"


class HitDecided(Conflict):
    """It was decided before, or is void."""

    code = "hit_decided"


class SecondOperatorNeeded(Conflict):
    """Who proposed a clearance does not grant it."""

    code = "second_operator_needed"


class UnreadableList(Invalid):
    """The files as a whole: no archive, a file missing, another encoding, a header that lacks a column, no good row."""

    code = "unreadable_list"


class ListTooLarge(TooLarge):
    code = "list_too_large"


class ListShrinks(Conflict):
    """So many entries are gone that the file may have been cut off; said to be meant, it is taken."""

    code = "list_shrinks"
