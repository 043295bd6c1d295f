"""Wire shapes of sessions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from gateway.factors.schemas import Code
from gateway.identities.schemas import Email, Mobile, Password

RefreshToken = Annotated[str, Field(min_length=20, max_length=200)]


class SignIn(wire.Request):
    """Exactly one of `email` and `mobile`. code: of staff with a second factor."""

    email: Email | None = None
    mobile: Mobile | None = None
    password: Password
    code: Code | None = None


class Refresh(wire.Request):
    refresh_token: RefreshToken


class Tokens(wire.Answer):
    """access_token: a JWT for every service, `expires_in` seconds; refresh_token: good once, for the next pair.

    subject: `cus_…` or `stf_…`; refresh_expires_at: when the person must sign in again at the latest.
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    refresh_token: str
    refresh_expires_at: datetime
    subject: str
    scopes: list[str]
