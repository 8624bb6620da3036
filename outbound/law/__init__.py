"""Contact law as data: profiles, and the one question whether somebody may be reached now. docs/contact-law.md."""
