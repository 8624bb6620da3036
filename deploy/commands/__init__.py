"""Commands of `busbar`, one module for each part of the base; `deploy/cli.py` wires them."""
