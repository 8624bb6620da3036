"""Cards and what stands in their place, as HTML: loaded once per call, rendered once per language (shell).

Of a person a card depends on nothing but the language, and of a call on its number and id: so it may be made before
anybody knows whose telephone will ring (`workstation.ahead`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import access, clock, phones
from crm_core.access import Role
from crm_core.card import Candidate, Card
from crm_core.db import reading
from crm_core.errors import CrmError
from crm_core.masking import mask, mask_card
from crm_core.settings import Settings
from crm_core.store import cards as card_store
from crm_core.store import subscribers
from routing.views import CallView
from workstation import screenpop
from workstation.access import Person
from workstation.access_log import AccessLog
from workstation.reader import Reader
from workstation.screenpop import Choose, ChooseAmong, LookUp, PopKey, Recognised, ShowCard, Shown
from workstation.sentences import Translate, sentence
from workstation.templates import Templates

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.5
"""A ringing call is shown without its card rather than later than this."""
FRESH_SECONDS = 60.0
"""A card older than this is read again: another process may have changed the account."""
CACHED = 512
WARM_CONNECTIONS = 4
WARM_TURNS = 7
"""PostgreSQL plans a prepared statement anew five times before it keeps a plan."""

FOR_A_CALL = access.hidden(Role.OPERATOR, reason=True)
"""What stays masked for whoever takes the call: it is the reason, and only operators take calls."""

Key = tuple[PopKey, str, str]
"""Pop, calling number, language of the screen."""


@dataclass(slots=True)
class Rendered:
    """One page that was made."""

    at: float
    """When it was read, on the loop's clock."""
    account_id: int | None
    html: str
    viewers: set[int] = field(default_factory=set)
    """Who was shown it: each is written down once."""


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
        self._rendered: OrderedDict[Key, Rendered] = OrderedDict()
        self._changes = 0
        """Counts what was forgotten: what was being read meanwhile is shown once, and not kept."""
        self._reading = 0
        """Pops that wait for the customer base now."""
        self.at_leisure = asyncio.Event()
        """Set while no pop waits for the customer base."""
        self.at_leisure.set()

    def ready(self, call: CallView, person: Person) -> str | None:
        """Return what is to be shown for a call when it was made already and is fresh; the view is written down."""
        known = self._rendered.get(self._key(call, person.language))
        if known is None or asyncio.get_running_loop().time() - known.at >= FRESH_SECONDS:
            return None
        if known.account_id is not None and person.user_id not in known.viewers:
            known.viewers.add(person.user_id)
            self._note(person, known.account_id, call)
        return known.html

    async def for_call(self, call: CallView, person: Person) -> str:
        """Return the card, the chooser or the empty page for a call; never raises for a base that is away."""
        html = self.ready(call, person)
        if html is not None:
            return html
        self._reading += 1
        self.at_leisure.clear()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                made = await self._make(call, (person.language,))
        except (CrmError, TimeoutError) as error:
            await log.awarning("card.unavailable", call_id=call.call_id, error=type(error).__name__)
            return self._unavailable(call, person.language)
        finally:
            self._reading -= 1
            if not self._reading:
                self.at_leisure.set()
        if made[0].account_id is not None:
            made[0].viewers.add(person.user_id)
            self._note(person, made[0].account_id, call)
        return made[0].html

    async def prepare(self, call: CallView, languages: Iterable[str]) -> None:
        """Make what a call will bring, in some languages, before it rings anywhere; nobody is shown anything.

        Raises:
            CrmError: the customer base is away or too slow.
            TimeoutError: it is very slow.

        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._make(call, tuple(languages))

    def screen_language(self, code: str) -> str:
        """Return the language that cards are rendered in for a person's setting."""
        return self._templates.language(code).code

    def _note(self, person: Person, account_id: int, call: CallView) -> None:
        self._access.note(
            person.user_id,
            "card.viewed",
            f"account {account_id}",
            reason=f"call {call.call_id}",
            session=person.session,
            contact_id=call.call_id,
        )

    def _key(self, call: CallView, language: str) -> Key:
        return screenpop.pop_key(call), call.number, self.screen_language(language)

    async def _make(self, call: CallView, languages: Sequence[str]) -> list[Rendered]:
        """Read once, render in each language, and keep it unless the account changed under our hands."""
        changes, at = self._changes, asyncio.get_running_loop().time()
        account_id, pages = await self._render_call(call, languages)
        made = [Rendered(at, account_id, html) for html in pages]
        if changes == self._changes:
            for language, page in zip(languages, made, strict=True):
                key = self._key(call, language)
                self._rendered[key] = page
                self._rendered.move_to_end(key)
            while len(self._rendered) > CACHED:
                self._rendered.popitem(last=False)
        return made

    async def of_account(self, account_id: int, call: CallView | None, person: Person) -> str | None:
        """Return the card of an account somebody asked for, None when there is no such account."""
        card = await self.reader.read(account_id)
        if card is None:
            return None
        # Of a caller whose account nobody has named, the number alone points here: the card goes on saying so.
        how: Recognised = "number" if call is not None and call.account_id is None else "account"
        return self._card(mask_card(card, access.hidden(person.role, reason=True)), call, person.language, how)

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
            await asyncio.gather(*(one() for _ in range(WARM_CONNECTIONS)))
        except CrmError as error:
            await log.awarning("cards.cold", error=type(error).__name__)

    def today(self) -> date:
        """Return the date at the utility."""
        return clock.now().astimezone(self._zone).date()

    async def _render_call(self, call: CallView, languages: Sequence[str]) -> tuple[int | None, list[str]]:
        shown = screenpop.first_look(call)
        if isinstance(shown, LookUp | Choose):
            shown = await self._look_again(shown)
        card = await self.reader.take(shown.account_id) if isinstance(shown, ShowCard) else None
        # The connection is back in its pool: rendering needs none.
        if isinstance(shown, ShowCard) and card is not None:
            card = mask_card(card, FOR_A_CALL)
            return shown.account_id, [self._card(card, call, code, shown.recognised_by) for code in languages]
        if isinstance(shown, ChooseAmong):
            among = [mask(one, FOR_A_CALL) for one in shown.candidates]
            return None, [self._chooser(call, code, among) for code in languages]
        return None, [self._unknown(call, code) for code in languages]

    async def _look_again(self, shown: LookUp | Choose) -> Shown:
        async with reading(self._engine) as db:
            if isinstance(shown, Choose):
                return ChooseAmong(tuple(await subscribers.candidates(db, shown.account_ids)))
            number = phones.e164(shown.number, self._country)
            return screenpop.second_look(await subscribers.by_phone(db, number) if number else ())

    def _card(self, card: Card, call: CallView | None, language: str, how: Recognised) -> str:
        return self._templates.render(
            "card.html",
            language,
            card=card,
            call=call,
            today=self.today(),
            recognised_by=how if call is not None else "",
        )

    def _chooser(self, call: CallView, language: str, candidates: Sequence[Candidate]) -> str:
        return self._templates.render("chooser.html", language, call=call, candidates=candidates)

    def _unknown(self, call: CallView, language: str) -> str:
        return self._templates.render("unknown.html", language, call=call, recognised_by="")

    def _unavailable(self, call: CallView, language: str) -> str:
        translate: Translate = self._templates.translation(language)
        return self._templates.render(
            "card_error.html",
            language,
            account_id=call.account_id,
            call=call,
            sentence=sentence("card-unavailable", translate),
        )
