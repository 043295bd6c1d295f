"""Actions on agreements: a customer lets the payment company charge her card, and proves herself by SMS."""

import hashlib
from dataclasses import replace

from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank import queries, rules
from sandbox.bank.accounts import card_for
from sandbox.bank.model import Agreement, AgreementState, Bank, Card
from sandbox.errors import AgreementNotOpen, CodeExpired, ReferenceReused, TooManyTries, UnknownAgreement, WrongCode
from sandbox.sms import queries as sms


async def open_agreement(
    tx: Tx, caller: Caller, *, bank: Bank, reference: str, card_number: str, holder_name: str, mobile: str
) -> Agreement:
    """Check the card's holder and send the code; the same reference asked again sends nothing more."""
    card = await card_for(tx, caller, bank, card_number, holder_name, mobile)
    refusal = _refusal(card, holder_name, mobile)
    state = AgreementState.REFUSED if refusal else AgreementState.CODE_SENT
    agreement = Agreement(bank.code, reference, card_number, state, refusal, _new_code(tx), tx.now, 0)
    if not await queries.add_agreement(tx.connection, agreement):
        return await _opened_before(tx, agreement)
    if refusal is None:
        text = f"【{bank.name}】{agreement.sms_code} 是您授权快捷支付的验证码，5 分钟内有效。"
        await sms.deliver(
            tx.connection, mobile=mobile, sender=bank.code, text=text, code=agreement.sms_code, sent_at=tx.now
        )
    return agreement


async def confirm_agreement(tx: Tx, caller: Caller, *, bank: Bank, reference: str, sms_code: str) -> Agreement:
    """Raises UnknownAgreement, AgreementNotOpen, TooManyTries, CodeExpired, WrongCode. A wrong code costs one try."""
    agreement = await queries.agreement_referenced(tx.connection, bank.code, reference, lock=True)
    if agreement is None:
        raise UnknownAgreement("no agreement has this reference", field="reference")
    if agreement.state is AgreementState.REFUSED:
        raise AgreementNotOpen("the agreement was refused", refusal_code=agreement.refusal_code)
    if agreement.sms_code == sms_code and agreement.state is AgreementState.ACTIVE:
        return agreement
    if agreement.state is AgreementState.ACTIVE:
        raise AgreementNotOpen("the agreement is active already")
    if agreement.tries >= rules.MOST_TRIES:
        raise TooManyTries("too many wrong codes; open another agreement", field="sms_code")
    if rules.code_expired(agreement, tx.now):
        raise CodeExpired("the code has expired; open another agreement", field="sms_code")
    return await _tried(tx, agreement, sms_code)


async def _tried(tx: Tx, agreement: Agreement, sms_code: str) -> Agreement:
    tries = agreement.tries + 1
    right = agreement.sms_code == sms_code
    state = AgreementState.ACTIVE if right else agreement.state
    await queries.change_agreement(tx.connection, agreement, tries=tries, state=state)
    return replace(agreement, tries=tries, state=state)


def raise_if_wrong(agreement: Agreement) -> Agreement:
    """After the commit: the try is counted even though the answer is a refusal."""
    if agreement.state is AgreementState.CODE_SENT:
        raise WrongCode("the code is wrong", field="sms_code", tries_left=rules.MOST_TRIES - agreement.tries)
    return agreement


async def _opened_before(tx: Tx, agreement: Agreement) -> Agreement:
    before = await queries.agreement_referenced(tx.connection, agreement.bank, agreement.reference)
    if before is None or before.card_number != agreement.card_number:
        raise ReferenceReused("this reference stands for another card", field="reference")
    return before


def _refusal(card: Card | None, holder_name: str, mobile: str) -> str | None:
    if card is None:
        return "unknown_card"
    if card.holder_name != holder_name:
        return "holder_mismatch"
    return "mobile_mismatch" if card.mobile != mobile else None


def _new_code(tx: Tx) -> str:
    digest = hashlib.blake2b(tx.ids.new().bytes, digest_size=4).digest()
    return f"{int.from_bytes(digest, 'big') % 1_000_000:06d}"
