"""What Alembic runs: the caller's connection and schema, nothing read from an ini file."""

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], version_table_schema=given["schema"])
with context.begin_transaction():
    context.run_migrations()
