"""What the ledger refuses, in the order of precedence for transfers: the first that applies is the answer.

Refusal
├── Invalid    LinkedChainOpen
├── Conflict   IdReused (`exists_with_different_<field>`) · IdAlreadyFailed
├── NotFound   UnknownHold
├── Conflict   HoldAlreadyPosted · HoldAlreadyVoided · HoldExpired
├── Invalid    AmountExceedsHold · HoldDiffers (`hold_has_different_<field>`)
├── NotFound   UnknownAccount
├── Invalid    SameAccount · CurrencyMismatch · AccountsInDifferentBooks · IdInAnotherBook · AccountControlled ·
│              ValueDateOutOfRange · PostedAtInFuture · PostedAtBeforeOpening · PostedAtBeforeLast
├── Conflict   AccountClosed · AccountFrozen · PurposeExpired · PurposeNotMet
├── Invalid    AmountNotPositive
├── Conflict   BalanceWouldOverflow · InsufficientFunds
├── Conflict   BatchRefused, LinkedTransferFailed      another transfer of the atomic batch, or of the chain, was refused
└── Conflict   ExistsOutsideBatch

Of the routes: UnknownTransfer · RefusalUnknown (NotFound); Incomplete · SeveralBooks · UnanswerableQuestion · KindReserved ·
UnknownCurrency · RuleNotOfUnit · UnitInAnotherBook · NotOpenThen · InFuture · NoLimitToFreeze · MalformedFilter ·
RangeReversed · RangeTooWide · TooManyAccounts · MetadataNotKnownThen · SumOutOfRange (Invalid);
OwnerNotAllowed · CodeReserved · FlagNotAllowed · ActingNotAllowed (Forbidden);
AccountNotEmpty · NotFrozen (Conflict).
"""

from collections.abc import Sequence
from typing import Any

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from chassis.ids import encode
from services.payments.ledger.model import Outcome


class LinkedChainOpen(Invalid):
    """The last transfer of a batch is linked to one that is not there."""

    code = "linked_chain_open"


class IdReused(Conflict):
    """The id made a transfer before, and that one differs."""

    code = "exists_with_different"


class IdAlreadyFailed(Conflict):
    """The id was refused before for the state it met; whatever the state is now, it stays refused."""

    code = "id_already_failed"


class UnknownHold(NotFound):
    code = "unknown_hold"


class HoldAlreadyPosted(Conflict):
    code = "hold_already_posted"


class HoldAlreadyVoided(Conflict):
    code = "hold_already_voided"


class HoldExpired(Conflict):
    code = "hold_expired"


class CodeReserved(Forbidden):
    code = "code_reserved"


class FlagNotAllowed(Forbidden):
    code = "flag_not_allowed"


class ActingNotAllowed(Forbidden):
    """Only a service names the customers for whom it moves money; anybody else stands for one, in the token."""

    code = "acting_not_allowed"


class NoLimitToFreeze(Invalid):
    """An amount is frozen on an account that must not be overdrawn; another one has no balance to keep."""

    code = "no_limit_to_freeze"


class AmountExceedsHold(Invalid):
    code = "amount_exceeds_hold"


class HoldDiffers(Invalid):
    """Post and void may leave out accounts and currency; named, they are the hold's."""

    code = "hold_has_different"


class UnknownAccount(NotFound):
    """No such account, or not one that the caller may debit."""

    code = "unknown_account"


class SameAccount(Invalid):
    code = "same_account"


class CurrencyMismatch(Invalid):
    code = "currency_mismatch"


class AccountsInDifferentBooks(Invalid):
    code = "accounts_in_different_books"


class IdInAnotherBook(Invalid):
    """The last 16 bits of a transfer's id name the book of the account debited."""

    code = "id_in_another_book"


class AccountControlled(Invalid):
    """Its balance is a statement, such as what was issued of a unit: only the story that makes it true moves it."""

    code = "account_controlled"


class ValueDateOutOfRange(Invalid):
    code = "value_date_out_of_range"


class PostedAtInFuture(Invalid):
    code = "posted_at_in_future"


class PostedAtBeforeOpening(Invalid):
    code = "posted_at_before_opening"


class PostedAtBeforeLast(Invalid):
    """Each account's transfers ascend by instant: what is imported comes after all that is there."""

    code = "posted_at_before_last"


class AccountClosed(Conflict):
    code = "account_closed"


class AccountFrozen(Conflict):
    code = "account_frozen"


class PurposeExpired(Conflict):
    """The purpose that the money is bound to is over: it only goes back."""

    code = "purpose_expired"


class PurposeNotMet(Conflict):
    """The money is bound to a purpose, which that account does not serve."""

    code = "purpose_not_met"


class AmountNotPositive(Invalid):
    code = "amount_not_positive"


class BalanceWouldOverflow(Conflict):
    code = "balance_would_overflow"


class InsufficientFunds(Conflict):
    code = "insufficient_funds"


class BatchRefused(Conflict):
    code = "batch_refused"


class LinkedTransferFailed(Conflict):
    """Another transfer of the chain was refused."""

    code = "linked_transfer_failed"


class ExistsOutsideBatch(Conflict):
    """An atomic batch is repeated whole or is new as a whole: of this one some transfers were made before, or one is named twice."""

    code = "exists_outside_batch"


class UnknownTransfer(NotFound):
    code = "unknown_transfer"


class RefusalUnknown(NotFound):
    """The id was never refused for a state, or longer than 90 days ago."""

    code = "refusal_unknown"


