"""Event types of evidence: roots leave the service by the feed, so that it cannot show one to some and another to others."""

from pydantic import BaseModel


class DayPinned(BaseModel):
    """The content of a value date was kept. root: in hexadecimal; version: above 1 when transfers were added after an earlier one."""

    book_id: int
    value_on: str
    version: int
    transfers: int
    root: str


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.evidence.day_pinned.v1": DayPinned}
