"""Workforce: how many will call, how many are needed, who works when, and how the day keeps to it (pure)."""
