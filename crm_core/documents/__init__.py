"""Documents made from a card: templates that can do little, pages that look alike everywhere."""
