"""What alembic runs a migration in: the connection `crm_core.migrate` opened, nothing else (shell)."""

from __future__ import annotations

from alembic import context

from crm_core.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
