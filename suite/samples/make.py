"""The sample's own maker: `python -m suite.samples.make` writes every file beside it anew, the same to the byte each time.

Everything is invented: no row, name or number is anybody's.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from suite.samples import loans, marketplace
from suite.samples.catalogue import FUND_LIST, fund_list, fund_page, tables

HERE = Path(__file__).resolve().parent
SEED = 4
PAGES = 3
"""Funds of the list that have a page with net values."""


def write(folder: Path) -> None:
    for name, header, rows in (*marketplace.tables(Random(SEED)), loans.table(Random(SEED)), *tables()):
        _write(folder / name, header, rows)
    (folder / "funds.js").write_text(fund_list(), encoding="utf-8")
    for code, _, name, _, _ in FUND_LIST[:PAGES]:
        (folder / f"fund_{code}.js").write_text(fund_page(code, name), encoding="utf-8")


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write(HERE)
