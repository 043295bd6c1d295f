"""The texts a person is shown before she leaves a lead."""

from typing import Annotated

from fastapi import APIRouter, Request

from chassis import wire
from chassis.clock import business_day
from chassis.identity import Caller, requires
from chassis.runtime import runtime_of
from services.info_broker.consents.schemas import ConsentTextAnswer, text_answer
from services.info_broker.consents.texts import CONTACT_BY_INSTITUTION, TEXTS

router = APIRouter(prefix="/v1/consent-texts", tags=["leads"])


class ConsentTexts(wire.Answer):
    items: list[ConsentTextAnswer]
    next: None = None


@router.get("")
async def list_consent_texts(request: Request, caller: Annotated[Caller, requires("info_broker:read")]) -> ConsentTexts:
    """Consent texts in force today, with their purposes, in Chinese and English."""
    runtime = runtime_of(request)
    day = business_day(await runtime.database.now(), runtime.settings.zone)
    return ConsentTexts(items=[text_answer(text, CONTACT_BY_INSTITUTION) for text in TEXTS if text.in_force(day)])
