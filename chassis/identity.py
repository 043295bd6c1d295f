"""Who is calling. JWTs signed with Ed25519 (RFC 9864); people by the gateway (or any OIDC issuer), services by themselves.

A token carries `iss`, `sub`, `aud` (ours must be among them), `exp`, `scope` and, when a service acts for a customer, `act`.
Trust is a folder of JWKS files, `<issuer>.public.json`; which scopes an issuer may hand out stands in `ISSUER_SCOPES`.
Nobody needs the gateway at run time: a service signs its own 60-second tokens.
"""

import base64
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request, Security
from fastapi.security import HTTPBearer, SecurityScopes
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from chassis.errors import Forbidden, NotFound, Unauthenticated
from chassis.ids import MalformedId, decode
from chassis.keyed import require_key
from chassis.settings import SERVICES, Settings

ALGORITHM = "Ed25519"
SERVICE_TOKEN_SECONDS = 60
LEEWAY_SECONDS = 5
REMEMBERED_TOKENS = 10_000
# A token of a key that was taken away counts no longer than this.
REMEMBERED_SECONDS = 60.0
_BUSINESS = ("payments", "p2p", "ecommerce_credit", "info_broker")
CUSTOMER_SCOPES = frozenset(f"{name}:{verb}" for name in _BUSINESS for verb in ("read", "write")) | {"gateway:read"}
OPERATOR_SCOPES = (
    frozenset(f"{name}:{verb}" for name in SERVICES for verb in ("read", "write", "operate"))
    | {"payments:transfer", "events:read", "clock:write"}
)  # fmt: skip
NEIGHBOUR_SCOPES = {
    "p2p": frozenset({"payments:read", "payments:write", "payments:transfer", "events:read"}),
    "ecommerce_credit": frozenset({"payments:read", "payments:write", "payments:transfer", "events:read"}),
    "info_broker": frozenset({"payments:read", "payments:write", "events:read"}),
    "payments": frozenset({"sandbox:read", "sandbox:write", "events:read"}),
    "sandbox": frozenset({"events:read"}),
}
ISSUER_SCOPES = {**NEIGHBOUR_SCOPES, "gateway": OPERATOR_SCOPES, "suite": OPERATOR_SCOPES}
LIVE_REFUSES = frozenset({"suite", "sandbox"})


class MissingScope(Forbidden):
    code = "missing_scope"


class TokenRefused(Unauthenticated):
    code = "token_refused"


@dataclass(frozen=True)
class Caller:
    """The party behind a request: a person (`cus_…`, `stf_…`) or a service, perhaps acting for a customer."""

    subject: str
    issuer: str
    scopes: frozenset[str] = frozenset()
    acting_for: str | None = None

    @property
    def party(self) -> str:
        """Who owns what this call makes: the customer acted for, else the caller itself."""
        return self.acting_for or self.subject

    @property
    def customer(self) -> UUID | None:
        try:
            return decode("cus", self.party)
        except MalformedId:
            return None

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def require_owner(self, owner: str | None, *, operate: str | None = None, detail: str = "no such record") -> None:
        """Another's record answers as an unknown one does, unless the caller holds the `operate` scope named."""
        if owner != self.party and not (operate and self.may(operate)):
            raise NotFound(detail)


def service_caller(name: str) -> Caller:
    """The service itself, as the party of its own jobs and feeds."""
    return Caller(name, name, OPERATOR_SCOPES)


@dataclass
class Signer:
    """Signs tokens as one issuer with its private key."""

    issuer: str
    key_file: Path

    @cached_property
    def _key(self) -> OKPKey:
        return OKPKey.import_key(json.loads(self.key_file.read_text()))

    def token(
        self,
        audience: str | Iterable[str],
        scopes: Iterable[str],
        *,
        subject: str | None = None,
        acting_for: str | None = None,
        seconds: int = SERVICE_TOKEN_SECONDS,
        **claims: Any,
    ) -> str:
        now = int(time.time())
        audiences = [audience] if isinstance(audience, str) else list(audience)
        body = {"iss": self.issuer, "sub": subject or self.issuer, "aud": audiences, "iat": now, "exp": now + seconds}
        body |= {"scope": " ".join(sorted(scopes))} | claims
        if acting_for is not None:
            body["act"] = acting_for
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, body, self._key, algorithms=[ALGORITHM])

    def statement(self, kind: str, claims: Mapping[str, Any]) -> str:
        """Claims signed to be kept, as a compact JWS of that `typ`: it has no audience, so nobody takes it for a token."""
        header = {"alg": ALGORITHM, "kid": self._key.kid, "typ": kind}
        return jwt.encode(header, {"iss": self.issuer} | dict(claims), self._key, algorithms=[ALGORITHM])

    @property
    def public_key(self) -> dict[str, Any]:
        """A JWK."""
        return dict(self._key.as_dict(private=False))


