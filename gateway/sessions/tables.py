"""Sessions and the hashes of their tokens. Real time throughout: nobody's sign-in moves with the business clock."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, LargeBinary, Table, Uuid
from sqlalchemy import Text as Words

from gateway.metadata import metadata

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("identity_id", Uuid, ForeignKey("identities.id"), nullable=False, index=True),
    Column("purpose", Words, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Words),
    CheckConstraint("purpose IN ('api', 'console')", name="purpose"),
    CheckConstraint("end_reason IN ('signed_out', 'token_reused', 'disabled')", name="end_reason"),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
)

session_tokens = Table(
    "session_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    CheckConstraint("octet_length(token_hash) = 32", name="hash_length"),
)
