"""What a sample has beside its chunks: saved segments, rules that noticed something, a few documents (shell).

All of it is about the first accounts, which are rich in everything, and can be asked for again: what is there already
stays.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from psycopg import sql
from psycopg.types.json import Jsonb

from crm_core import clock
from crm_core.db import engine, transaction
from crm_core.documents import fonts
from crm_core.documents.making import Maker, Order, Press, make
from crm_core.documents.vault import DiskVault
from crm_core.sample.oddities import oddity
from crm_core.sample.plan import RICH, Plan
from crm_core.sample.session import Connection
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.settings import Settings
from crm_core.store import signal_sql, templates
from crm_core.work import signals
from crm_core.work.signals import Rule, Then, What, Who

SEGMENTS: tuple[tuple[str, Condition], ...] = (
    ("Owes for more than 90 days", Condition(fact="debt_age", op=Op.AT_LEAST, values=("91",))),
    ("No reading for three months", Condition(fact="silent_months", op=Op.AT_LEAST, values=("3",))),
    ("Key customers", Condition(fact="flags", op=Op.ONE_OF, values=("vip",))),
    ("Life support", Condition(fact="flags", op=Op.ONE_OF, values=("life_support",))),
)
"""Name and the one condition of each saved segment."""
RULES = (
    Rule(
        title="No reading for three months",
        what=What.NO_READING,
        then=Then(title="Ask for a reading", team="metering"),
        limit=200,
    ),
    Rule(
        title="Payments stopped",
        what=What.PAYMENTS_STOPPED,
        who=Who(balance_least=Decimal(1000)),
        then=Then(title="Ask why nothing is paid any more", team="billing"),
        limit=100,
    ),
    Rule(
        title="Key customers once a quarter",
        what=What.CYCLE,
        every=signals.Every.QUARTER,
        who=Who(flags_any=("vip",)),
        then=Then(title="Call a key customer", team="contact_centre"),
    ),
)
DOCUMENTS = (
    ("debt_31_60", "notice"), ("debt_61_90", "arrangement"), ("credit", "statement"), ("day_night", "certificate"),
)  # fmt: skip
"""Oddity whose account gets a document, and of what kind."""
NOON = 12


def fill(db: Connection, plan: Plan) -> None:
    """Save segments; let each rule look at the first accounts once, as a worker would have this period."""
    with db.transaction():
        for name, condition in SEGMENTS:
            tree = Group(parts=(condition,)).model_dump(mode="json")
            db.execute(
                "insert into segments (name, tree) values (%s, %s) on conflict (name) do nothing", [name, Jsonb(tree)]
            )
        for rule in RULES:
            _run(db, plan, rule)


def _run(db: Connection, plan: Plan, rule: Rule) -> None:
    known = db.execute("select id from signal_rules where title = %s", [rule.title]).fetchone()
    now = _moment(plan.today)
    if known is None:
        known = db.execute(
            "insert into signal_rules (title, spec, previewed_at, changed_at) values (%s, %s, %s, %s) returning id",
            [rule.title, Jsonb(signals.dump(rule)), now, now],
        ).fetchone()
    period, last = signals.period(plan.today, rule.every), min(plan.subscribers, RICH)
    begun = db.execute(
        "insert into signal_runs (rule_id, period, started_at, finished_at, beat_at, done_to, last_id)"
        " values (%(rule)s, %(period)s, %(now)s, %(now)s, %(now)s, %(last)s, %(last)s)"
        " on conflict (rule_id, period) do nothing returning id",
        {"rule": known[0] if known else 0, "period": period, "now": now, "last": last},
    ).fetchone()
    if begun is None or known is None:
        return
    values = signal_sql.values(rule, plan.today) | {
        "low": 0, "high": last, "left": rule.limit, "rule_id": known[0], "period": period, "now": now,
        "title": rule.then.title, "rule_title": rule.title, "what": rule.what.value, "task": True, "owner_id": None,
        "team": rule.then.team, "due_at": now + timedelta(days=5), "set_flag": "", "drop_flag": "",
        "people": [], "turn": rule.then.turn, "turns": list(signals.TURNS),
    }  # fmt: skip
    hits = db.execute(sql.SQL(signal_sql.act(rule)), values).fetchone()
    db.execute(sql.SQL(signal_sql.LINK), values)
    found = hits[0] if hits else 0
    db.execute("update signal_runs set found = %s, capped = %s where id = %s", [found, found >= rule.limit, begun[0]])


async def papers(settings: Settings, plan: Plan) -> int:
    """Make a document of each kind and lay it into the vault of the run folder; returns how many are new."""
    press = Press(vault=DiskVault(settings.run_dir), fonts=fonts.find(settings.run_dir))
    maker = Maker(user_id=None, name=settings.utility, utility=settings.utility, today=plan.today, now=clock.now())
    pools = engine(settings, name="busbar-sample", size=1)
    made = 0
    try:
        async with transaction(pools) as db:
            shipped = {one.kind: one for one in await templates.everyone(db) if one.language == "en"}
            for name, kind in DOCUMENTS:
                (account, *_) = oddity(name).accounts
                if kind in shipped:
                    order = Order(template_id=shipped[kind].template_id, account_id=account)
                    made += not isinstance(await make(db, press, order, maker), list)
    finally:
        await pools.dispose()
    return made


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, NOON, tzinfo=UTC)
