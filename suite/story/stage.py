"""Where the story is played: the gateway, and the people who sign up there."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property

from clients.ecommerce_credit.client import EcommerceCreditClient
from clients.errors import Refused
from clients.gateway.client import GatewayClient
from clients.gateway.shapes import SignIn, SignUp
from clients.info_broker.client import InfoBrokerClient
from clients.p2p.client import P2PClient
from clients.payments.people import PeoplesPayments
from clients.payments.selling import SellingPayments
from clients.transport import Transport
from suite.story.patience import StoryFault, patiently
from suite.story.run import Run
from suite.story.town import Town


@dataclass(frozen=True)
class Stage:
    """gateway: its address, the only one of the suite that the people know. town: the world outside."""

    gateway: str
    town: Town
    run: Run
    say: Callable[[str], None]
    closing: AsyncExitStack

    async def sign_up(self, who: str, name: str, number: int, channel: str = "demo") -> "Person":
        """A new customer, signed in. number: her place among the run's people, from which her card and phone follow."""
        contact = self.run.contact(who)
        order = SignUp(email=contact, password=self.run.password, channel=channel)
        door = self._door()
        await patiently(lambda: door.sign_up(order, key=self.run.key("sign-up", who)))
        return await self.sign_in(who, name, contact, self.run.password, number)

    async def sign_in(self, who: str, name: str, contact: str, password: str, number: int = 0) -> "Person":
        """Raises StoryFault if that person cannot."""
        door, order = self._door(), SignIn(email=contact, password=password)
        try:
            tokens = await patiently(lambda: door.sign_in(order))
        except Refused as refused:
            raise StoryFault(f"{contact} cannot sign in: {refused.detail}") from None
        return Person(self, who, name, contact, password, number, tokens.subject, tokens.access_token)

    def keep(self, transport: Transport) -> None:
        """Close it when the story ends."""
        self.closing.push_async_callback(transport.close)

    def _door(self) -> GatewayClient:
        client = GatewayClient(self.gateway)
        self.keep(client.transport)
        return client


@dataclass(frozen=True)
class Person:
    """Somebody signed in, with her own calls to every service, through the gateway."""

    stage: Stage
    who: str
    name: str
    contact: str
    password: str
    number: int
    subject: str
    token: str

    def key(self, *step: object) -> str:
        return self.stage.run.key(self.who, *step)

    @cached_property
    def gateway(self) -> GatewayClient:
        client = GatewayClient(self.stage.gateway, self._token)
        self.stage.keep(client.transport)
        return client

    @cached_property
    def payments(self) -> PeoplesPayments:
        client = PeoplesPayments(f"{self.stage.gateway}/payments", self._token)
        self.stage.keep(client.transport)
        return client

    @cached_property
    def selling(self) -> SellingPayments:
        """Over the same connection as `payments`."""
        return SellingPayments(self.payments.transport)

    @cached_property
    def p2p(self) -> P2PClient:
        client = P2PClient(f"{self.stage.gateway}/p2p", self._token)
        self.stage.keep(client.transport)
        return client

    @cached_property
    def credit(self) -> EcommerceCreditClient:
        client = EcommerceCreditClient(f"{self.stage.gateway}/ecommerce_credit", self._token)
        self.stage.keep(client.transport)
        return client

    @cached_property
    def catalogue(self) -> InfoBrokerClient:
        client = InfoBrokerClient(f"{self.stage.gateway}/info_broker", self._token)
        self.stage.keep(client.transport)
        return client

    def _token(self, _: str | None) -> str:
        return self.token
