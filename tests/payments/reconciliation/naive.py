"""The matcher once more, line by line and without SQL, written from the rules' words alone: what the set-based one is compared with."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from services.payments.reconciliation.model import Line, Record, Rule

Pair = tuple[UUID, UUID, int]


@dataclass
class Naive:
    lines: list[Line]
    records: list[Record]
    days: int
    tolerance: int = 0
    pairs: list[Pair] = field(default_factory=list)

    def run(self) -> set[Pair]:
        """All that is there, at once: no earlier run, no more days than one step takes."""
        self._by_reference(near=True)
        for rule in (
            self._by_reference,
            self._groups,
            self._parts,
            self._looks_text,
            self._looks_amount,
            self._tolerated,
        ):
            rule()
        return set(self.pairs)

    @property
    def _open_lines(self) -> list[Line]:
        paired = {line_id for line_id, _, _ in self.pairs}
        shown = {(one.match_key, one.amount) for one in self.lines if one.id in paired and one.match_key}
        return [
            one for one in self.lines
            if one.id not in paired and not one.repeated and (one.match_key, one.amount) not in shown
        ]  # fmt: skip

    @property
    def _open_records(self) -> list[Record]:
        paired = {record_id for _, record_id, _ in self.pairs}
        return [one for one in self.records if one.id not in paired and one.state == "expected"]

    def _by_reference(self, *, near: bool = False) -> None:
        if not near:
            return  # all days lie near each other here: the first pass leaves nothing of its kind
        named: dict[tuple[str, int], tuple[list[Line], list[Record]]] = defaultdict(lambda: ([], []))
        for line in self._open_lines:
            if line.match_key:
                named[line.match_key, line.amount][0].append(line)
        for record in self._open_records:
            if record.match_key:
                named[record.match_key, record.amount][1].append(record)
        for lines, records in named.values():
            lines.sort(key=lambda one: (one.value_on, one.number, one.id))
            records.sort(key=lambda one: (one.value_on, one.id))
            self._add(((line, record) for line, record in zip(lines, records, strict=False)), Rule.REFERENCE)

    def _groups(self) -> None:
        for key in {one.group_key for one in self._open_records if one.group_key}:
            batch = [one for one in self._open_records if one.group_key == key]
            lines = [one for one in self._open_lines if one.match_key == key]
            if len(batch) > 1 and len(lines) == 1 and lines[0].amount == sum(one.amount for one in batch):
                self._add(((lines[0], one) for one in batch), Rule.GROUP)

    def _parts(self) -> None:
        for key in {one.match_key for one in self._open_lines if one.match_key}:
            lines = [one for one in self._open_lines if one.match_key == key]
            records = [one for one in self._open_records if one.match_key == key]
            if len(lines) > 1 and len(records) == 1 and records[0].amount == sum(one.amount for one in lines):
                self._add(((one, records[0]) for one in lines), Rule.PARTS)

    def _alike(self) -> list[tuple[Line, Record]]:
        """Of one amount and about one day, neither named by a reference of the other side, be that paired or not."""
        of_records = {one.match_key for one in self.records if one.match_key}
        of_lines = {one.match_key for one in self.lines if one.match_key}
        return [
            (line, record) for line in self._open_lines for record in self._open_records
            if line.amount == record.amount and abs((line.value_on - record.value_on).days) <= self.days
            and line.match_key not in of_records and record.match_key not in of_lines
        ]  # fmt: skip

    def _looks_text(self) -> None:
        scored = []
        for line, record in self._alike():
            shared = len(set(line.words) & set(record.words))
            if shared and shared * 2 >= min(len(line.words), len(record.words)):
                scored.append((line, record, shared * 100 - abs((line.value_on - record.value_on).days)))
        chosen = []
        for line, record, score in scored:
            of_line = [one[2] for one in scored if one[0] is line]
            of_record = [one[2] for one in scored if one[1] is record]
            if all(max(scores) == score and scores.count(score) == 1 for scores in (of_line, of_record)):
                chosen.append((line, record))
        self._add(chosen, Rule.TEXT)

    def _looks_amount(self) -> None:
        alike = self._alike()
        self._add(
            [
                (line, record) for line, record in alike
                if sum(one is line for one, _ in alike) == 1 and sum(one is record for _, one in alike) == 1
                and (not line.words or not record.words)
            ],
            Rule.AMOUNT,
        )  # fmt: skip

    def _tolerated(self) -> None:
        for key in {one.match_key for one in self._open_lines if one.match_key}:
            lines = [one for one in self._open_lines if one.match_key == key]
            records = [one for one in self._open_records if one.match_key == key]
            if len(lines) == len(records) == 1:
                apart = abs(lines[0].amount - records[0].amount)
                if 0 < apart <= self.tolerance and lines[0].amount * records[0].amount > 0:
                    self._add([(lines[0], records[0])], Rule.REFERENCE_TOLERANCE)

    def _add(self, found: Iterable[tuple[Line, Record]], rule: Rule) -> None:
        self.pairs += [(line.id, record.id, int(rule)) for line, record in list(found)]
