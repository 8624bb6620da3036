"""Cards and what stands in their place, as HTML: loaded once per call, rendered once per language (shell).

Of a person a card depends on nothing but language and role, and of a call on its number and id: so it may be made
before anybody knows whose telephone will ring (`workstation.ahead`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from msgspec.json import encode
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import access, clock, phones
from crm_core.access import Role
from crm_core.advice import Worth
from crm_core.card import Candidate, Card
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.masking import mask, mask_card
from crm_core.settings import Settings
from crm_core.store import cards as card_store
from crm_core.store import subscribers
from routing.news import Coming
from routing.views import CallView
from workstation import screenpop
from workstation.access import Person
from workstation.access_log import AccessLog
from workstation.advising import Advisor
from workstation.reader import Reader
from workstation.screenpop import Choose, ChooseAmong, LookUp, PopKey, Recognised, ShowCard, Shown
from workstation.sentences import Translate, sentence
from workstation.templates import Templates

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.5
"""A ringing call is shown without its card rather than later than this."""
FRESH_SECONDS = 60.0
"""A card older than this is read again: another process may have changed the account."""
NEW_SECONDS = 2.0
"""A card younger than this is not made again ahead of its call."""
NOTHING = Worth()
CACHED = 512
WARM_CONNECTIONS = 4
WARM_TURNS = 7
"""PostgreSQL plans a prepared statement anew five times before it keeps a plan."""


class Screen(NamedTuple):
    """What of a person a card depends on."""

    language: str
    """Of those we have."""
    role: Role


Key = tuple[PopKey, str, Screen]
"""Pop, calling number, whose kind of screen."""


@dataclass(slots=True)
class Rendered:
    """One page that was made."""

    at: float
    """When it was read, on the loop's clock."""
    account_id: int | None
    html: str
    quoted: bytes = b""
    """The same as a string of JSON, for a frame that brings it."""
    viewers: set[int] = field(default_factory=set)
    """Who was shown it: each is written down once."""
    worth: Worth = NOTHING
    """What was advised on it."""


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
        self.reader = Reader(engine, self.today)
        self.advisor = Advisor(engine, self.today)
        self._rendered: OrderedDict[Key, Rendered] = OrderedDict()
        self._changes = 0
        """Counts what was forgotten: what was being read meanwhile is shown once, and not kept."""
        self._reading = 0
        """Pops that wait for the customer base now."""
        self.at_leisure = asyncio.Event()
        """Set while no pop waits for the customer base."""
        self.at_leisure.set()

    def ready(self, call: CallView, person: Person) -> Rendered | None:
        """Return what is to be shown for a call when it was made already and is fresh; the view is written down."""
        known = self._rendered.get(_key(call, self.screen(person)))
        if known is None or asyncio.get_running_loop().time() - known.at >= FRESH_SECONDS:
            return None
        if known.account_id is not None and person.user_id not in known.viewers:
            known.viewers.add(person.user_id)
            self._note(person, known.account_id, call, known.worth)
        return known

    async def for_call(self, call: CallView, person: Person) -> Rendered:
        """Return the card, the chooser or the empty page for a call; never raises for a base that is away."""
        known = self.ready(call, person)
        if known is not None:
            return known
        self._reading += 1
        self.at_leisure.clear()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                (made,) = await self._make(call, (self.screen(person),))
        except (CrmError, TimeoutError) as error:
            await log.awarning("card.unavailable", call_id=call.call_id, error=type(error).__name__)
            return self._unavailable(call, person.language)
        finally:
            self._reading -= 1
            if not self._reading:
                self.at_leisure.set()
        if made.account_id is not None:
            made.viewers.add(person.user_id)
            self._note(person, made.account_id, call, made.worth)
        return made

    async def prepare(self, call: CallView, screens: Iterable[Screen]) -> None:
        """Make what a call will bring, for some kinds of screens, before it rings anywhere; nobody is shown anything.

        Raises:
            CrmError: the customer base is away or too slow.
            TimeoutError: it is very slow.

        """
        missing = tuple(screen for screen in screens if not self._is_new(_key(call, screen)))
        if missing:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._make(call, missing)

    def _is_new(self, key: Key) -> bool:
        known = self._rendered.get(key)
        return known is not None and asyncio.get_running_loop().time() - known.at < NEW_SECONDS

    def _note(self, person: Person, account_id: int, call: CallView, worth: Worth) -> None:
        self.advisor.shown(person.user_id, account_id, call.call_id, worth)
        self._access.note(
            person.user_id,
            "card.viewed",
            f"account {account_id}",
            reason=f"call {call.call_id}",
            session=person.session,
            contact_id=call.call_id,
        )

    def foresee(self, coming: Coming, screens: Iterable[Screen]) -> None:
        """Begin to read what a call will bring before there is news of it, and render it as soon as it is there.

        Args:
            coming: as the floor's herald says it.
            screens: of the desks that are open; it is rendered for the kind that most of them have.

        """
        changes, at = self._changes, asyncio.get_running_loop().time()
        work = self.reader.begin(coming.account_id)
        if work is None:
            return
        screen = Counter(screens).most_common(1)[0][0]

        def render(done: asyncio.Future[Card | None]) -> None:
            # Somebody may have come for it meanwhile: he has it in hand, and renders it himself.
            if done.cancelled() or done.exception() or not self.reader.has(done, coming.account_id):
                return
            card = done.result()
            if card is not None and changes == self._changes:
                self.reader.forget(coming.account_id)
                key = (coming.call_id, coming.account_id, ()), coming.number, screen
                worth = self.advisor.worth(card)
                html = self._card(card, coming, screen, "account", worth)
                self._keep(key, _framed(at, card.account_id, html, worth))

        work.add_done_callback(render)

    def screen(self, person: Person) -> Screen:
        """Return what kind of screen a person has."""
        return Screen(self._templates.language(person.language).code, person.role)

    async def _make(self, call: CallView, screens: Sequence[Screen]) -> list[Rendered]:
        """Read once, render for each kind of screen, and keep it unless the account changed under our hands."""
        changes, at = self._changes, asyncio.get_running_loop().time()
        account_id, pages, worth = await self._render_call(call, screens)
        made = [_framed(at, account_id, html, worth) for html in pages]
        if changes == self._changes:
            for screen, page in zip(screens, made, strict=True):
                self._keep(_key(call, screen), page)
        return made

    def _keep(self, key: Key, page: Rendered) -> None:
        self._rendered[key] = page
        self._rendered.move_to_end(key)
        while len(self._rendered) > CACHED:
            self._rendered.popitem(last=False)

    async def read(self, account_id: int) -> Card | None:
        """Return the card of an account as a value: for programs; None when there is no such account."""
        return await self.reader.read(account_id)

    async def of_account(self, account_id: int, call: CallView | None, person: Person) -> str | None:
        """Return the card of an account somebody asked for, None when there is no such account."""
        card = await self.reader.read(account_id)
        if card is None:
            return None
        # Of a caller whose account nobody has named, the number alone points here: the card goes on saying so.
        how: Recognised = "number" if call is not None and call.account_id is None else "account"
        return self._card(card, call, self.screen(person), how, self.advisor.worth(card))

    def forget_call(self, call_id: str) -> None:
        """Drop what was rendered for a call that left."""
        self._changes += 1
        for key in [key for key in self._rendered if key[0][0] == call_id]:
            del self._rendered[key]

    def forget_account(self, account_id: int) -> None:
        """Drop what was rendered of an account that changed."""
        self._changes += 1
        self.reader.forget(account_id)
        for key in [key for key, page in self._rendered.items() if page.account_id == account_id]:
            del self._rendered[key]

    async def warm(self) -> None:
        """Let a few connections prepare and plan the card's statement, so that no caller waits for it."""

        async def one() -> None:
            async with reading(self._engine) as db:
                for _ in range(WARM_TURNS):
                    await card_store.load_card(db, 0, self.today())

        try:
            await self.reader.open()
            await self.advisor.look()
            await asyncio.gather(*(one() for _ in range(WARM_CONNECTIONS)))
        except CrmError as error:
            await log.awarning("cards.cold", error=type(error).__name__)

    def today(self) -> date:
        """Return the date at the utility."""
        return clock.now().astimezone(self._zone).date()

    async def _render_call(self, call: CallView, screens: Sequence[Screen]) -> tuple[int | None, list[str], Worth]:
        shown = screenpop.first_look(call)
        if isinstance(shown, LookUp | Choose):
            shown = await self._look_again(shown)
        card = await self.reader.take(shown.account_id) if isinstance(shown, ShowCard) else None
        # The connection is back in its pool: rendering needs none.
        if isinstance(shown, ShowCard) and card is not None:
            worth, how = self.advisor.worth(card), shown.recognised_by
            return shown.account_id, [self._card(card, call, screen, how, worth) for screen in screens], worth
        if isinstance(shown, ChooseAmong):
            return None, [self._chooser(call, screen, shown.candidates) for screen in screens], NOTHING
        return None, [self._unknown(call, screen.language) for screen in screens], NOTHING

    async def _look_again(self, shown: LookUp | Choose) -> Shown:
        async with reading(self._engine) as db:
            if isinstance(shown, Choose):
                return ChooseAmong(tuple(await subscribers.candidates(db, shown.account_ids)))
            number = phones.e164(shown.number, self._country)
            return screenpop.second_look(await subscribers.by_phone(db, number) if number else ())

    def _card(self, card: Card, call: CallView | Coming | None, screen: Screen, how: Recognised, worth: Worth) -> str:
        return self._templates.render(
            "card.html",
            screen.language,
            card=mask_card(card, access.hidden(screen.role, reason=True)),
            call=call,
            today=self.today(),
            recognised_by=how if call is not None else "",
            worth=worth,
        )

    def _chooser(self, call: CallView, screen: Screen, candidates: Sequence[Candidate]) -> str:
        hidden = access.hidden(screen.role, reason=True)
        shown = [mask(one, hidden) for one in candidates]
        return self._templates.render("chooser.html", screen.language, call=call, candidates=shown)

    def _unknown(self, call: CallView, language: str) -> str:
        return self._templates.render("unknown.html", language, call=call, recognised_by="")

    def _unavailable(self, call: CallView, language: str) -> Rendered:
        translate: Translate = self._templates.translation(language)
        html = self._templates.render(
            "card_error.html",
            language,
            account_id=call.account_id,
            call=call,
            sentence=sentence("card-unavailable", translate),
        )
        return _framed(0.0, None, html)


def _key(call: CallView, screen: Screen) -> Key:
    return screenpop.pop_key(call), call.number, screen


def _framed(at: float, account_id: int | None, html: str, worth: Worth = NOTHING) -> Rendered:
    return Rendered(at, account_id, html, encode(html), worth=worth)
