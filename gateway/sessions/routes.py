"""`/v1/sessions` and the public keys. Sign-in and refresh take no Idempotency-Key: their answers are secrets, never stored."""

import asyncio
import json

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from chassis.keyed import KEYLESS
from chassis.runtime import Runtime, runtime_of
from gateway.errors import RefreshTokenRefused, RefreshTokenReused
from gateway.factors import actions as factors
from gateway.factors.sealing import sealing_keys
from gateway.identities.digests import contact_digest
from gateway.identities.model import Contact, Identity
from gateway.identities.passwords import Passwords
from gateway.identities.queries import set_password_hash
from gateway.identities.rules import read_contact, scopes_of
from gateway.limits import Limits
from gateway.sessions import actions, schemas
from gateway.sessions.model import ACCESS_TOKEN, Ended, Purpose, SignedIn
from gateway.sessions.tokens import access_token, subject_of

KEYS_ARE_GOOD_SECONDS = 300
NOT_STORED = {"Cache-Control": "no-store"}
router = APIRouter(tags=["sessions"])


@router.post("/v1/sessions", status_code=201, response_model=schemas.Tokens, openapi_extra=KEYLESS)
async def sign_in(request: Request, body: schemas.SignIn) -> Response:
    """Sign in. An unknown contact and a wrong password answer alike, `credentials_refused`.

    Staff with a second factor hear `second_factor_required` after the right password and ask again with its `code`.
    """
    contact = read_contact(body.email, body.mobile)
    signed_in = await authenticate(request, contact, body.password, body.code, Purpose.API)
    return _answer(runtime_of(request), signed_in, 201)


@router.post("/v1/sessions/refresh", response_model=schemas.Tokens, openapi_extra=KEYLESS)
async def refresh(request: Request, body: schemas.Refresh) -> Response:
    """The next pair of tokens. A refresh token that was used before ends the session for everybody who holds a copy."""
    runtime = runtime_of(request)
    async with runtime.transaction() as tx:
        outcome = await actions.rotate(tx, body.refresh_token)
    if isinstance(outcome, Ended):
        if outcome.reused:
            raise RefreshTokenReused("this refresh token was used before; the session is ended, sign in again")
        raise RefreshTokenRefused("this refresh token is unknown, expired or ended; sign in again")
    return _answer(runtime, outcome, 200)


@router.post("/v1/sessions/sign-out", status_code=204, openapi_extra=KEYLESS)
async def sign_out(request: Request, body: schemas.Refresh) -> Response:
    """End the session. Access tokens already given out end by themselves within 15 minutes."""
    async with runtime_of(request).transaction() as tx:
        await actions.sign_out(tx, body.refresh_token, Purpose.API)
    return Response(status_code=204)


@router.get("/.well-known/jwks.json")
async def read_keys(request: Request) -> Response:
    """The public keys that prove the gateway's tokens (RFC 7517)."""
    file = runtime_of(request).settings.keys / "gateway.public.json"
    document = json.loads(await asyncio.to_thread(file.read_text))
    return JSONResponse(document, headers={"Cache-Control": f"public, max-age={KEYS_ARE_GOOD_SECONDS}"})


async def authenticate(
    request: Request, contact: Contact, password: str, code: str | None, purpose: Purpose
) -> SignedIn:
    """Limits, proofs, session. Raises TooManyTries, PasswordsBusy, CredentialsRefused, SecondFactorRequired, SecondFactorRefused."""
    runtime = runtime_of(request)
    limits, passwords = runtime.get(Limits), runtime.get(Passwords)
    account = contact_digest(runtime, contact)
    await limits.sign_in(request, account)
    async with runtime.transaction() as tx:
        found = await actions.find(tx, contact)
    # No transaction is open while the password is proved: that takes a thread and tens of milliseconds.
    proved = await actions.prove(found, password, passwords, staff_only=purpose is Purpose.CONSOLE)
    await _refresh_hash(runtime, passwords, proved.identity, proved.password_hash, password)
    async with runtime.transaction() as tx:
        await factors.prove(tx, sealing_keys(runtime), proved.identity, code)
        signed_in = await actions.begin(tx, proved.identity, purpose)
    # Only now: whoever knows a password may not try codes without end.
    await limits.signed_in(account)
    return signed_in


async def _refresh_hash(
    runtime: Runtime, passwords: Passwords, identity: Identity, password_hash: str, password: str
) -> None:
    """Hash again where the parameters have risen since: only at sign-in is the password known."""
    if not passwords.outdated(password_hash):
        return
    stronger = await passwords.hashed(password)
    async with runtime.transaction() as tx:
        await set_password_hash(tx.connection, identity.id, stronger)


def _answer(runtime: Runtime, signed_in: SignedIn, status: int) -> Response:
    tokens = schemas.Tokens(
        access_token=access_token(runtime.signer, signed_in.identity),
        expires_in=int(ACCESS_TOKEN.total_seconds()),
        refresh_token=signed_in.secret,
        refresh_expires_at=signed_in.expires_at,
        subject=subject_of(signed_in.identity),
        scopes=sorted(scopes_of(signed_in.identity)),
    )
    return JSONResponse(tokens.model_dump(mode="json"), status, headers=NOT_STORED)
