"""Campaigns: lists, contact law, pacing and attempts. Empty until the dialler lands."""
