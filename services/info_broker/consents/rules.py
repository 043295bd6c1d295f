"""Which consent holds."""

from collections.abc import Sequence
from datetime import date

from services.info_broker.consents.texts import CONTACT_BY_INSTITUTION, find
from services.info_broker.errors import ConsentRequired, ConsentTextSuperseded, PurposeNotInText, UnknownConsentText


def check(text_version: str, purposes: Sequence[str], day: date) -> None:
    """Raises the reason why this consent would not carry a lead on that day."""
    text = find(text_version)
    if text is None:
        raise UnknownConsentText("there is no such consent text", field="consent.text_version")
    if not text.in_force(day):
        raise ConsentTextSuperseded("this text may not be agreed to on this day", field="consent.text_version")
    foreign = [purpose for purpose in purposes if purpose not in text.purposes]
    if foreign:
        raise PurposeNotInText("the text does not name this purpose", field="consent.purposes", purposes=foreign)
    if CONTACT_BY_INSTITUTION not in purposes:
        raise ConsentRequired(
            "no lead without consent to be contacted by the institution",
            field="consent.purposes",
            required=CONTACT_BY_INSTITUTION,
        )
