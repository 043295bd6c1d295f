"""What is provided for a loan by its days past due: probability of default × loss given default, as dated data with its source."""

from dataclasses import dataclass
from datetime import date

from finance.expected_loss import MILLION, PRESUMED, Stage


@dataclass(frozen=True, slots=True)
class ProvisionStep:
    """From so many days past due on. Both in millionths."""

    from_days: int
    default_probability: int
    loss_given_default: int

    @property
    def rate_millionths(self) -> int:
        """Their product, exact for the steps below."""
        return self.default_probability * self.loss_given_default // MILLION

    @property
    def stage(self) -> Stage:
        return PRESUMED.stage(self.from_days)


@dataclass(frozen=True, slots=True)
class ProvisionTable:
    """valid_from: the first day for which it is used; steps: by days, the first from 0. written_off: of a loan that was given up."""

    valid_from: date
    source: str
    steps: tuple[ProvisionStep, ...]
    written_off: int = MILLION

    def step(self, days: int) -> ProvisionStep:
        return next(step for step in reversed(self.steps) if days >= step.from_days)


# The shares of the five classes (1 % of all loans, 2, 25, 50 and 100 %) at the days past due that the rule of 2023 puts into each; a step
# more where a stage begins.
TABLES: tuple[ProvisionTable, ...] = (
    ProvisionTable(
        date(2002, 1, 1),
        "银行贷款损失准备计提指引, 银发〔2002〕98 号; 商业银行金融资产风险分类办法, 银保监会 人民银行令 2023 年第 1 号",
        (
            ProvisionStep(0, 10_000, MILLION),
            ProvisionStep(1, 20_000, MILLION),
            ProvisionStep(31, 20_000, MILLION),
            ProvisionStep(91, MILLION, 250_000),
            ProvisionStep(271, MILLION, 500_000),
            ProvisionStep(361, MILLION, MILLION),
        ),
    ),
)


def table_on(day: date) -> ProvisionTable:
    return next(table for table in reversed(TABLES) if table.valid_from <= day)
