"""Consents on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chassis import wire
from services.info_broker.consents.model import Consent
from services.info_broker.consents.texts import ConsentText

Purpose = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$", examples=["contact_by_institution"])]


class ConsentRequest(wire.Request):
    """text_version: of the text the person was shown; purposes: those she ticked."""

    text_version: Annotated[str, Field(pattern=r"^[0-9a-z.\-]{1,20}$", examples=["2021-11"])]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=20)]


class ConsentAnswer(wire.Answer):
    text_version: str
    purposes: list[str]
    given_at: datetime
    withdrawn_at: datetime | None


class PurposeText(wire.Answer):
    purpose: str
    required: bool
    zh: str
    en: str


class ConsentTextAnswer(wire.Answer):
    """A text that may be agreed to today."""

    version: str
    in_force_from_on: wire.Day
    zh: str
    en: str
    purposes: list[PurposeText]


def consent_answer(consent: Consent) -> ConsentAnswer:
    return ConsentAnswer(
        text_version=consent.text_version,
        purposes=list(consent.purposes),
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
    )


def text_answer(text: ConsentText, required: str) -> ConsentTextAnswer:
    return ConsentTextAnswer(
        version=text.version,
        in_force_from_on=text.in_force_from_on,
        zh=text.text["zh"],
        en=text.text["en"],
        purposes=[
            PurposeText(purpose=name, required=name == required, zh=words["zh"], en=words["en"])
            for name, words in text.purposes.items()
        ],
    )
