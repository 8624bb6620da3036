"""The rules of work, without I/O."""
