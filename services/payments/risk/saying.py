"""What a client says beside a payment: headers of the money-moving routes, read by one dependency and so published in the contract."""

from typing import Annotated

from fastapi import Depends, Header

DEVICE_PATTERN = r"^[!-~]{1,128}$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"


async def _said(
    device: Annotated[
        str | None,
        Header(
            alias="Sifang-Device",
            pattern=DEVICE_PATTERN,
            description="the payer's device, as the client names it; opaque, kept as a hash",
        ),
    ] = None,
    country: Annotated[
        str | None,
        Header(alias="Sifang-Country", pattern=COUNTRY_PATTERN, description="where the device is, ISO 3166-1 alpha-2"),
    ] = None,
    decision: Annotated[
        str | None,
        Header(
            alias="Sifang-Decision",
            pattern=r"^rdc_[0-7][0-9a-hjkmnp-tv-z]{25}$",
            description="`decision_id` of `step_up_required` or `review_required`, once it is released: good for this payment, once,"
            " under another Idempotency-Key",
        ),
    ] = None,
) -> None:
    """Checks their form; the decision reads them from what the story was told (`Tx.said`)."""


JUDGED = Depends(_said)
"""For routes whose story takes a decision (`risk.actions.decide`)."""
