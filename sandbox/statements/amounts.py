from finance.money import Money


def in_units(amount: int, currency: str) -> str:
    """An amount in minor units as a decimal in units of its currency."""
    return format(Money(amount, currency).major, "f")
