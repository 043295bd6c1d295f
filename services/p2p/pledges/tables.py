"""Pledges, and the receipts of gifts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.p2p.metadata import metadata

pledges = Table(
    "pledges",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False),
    Column("backer", Text, nullable=False),
    Column("tier_id", Uuid, ForeignKey("project_tiers.id")),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("mandate_id", Text),
    Column("mandate_minor", BigInteger),
    Column("mandate_ended", Boolean, nullable=False),
    Column("account_id", Uuid),
    Column("debit_id", Text),
    Column("decision_id", Text),
    Column("attempts", Integer, nullable=False),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("reversed_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    Index(None, "decision_id", postgresql_where=text("decision_id IS NOT NULL")),
    CheckConstraint("source IN ('wallet', 'mandate')", name="source_known"),
    CheckConstraint(
        "state IN ('pending', 'unsigned', 'standing', 'withdrawn', 'lapsed', 'released', 'charging', 'retrying', 'dropped',"
        " 'collected', 'refunded', 'charged_back')",
        name="state_known",
    ),
    CheckConstraint(
        "(state IN ('pending', 'unsigned', 'charging', 'retrying')) = (due_at IS NOT NULL)", name="waiting_states_end"
    ),
    CheckConstraint("source = 'mandate' OR state NOT IN ('pending', 'unsigned')", name="only_mandates_are_signed"),
    CheckConstraint(
        "source = 'wallet' OR state IN ('pending', 'lapsed', 'withdrawn') OR mandate_id IS NOT NULL",
        name="mandate_known",
    ),
    CheckConstraint("amount_minor <= mandate_minor", name="within_its_mandate"),
    CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded_what_was_paid"),
    CheckConstraint(
        "refunded_minor = 0 OR state IN ('collected', 'refunded', 'charged_back')", name="refunded_once_paid"
    ),
    CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor", name="reversed_what_was_paid"),
    CheckConstraint(
        "reversed_minor = 0 OR state IN ('collected', 'refunded', 'charged_back')", name="reversed_once_paid"
    ),
    CheckConstraint(
        "state NOT IN ('collected', 'refunded', 'charged_back') OR account_id IS NOT NULL",
        name="collected_from_somewhere",
    ),
    Index(
        "ix_pledges_one_a_backer",
        "project_id",
        "backer",
        unique=True,
        postgresql_where=text("state NOT IN ('withdrawn', 'lapsed')"),
    ),
    Index(None, "project_id", "id"),
    Index(None, "backer", "id"),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index(
        "ix_pledges_mandate_left",
        "id",
        postgresql_where=text(
            "mandate_id IS NOT NULL AND NOT mandate_ended"
            " AND state IN ('withdrawn', 'lapsed', 'released', 'dropped', 'collected', 'refunded', 'charged_back')"
        ),
    ),
    Index(None, "debit_id", postgresql_where=text("debit_id IS NOT NULL")),
    Index(None, "mandate_id", postgresql_where=text("mandate_id IS NOT NULL")),
)

gift_receipts = Table(
    "gift_receipts",
    metadata,
    Column("pledge_id", Uuid, ForeignKey("pledges.id"), primary_key=True),
    Column("document", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("length(content_hash) = 32", name="hash_whole"),
)
