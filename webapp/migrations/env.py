"""What Alembic runs: migrations over the connection it was handed."""

from alembic import context

from webapp.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True, user_module_prefix="")
with context.begin_transaction():
    context.run_migrations()
