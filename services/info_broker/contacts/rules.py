"""Contact facts: one spelling of a number, and what of it may be shown."""

import re

from services.info_broker.contacts.model import ContactFacts

_MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_INTERNATIONAL = re.compile(r"\+[1-9]\d{6,14}")


def canonical_mobile(text: str) -> str:
    """E.164; blanks and hyphens do not count, a mainland number may lack its +86. Raises ValueError without repeating it."""
    digits = re.sub(r"[\s\-]", "", text)
    mainland = _MAINLAND.fullmatch(digits)
    if mainland is not None:
        return f"+86{mainland.group(1)}"
    if digits.startswith("+86") or _INTERNATIONAL.fullmatch(digits) is None:
        raise ValueError("a mainland mobile number, or an international one with its +, is expected")
    return digits


def masked_name(name: str) -> str:
    """The first character stays: 张三 → 张*."""
    return name[0] + "*" * min(len(name) - 1, 5) if len(name) > 1 else "*"


def masked_mobile(mobile: str) -> str:
    """+8613812345678 → +86138****5678; of other numbers only the last two digits stay."""
    if mobile.startswith("+86"):
        return f"{mobile[:6]}****{mobile[-4:]}"
    return f"+{'*' * (len(mobile) - 3)}{mobile[-2:]}"


def masked_email(email: str | None) -> str | None:
    if email is None:
        return None
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


def fingerprint_text(facts: ContactFacts) -> str:
    """What makes two contacts the same person to us."""
    return f"mobile\0{facts.mobile}"
