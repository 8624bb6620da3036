"""What operators say and know, and their own keys: articles, scripts, texts for notes, marks, walks through scripts."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from crm_core.work.guides_shipped import shipped

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
EMPTY = sa.text("''")
EMPTY_LIST = sa.text("'[]'::jsonb")
CONFIGS = {"en": "english", "ru": "russian"}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "guides",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("topics", JSONB(), nullable=False, server_default=EMPTY_LIST),
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.UniqueConstraint("kind", "code", "language", name="uq_guides_kind_code_language"),
        sa.CheckConstraint("kind in ('article', 'script', 'note', 'message')", name=op.f("ck_guides_kind")),
    )
    op.create_index("ix_guides_words", "guides", ["words"], postgresql_using="gin")
    op.create_table(
        "guide_versions",
        sa.Column("guide_id", sa.Integer(), sa.ForeignKey("guides.id"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    )
    op.create_table(
        "guide_marks",
        sa.Column("guide_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False, server_default=EMPTY),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        sa.ForeignKeyConstraint(["guide_id", "version"], ["guide_versions.guide_id", "guide_versions.version"]),
    )
    op.create_table(
        "script_walks",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), primary_key=True),
        sa.Column("guide_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("accounts.id")),
        sa.Column("call_id", sa.String(80), nullable=False, server_default=EMPTY),
        sa.Column("answers", JSONB(), nullable=False, server_default=EMPTY_LIST),
        sa.Column("ending", sa.String(40), nullable=False, server_default=EMPTY),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("once", sa.String(80), nullable=False),
        sa.UniqueConstraint("once", name="uq_script_walks_once"),
        sa.ForeignKeyConstraint(["guide_id", "version"], ["guide_versions.guide_id", "guide_versions.version"]),
    )
    op.create_index("ix_script_walks_account_id", "script_walks", ["account_id"])
    op.create_index("ix_script_walks_guide_id_began_at", "script_walks", ["guide_id", "began_at"])
    op.create_table(
        "user_keys",
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), primary_key=True, autoincrement=False),
        sa.Column("keys", JSONB(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    )
    _ship()


def _ship() -> None:
    """Put in what operators begin with."""
    db = op.get_bind()
    simple = "setweight(to_tsvector('simple', :title), 'A') || setweight(to_tsvector('simple', :body), 'C')"
    bent = "setweight(to_tsvector(:config, :title), 'A') || setweight(to_tsvector(:config, :body), 'B')"
    guide = sa.text(
        "insert into guides (kind, code, language, title, topics, words) values (:kind, :code, :language, :title, "
        f"cast(:topics as jsonb), {bent.replace(':config', 'cast(:config as regconfig)')} || {simple}) returning id"
    )
    version = sa.text("insert into guide_versions (guide_id, version, title, body) values (:id, 1, :title, :body)")
    for one in shipped():
        values = {"kind": one.kind, "code": one.code, "language": one.language, "title": one.title, "body": one.body}
        more = {"topics": json.dumps(one.topics), "config": CONFIGS[one.language]}
        key = db.execute(guide, values | more).scalar_one()
        db.execute(version, {"id": key, "title": one.title, "body": one.body})


def downgrade() -> None:
    """Take them away; what is in them is gone."""
    for table in ("user_keys", "script_walks", "guide_marks", "guide_versions", "guides"):
        op.drop_table(table)
