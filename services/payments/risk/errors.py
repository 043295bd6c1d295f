"""What risk refuses.

Refusal
├── NotFound   UnknownRuleset · UnknownDecision · UnknownRiskList
├── Conflict   RiskRefused · StepUpRequired · ReviewRequired · DecisionPending · DecisionUsed · DecisionExpired · DecisionDiffers
│              DecisionEnded · TooManyParked · ChallengeNotOpen · ReviewNotOpen · RulesetNotInState · SecondPersonNeeded ·
│              TooManyShadows · RiskListExists · RiskListFull
└── Invalid    RulesetNamesUnknownList

A payment's own refusals tell `decision_id`, under which the reasons are found, and when it ends.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from chassis.errors import Conflict, Invalid, NotFound


class UnknownRuleset(NotFound):
    code = "unknown_risk_ruleset"


class UnknownDecision(NotFound):
    code = "unknown_risk_decision"


class UnknownRiskList(NotFound):
    code = "unknown_risk_list"


class Judged(Conflict):
    """The payment is not made; the decision is kept though all of its story is taken back."""

    remembers = True

    def __init__(self, detail: str, keep: Callable[[Any], Awaitable[dict[str, Any]]], **facts: Any) -> None:
        super().__init__(detail, **facts)
        self._keep = keep

    async def remember(self, tx: Any) -> None:
        self.facts |= await self._keep(tx)


class RiskRefused(Judged):
    code = "risk_refused"


class StepUpRequired(Judged):
    """Parked: the customer answers the challenge, then makes the same payment with `Sifang-Decision`."""

    code = "step_up_required"


class ReviewRequired(Judged):
    """Parked: an operator looks at it; once it is approved the same payment is made with `Sifang-Decision`."""

    code = "review_required"


class DecisionPending(Conflict):
    """Nobody has answered or approved yet."""

    code = "decision_pending"


class DecisionUsed(Conflict):
    """It let one payment be made."""

    code = "decision_used"


class DecisionExpired(Conflict):
    code = "decision_expired"


class DecisionEnded(Conflict):
    """Denied, withdrawn, or out of tries."""

    code = "decision_ended"


class DecisionDiffers(Conflict):
    """Another amount, payee, device or kind of payment was decided on."""

    code = "decision_differs"


class TooManyParked(Conflict):
    code = "too_many_parked_payments"


class ChallengeNotOpen(Conflict):
    """It was answered, or is over."""

    code = "challenge_not_open"


class ReviewNotOpen(Conflict):
    code = "review_not_open"


class RulesetNotInState(Conflict):
    code = "ruleset_not_in_state"


class SecondPersonNeeded(Conflict):
    """Who wrote it does not put it live."""

    code = "second_person_needed"


class TooManyShadows(Conflict):
    code = "too_many_shadows"


class RiskListExists(Conflict):
    code = "risk_list_exists"


class TooManyRiskLists(Conflict):
    code = "too_many_risk_lists"


class RiskListFull(Conflict):
    code = "risk_list_full"


class RulesetNamesUnknownList(Invalid):
    """No such list, or one that holds something else."""

    code = "ruleset_names_unknown_list"
