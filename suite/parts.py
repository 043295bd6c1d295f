"""What the suite is made of, and what each part cannot do without."""

from dataclasses import dataclass

BASE_PORT = 8000
MOST_PROCESSES = 9
"""Of one service: so many ports of their own lie between one service's and the next hundred."""


class UnknownService(Exception):
    """No part of the suite has that name."""


@dataclass(frozen=True)
class Part:
    """One service. package: where `app.create_app` and `migrations` are; offset: its port above the base.

    needs: services without which its own stories do not end. Other neighbours are used when they are there.
    processes: how many it gets where nothing else is said and the machine has as many cores. one_because: why it can have no second.
    """

    name: str
    package: str
    offset: int
    needs: tuple[str, ...] = ()
    processes: int = 1
    one_because: str = ""

    @property
    def factory(self) -> str:
        return f"{self.package}.app:create_app"

    @property
    def prefix(self) -> str:
        """Of its variables in the environment."""
        return f"SIFANG_{self.name.upper()}_"


PARTS = {
    part.name: part
    for part in (
        Part("gateway", "gateway", 0, one_because="for it counts tries to sign in in its memory"),
        Part("payments", "services.payments", 1, ("sandbox",), processes=2),
        Part("p2p", "services.p2p", 2, ("payments",)),
        Part("ecommerce_credit", "services.ecommerce_credit", 3, ("payments",)),
        Part("info_broker", "services.info_broker", 4),
        Part("sandbox", "sandbox", 5),
    )
}


def own_port(port: int, number: int) -> int:
    """Of the first, second, … of several processes that share a service's port: payments at 8001 has 8011, 8021, …"""
    return port + 10 * number


def with_needs(names: list[str]) -> list[str]:
    """The parts named and whatever they truly need, those needed first; all parts when none is named."""
    ordered: list[str] = []

    def add(name: str) -> None:
        if name not in PARTS:
            raise UnknownService(f"there is no service {name}: choose from {', '.join(PARTS)}")
        for needed in PARTS[name].needs:
            add(needed)
        if name not in ordered:
            ordered.append(name)

    for name in names or list(PARTS):
        add(name)
    return ordered


def stopping_waves(names: list[str]) -> list[list[str]]:
    """In which order to stop: callers before those they call, so that what is under way can end."""
    waves: list[list[str]] = []
    left = [name for name in names if name != "gateway"]
    if "gateway" in names:
        waves.append(["gateway"])
    while left:
        called = {needed for name in left for needed in PARTS[name].needs}
        wave = [name for name in left if name not in called]
        waves.append(wave)
        left = [name for name in left if name not in wave]
    return waves
