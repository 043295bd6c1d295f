"""What is counted from events of ecommerce_credit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.operations.model import Fact

READINGS: dict[str, Callable[[str, Mapping[str, Any]], Sequence[Fact]]] = {}
