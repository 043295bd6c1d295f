"""Scorecards as a table of JSON that a credit officer can read and a committee can sign.

    {
      "format": "scorecard/1",
      "name": "…", "version": "…", "base_points": 512,
      "scaling": {"points": 600, "odds": "50", "points_to_double_odds": 20},
      "grades": [{"name": "A", "lowest_points": 640}, {"name": "B", "lowest_points": null}],
      "characteristics": [
        {
          "name": "months_employed", "reason": "short_employment", "kind": "numeric",
          "bins": [
            {"from": null, "below": "12", "points": -14, "cases": 100, "bad": 31},
            {"from": "12", "below": null, "points": 9, "cases": 300, "bad": 40}
          ],
          "special": [{"values": ["-999"], "points": 0, "cases": 3, "bad": 1}],
          "missing": {"points": 0, "cases": 0, "bad": 0}
        },
        {
          "name": "home", "reason": "rents_home", "kind": "categorical",
          "bins": [{"categories": ["OWN", "MORTGAGE"], "points": 5}, {"categories": ["RENT"], "points": -5}],
          "missing": null,
          "unseen": {"points": 0}
        }
      ]
    }

Every key shown for its kind must be there, but `cases` and `bad` are left out where unknown; no other key may be. `scaling`
may be null and `grades` empty. Bounds and odds are texts of decimal numbers, points and counts whole numbers.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from finance.errors import MissingArgument, OutOfRange, UnknownChoice
from finance.exact import decimal, of_kind
from finance.scorecards.cards import Grade, Scaling, Scorecard
from finance.scorecards.characteristics import (
    Attribute,
    Categorical,
    Characteristic,
    Group,
    Interval,
    MalformedScorecard,
    Missing,
    Numeric,
    Special,
    Unseen,
    plain,
)

FORMAT = "scorecard/1"
LARGEST_CHARACTERS = 4_000_000
_WIDTH = 120
_COUNTS = ("cases", "bad")

Table = dict[str, Any]
Kind = TypeVar("Kind")


def to_json(card: Scorecard) -> str:
    """The table, a line for each attribute; the same card gives the same text."""
    return _laid_out(_of_card(of_kind(card, Scorecard, "card")), "") + "\n"


def from_json(text: str) -> Scorecard:
    """The card of a table. Strict: raises `MalformedScorecard`, `MissingArgument`, `UnknownChoice`, `OutOfRange` or
    `InexactNumber`, each with the path to what is wrong."""
    if len(of_kind(text, str, "table")) > LARGEST_CHARACTERS:
        raise OutOfRange(f"at most {LARGEST_CHARACTERS} characters", field="table")
    try:
        table = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_no_number)
    except MalformedScorecard:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedScorecard(f"not JSON: {error}", field="table") from None
    return _card(table)


def _card(table: object) -> Scorecard:
    keys = ("format", "name", "version", "base_points", "scaling", "grades", "characteristics")
    whole = _table(table, "", keys)
    if whole["format"] != FORMAT:
        raise UnknownChoice(f"the format must be {FORMAT!r}", field="format")
    return Scorecard(
        whole["name"],
        whole["version"],
        whole["base_points"],
        _each(_characteristic, whole["characteristics"], "characteristics"),
        _perhaps(_scaling, whole["scaling"], "scaling"),
        _each(_grade, whole["grades"], "grades"),
    )


def _scaling(table: object, path: str) -> Scaling:
    read = _table(table, path, ("points", "odds", "points_to_double_odds"))
    return Scaling(read["points"], _number(read["odds"], f"{path}.odds"), read["points_to_double_odds"])


def _grade(table: object, path: str) -> Grade:
    read = _table(table, path, ("name", "lowest_points"))
    return Grade(read["name"], read["lowest_points"])


def _characteristic(table: object, path: str) -> Characteristic:
    kind = table.get("kind") if isinstance(table, dict) else None
    if kind == "categorical":
        read = _table(table, path, ("name", "reason", "kind", "bins", "missing", "unseen"))
        bins = _each(_group, read["bins"], f"{path}.bins")
        missing = _perhaps(_missing, read["missing"], f"{path}.missing")
        return Categorical(
            read["name"], read["reason"], bins, missing, _perhaps(_unseen, read["unseen"], f"{path}.unseen")
        )
    read = _table(table, path, ("name", "reason", "kind", "bins", "special", "missing"))
    if kind != "numeric":
        raise UnknownChoice("a characteristic is numeric or categorical", field=f"{path}.kind")
    return Numeric(
        read["name"],
        read["reason"],
        _each(_interval, read["bins"], f"{path}.bins"),
        _each(_special, read["special"], f"{path}.special"),
        _perhaps(_missing, read["missing"], f"{path}.missing"),
    )


def _interval(table: object, path: str) -> Interval:
    read = _table(table, path, ("from", "below", "points"), _COUNTS)
    return Interval(
        low=_perhaps(_number, read["from"], f"{path}.from"),
        high=_perhaps(_number, read["below"], f"{path}.below"),
        **_worth(read),
    )


def _group(table: object, path: str) -> Group:
    read = _table(table, path, ("categories", "points"), _COUNTS)
    return Group(categories=_each(_text, read["categories"], f"{path}.categories"), **_worth(read))


def _special(table: object, path: str) -> Special:
    read = _table(table, path, ("values", "points"), _COUNTS)
    return Special(values=_each(_number, read["values"], f"{path}.values"), **_worth(read))


def _missing(table: object, path: str) -> Missing:
    return Missing(**_worth(_table(table, path, ("points",), _COUNTS)))


def _unseen(table: object, path: str) -> Unseen:
    return Unseen(**_worth(_table(table, path, ("points",), _COUNTS)))


def _worth(read: Table) -> Table:
    return {key: read[key] for key in ("points", *_COUNTS) if key in read}


def _table(table: object, path: str, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> Table:
    if not isinstance(table, dict):
        raise MalformedScorecard("must be an object", field=path or "table")
    for key in keys:
        if key not in table:
            raise MissingArgument(f"{key} is missing", field=_within(path, key))
    for key in table:
        if key not in keys and key not in optional:
            raise UnknownChoice(f"no such key: {key[:100]!r}", field=_within(path, key[:100]))
    return table


def _each(read: Callable[[object, str], Kind], values: object, path: str) -> tuple[Kind, ...]:
    if not isinstance(values, list):
        raise MalformedScorecard("must be a list", field=path)
    return tuple(read(value, f"{path}[{at}]") for at, value in enumerate(values))


def _perhaps(read: Callable[[object, str], Kind], value: object, path: str) -> Kind | None:
    return None if value is None else read(value, path)


def _number(value: object, path: str) -> Decimal:
    return decimal(_text(value, path), path)


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise MalformedScorecard("must be a text", field=path)
    return value


def _within(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _without_repetition(pairs: list[tuple[str, Any]]) -> Table:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)[:100]
        raise MalformedScorecard(f"{twice!r} is there twice", field=twice)
    return table


def _no_number(text: str) -> NoReturn:
    raise MalformedScorecard(f"{text} is no number", field="table")


def _of_card(card: Scorecard) -> Table:
    scaling = card.scaling
    return {
        "format": FORMAT,
        "name": card.name,
        "version": card.version,
        "base_points": card.base_points,
        "scaling": scaling
        and {
            "points": scaling.points,
            "odds": plain(scaling.odds),
            "points_to_double_odds": scaling.points_to_double_odds,
        },
        "grades": [{"name": grade.name, "lowest_points": grade.lowest_points} for grade in card.grades],
        "characteristics": [_of_characteristic(one) for one in card.characteristics],
    }


def _of_characteristic(one: Characteristic) -> Table:
    kind = "numeric" if isinstance(one, Numeric) else "categorical"
    table: Table = {"name": one.name, "reason": one.reason, "kind": kind, "bins": list(map(_of_attribute, one.bins))}
    if isinstance(one, Numeric):
        table["special"] = list(map(_of_attribute, one.special))
    table["missing"] = one.missing and _of_attribute(one.missing)
    if isinstance(one, Categorical):
        table["unseen"] = one.unseen and _of_attribute(one.unseen)
    return table


def _of_attribute(one: Attribute) -> Table:
    table: Table = {}
    if isinstance(one, Interval):
        table = {"from": _bound(one.low), "below": _bound(one.high)}
    elif isinstance(one, Group):
        table = {"categories": list(one.categories)}
    elif isinstance(one, Special):
        table = {"values": list(map(plain, one.values))}
    table["points"] = one.points
    return table if one.cases is None else table | {"cases": one.cases, "bad": one.bad}


def _bound(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _laid_out(value: object, indent: str) -> str:
    """On one line what holds no list of tables and fits; else a line for each entry."""
    flat = json.dumps(value, ensure_ascii=False)
    entries = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if not entries or (not _of_tables(value) and not any(map(_of_tables, entries)) and len(indent + flat) < _WIDTH):
        return flat
    inner = indent + "  "
    lines = [_laid_out(entry, inner) for entry in entries]
    if isinstance(value, dict):
        lines = [f"{json.dumps(key, ensure_ascii=False)}: {line}" for key, line in zip(value, lines, strict=True)]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    return f"{opened}\n" + ",\n".join(inner + line for line in lines) + f"\n{indent}{closed}"


def _of_tables(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(entry, dict) for entry in value)
