"""The console's two languages: which one a viewer gets, its words, and how it writes numbers and times."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from fastapi import Request

from finance.currencies import SCALES

LANGUAGES = ("zh", "en")
LOCALES = {"zh": "zh_CN", "en": "en_US"}
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}
COOKIE = "sifang_language"
FOLDER = Path(__file__).parent / "text"
PARTS_PER_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Language:
    """One language and the zone in which the viewer reads instants."""

    code: str
    zone: ZoneInfo

    @property
    def html(self) -> str:
        return HTML_LANGUAGES[self.code]

    @property
    def other(self) -> str:
        return next(code for code in LANGUAGES if code != self.code)

    def text(self, key: str, **values: object) -> str:
        """The words of a key. Raises KeyError for an unknown one: both catalogues have the same."""
        return catalogue(self.code)[key].format(**values)

    def word(self, kind: str, value: str) -> str:
        """The word for a value that a service gave; the value itself if there is none: contracts grow before catalogues do."""
        return catalogue(self.code).get(f"{kind}_{value}", value)

    def number(self, value: int) -> str:
        return format_decimal(value, locale=LOCALES[self.code])

    def money(self, minor: int, currency: str) -> str:
        """Minor units as an amount with the currency's sign; exact, no float in between; of a unit with no known scale as it is."""
        if currency not in SCALES:
            return f"{self.number(minor)} {currency}"
        scale = SCALES[currency]
        amount = Decimal(minor).scaleb(-scale)
        rounded = scale <= get_currency_precision(currency)
        return format_currency(amount, currency, locale=LOCALES[self.code], decimal_quantization=rounded)

    def ratio(self, parts_per_million: int) -> str:
        return format_percent(Decimal(parts_per_million) / PARTS_PER_MILLION, format="0.0%", locale=LOCALES[self.code])

    def duration(self, seconds: int) -> str:
        """The two largest units that say something: 2 d 3 h, 5 min 10 s."""
        parts = []
        for key, length in (("unit_days", 86_400), ("unit_hours", 3_600), ("unit_minutes", 60), ("unit_seconds", 1)):
            count, seconds = divmod(seconds, length)
            if count:
                parts.append(f"{count} {self.text(key)}")
        return " ".join(parts[:2]) or f"0 {self.text('unit_seconds')}"

    def instant(self, value: datetime) -> str:
        return f"{value.replace(tzinfo=value.tzinfo or UTC).astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def written_instant(self, value: str) -> str:
        """Of an instant as services write it; what is none stays as it is."""
        try:
            return self.instant(datetime.fromisoformat(value))
        except ValueError:
            return value

    def day(self, value: date) -> str:
        return value.isoformat()


@cache
def catalogue(code: str) -> dict[str, str]:
    """The console's own words, and those of each service's pages."""
    words: dict[str, str] = {}
    for file in sorted(FOLDER.glob(f"*{code}.json")):
        words |= json.loads(file.read_text(encoding="utf-8"))
    return words


def chosen(request: Request) -> str:
    """`?lang=` first, then the cookie, then what the browser prefers, then Chinese."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return wish
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> str:
    best, best_weight = LANGUAGES[0], 0.0
    for entry in header[:500].split(","):
        tag, _, parameter = entry.strip().partition(";")
        code = tag.partition("-")[0].lower()
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            weight = 0.0
        if code in LANGUAGES and weight > best_weight:
            best, best_weight = code, weight
    return best
