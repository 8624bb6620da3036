"""Money as rules: what pays what, how old a debt is, penalties, promises, who must agree (pure)."""
