"""Segments: conditions over what is known of an account, in plain values (pure)."""
