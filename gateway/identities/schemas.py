"""Wire shapes of identities."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis import wire
from chassis.ids import TypeId
from gateway.identities.model import Identity, Role, State

CustomerId = Annotated[UUID, TypeId("cus")]
StaffId = Annotated[UUID, TypeId("stf")]
Email = Annotated[str, Field(min_length=3, max_length=254, examples=["lin@example.org"])]
Mobile = Annotated[str, Field(min_length=7, max_length=24, examples=["+8613800138000"])]
Password = Annotated[str, Field(min_length=1, max_length=128)]
Channel = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$", examples=["direct"])]
RoleName = Literal["operator", "risk", "finance", "marketing"]
Roles = Annotated[list[RoleName], Field(min_length=1, max_length=4)]


class SignUp(wire.Request):
    """Exactly one of `email` and `mobile`. channel: by which the customer came."""

    email: Email | None = None
    mobile: Mobile | None = None
    password: Password
    channel: Channel = "direct"


class SignUpAnswer(wire.Answer):
    """The same for a free and for a taken contact: whoever owns the contact finds out by signing in."""

    status: Literal["accepted"] = "accepted"


class ProfileContact(wire.Answer):
    """masked: what may be shown, such as l***@example.org."""

    kind: str
    masked: str


class Profile(wire.Answer):
    id: str
    kind: str
    roles: list[str]
    contacts: list[ProfileContact]
    scopes: list[str]


class NewStaff(wire.Request):
    email: Email
    password: Password
    roles: Roles


class StaffChange(wire.Request):
    state: Literal["active", "disabled"]
    roles: Roles


class Staff(wire.Answer):
    id: StaffId
    state: State
    roles: list[Role]


def staff_answer(identity: Identity) -> Staff:
    return Staff(id=identity.id, state=identity.state, roles=list(identity.roles))


def sign_up_answer(_: Identity | None) -> SignUpAnswer:
    return SignUpAnswer()
