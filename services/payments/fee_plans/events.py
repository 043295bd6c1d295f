"""Event types of fee plans."""

from pydantic import BaseModel


class FeePlanPublished(BaseModel):
    """There is a new version of a plan; contracts signed before keep theirs."""

    fee_plan_id: str
    code: str
    version: int
    currency: str


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.fee_plan.published.v1": FeePlanPublished}
