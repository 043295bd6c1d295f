"""What every generated shape stands on."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """v1 only grows: members this client does not know are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
