"""What is said about an institution, checked field by field: the input of an import and the content of each version.

Figures and licences are claims with a source and a date: `source` and `as_of_on` are required, and stand beside the profile wherever
it is shown.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from chassis import wire

InstitutionKind = Literal[
    "bank",
    "direct_bank",
    "online_broker",
    "direct_insurer",
    "fund_house",
    "asset_manager",
    "consumer_finance",
    "micro_loan",
    "p2p_platform",
]
LicenceKind = Literal[
    "banking",
    "consumer_finance",
    "fund_distribution",
    "insurance",
    "micro_loan",
    "online_lending_information",
    "public_fund_management",
    "securities_brokerage",
]
Channel = Literal["internet", "phone", "atm", "branch"]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,59}$", examples=["southern_asset_management"])]
# Names begin and end with something visible; nothing holds control characters, which no database text may.
Name = Annotated[
    str, Field(min_length=1, max_length=120, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")
]
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Label = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Licence(wire.Request):
    """A permission to act. valid_until_on: the last day, None where it has no end."""

    kind: LicenceKind
    number: Label | None = None
    issued_by: Label
    valid_from_on: wire.Day | None = None
    valid_until_on: wire.Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Licence":
        if self.valid_from_on and self.valid_until_on and self.valid_until_on < self.valid_from_on:
            raise ValueError("a licence ends after it begins")
        return self


class Listing(wire.Request):
    """Where the institution's own shares are listed."""

    exchange: Annotated[str, Field(pattern=r"^[A-Z]{2,8}$", examples=["SSE", "SZSE", "HKEX", "NYSE"])]
    ticker: Annotated[str, Field(pattern=r"^[A-Z0-9.]{1,12}$")]


class ServiceChannel(wire.Request):
    """How customers are served there: by which channel, when, and at what fee (in words, as the institution publishes it)."""

    channel: Channel
    hours: Label
    fee: Text | None = None


class Profile(wire.Request):
    """An institution as an import gives it. code: ours, stable; product_name_prefixes: by which its funds are recognised."""

    code: Code
    kind: InstitutionKind
    name: Name
    short_name: Name
    name_en: Name | None = None
    regulator: Label
    licences: Annotated[tuple[Licence, ...], Field(max_length=20, strict=False)] = ()
    listing: Listing | None = None
    custody_bank: Name | None = None
    service_channels: Annotated[tuple[ServiceChannel, ...], Field(max_length=20, strict=False)] = ()
    website: Annotated[str, Field(pattern=r"^https?://[^\s\x00-\x1f\x7f]{1,200}$")] | None = None
    product_name_prefixes: Annotated[tuple[Name, ...], Field(max_length=20, strict=False)] = ()
    takes_leads: bool = True
    source: Text
    as_of_on: wire.Day
