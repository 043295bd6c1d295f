"""Why a line was matched, or was not: what each rule, in its order, made of our records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.payments.reconciliation.model import Line, ReconciledAccount, RecordState, Rule


@dataclass(frozen=True)
class Candidate:
    """verdict: `matched`, or what spoke against it."""

    record_id: UUID
    subject: str
    reference: str
    amount: int
    value_on: Any
    verdict: str


@dataclass(frozen=True)
class Tried:
    """outcome: `matched`, `no_candidate`, `refused` (each candidate says why), `not_asked` (an earlier rule had matched, or it is out)."""

    rule: str
    outcome: str
    candidates: tuple[Candidate, ...]


def tried(line: Line, account: ReconciledAccount, seen: Sequence[Any], matched: dict[UUID, int]) -> list[Tried]:
    """seen: rows of records that share reference, batch, or amount and days with the line; matched: its pairs, record → rule."""
    by_rule = next(iter(matched.values()), None)
    found = []
    for rule in Rule:
        if (by_rule is not None and rule > by_rule) or line.repeated:
            found.append(Tried(rule.word, "not_asked", ()))
            continue
        candidates = [_judged(rule, line, account, row, matched) for row in seen if _concerns(rule, line, row)]
        candidates = _ambiguous(candidates)
        outcome = "matched" if rule == by_rule else "refused" if candidates else "no_candidate"
        found.append(Tried(rule.word, outcome, tuple(candidates)))
    return found


def _concerns(rule: Rule, line: Line, row: Any) -> bool:
    """Whether a rule looks at this record at all."""
    if rule is Rule.GROUP:
        return bool(line.match_key) and row.group_key == line.match_key
    if rule in (Rule.TEXT, Rule.AMOUNT):
        return bool(row.amount == line.amount)
    return bool(line.match_key) and row.match_key == line.match_key


def _judged(rule: Rule, line: Line, account: ReconciledAccount, row: Any, matched: dict[UUID, int]) -> Candidate:
    verdict = "matched" if matched.get(row.id) == rule else _against(rule, line, account, row)
    return Candidate(row.id, row.subject, row.reference, row.amount, row.value_on, verdict)


def _against(rule: Rule, line: Line, account: ReconciledAccount, row: Any) -> str:
    if row.rule is not None:
        return "matched_with_another_line"
    if row.state != RecordState.EXPECTED:
        return f"result_is_{row.state}"
    if rule is Rule.REFERENCE:
        return "amount_differs" if row.amount != line.amount else "not_run_yet"
    if rule is Rule.GROUP:
        return "sum_of_batch_differs"
    if rule is Rule.PARTS:
        return "sum_of_lines_differs"
    if rule is Rule.REFERENCE_TOLERANCE:
        within = abs(row.amount - line.amount) <= account.amount_tolerance_minor
        return "not_run_yet" if within else "amount_beyond_tolerance"
    if abs((row.value_on - line.value_on).days) > account.date_window_days:
        return "days_too_far_apart"
    shared = len(set(line.words) & set(row.words))
    if rule is Rule.TEXT:
        enough = shared and shared * 2 >= min(len(line.words), len(row.words))
        return "fits" if enough else "too_few_words_in_common"
    return "fits" if not line.words or not row.words else "text_differs"


def _ambiguous(candidates: list[Candidate]) -> list[Candidate]:
    """One that fits was left because of another that fits as well, or of its reference, or because nothing was run since."""
    fitting = [one for one in candidates if one.verdict == "fits"]
    word = "another_fits_as_well" if len(fitting) > 1 else "other_reference_or_not_run_yet"
    return [
        Candidate(one.record_id, one.subject, one.reference, one.amount, one.value_on, word)
        if one.verdict == "fits"
        else one
        for one in candidates
    ]
