"""What clearing refuses, beside the refusals of the ledger.

Refusal
├── NotFound   UnknownParticipant · UnknownModel · UnknownObligation · UnknownWindow · UnknownSettlement
├── Invalid    SameParticipant · KindUnclear · CutOffsUnclear · LicenceUnclear · ModelsDiffer · WindowsUnclear ·
│              UnknownPage · ScaleTooFine
└── Conflict   ParticipantExists · ModelExists · ModelCollectsAlready · ModelHasNoCaps · ModelRetired ·
               ParticipantNotActive · ParticipantLeft · ParticipantNotFlat ·
               LicenceNotValid · LicenceNotForThis · NetDebitCapExceeded · SettlementFundsShort · CapNotCovered · LiquidityCommitted ·
               ObligationDiffers · ObligationEnded · NotQueued · PaymentMustSettle · WindowEmpty · WindowFull · WindowNotOpen ·
               WindowStillOpen · WindowInSettlement · WindowSettled · SettlementCommitted · SettlementEnded · NobodyIsShort ·
               NothingSettles · SettlementTooLarge · NotRecorded
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownParticipant(NotFound):
    code = "unknown_participant"


class UnknownModel(NotFound):
    code = "unknown_settlement_model"


class UnknownObligation(NotFound):
    code = "unknown_obligation"


class UnknownWindow(NotFound):
    code = "unknown_window"


class UnknownSettlement(NotFound):
    code = "unknown_settlement"


class SameParticipant(Invalid):
    code = "same_participant"


class KindUnclear(Invalid):
    """Gross settles each pair at once; net, bilateral or multilateral, settles later."""

    code = "settlement_model_unclear"


class ScaleTooFine(Invalid):
    """Messages between banks carry at most five decimal places."""

    code = "scale_too_fine"


class CutOffsUnclear(Invalid):
    code = "cut_offs_unclear"


class LicenceUnclear(Invalid):
    code = "licence_unclear"


class ModelsDiffer(Invalid):
    """A settlement is of windows of one model."""

    code = "settlement_models_differ"


class WindowsUnclear(Invalid):
    code = "windows_unclear"


class UnknownPage(Invalid):
    code = "unknown_page"


class ParticipantExists(Conflict):
    code = "participant_exists"


class ModelExists(Conflict):
    code = "settlement_model_exists"


class ModelCollectsAlready(Conflict):
    code = "model_collects_already"


class ParticipantNotActive(Conflict):
    code = "participant_not_active"


class ParticipantLeft(Conflict):
    code = "participant_left"


class ParticipantNotFlat(Conflict):
    """It still owes, is owed, waits, or has money on a settlement account."""

    code = "participant_not_flat"


class LicenceNotValid(Conflict):
    code = "licence_not_valid"


class LicenceNotForThis(Conflict):
    code = "licence_not_for_this"


class NetDebitCapExceeded(Conflict):
    code = "net_debit_cap_exceeded"


class ModelHasNoCaps(Conflict):
    """What is settled at once is bounded by the money there is."""

    code = "settlement_model_has_no_caps"


class ModelRetired(Conflict):
    """Nothing new is recorded in it; what there is is settled."""

    code = "settlement_model_retired"


class WindowFull(Conflict):
    """The payer owes as much in this window, gross, as one may."""

    code = "window_full"


class SettlementFundsShort(Conflict):
    code = "settlement_funds_short"


class CapNotCovered(Conflict):
    """Of a prefunded model: caps are at most what is on the settlement account."""

    code = "cap_not_covered"


class LiquidityCommitted(Conflict):
    """It covers the caps of prefunded models, or is not there."""

    code = "liquidity_committed"


class ObligationDiffers(Conflict):
    code = "exists_with_different_obligation"


class ObligationEnded(Conflict):
    """It was cancelled, or waited too long: its id is spent."""

    code = "obligation_ended"


class NotQueued(Conflict):
    code = "obligation_not_queued"


class PaymentMustSettle(Conflict):
    """The payment behind it has been made: it waits until it can be settled."""

    code = "payment_must_settle"


class WindowEmpty(Conflict):
    code = "window_empty"


class WindowNotOpen(Conflict):
    code = "window_not_open"


class WindowStillOpen(Conflict):
    code = "window_still_open"


class WindowInSettlement(Conflict):
    code = "window_in_settlement"


class WindowSettled(Conflict):
    code = "window_settled"


class SettlementCommitted(Conflict):
    """The money has moved."""

    code = "settlement_committed"


class SettlementEnded(Conflict):
    code = "settlement_ended"


class NobodyIsShort(Conflict):
    code = "nobody_is_short"


class NothingSettles(Conflict):
    code = "nothing_settles"


class SettlementTooLarge(Conflict):
    """More obligations than are looked through at once: settle its windows in several settlements."""

    code = "settlement_too_large"


class NotRecorded(Conflict):
    """Its payments do not stand there yet."""

    code = "settlement_not_recorded"
