"""Event types of proofs of liabilities. Amounts in minor units."""

from pydantic import BaseModel


class RootPublished(BaseModel):
    """hash: of the publication, which names the root, the total, and the publication before it."""

    number: int
    day: str
    currency: str
    total_minor: int
    excluded_accounts: int
    excluded_minor: int
    hash: str


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.liabilities.root_published.v1": RootPublished}
