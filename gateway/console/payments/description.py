"""How lists, records and what may be done to them are described: as data, so that one page serves them all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """A list that the service gives. columns: members of its items; path and params: of the service, filled in from the record it is of.

    states: by which `state` it may be narrowed. paged: whether the service gives it in pages. read_as: columns that mean what another
    member does elsewhere. currency: of amounts of items that name none. opens: columns by which another record is named, with its noun.
    """

    code: str
    path: str
    columns: tuple[str, ...]
    params: Mapping[str, str] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    paged: bool = True
    read_as: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    opens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """What is typed into a form. money: in whole units of the record's currency, sent in minor ones; lines: each line is one of a list."""

    name: str
    kind: Literal["words", "money", "lines"] = "words"
    longest: int = 200
    required: bool = True


@dataclass(frozen=True)
class Action:
    """What an operator may do to a record; states: in which, or in all. names: the member of what is sent that lists the record itself."""

    code: str
    path: str
    fields: tuple[Field, ...] = ()
    states: tuple[str, ...] = ()
    names: str | None = None


@dataclass(frozen=True)
class File:
    """What may be downloaded. by_day: of a day that is asked for; kind: the ending of its name."""

    code: str
    path: str
    kind: str
    params: Mapping[str, str] = field(default_factory=dict)
    by_day: bool = False


@dataclass(frozen=True)
class Part:
    """A document of its own that belongs to a record. member: what of it is shown; states: of the record, in which there is one."""

    code: str
    path: str
    member: str | None = None
    states: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """A noun's page. parent: the member that names the record whose currency it is in; currency: the same for all of them.

    read_as: as of a listing, also of what is inside. found_by: where the service does not give it alone, the member by which it is found
    in the list that stands at the path.
    """

    noun: str
    path: str
    lists: tuple[Listing, ...] = ()
    actions: tuple[Action, ...] = ()
    files: tuple[File, ...] = ()
    parent: str | None = None
    currency: str | None = None
    read_as: Mapping[str, str] = field(default_factory=dict)
    found_by: str | None = None
    parts: tuple[Part, ...] = ()