@dataclass
class Verifier:
    """Checks tokens for one audience against a folder of public keys; a checked token is remembered for a minute."""

    settings: Settings
    _keys: dict[str, tuple[float, KeySet]] = field(default_factory=dict)
    _seen: dict[str, tuple[float, Caller]] = field(default_factory=dict)

    def caller(self, token: str) -> Caller:
        now = time.time()
        remembered = self._seen.get(token)
        if remembered is not None and remembered[0] > now:
            return remembered[1]
        claims = self._claims(token)
        caller = self._caller(claims)
        if len(self._seen) >= REMEMBERED_TOKENS:
            self._seen.clear()
        self._seen[token] = (min(float(claims["exp"]), now + REMEMBERED_SECONDS), caller)
        return caller

    def _claims(self, token: str) -> dict[str, Any]:
        issuer = _unverified_issuer(token)
        if issuer not in ISSUER_SCOPES or (not self.settings.test_mode and issuer in LIVE_REFUSES):
            raise TokenRefused("the token's issuer is not trusted here")
        try:
            decoded = jwt.decode(token, self._key_set(issuer), algorithms=[ALGORITHM])
            jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                exp={"essential": True},
                sub={"essential": True},
                aud={"essential": True, "value": self.settings.service},
            ).validate(decoded.claims)
        except (JoseError, ValueError) as fault:
            raise TokenRefused(f"the token does not hold: {fault}") from None
        return decoded.claims

    def _caller(self, claims: dict[str, Any]) -> Caller:
        issuer = claims["iss"]
        subject, acting_for = claims["sub"], claims.get("act")
        if issuer in NEIGHBOUR_SCOPES and subject != issuer:
            raise TokenRefused("a service speaks for itself; whom it acts for stands in `act`")
        scopes = frozenset(str(claims.get("scope", "")).split()) & ISSUER_SCOPES[issuer]
        return Caller(str(subject), issuer, scopes, None if acting_for is None else str(acting_for))

    def _key_set(self, issuer: str) -> KeySet:
        """The issuer's keys, read again when the file changes, so that keys rotate without a restart."""
        file = self.settings.keys / f"{issuer}.public.json"
        try:
            changed = file.stat().st_mtime
        except FileNotFoundError:
            raise TokenRefused(f"no keys of {issuer} are known here") from None
        held = self._keys.get(issuer)
        if held is None or held[0] != changed:
            held = self._keys[issuer] = (changed, KeySet.import_key_set(json.loads(file.read_text())))
        return held[1]


def _unverified_issuer(token: str) -> str:
    """The issuer a token claims, to choose the keys that then prove it."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(claims["iss"])
    except (IndexError, ValueError, KeyError, TypeError, RecursionError):
        raise TokenRefused("not a token") from None


def bearer_token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("a bearer token is required")
    return token


def require_scopes(caller: Caller, scopes: Iterable[str]) -> None:
    missing = [scope for scope in scopes if not caller.may(scope)]
    if missing:
        raise MissingScope(f"the token lacks {' '.join(missing)}", missing=missing)


class _Identity(HTTPBearer):
    """The scheme, for the contract, and the check in one: a dependency less on every request. Who may ask and forgot the key hears of
    that before the body is looked at."""

    async def __call__(self, request: Request, wanted: SecurityScopes) -> Caller:  # type: ignore[override]
        verifier: Verifier = request.app.state.runtime.verifier
        caller = verifier.caller(bearer_token(request.headers.get("authorization")))
        require_scopes(caller, wanted.scopes)
        require_key(request)
        request.state.caller = caller
        return caller


_identity = _Identity(scheme_name="HTTPBearer", description="JWT of the gateway, an OIDC issuer or a service")


def requires(*scopes: str) -> Any:
    """Dependency: the caller, refused with 401 without a good token and with 403 `missing_scope` without the scopes."""
    return Security(_identity, scopes=list(scopes))
