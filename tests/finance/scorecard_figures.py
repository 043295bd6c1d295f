"""How well learned cards tell bad from good on cases they have not seen: `python -m tests.finance.scorecard_figures`."""

from dataclasses import dataclass

import numpy
from sklearn.model_selection import StratifiedKFold

from finance.scorecards.cards import Scorecard
from finance.scorecards.learning import learn
from finance.scorecards.portfolios import score_many
from finance.scorecards.validation import ValidationReport, separation, validation_report
from tests.finance.scorecard_samples import LENDING_CLUB, Columns, Flags, german, lending_club, rows_of

SHUFFLES, FOLDS = 10, 5
LEARNED_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Shuffled:
    """mean: of the area under the curve over all shuffles; deviation: of one shuffle's mean over its folds."""

    mean: float
    deviation: float


def cross_validated(columns: Columns, bad: Flags, shuffles: int = SHUFFLES) -> Shuffled:
    """Bins, weights and choice of columns are learned anew from four fifths each time, and judged on the fifth."""
    means = []
    for shuffle in range(shuffles):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=shuffle).split(bad, bad)
        means.append(numpy.mean([_unseen_auc(columns, bad, learned, judged) for learned, judged in folds]))
    return Shuffled(float(numpy.mean(means)), float(numpy.std(means)))


def out_of_time(columns: Columns, bad: Flags) -> tuple[Scorecard, ValidationReport]:
    """Learned from the last rows, which are the oldest, judged on the newest."""
    newest = len(bad) - round(len(bad) * LEARNED_SHARE)
    rows = numpy.arange(len(bad))
    learned, judged = rows_of(columns, rows[newest:]), rows_of(columns, rows[:newest])
    card = learn(learned, bad[newest:])
    return card, validation_report(card, judged, bad[:newest], earlier_points=score_many(card, learned).points)


def _unseen_auc(columns: Columns, bad: Flags, learned: numpy.ndarray, judged: numpy.ndarray) -> float:
    card = learn(rows_of(columns, learned), bad[learned])
    return separation(score_many(card, rows_of(columns, judged)).points, bad[judged]).auc


if __name__ == "__main__":
    found = cross_validated(*german())
    print(f"German credit, {FOLDS} folds, mean of {SHUFFLES} shuffles: AUC {found.mean:.4f} ± {found.deviation:.4f}")
    if LENDING_CLUB.exists():
        _, report = out_of_time(*lending_club())
        told = report.separation
        print(
            f"Lending Club, oldest 70 % learned, newest judged: AUC {told.auc:.4f}, KS {told.ks:.3f}, PSI {report.psi:.3f}"
        )
