"""Importing a base of the user's own: files become subscribers, meters, readings, invoices and payments."""
