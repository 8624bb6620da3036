"""Tests of crm_core.importing."""
