"""What a house says in its own words and voices: versions of sentences and recordings (no I/O)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from crm_core.tables.base import EMPTY, MOMENT, NOW, key, metadata

prompt_versions = Table(
    "prompt_versions",
    metadata,
    key(),
    Column("language", String(8), nullable=False),
    Column("prompt", String(40), nullable=False),
    Column("part", String(4), nullable=False, server_default=EMPTY),  # of a recording: "" the whole, else its number
    Column("kind", String(10), nullable=False),  # sentence, recording; the newest of a kind and part counts
    Column("sentence", Text),  # none: the shipped one again
    Column("sha256", String(64)),  # of the recording; none: synthesised again
    Column("sound", LargeBinary),  # WAV as Asterisk plays it: 8 kHz, 16 bit, one channel
    Column("file_name", Text, nullable=False, server_default=EMPTY),  # as it was uploaded, for people
    Column("seconds", Float),
    Column("loudness", Float),  # dBFS, root mean square of what is spoken, as it came
    Column("peak", Float),  # dBFS
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("kind in ('sentence', 'recording')", name="kind"),
    CheckConstraint("(sha256 is null) = (sound is null)", name="sound"),
    Index("ix_prompt_versions_newest", "language", "prompt", "part", "kind", "id"),
    Index("ix_prompt_versions_sha256", "sha256"),
)
