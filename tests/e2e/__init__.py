"""The whole line: a real caller, a real Asterisk, our processes, and an operator's real browser."""
