"""Stories of an authorisation: a user lets the platform move her money, proves herself by a code sent to her phone, and takes it back."""

import hashlib
from dataclasses import replace
from datetime import date

from chassis.clock import business_day
from chassis.database import Tx
from chassis.identity import Caller
from sandbox.bank.model import Bank
from sandbox.custody import queries, rules
from sandbox.custody.model import Authorisation, AuthorisationState, HolderKind, Scope
from sandbox.errors import (
    AgreementNotOpen,
    CodeExpired,
    ReferenceReused,
    TooManyTries,
    UnknownAuthorisation,
    UnknownCustodyAccount,
    WrongCode,
)
from sandbox.sms import queries as sms

WORDS = {Scope.INVEST: "出借", Scope.REPAY: "还款", Scope.FEE: "缴费"}


async def open_authorisation(
    tx: Tx, caller: Caller, *, bank: Bank, reference: str, number: str, scope: Scope, cap_minor: int, until_on: date
) -> Authorisation:
    """Send the code; the same reference asked again sends nothing more. Raises UnknownCustodyAccount, ReferenceReused, CodeExpired."""
    account = await queries.account_numbered(tx.connection, bank.code, number)
    if account is None or account.kind is not HolderKind.CUSTOMER or account.mobile is None:
        raise UnknownCustodyAccount("no customer has such an account", field="number")
    if until_on < business_day(tx.now, tx.settings.zone):
        raise CodeExpired("it would be over before it began", field="until_on")
    code = f"{int.from_bytes(hashlib.blake2b(tx.ids.new().bytes, digest_size=4).digest(), 'big') % 1_000_000:06d}"
    opened = Authorisation(
        reference, number, scope, cap_minor, until_on, 0, AuthorisationState.CODE_SENT, code, 0, tx.now, None, None
    )
    if not await queries.add_authorisation(tx.connection, bank.code, opened):
        before = await _known(tx, bank, reference, lock=False)
        if (before.number, before.scope, before.cap_minor, before.until_on) != (number, scope, cap_minor, until_on):
            raise ReferenceReused("this reference stands for another authorisation", field="reference")
        return before
    words = (
        f"【{bank.name}】{code} 是您授权平台{WORDS[scope]}的验证码，限额 {cap_minor / 100:.2f} 元，至 {until_on} 止。"
    )
    await sms.deliver(
        tx.connection, mobile=account.mobile, sender=bank.code, text=words, code=code, sent_at=tx.now
    )  # fmt: skip
    return opened


async def confirm(tx: Tx, caller: Caller, *, bank: Bank, reference: str, sms_code: str) -> Authorisation:
    """Raises UnknownAuthorisation, AgreementNotOpen, TooManyTries, CodeExpired. A wrong code costs a try: see raise_if_wrong."""
    held = await _known(tx, bank, reference, lock=True)
    if held.state is AuthorisationState.STANDING and held.sms_code == sms_code:
        return held
    if held.state is not AuthorisationState.CODE_SENT:
        raise AgreementNotOpen(f"the authorisation is {held.state}")
    if held.tries >= rules.MOST_TRIES:
        raise TooManyTries("too many wrong codes; open another authorisation", field="sms_code")
    if rules.code_expired(held, tx.now):
        raise CodeExpired("the code has expired; open another authorisation", field="sms_code")
    tried = replace(held, tries=held.tries + 1)
    if held.sms_code == sms_code:
        tried = replace(tried, state=AuthorisationState.STANDING, confirmed_at=tx.now)
    await queries.save_authorisations(tx.connection, bank.code, [tried])
    return tried


def raise_if_wrong(held: Authorisation) -> Authorisation:
    """After the commit: the try is counted even though the answer is a refusal."""
    if held.state is AuthorisationState.CODE_SENT:
        raise WrongCode("the code is wrong", field="sms_code", tries_left=rules.MOST_TRIES - held.tries)
    return held


async def revoke(tx: Tx, caller: Caller, *, bank: Bank, reference: str) -> Authorisation:
    """From now on nothing goes by it, nor is settled what was frozen by it. Raises UnknownAuthorisation."""
    held = await _known(tx, bank, reference, lock=True)
    if held.state is AuthorisationState.REVOKED:
        return held
    revoked = replace(held, state=AuthorisationState.REVOKED, revoked_at=tx.now)
    await queries.save_authorisations(tx.connection, bank.code, [revoked])
    return revoked


async def _known(tx: Tx, bank: Bank, reference: str, *, lock: bool) -> Authorisation:
    found = await queries.authorisation(tx.connection, bank.code, reference, lock=lock)
    if found is None:
        raise UnknownAuthorisation("no authorisation has this reference", field="reference")
    return found
