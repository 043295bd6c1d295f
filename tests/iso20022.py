"""The official schemas of messages to and from banks, where they lie beside the project."""

from pathlib import Path

import pytest
from lxml import etree

SCHEMAS = Path(__file__).resolve().parents[2] / "shared" / "data" / "iso20022" / "schemas"


def _schema(name: str) -> etree.XMLSchema:
    """Of a message such as `pain.001.001.09`. Skips the test where the schemas are not here."""
    file = SCHEMAS / f"{name}.xsd"
    if not file.exists():
        pytest.skip("the official schemas are not beside the project")
    return etree.XMLSchema(etree.parse(file))


def faults(name: str, document: bytes) -> list[str]:
    """What a schema finds wrong with a document; none if it is valid."""
    official = _schema(name)
    official.validate(etree.fromstring(document))
    return [f"line {fault.line}: {fault.message}" for fault in official.error_log]
