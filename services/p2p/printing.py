"""Pages that need nothing else, to read and print: a template of `templates/` with its facts."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def printed(template: str, **facts: Any) -> str:
    return _TEMPLATES.get_template(template).render(**facts)
