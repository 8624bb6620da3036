"""Cards and what stands in their place, as HTML: loaded once per call, rendered once per language (shell)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock, phones
from crm_core.card import Candidate
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.settings import Settings
from crm_core.store import cards as card_store
from crm_core.store import subscribers
from routing.views import CallView
from workstation import screenpop
from workstation.access import Person
from workstation.access_log import AccessLog
from workstation.screenpop import Choose, ChooseAmong, LookUp, PopKey, Recognised, ShowCard, Unknown
from workstation.sentences import Translate, sentence
from workstation.templates import Templates

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.5
"""A ringing call is shown without its card rather than later than this."""
FRESH_SECONDS = 30.0
"""A card older than this is read again: another process may have changed the account."""
CACHED = 512
WARM_CONNECTIONS = 4
WARM_TURNS = 7
"""PostgreSQL plans a prepared statement anew five times before it keeps a plan."""

Key = tuple[PopKey, int]


class Cards:
    """What a call or a search lays before a person.

    Args:
        settings: country of telephone numbers, time zone of "today".
        engine: the customer base.
        templates: rendered in the reader's language.
        access: every card that is shown is written down there.

    """

    def __init__(self, settings: Settings, engine: AsyncEngine, templates: Templates, access: AccessLog) -> None:
        self._country = settings.country
        self._zone = ZoneInfo(settings.time_zone)
        self._engine = engine
        self._templates = templates
        self._access = access
        self._rendered: OrderedDict[Key, tuple[float, int | None, str]] = OrderedDict()

    async def for_call(self, call: CallView, person: Person) -> str:
        """Return the card, the chooser or the empty page for a call; never raises for a base that is away."""
        key: Key = (screenpop.pop_key(call), person.user_id)
        now = asyncio.get_running_loop().time()
        known = self._rendered.get(key)
        if known is not None and now - known[0] < FRESH_SECONDS:
            return known[2]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                account_id, html = await self._render_call(call, person)
        except (CrmError, TimeoutError) as error:
            await log.awarning("card.unavailable", call_id=call.call_id, error=type(error).__name__)
            return self._unavailable(call, person)
        self._rendered[key] = (now, account_id, html)
        while len(self._rendered) > CACHED:
            self._rendered.popitem(last=False)
        if account_id is not None:
            self._access.note(person.user_id, "card.viewed", str(account_id), reason=f"call {call.call_id}")
        return html

    async def of_account(self, account_id: int, call: CallView | None, person: Person) -> str | None:
        """Return the card of an account somebody asked for, None when there is no such account."""
        async with reading(self._engine) as db:
            return await self._card(db, account_id, call, person, "account")

    def forget_call(self, call_id: str) -> None:
        """Drop what was rendered for a call that left."""
        for key in [key for key in self._rendered if key[0][0] == call_id]:
            del self._rendered[key]

    def forget_account(self, account_id: int) -> None:
        """Drop what was rendered of an account that changed."""
        for key in [key for key, (_, account, _) in self._rendered.items() if account == account_id]:
            del self._rendered[key]

    async def warm(self) -> None:
        """Let a few connections prepare and plan the card's statement, so that no caller waits for it."""

        async def one() -> None:
            async with reading(self._engine) as db:
                for _ in range(WARM_TURNS):
                    await card_store.load_card(db, 0, self.today())

        try:
            await asyncio.gather(*(one() for _ in range(WARM_CONNECTIONS)))
        except CrmError as error:
            await log.awarning("cards.cold", error=type(error).__name__)

    def today(self) -> date:
        """Return the date at the utility."""
        return clock.now().astimezone(self._zone).date()

    async def _render_call(self, call: CallView, person: Person) -> tuple[int | None, str]:
        shown = screenpop.first_look(call)
        async with reading(self._engine) as db:
            if isinstance(shown, LookUp):
                number = phones.e164(shown.number, self._country)
                shown = screenpop.second_look(await subscribers.by_phone(db, number) if number else ())
            match shown:
                case ShowCard(account_id=account_id, recognised_by=how):
                    card = await self._card(db, account_id, call, person, how)
                    return (account_id, card) if card is not None else (None, self._unknown(call, person))
                case Choose(account_ids=ids):
                    return None, self._chooser(call, person, await subscribers.candidates(db, ids))
                case ChooseAmong(candidates=found):
                    return None, self._chooser(call, person, found)
                case Unknown():
                    return None, self._unknown(call, person)

    async def _card(
        self, db: AsyncConnection, account_id: int, call: CallView | None, person: Person, how: Recognised
    ) -> str | None:
        today = self.today()
        card = await card_store.load_card(db, account_id, today)
        if card is None:
            return None
        return self._templates.render(
            "card.html",
            person.language,
            card=card,
            call=call,
            today=today,
            recognised_by=how if call is not None else "",
            csrf=person.csrf,
        )

    def _chooser(self, call: CallView, person: Person, candidates: Sequence[Candidate]) -> str:
        return self._templates.render("chooser.html", person.language, call=call, candidates=candidates)

    def _unknown(self, call: CallView, person: Person) -> str:
        return self._templates.render("unknown.html", person.language, call=call, recognised_by="", csrf=person.csrf)

    def _unavailable(self, call: CallView, person: Person) -> str:
        translate: Translate = self._templates.translation(person.language)
        return self._templates.render(
            "card_error.html",
            person.language,
            account_id=call.account_id,
            call=call,
            sentence=sentence("card-unavailable", translate),
        )
