"""Lists and hits on the wire. Names of the lists are public; a subject's name is shown to operators who look at a hit of hers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.ids import TypeId
from chassis.wire import Answer, Request
from services.payments.screening.actions import subject_on_wire
from services.payments.screening.laying import Match
from services.payments.screening.lists import Found
from services.payments.screening.model import (
    Entry,
    EntryKind,
    Form,
    Hit,
    HitState,
    ListVersion,
    Outcome,
    RefusedRow,
    Screening,
    SubjectKind,
)
from services.payments.screening.rules import in_thousandths
from services.payments.screening.scripts import LONGEST_NAME

VersionId = Annotated[UUID, TypeId("slv")]
EntryId = Annotated[UUID, TypeId("sle")]
HitId = Annotated[UUID, TypeId("sch")]
ListName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME, strip_whitespace=True)]


class HitDecisionRequest(Request):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class NamePreviewRequest(Request):
    """person: compared with persons; otherwise with the whole list."""

    name: Name
    person: bool = True


class ListVersionAnswer(Answer):
    """added, removed: entries, against the version before. refused: rows that were not taken. generation: versions of all lists so far."""

    id: VersionId
    list_name: str
    number: int
    generation: int
    form: Form
    hash: str
    entries: int
    names: int
    added: int
    removed: int
    refused: int
    taken_at: datetime
    taken_by: str


class RefusedRowAnswer(Answer):
    file: str
    line: int
    code: str
    detail: str


class RefusedRowsAnswer(Answer):
    """The first thousand of a version."""

    items: list[RefusedRowAnswer]


class ListEntryAnswer(Answer):
    id: EntryId
    list_name: str
    key: str
    kind: EntryKind
    names: list[str]
    programme: str
    born: list[str]
    nationalities: list[str]
    countries: list[str]


class WordPairAnswer(Answer):
    """A word asked about, the one on the list it was taken for, and how alike they are, in thousandths."""

    asked: str
    listed: str
    how: str
    likeness: Annotated[int, Field(ge=0, le=1000)]


class NameMatchAnswer(Answer):
    """score: thousandths."""

    entry_id: EntryId
    name: str
    score: int
    words: list[WordPairAnswer]


class NamePreviewAnswer(Answer):
    generation: int
    items: list[NameMatchAnswer]


class ScreeningHitAnswer(Answer):
    """score: thousandths. due_at: when it should be decided; overdue_at: when it was told that it is not."""

    id: HitId
    subject_id: str
    subject_kind: SubjectKind
    entry_id: EntryId
    score: int
    state: HitState
    found_at: datetime
    due_at: datetime | None
    overdue_at: datetime | None
    proposed_by: str | None
    proposed_reason: str | None
    decided_by: str | None
    reason: str | None
    decided_at: datetime | None


class ScreeningHitDetailAnswer(ScreeningHitAnswer):
    """name: the subject's of now, opened for whoever decides; name_changed: another one was compared, which she had then.

    match: how the name of now compares with the entry; null where it does not.
    """

    name: str
    name_changed: bool
    entry: ListEntryAnswer
    match: NameMatchAnswer | None


class ScreeningAnswer(Answer):
    """What is remembered of a subject. score: of the best hit that still counts."""

    subject_id: str
    subject_kind: SubjectKind
    outcome: Outcome
    score: int
    generation: int
    screened_at: datetime
    expires_at: datetime
    hits: list[ScreeningHitAnswer]


def version_answer(version: ListVersion) -> ListVersionAnswer:
    return ListVersionAnswer.model_validate(version)


def refused_answer(rows: list[RefusedRow]) -> RefusedRowsAnswer:
    return RefusedRowsAnswer(items=[RefusedRowAnswer.model_validate(row) for row in rows])


def entry_answer(entry: Entry) -> ListEntryAnswer:
    return ListEntryAnswer(
        id=entry.id,
        list_name=entry.list_name,
        key=entry.key,
        kind=entry.kind,
        names=list(entry.names),
        programme=entry.programme,
        born=entry.facts.get("born", []),
        nationalities=entry.facts.get("nationalities", []),
        countries=entry.facts.get("countries", []),
    )


def match_answer(entry_id: UUID, match: Match) -> NameMatchAnswer:
    words = [
        WordPairAnswer(asked=one.asked, listed=one.listed, how=one.how, likeness=round(one.likeness * 1000))
        for one in match.pairings
    ]
    return NameMatchAnswer(entry_id=entry_id, name=match.name, score=in_thousandths(match.score), words=words)


def preview_answer(generation: int, found: list[Found]) -> NamePreviewAnswer:
    return NamePreviewAnswer(generation=generation, items=[match_answer(one.entry_id, one.match) for one in found])


def hit_answer(hit: Hit) -> ScreeningHitAnswer:
    return ScreeningHitAnswer(**_told(hit))


def hit_detail_answer(
    hit: Hit, name: str, screening: Screening, entry: Entry, match: Match | None
) -> ScreeningHitDetailAnswer:
    return ScreeningHitDetailAnswer(
        **_told(hit),
        name=name,
        name_changed=hit.name_index != screening.name_index,
        entry=entry_answer(entry),
        match=None if match is None else match_answer(entry.id, match),
    )


def screening_answer(screening: Screening, hits: list[Hit]) -> ScreeningAnswer:
    return ScreeningAnswer(
        subject_id=subject_on_wire(screening.subject_kind, screening.subject_id),
        subject_kind=screening.subject_kind,
        outcome=screening.outcome,
        score=screening.score,
        generation=screening.generation,
        screened_at=screening.screened_at,
        expires_at=screening.expires_at,
        hits=[hit_answer(hit) for hit in hits],
    )


def _told(hit: Hit) -> dict[str, object]:
    told = {name: getattr(hit, name) for name in ScreeningHitAnswer.model_fields if name != "subject_id"}
    return told | {"subject_id": subject_on_wire(hit.subject_kind, hit.subject_id)}
