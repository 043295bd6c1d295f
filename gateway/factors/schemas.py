"""Wire shapes of second factors."""

from typing import Annotated

from pydantic import Field

from chassis import wire

Code = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["492039"])]


class EnrolmentAnswer(wire.Answer):
    """secret: base32, to type; uri: the same as an `otpauth:` address, to show as a QR code. Answered once, never again."""

    secret: str
    uri: str


class Confirmation(wire.Request):
    code: Code
