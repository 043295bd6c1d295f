"""Event types of postings. Amounts in minor units."""

from pydantic import BaseModel


class PostingMade(BaseModel):
    """kept: of the amount, by the sources."""

    posting_id: str
    made_by: str
    currency: str
    amount: int
    kept: int
    transfers: int


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.posting.made.v1": PostingMade}
