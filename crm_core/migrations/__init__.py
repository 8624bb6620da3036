"""Steps of the schema, oldest first; `crm_core.tables` is where they lead (run by `crm_core.migrate`)."""
