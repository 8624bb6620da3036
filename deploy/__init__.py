"""Composes the processes, carries what installs them, and is the `busbar` command line."""
