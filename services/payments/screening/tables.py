"""Lists by version, what was compared with them, hits. Entries are added and ended, never changed; a subject's name is sealed."""

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
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.payments.metadata import metadata

Instant = DateTime(timezone=True)

screening_versions = Table(
    "screening_versions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("list_name", Words, nullable=False),
    Column("number", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False, unique=True),
    Column("form", Words, nullable=False),
    Column("hash", Words, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("names", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("taken_by", Words, nullable=False),
    UniqueConstraint("list_name", "number"),
    CheckConstraint("form IN ('ofac', 'table')", name="form"),
    CheckConstraint("number > 0 AND generation > 0", name="counted_up"),
    CheckConstraint("least(entries, added, removed, refused) >= 0 AND names >= entries", name="sizes"),
)

screening_entries = Table(
    "screening_entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("list_name", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("names", ARRAY(Words), nullable=False),
    Column("programme", Words, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("hash", Words, nullable=False),
    Column("generation", BigInteger, ForeignKey("screening_versions.generation"), nullable=False),
    CheckConstraint("kind IN ('individual', 'entity', 'vessel', 'aircraft')", name="kind"),
    CheckConstraint("cardinality(names) > 0", name="has_a_name"),
    UniqueConstraint("list_name", "key", "generation"),
    Index(None, "generation"),
)

screening_removals = Table(
    "screening_removals",
    metadata,
    Column("entry_id", Uuid, ForeignKey("screening_entries.id"), primary_key=True),
    Column("generation", BigInteger, ForeignKey("screening_versions.generation"), nullable=False),
    Index(None, "generation"),
)

screening_refused_rows = Table(
    "screening_refused_rows",
    metadata,
    Column("version_id", Uuid, ForeignKey("screening_versions.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("file", Words, nullable=False),
    Column("line", Integer, nullable=False),
    Column("code", Words, nullable=False),
    Column("detail", Words, nullable=False),
    PrimaryKeyConstraint("version_id", "number"),
)

screenings = Table(
    "screenings",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("subject_kind", Words, nullable=False),
    Column("person", Boolean, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("name_index", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("screened_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    CheckConstraint("subject_kind IN ('customer', 'merchant', 'payee')", name="subject_kind"),
    CheckConstraint("outcome IN ('clear', 'hit', 'cleared_by_operator', 'confirmed')", name="outcome"),
    CheckConstraint("score BETWEEN 0 AND 1000 AND (score = 0) = (outcome = 'clear')", name="score"),
    CheckConstraint("expires_at > screened_at", name="expires_later"),
    Index(None, "generation"),
    Index(None, "expires_at"),
)

screening_hits = Table(
    "screening_hits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_id", Uuid, ForeignKey("screenings.subject_id"), nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("entry_id", Uuid, ForeignKey("screening_entries.id"), nullable=False),
    Column("name_index", LargeBinary, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("overdue_at", Instant),
    Column("proposed_by", Words),
    Column("proposed_reason", Words),
    Column("decided_by", Words),
    Column("reason", Words),
    Column("decided_at", Instant),
    UniqueConstraint("subject_id", "entry_id", "name_index"),
    CheckConstraint("score BETWEEN 1 AND 1000", name="score"),
    CheckConstraint("state IN ('waiting', 'clearance_proposed', 'cleared', 'confirmed', 'withdrawn')", name="state"),
    CheckConstraint("(state IN ('waiting', 'clearance_proposed')) = (decided_at IS NULL)", name="decided_when_ended"),
    CheckConstraint(
        "(state IN ('cleared', 'confirmed')) = (decided_by IS NOT NULL AND reason IS NOT NULL)",
        name="decided_by_somebody",
    ),
    CheckConstraint("state <> 'clearance_proposed' OR proposed_by IS NOT NULL", name="proposed_by_somebody"),
    CheckConstraint("(proposed_by IS NULL) = (proposed_reason IS NULL)", name="proposed_with_reason"),
    CheckConstraint("state <> 'cleared' OR proposed_by <> decided_by", name="four_eyes"),
    CheckConstraint(
        "(due_at IS NOT NULL) = (state IN ('waiting', 'clearance_proposed') AND overdue_at IS NULL)", name="open_is_due"
    ),
    Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("ix_screening_hits_open", "id", postgresql_where=text("state IN ('waiting', 'clearance_proposed')")),
)
