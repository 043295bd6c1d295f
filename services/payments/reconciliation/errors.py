"""What reconciliation refuses.

Refusal
├── NotFound   UnknownReconciledAccount, UnknownStatement, UnknownLine, UnknownBreak, UnknownMapping
├── Conflict   AccountKnown, MappingKnown, StatementExists, StatementOverlaps, BreakNotOpen, BreakHasMoney, BreakOvertaken,
│              ResultNotKnown, NothingToMove, NothingToUndo
└── Invalid    CounterAccountUnfit
    └── UnreadableFile   FileEmpty, FileTooLong, WrongEncoding, FileTruncated, DocumentTypeNotAllowed, NotOfThisForm, NotBySchema,
                         MalformedLine, StatementUnbalanced, DuplicateEntry, AnotherAccount, AnotherCurrency
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownReconciledAccount(NotFound):
    code = "unknown_reconciled_account"


class UnknownStatement(NotFound):
    code = "unknown_statement"


class UnknownLine(NotFound):
    code = "unknown_line"


class UnknownBreak(NotFound):
    code = "unknown_break"


class UnknownMapping(NotFound):
    code = "unknown_mapping"


class AccountKnown(Conflict):
    code = "account_known"


class MappingKnown(Conflict):
    """A mapping is never changed: another way of reading has another name."""

    code = "mapping_known"


class StatementExists(Conflict):
    """The account has a statement of this number for these days, from another file."""

    code = "statement_exists"


class StatementOverlaps(Conflict):
    """It shows days or bookings that another statement has shown."""

    code = "statement_overlaps"


class BreakNotOpen(Conflict):
    code = "break_not_open"


class BreakHasMoney(Conflict):
    """Money is missing or too much: only a transfer, or what was missing, ends it."""

    code = "break_has_money"


class BreakOvertaken(Conflict):
    """What it is about has been matched since it was raised: the run that did so ends it."""

    code = "break_overtaken"


class ResultNotKnown(Conflict):
    """The channel's result is still to come, and moves the money by itself."""

    code = "result_not_known"


class NothingToMove(Conflict):
    code = "nothing_to_move"


class NothingToUndo(Conflict):
    code = "nothing_to_undo"


class CounterAccountUnfit(Invalid):
    code = "counter_account_unfit"


class UnreadableFile(Invalid):
    """The fact `line` tells where in the file, counted from 1, if it is known."""

    code = "unreadable_file"

    def __init__(self, detail: str, *, line: int | None = None, field: str | None = "file") -> None:
        facts = {} if line is None else {"line": line}
        super().__init__(detail if line is None else f"line {line}: {detail}", field=field, **facts)


class FileEmpty(UnreadableFile):
    code = "file_empty"


class FileTooLong(UnreadableFile):
    code = "file_too_long"


class WrongEncoding(UnreadableFile):
    code = "wrong_encoding"


class FileTruncated(UnreadableFile):
    code = "file_truncated"


class DocumentTypeNotAllowed(UnreadableFile):
    """A document type could define entities of any size."""

    code = "document_type_not_allowed"


class NotOfThisForm(UnreadableFile):
    code = "not_of_this_form"


class NotBySchema(UnreadableFile):
    code = "not_by_schema"


class MalformedLine(UnreadableFile):
    code = "malformed_line"


class StatementUnbalanced(UnreadableFile):
    code = "statement_unbalanced"


class DuplicateEntry(UnreadableFile):
    code = "duplicate_entry"


class AnotherAccount(UnreadableFile):
    code = "another_account"


class AnotherCurrency(UnreadableFile):
    code = "another_currency"
