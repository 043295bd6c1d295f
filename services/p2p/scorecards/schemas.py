"""Scorecards on the wire: the table that grades, and the figures that say how well it does."""

from typing import Any

from chassis import wire
from services.p2p.scorecards.model import Publication
from services.p2p.scorecards.reasons import words_of


class SeparationAnswer(wire.Answer):
    """auc: the chance that a case that ended well scores above one that went bad; ks: the largest lead of one over the other."""

    auc: float
    gini: float
    ks: float
    ks_cut: float


class CalibrationBandAnswer(wire.Answer):
    cases: int
    expected_bad_share: float
    bad_share: float


class GradeResultAnswer(CalibrationBandAnswer):
    grade: str


class StabilityAnswer(wire.Answer):
    """csi: how far a characteristic moved from the cases learned from to those judged."""

    characteristic: str
    csi: float
    points_shift: float


class ReportAnswer(wire.Answer):
    """How a learned card did on cases that are newer than those it was learned from. psi: how far scores moved between the two."""

    learned_cases: int
    judged_cases: int
    judged_bad: int
    separation: SeparationAnswer
    brier: float
    hosmer_lemeshow_p: float | None
    bands: list[CalibrationBandAnswer]
    grades: list[GradeResultAnswer]
    psi: float
    characteristics: list[StabilityAnswer]


class ReasonTextAnswer(wire.Answer):
    code: str
    zh: str
    en: str


class ScorecardAnswer(wire.Answer):
    """table: `scorecard/1`, every characteristic with its bins and points; report: None of a card made by hand."""

    code: str
    version: str
    made_from: str
    in_use: bool
    table: dict[str, Any]
    reasons: list[ReasonTextAnswer]
    report: ReportAnswer | None


class ScorecardsAnswer(wire.Answer):
    items: list[ScorecardAnswer]


def scorecard_answer(published: Publication, in_use: str) -> ScorecardAnswer:
    codes = dict.fromkeys(one.reason for one in published.card.characteristics)
    words = [(code, words_of(code)) for code in codes]
    return ScorecardAnswer(
        code=published.code,
        version=published.version,
        made_from=published.made_from,
        in_use=published.version == in_use,
        table=published.table,
        reasons=[ReasonTextAnswer(code=code, zh=said.zh, en=said.en) for code, said in words],
        report=None if published.report is None else _report_answer(published.report),
    )


def _report_answer(report: dict[str, Any]) -> ReportAnswer:
    calibration = report["calibration"]
    return ReportAnswer(
        learned_cases=report["learned_from"]["cases"],
        judged_cases=report["cases"],
        judged_bad=report["bad"],
        separation=SeparationAnswer.model_validate(report["separation"]),
        brier=calibration["brier"],
        hosmer_lemeshow_p=calibration["p_value"],
        bands=[CalibrationBandAnswer.model_validate(one) for one in calibration["rows"]],
        grades=[GradeResultAnswer.model_validate(one) for one in report["grades"]],
        psi=report["psi"],
        characteristics=[StabilityAnswer.model_validate(one) for one in report["characteristics"]],
    )