class Incomplete(Invalid):
    """A field that this kind of transfer needs is missing, or one that it does not know is there."""

    code = "incomplete_transfer"


class SeveralBooks(Invalid):
    """The transfers of an atomic batch are of one book: no batch crosses a server."""

    code = "several_books"


class UnanswerableQuestion(Invalid):
    """A list asked for in a way that no index answers: an error, never an empty answer."""

    code = "unanswerable_question"


class MalformedFilter(Invalid):
    """Not `key:value`, or two values of one key."""

    code = "malformed_filter"


class RangeReversed(Invalid):
    """A range ends after it begins."""

    code = "range_reversed"


class RangeTooWide(Invalid):
    code = "range_too_wide"


class TooManyAccounts(Invalid):
    """More than a sum is taken over; the question is to be narrowed."""

    code = "too_many_accounts"


class MetadataNotKnownThen(Invalid):
    """Of accounts that were there before, nobody knows what would have been said of them."""

    code = "metadata_not_known_then"


class SumOutOfRange(Invalid):
    """A sum past 2^53 − 1 cannot be told exactly to everybody."""

    code = "sum_out_of_range"


class KindReserved(Invalid):
    """Accounts of this kind are opened and closed by the story they belong to."""

    code = "kind_reserved"


class UnknownCurrency(Invalid):
    code = "unknown_currency"


class RuleNotOfUnit(Invalid):
    """A token or coin is nobody's to make: no account of it goes below zero but that of its issuance."""

    code = "rule_not_of_unit"


class UnitInAnotherBook(Invalid):
    """A token or coin lives in the book in which it is issued."""

    code = "unit_in_another_book"


class OwnerNotAllowed(Forbidden):
    code = "owner_not_allowed"


class NotOpenThen(Invalid):
    """The account did not exist at that instant: there is no balance to tell."""

    code = "account_not_open_then"


class InFuture(Invalid):
    code = "in_future"


class AccountNotEmpty(Conflict):
    """Money or holds are on it."""

    code = "account_not_empty"


class NotFrozen(Conflict):
    code = "account_not_frozen"


_TOLD: dict[str, tuple[type[Refusal], str]] = {
    kind.code: (kind, detail)
    for kind, detail in (
        (LinkedChainOpen, "the last transfer is linked to one that is not there"),
        (LinkedTransferFailed, "another transfer of the chain was refused"),
        (PostedAtInFuture, "nothing is imported from the future"),
        (PostedAtBeforeOpening, "the account was not open then"),
        (PostedAtBeforeLast, "the account has a transfer of that instant or later"),
        (IdAlreadyFailed, "this id was refused before; a new wish needs a new id"),
        (UnknownHold, "no such hold"),
        (HoldAlreadyPosted, "the hold was posted before"),
        (HoldAlreadyVoided, "the hold was voided before"),
        (HoldExpired, "the hold has expired"),
        (AmountExceedsHold, "more than the hold holds"),
        (UnknownAccount, "no such account, or not one to be debited by this caller"),
        (SameAccount, "debit and credit are one account"),
        (CurrencyMismatch, "the account is kept in another currency"),
        (AccountsInDifferentBooks, "both accounts must be in one book"),
        (IdInAnotherBook, "the id's last 16 bits must name the book of the account debited"),
        (AccountControlled, "the account is moved by its own story alone"),
        (ValueDateOutOfRange, "the value date is more than a year away"),
        (AccountClosed, "the account is closed"),
        (AccountFrozen, "the account is frozen: nothing may leave it"),
        (PurposeExpired, "the purpose of the money is over: it only goes back"),
        (PurposeNotMet, "the money is bound to a purpose, which this account does not serve"),
        (AmountNotPositive, "an amount is at least one minor unit"),
        (BalanceWouldOverflow, "the account's sums would pass 2^53"),
        (InsufficientFunds, "the account does not have that much available"),
        (BatchRefused, "another transfer of the batch was refused"),
        (ExistsOutsideBatch, "made before without the rest of the batch, or named twice in it"),
    )
}
_FAMILIES: dict[str, tuple[type[Refusal], str]] = {
    "exists_with_different_": (IdReused, "this id made another transfer before"),
    "hold_has_different_": (HoldDiffers, "the hold has another one"),
}


def refusal_of(outcome: Outcome) -> Refusal:
    """The refusal that an outcome is. `id_already_failed` tells the first refusal's code in `refused_with`."""
    facts = outcome.seen if outcome.result == IdAlreadyFailed.code and outcome.seen else {}
    return _made(outcome.result, outcome.field, id=encode("trf", outcome.id), **facts)


def batch_refusal(outcomes: Sequence[Outcome]) -> Refusal:
    """The first fault of an atomic batch as a refusal; `results` tells every transfer's own."""
    number, first = next(
        (number, one) for number, one in enumerate(outcomes) if not one.accepted and one.result != BatchRefused.code
    )
    results = [{"id": encode("trf", one.id), "result": one.result, "field": one.field} for one in outcomes]
    field = f"transfers.{number}" + (f".{first.field}" if first.field else "")
    return _made(first.result, field, id=encode("trf", first.id), results=results)


def _made(code: str, field: str | None, **facts: Any) -> Refusal:
    if code in _TOLD:
        kind, detail = _TOLD[code]
        return kind(detail, field=field, **facts)
    kind, detail = next(family for prefix, family in _FAMILIES.items() if code.startswith(prefix))
    refusal = kind(detail, field=field, **facts)
    refusal.code = code  # type: ignore[misc]
    return refusal
