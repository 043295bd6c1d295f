"""Which codes and kinds the code gives to the ledger's transfers and accounts, found by reading it."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import Source, sources

DOTTED = re.compile(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
KIND = re.compile(r"^[a-z][a-z0-9_]*$")
OPENING: dict[str, int | None] = {"open_account": None, "platform_account": None, "create_account": 1, "_account": 3}
"""Functions that open an account, and at which place they are told its kind."""


def transfer_codes() -> set[str]:
    """Strings in constants named CODE, …_CODE, CODES, and in `code="a.b"`."""
    found: set[str] = set()
    for source in sources("services", "suite"):
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.Assign | ast.AnnAssign)
                and any(name.endswith(("CODE", "CODES")) for name in _names(node))
            ) or (isinstance(node, ast.keyword) and node.arg == "code"):
                found |= set(_strings(node.value))
    return {text for text in found if DOTTED.match(text)}


def account_kinds() -> set[str]:
    """Kinds of the accounts that the services open: told in the call, or constants KIND and KINDS in the same file."""
    found: set[str] = set()
    for source in sources("services"):
        if not _opens_accounts(source):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call):
                found |= set(_kinds_in_call(node))
            elif isinstance(node, ast.Assign | ast.AnnAssign) and {"KIND", "KINDS"} & set(_names(node)):
                found |= {text for text in _strings(node.value) if not text.endswith("credits")}
    return {text for text in found if KIND.match(text) and not text.endswith("_id")}


def _kinds_in_call(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in OPENING:
        for keyword in call.keywords:
            if keyword.arg == "kind":
                yield from _strings(keyword.value)
        place = OPENING[name]
        if place is not None and len(call.args) > place:
            yield from _strings(call.args[place])


def _opens_accounts(source: Source) -> bool:
    return any(f"{name}(" in source.text for name in OPENING if name != "_account")


def _names(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _strings(node: ast.AST | None) -> Iterator[str]:
    if node is not None:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
