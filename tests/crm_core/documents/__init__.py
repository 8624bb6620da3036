"""Tests of crm_core.documents."""
