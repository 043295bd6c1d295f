"""What each source's rows mean: a row becomes a checked draft, or a refusal that names the field and the reason."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from chassis import wire
from services.info_broker.errors import WrongHeader
from services.info_broker.imports.cells import PATH, object_of
from services.info_broker.imports.model import Refused
from services.info_broker.institutions.profile import Code, Name, Profile
from services.info_broker.products.terms import FundClass, Terms

FUND_FIELDS = ("code", "initials", "name", "source_class", "pinyin")
Checked = TypeVar("Checked", bound=BaseModel)

# Eastmoney's classes as they stand in its file; one that is not here is refused, not guessed.
FUND_CLASSES: Mapping[str, FundClass] = {
    "混合型": "mixed",
    "债券型": "bond",
    "定开债券": "closed_term_bond",
    "货币型": "money_market",
    "股票指数": "equity_index",
    "债券指数": "bond_index",
    "股票型": "equity",
    "联接基金": "feeder",
    "ETF-场内": "etf",
    "QDII": "qdii",
    "QDII-指数": "qdii_index",
    "QDII-ETF": "qdii_etf",
    "混合-FOF": "mixed_fund_of_funds",
    "股票-FOF": "equity_fund_of_funds",
    "固定收益": "fixed_income",
    "分级杠杆": "structured_leveraged",
    "理财型": "short_term_wealth",
    "保本型": "capital_protected",
    "其他创新": "other",
}
_CODES = {"missing": "missing_field", "extra_forbidden": "unknown_field"}


class FundRow(wire.Request):
    """A row of Eastmoney's fund list: five texts."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    initials: Annotated[str, Field(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
    name: Name
    source_class: Annotated[str, Field(min_length=1, max_length=40)]
    pinyin: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

    @property
    def fund_class(self) -> FundClass:
        return FUND_CLASSES[self.source_class]


class ProductRow(wire.Request):
    """A product of any kind. institution_code: of the institutions import; initials and pinyin: of a Chinese name, if known."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,39}$")]
    name: Name
    name_en: Name | None = None
    initials: Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9]*$")] = ""
    pinyin: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9]*$")] = ""
    institution_code: Code
    status: Literal["offered", "withdrawn"] = "offered"
    terms: Terms


class NetValueRow(wire.Request):
    """A day of a fund of Eastmoney's. distribution: what was paid out, in its words."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    valued_on: wire.Day
    unit_value: Annotated[wire.Rate, Field(gt=Decimal(0), le=Decimal(10) ** 9, decimal_places=6)]
    distribution: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None


class Reading:
    """Reads the rows of one import, keeping what is refused."""

    def __init__(self, file: str, first_line: int, header: Sequence[str] | None) -> None:
        self._file = file
        self._first_line = first_line
        self._header = header
        self.refused: list[Refused] = []

    def profiles(self, rows: Sequence[Any]) -> dict[int, Profile]:
        return self._read(rows, Profile)

    def products(self, rows: Sequence[Any]) -> dict[int, ProductRow]:
        return self._read(rows, ProductRow)

    def funds(self, rows: Sequence[Any]) -> dict[int, FundRow]:
        if self._header is None:
            self._header = FUND_FIELDS
        found = self._read(rows, FundRow)
        known = {}
        for line, row in found.items():
            if row.source_class in FUND_CLASSES:
                known[line] = row
            else:
                self.refuse(line, "source_class", "unknown_fund_class", "this class of fund is not known here")
        return known

    def net_values(self, rows: Sequence[Any]) -> dict[int, NetValueRow]:
        return self._read(rows, NetValueRow, keys=("code", "valued_on"))

    def refuse(self, line: int, field: str | None, code: str, detail: str) -> None:
        self.refused.append(Refused(self._file, line, field, code, detail))

    def _read(self, rows: Sequence[Any], shape: type[Checked], keys: tuple[str, ...] = ("code",)) -> dict[int, Checked]:
        """Checked rows by line; of two with one key the first counts."""
        found: dict[int, Checked] = {}
        seen: set[tuple[object, ...]] = set()
        for line, row in enumerate(rows, start=self._first_line):
            checked = self._checked(line, row, shape)
            if checked is None:
                continue
            key = tuple(getattr(checked, name) for name in keys)
            if key in seen:
                detail = f"an earlier row of this request has the same {' and '.join(keys)}"
                self.refuse(line, keys[-1], "duplicate_in_request", detail)
                continue
            seen.add(key)
            found[line] = checked
        return found

    def _checked(self, line: int, row: Any, shape: type[Checked]) -> Checked | None:
        if isinstance(row, list):
            if len(row) != len(self._header or ()):
                expected = len(self._header or ())
                self.refuse(line, None, "wrong_number_of_fields", f"{expected} fields are expected, found {len(row)}")
                return None
            row = object_of(self._header or (), row)
        try:
            return shape.model_validate(row)
        except ValidationError as fault:
            first = fault.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or None
            self.refuse(line, field, _CODES.get(first["type"], "invalid_value"), first["msg"])
            return None


def check_header(header: Sequence[str] | None, rows: Sequence[Any], *, required: bool) -> None:
    """Raises WrongHeader: names twice, no paths, or rows of cells that nothing names."""
    if header is None:
        if required and any(isinstance(row, list) for row in rows):
            raise WrongHeader("rows of cells need a header that names them", field="header")
        return
    wrong = [name for name in header if PATH.fullmatch(name) is None]
    if wrong or len(set(header)) != len(header):
        raise WrongHeader("a header names each column once, by field", field="header", wrong=wrong[:10])
    if any(name.startswith(f"{other}.") for name in header for other in header):
        raise WrongHeader("a column is both a field and the beginning of others", field="header")
