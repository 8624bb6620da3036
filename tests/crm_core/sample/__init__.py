"""Tests of crm_core.sample."""
