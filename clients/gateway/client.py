"""The gateway as front ends and integrators see it: signing up and in, and the operator's figures.

The services behind it are reached by their own clients with the base URL `…/payments`, `…/p2p`, `…/ecommerce_credit`, `…/info_broker`
and an access token of here. Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`.
"""

from datetime import date
from typing import Any

from clients.gateway.shapes import NewStaff, Profile, RecordAnswer, SignIn, SignUp, Staff, SummaryAnswer, Tokens
from clients.transport import Call, HeaderProvider, TokenProvider, Transport, no_headers

PAGE = 200


class GatewayClient:
    """Typed calls to the gateway. token: an access token of `sign_in`; None is enough to sign up and in."""

    def __init__(
        self, base_url: str, token: TokenProvider | None = None, *, headers: HeaderProvider = no_headers
    ) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def sign_up(self, person: SignUp, *, key: str) -> None:
        """A new customer. The answer does not tell whether the contact was free: signing in does."""
        body = person.model_dump(mode="json", exclude_none=True)
        await self.transport.call(Call("POST", "/v1/customers", body, key=key))

    async def sign_in(self, person: SignIn) -> Tokens:
        """Tokens for every service. A second sign-in is another session, so it may be tried again."""
        body = person.model_dump(mode="json", exclude_none=True)
        return Tokens.model_validate(await self.transport.call(Call("POST", "/v1/sessions", body, repeatable=True)))

    async def refresh(self, refresh_token: str) -> Tokens:
        """The next pair. Not tried again by itself: a refresh token that is used twice ends its session."""
        call = Call("POST", "/v1/sessions/refresh", {"refresh_token": refresh_token})
        return Tokens.model_validate(await self.transport.call(call))

    async def sign_out(self, refresh_token: str) -> None:
        call = Call("POST", "/v1/sessions/sign-out", {"refresh_token": refresh_token}, repeatable=True)
        await self.transport.call(call)

    async def profile(self) -> Profile:
        """The person signed in."""
        return Profile.model_validate(await self.transport.call(Call("GET", "/v1/me")))

    async def hire(self, person: NewStaff, *, key: str) -> Staff:
        """A new member of staff, by one who may grant her roles."""
        body = person.model_dump(mode="json")
        return Staff.model_validate(await self.transport.call(Call("POST", "/v1/staff", body, key=key)))

    async def operations_summary(self, first: date | None = None, last: date | None = None) -> SummaryAnswer:
        """Every figure over a period of business days, 30 days up to today unless told, and how well each source is known."""
        params = {"from": first, "to": last}
        call = Call("GET", "/v1/operations/summary", params=_present(params))
        return SummaryAnswer.model_validate(await self.transport.call(call))

    async def newest_records(self, figure: str, **filters: str) -> list[RecordAnswer]:
        """The newest 200 events behind a figure. filters: product, channel, grade, currency."""
        call = Call("GET", f"/v1/operations/figures/{figure}/records", params={"limit": PAGE, **filters})
        answer = await self.transport.call(call)
        return [RecordAnswer.model_validate(item) for item in answer["items"]]


def _present(params: dict[str, date | None]) -> dict[str, Any]:
    return {name: value.isoformat() for name, value in params.items() if value is not None}
