"""Issue 2, section 4.3: what breaks while callers are on the line, on the whole house."""
