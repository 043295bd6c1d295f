"""Event types of screening. Ids alone: no name."""

from pydantic import BaseModel


class ListTaken(BaseModel):
    """A new version of a list. added, removed: entries."""

    version_id: str
    list_name: str
    number: int
    added: int
    removed: int


class HitStep(BaseModel):
    """subject_id: `cus_…`, `mer_…`, or the bare id of a payee. score: thousandths."""

    hit_id: str
    subject_id: str
    score: int
    state: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.screening.list_taken.v1": ListTaken,
    "payments.screening.hit_found.v1": HitStep,
    "payments.screening.hit_overdue.v1": HitStep,
    "payments.screening.hit_cleared.v1": HitStep,
    "payments.screening.hit_confirmed.v1": HitStep,
}
