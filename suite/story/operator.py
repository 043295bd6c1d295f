"""The members of staff who work in the story: hired once a suite, signing in at the gateway like everybody."""

from clients.errors import Refused
from clients.gateway.client import GatewayClient
from clients.gateway.shapes import NewStaff
from suite.story.patience import patiently
from suite.story.stage import Person, Stage

CONTACT = "operator@demo.example"
NAME = "operator"
COLLEAGUE = "colleague@demo.example"


async def operator_of(stage: Stage, suite_token: str) -> Person:
    return await _hired(stage, suite_token, NAME, "操作员 Operator", CONTACT)


async def colleague_of(stage: Stage, suite_token: str) -> Person:
    """Whoever decides what the operator proposed."""
    return await _hired(stage, suite_token, "colleague", "同事 Colleague", COLLEAGUE)


async def _hired(stage: Stage, suite_token: str, who: str, name: str, contact: str) -> Person:
    """Signed in; hired first, by the suite's own word, where nobody is."""
    order = NewStaff(email=contact, password=stage.run.operator_password, roles=["operator"])
    client = GatewayClient(stage.gateway, lambda _: suite_token)
    stage.keep(client.transport)
    try:
        await patiently(lambda: client.hire(order, key=stage.run.key("hire", who)))
    except Refused as refused:
        if refused.code != "contact_taken":
            raise
    return await stage.sign_in(who, name, contact, stage.run.operator_password)
