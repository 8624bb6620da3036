"""How each language speaks numbers, money, days and hours; one module a language (pure)."""
