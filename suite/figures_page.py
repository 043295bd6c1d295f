"""`docs/figures.md` from the table of figures: `python -m suite.figures_page [--check]`, part of `make openapi`."""

import sys

from gateway.operations.figures import FIGURES, Figure, Kind
from suite.folder import ROOT

FILE = ROOT / "docs" / "figures.md"
HEAD = """# Operational figures 运营指标

Written from `gateway/operations/figures.py` by `make openapi`; not edited by hand. The console shows the same definitions beside each
number, and `GET /v1/operations/figures/{code}/records` the records behind it.

Figures rest on the event feeds of the sources named. When a source stands still, every figure that rests on it is marked degraded;
nothing is dropped silently. Days are business days. Amounts are in minor units, one value a currency.

| kind | how it is worked out |
|---|---|
| quantity | how many in the period |
| amount | sum over the period |
| stock | sum of everything up to the last day of the period |
| mean | sum ÷ how many; none when there were none |
| ratio | the first counter ÷ the sum of the others, in millionths; none when there is nothing to divide by |
| distinct | different subjects in the period, or in the days up to its end that the definition names |
"""
GROUPS = {"users": "用户", "products": "产品", "channels": "渠道", "campaigns": "活动", "risk": "风控"}


def text() -> str:
    parts = [HEAD]
    for group in dict.fromkeys(figure.group for figure in FIGURES.values()):
        parts.append(f"\n## {group.value.capitalize()} {GROUPS[group.value]}\n")
        parts += [_entry(figure) for figure in FIGURES.values() if figure.group is group]
    return "\n".join(parts)


def _entry(figure: Figure) -> str:
    dimensions = ", ".join(dimension.value for dimension in figure.dimensions) or "none"
    counters = figure.counters[0]
    if figure.kind is Kind.RATIO:
        counters = f"{figure.counters[0]} ÷ ({' + '.join(figure.counters[1:])})"
    facts = (
        f"`{figure.code}`",
        f"{figure.kind.value}, in {figure.unit.value}",
        f"counts {counters}",
        f"from {', '.join(figure.sources)}",
        f"split by {dimensions}",
    )
    title, definition = figure.title, figure.definition
    return f"### {title['en']} {title['zh']}\n\n{definition['en']}\n\n{definition['zh']}\n\n{' · '.join(facts)}\n"


def main() -> None:
    if "--check" not in sys.argv:
        FILE.write_text(text(), encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text():
        sys.exit("error: docs/figures.md is stale: make openapi writes it anew")


if __name__ == "__main__":
    main()
