"""The texts people consent to: dated data. A changed wording is a new version; an old one stays, as consents point at it.

Purposes are separate: without contact_by_institution there is no lead; the others are free to refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

CONTACT_BY_INSTITUTION = "contact_by_institution"
REMINDERS = "reminders"
PRODUCT_NEWS = "product_news"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version. in_force_until_on: the last day on which it may be agreed to, None while it is current."""

    version: str
    in_force_from_on: date
    in_force_until_on: date | None
    text: Mapping[str, str]
    purposes: Mapping[str, Mapping[str, str]]

    def in_force(self, day: date) -> bool:
        return self.in_force_from_on <= day and (self.in_force_until_on is None or day <= self.in_force_until_on)


_PURPOSES = {
    CONTACT_BY_INSTITUTION: {
        "zh": "将我的姓名与联系方式提供给该产品的机构，由其就本次申请与我联系",
        "en": "Give my name and contact to the institution of this product, so that it can answer this application",
    },
    REMINDERS: {
        "zh": "就本次申请的进度提醒我",
        "en": "Remind me of the progress of this application",
    },
    PRODUCT_NEWS: {
        "zh": "向我介绍同类产品",
        "en": "Tell me about products of the same kind",
    },
}

TEXTS: tuple[ConsentText, ...] = (
    ConsentText(
        version="2015-01",
        in_force_from_on=date(2015, 1, 1),
        in_force_until_on=date(2021, 10, 31),
        text={
            "zh": "我同意平台为本次申请使用我填写的联系方式。",
            "en": "I agree that the platform uses the contact I gave for this application.",
        },
        purposes={CONTACT_BY_INSTITUTION: _PURPOSES[CONTACT_BY_INSTITUTION]},
    ),
    ConsentText(
        version="2021-11",
        in_force_from_on=date(2021, 11, 1),
        in_force_until_on=None,
        text={
            "zh": "我同意平台按下列已勾选的目的使用我填写的联系方式。我可以随时撤回；撤回后联系方式即被删除。",
            "en": "I agree that the platform uses the contact I gave for the purposes ticked below. "
            "I may withdraw at any time; the contact is then erased.",
        },
        purposes=_PURPOSES,
    ),
)


def find(version: str) -> ConsentText | None:
    return next((text for text in TEXTS if text.version == version), None)
