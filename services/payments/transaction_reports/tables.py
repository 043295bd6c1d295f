"""Figures by date, days that were gone through, reports with their transfers, and the files they went out in."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    text,
)
from sqlalchemy import Text as Words

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)
_RULES = "rule IN ('large_person', 'large_organisation', 'large_cross_border', 'structuring', 'filed')"

report_figures = Table(
    "report_figures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("rule", Words, nullable=False),
    Column("threshold", BigInteger),
    Column("share_percent", Integer),
    Column("times", Integer),
    Column("days", Integer),
    Column("working_days", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("source", Words, nullable=False),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Instant, nullable=False),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    CheckConstraint(_RULES, name="rule"),
    CheckConstraint("(rule = 'filed') = (threshold IS NULL)", name="threshold_of_rules"),
    CheckConstraint("threshold > 0", name="threshold"),
    CheckConstraint(
        "num_nonnulls(share_percent, times, days) = CASE rule WHEN 'structuring' THEN 3 ELSE 0 END", name="structuring"
    ),
    CheckConstraint(
        "share_percent BETWEEN 1 AND 99 AND times BETWEEN 2 AND 1000 AND days BETWEEN 1 AND 31", name="sizes"
    ),
    CheckConstraint("working_days BETWEEN 1 AND 30", name="working_days"),
    Index(None, "rule", "valid_from"),
)

report_days = Table(
    "report_days",
    metadata,
    Column("business_on", Date, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("scanned_at", Instant, nullable=False),
    Column("reports", Integer, nullable=False),
    Column("uncounted", Integer, nullable=False),
    CheckConstraint("reports >= 0 AND uncounted >= 0", name="counted_up"),
    Index("ix_report_days_uncounted", "business_on", postgresql_where=text("uncounted > 0")),
)

report_files = Table(
    "report_files",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("name", Words, nullable=False, unique=True),
    Column("reports", Integer, nullable=False),
    Column("continues_id", Uuid, ForeignKey("report_files.id")),
    Column("content", LargeBinary, nullable=False),
    Column("hash", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Words, nullable=False),
    CheckConstraint("kind IN ('large', 'suspicious')", name="kind"),
    CheckConstraint("(reports > 0) = (continues_id IS NULL)", name="not_empty"),
)

transaction_reports = Table(
    "transaction_reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("act", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("side", Words),
    Column("business_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("transfers", Integer, nullable=False),
    Column("state", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("source_id", Words),
    Column("narrative", Words, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("due_at", Instant),
    Column("filed_by", Words),
    Column("corrects_id", Uuid, ForeignKey("transaction_reports.id")),
    Column("file_id", Uuid, ForeignKey("report_files.id")),
    Column("reason", Words),
    Column("ended_by", Words),
    Column("ended_at", Instant),
    Column("overdue_at", Instant),
    CheckConstraint("kind IN ('large', 'suspicious')", name="kind"),
    CheckConstraint(_RULES, name="rule"),
    CheckConstraint("(kind = 'large') = (rule LIKE 'large%')", name="kind_of_rule"),
    CheckConstraint("act IN ('new', 'correction', 'deletion')", name="act"),
    CheckConstraint("(act = 'new') = (corrects_id IS NULL)", name="corrects_another"),
    CheckConstraint("subject_kind IN ('person', 'customer', 'organisation')", name="subject_kind"),
    CheckConstraint("side IN ('in', 'out')", name="side"),
    CheckConstraint("amount >= 0 AND transfers >= 0 AND currency = 'CNY'", name="amount"),
    CheckConstraint("state IN ('found', 'reported', 'excluded')", name="state"),
    CheckConstraint("source IN ('rule', 'risk_decision', 'screening_hit', 'operator')", name="source"),
    CheckConstraint("(source = 'rule') = (filed_by IS NULL)", name="filed_by_somebody"),
    CheckConstraint("(state = 'reported') = (file_id IS NOT NULL)", name="reported_in_a_file"),
    CheckConstraint("(state = 'found') = (ended_at IS NULL)", name="ended_when_final"),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
    CheckConstraint("state <> 'excluded' OR reason IS NOT NULL", name="excluded_with_reason"),
    CheckConstraint("(due_at IS NOT NULL) = (state = 'found' AND overdue_at IS NULL)", name="found_is_due"),
    Index(
        "uq_transaction_reports_of_a_day",
        "rule", "subject_kind", "subject", "side", "business_on",
        unique=True,
        postgresql_where=text("act = 'new' AND rule <> 'filed'"),
    ),
    Index(
        "uq_transaction_reports_one_correction", "corrects_id", unique=True, postgresql_where=text("state <> 'excluded'")
    ),
    Index("ix_transaction_reports_chain", "subject", "business_on"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_transaction_reports_found", "kind", "id", postgresql_where=text("state = 'found'")),
    Index(None, "file_id", postgresql_where=text("file_id IS NOT NULL")),
)  # fmt: skip

report_transfers = Table(
    "report_transfers",
    metadata,
    Column("report_id", Uuid, ForeignKey("transaction_reports.id"), nullable=False),
    Column("transfer_id", Uuid, nullable=False),
    Column("posted_at", Instant, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Words, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("code", Words, nullable=False),
    Column("country", Words),
    Column("own_account_id", Uuid, nullable=False),
    Column("other_account_id", Uuid, nullable=False),
    Column("side", Words, nullable=False),
    PrimaryKeyConstraint("report_id", "transfer_id", "side"),
    CheckConstraint("amount > 0 AND counted > 0", name="amounts"),
    CheckConstraint("side IN ('in', 'out')", name="side"),
)
