"""The published contracts: `openapi.json` of each service, written from its code and committed."""

import importlib
import json
from pathlib import Path
from typing import Any

from chassis.settings import Settings
from suite.folder import ROOT
from suite.parts import PARTS, Part

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def file_of(part: Part) -> Path:
    return ROOT.joinpath(*part.package.split("."), "openapi.json")


def document_of(part: Part) -> dict[str, Any]:
    """A service's contract; of the gateway the merged one, made from the committed contracts of the others. No database is asked."""
    if part.name == "gateway":
        merged: dict[str, Any] = importlib.import_module("gateway.contract").merged_openapi()
        return merged
    settings = Settings(part.name, "test", NOWHERE, NOWHERE, ROOT, {}, environment={})
    app = importlib.import_module(f"{part.package}.app").create_app(settings)
    document: dict[str, Any] = app.openapi()
    return document


def text_of(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def stale(names: list[str] | None = None) -> list[Path]:
    """Committed contracts that are not what the code says now."""
    return [file_of(part) for part in _ordered(names) if not _current(part)]


def write(names: list[str] | None = None) -> list[Path]:
    """Write the contracts that changed."""
    changed = []
    for part in _ordered(names):
        if not _current(part):
            file_of(part).write_text(text_of(document_of(part)), encoding="utf-8")
            changed.append(file_of(part))
    return changed


def _ordered(names: list[str] | None) -> list[Part]:
    """The gateway last: its contract is made of the others'."""
    chosen = [PARTS[name] for name in names or PARTS]
    return sorted(chosen, key=lambda part: part.name == "gateway")


def _current(part: Part) -> bool:
    file = file_of(part)
    return file.exists() and file.read_text(encoding="utf-8") == text_of(document_of(part))
