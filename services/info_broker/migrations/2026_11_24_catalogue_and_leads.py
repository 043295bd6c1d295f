"""Catalogue and leads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_catalogue_and_leads"
down_revision = None
branch_labels = None
depends_on = None

# What was shown, and what happened, is added to and never edited: the service's own role may not.
HISTORY = ("product_versions", "institution_versions", "lead_steps", "imports")
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("purposes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cardinality(purposes) >= 1", name=op.f("ck_consents_some_purpose")),
        sa.CheckConstraint("withdrawn_at >= given_at", name=op.f("ck_consents_withdrawn_after_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_masked", sa.Text(), nullable=True),
        sa.Column("mobile_masked", sa.Text(), nullable=True),
        sa.Column("email_masked", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erase_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(sealed IS NULL) = (erased_at IS NOT NULL)", name=op.f("ck_contacts_sealed_until_erased")),
        sa.CheckConstraint(
            "erased_at IS NULL OR (name_masked IS NULL AND mobile_masked IS NULL AND email_masked IS NULL)",
            name=op.f("ck_contacts_nothing_left_when_erased"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(
        op.f("ix_contacts_erase_at"),
        "contacts",
        ["erase_at"],
        unique=False,
        postgresql_where=sa.text("erased_at IS NULL"),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "accepted + changed + unchanged + jsonb_array_length(refused) = rows",
            name=op.f("ck_imports_every_row_counted"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "institutions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_institutions_version_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("code", name=op.f("uq_institutions_code")),
    )
    op.create_index(op.f("ix_institutions_kind_code"), "institutions", ["kind", "code"], unique=False)
    op.create_table(
        "institution_prefixes",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(prefix) BETWEEN 1 AND 120", name=op.f("ck_institution_prefixes_prefix_length")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_prefixes_institution_id")
        ),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_institution_prefixes")),
    )
    op.create_index(
        op.f("ix_institution_prefixes_institution_id"), "institution_prefixes", ["institution_id"], unique=False
    )
    op.create_table(
        "institution_versions",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_versions_institution_id")
        ),
        sa.PrimaryKeyConstraint("institution_id", "version", name=op.f("pk_institution_versions")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tokens", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("popularity", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("status IN ('offered', 'withdrawn')", name=op.f("ck_products_status_known")),
        sa.CheckConstraint("terms ->> 'kind' = kind", name=op.f("ck_products_terms_of_the_kind")),
        sa.CheckConstraint("popularity BETWEEN 0 AND 9", name=op.f("ck_products_popularity_below_a_match_class")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_products_version_positive")),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_products_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("source", "code", name=op.f("uq_products_source_code")),
    )
    op.create_index("ix_products_institution_id", "products", ["institution_id"], unique=False)
    op.create_index("ix_products_popularity_code", "products", ["popularity", "code"], unique=False)
    op.create_index("ix_products_tokens", "products", ["tokens"], unique=False, postgresql_using="gin")
    op.create_table(
        "placements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_placements_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_placements_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
    )
    op.create_index(op.f("ix_placements_ends_at"), "placements", ["ends_at"], unique=False)
    op.create_index(op.f("ix_placements_product_id_ends_at"), "placements", ["product_id", "ends_at"], unique=False)
    op.create_table(
        "product_versions",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_product_versions_institution_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_versions_product_id")),
        sa.PrimaryKeyConstraint("product_id", "version", name=op.f("pk_product_versions")),
    )
    op.create_table(
        "product_views",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("viewed_on", sa.Date(), nullable=False),
        sa.Column("viewer", sa.Text(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("last_viewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("views >= 1", name=op.f("ck_product_views_views_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_views_product_id")),
        sa.PrimaryKeyConstraint("product_id", "viewed_on", "viewer", name=op.f("pk_product_views")),
    )
    op.create_index(op.f("ix_product_views_viewed_on"), "product_views", ["viewed_on"], unique=False)
    op.create_table(
        "leads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("product_version", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('new', 'routed')) = (due_at IS NOT NULL)", name=op.f("ck_leads_open_states_end")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'routed', 'accepted', 'rejected', 'withdrawn', 'closed')",
            name=op.f("ck_leads_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('routed', 'accepted') OR institution_id IS NOT NULL",
            name=op.f("ck_leads_routed_to_somebody"),
        ),
        sa.CheckConstraint(
            "(amount_minor IS NULL) = (currency IS NULL) AND amount_minor > 0",
            name=op.f("ck_leads_amount_with_currency"),
        ),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_leads_consent_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_leads_contact_id")),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_leads_institution_id")),
        sa.ForeignKeyConstraint(
            ["product_id", "product_version"],
            ["product_versions.product_id", "product_versions.version"],
            name=op.f("fk_leads_product_id_product_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_leads_consent_id")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_leads_contact_id")),
    )
    op.create_index(
        op.f("ix_leads_created_at"), "leads", ["created_at"], unique=False, postgresql_where=sa.text("state = 'new'")
    )
    op.create_index(op.f("ix_leads_customer_id"), "leads", ["customer", "id"], unique=False)
    op.create_index(
        op.f("ix_leads_due_at"), "leads", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(op.f("ix_leads_institution_id_id"), "leads", ["institution_id", "id"], unique=False)
    op.create_table(
        "lead_guards",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_guards_lead_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_lead_guards_product_id")),
        sa.PrimaryKeyConstraint("product_id", "person", name=op.f("pk_lead_guards")),
    )
    op.create_index(op.f("ix_lead_guards_lead_id"), "lead_guards", ["lead_id"], unique=False)
    op.create_table(
        "lead_steps",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_steps_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "number", name=op.f("pk_lead_steps")),
    )
    for table in HISTORY:
        op.execute(APPEND_ONLY.format(table=table))
