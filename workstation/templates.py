"""Pages and fragments: one precompiled Jinja environment per language (shell: reads template files)."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from crm_core.settings import Settings
from workstation import callers, compiled
from workstation.formats import Formats
from workstation.history import data_block
from workstation.sentences import Translate
from workstation.words import SOURCE, Language, choose

SPOKEN = frozenset({"gettext", "_"})
KEPT_STRINGS = 5_000
"""Titles of the database are translated too, so the number of strings has a bound."""
DESK = (
    "card.html", "chooser.html", "unknown.html", "card_error.html", "desk.html", "sign_in.html", "readings_form.html",
    "search_results.html", "card_reason.html", "floor.html",
)  # fmt: skip
"""What a ringing telephone and a page that comes back after a restart need: made ready before all else."""
BREATH_SECONDS = 0.02
"""Between two other pages: who asks for something meanwhile comes first."""
Gettext = Callable[..., Markup]
TEMPLATE_DIR = Path(__file__).resolve().parent / "templates"


class Templates:
    """Renders templates in a reader's language.

    Args:
        settings: utility, currency, time zone, where the bundle lies.
        languages: from `workstation.words.load_languages`.
        folder: of the templates.

    """

    def __init__(self, settings: Settings, languages: Mapping[str, Language], folder: Path = TEMPLATE_DIR) -> None:
        self.languages = languages
        self._bundle = settings.run_dir / "web"
        self._names: tuple[int, Mapping[str, str]] = (-1, {})
        self._write = partial(Formats, time_zone=settings.time_zone, currency=settings.currency)
        self._formats: dict[str, Formats] = {}
        self._make = partial(self._environment, settings, folder=folder)
        self._environments: dict[str, Environment] = {}
        self._first = [code for code in (*settings.languages, SOURCE) if code in languages]

    def render(self, name: str, language: str, **values: object) -> str:
        """Render one template; HTML is escaped by itself."""
        return self.environment(self.language(language)).get_template(name).render(**values)

    def environment(self, language: Language) -> Environment:
        """Return the environment of a language, made when it is first asked for."""
        known = self._environments.get(language.code)
        if known is None:
            known = self._environments[language.code] = self._make(language)
        return known

    def translation(self, language: str) -> Translate:
        """Return gettext of a language."""
        return self.language(language).words.gettext

    def language(self, code: str) -> Language:
        """Return the language of the screen for a user's setting."""
        return choose((code,), self.languages)

    def formats(self, language: str) -> Formats:
        """Return how amounts and days are written in a language, for whoever writes them outside of a template."""
        code = self.language(language).code
        known = self._formats.get(code)
        if known is None:
            known = self._formats[code] = self._write(code)
        return known

    async def compile_all(self) -> None:
        """Compile templates between other work: the desk's in every language, all in those the house speaks.

        Pages of the office in another language are compiled for the first who asks, and kept like the others.
        """
        codes = list(dict.fromkeys([*self._first, *self.languages]))
        for code in codes:
            await asyncio.to_thread(getattr, self.languages[code], "words")
        for name in DESK:
            for code in codes:
                self.environment(self.languages[code]).get_template(name)
                await asyncio.sleep(0)
        for code in dict.fromkeys(self._first):
            environment = self.environment(self.languages[code])
            for name in environment.list_templates(extensions=["html"]):
                environment.get_template(name)
                await asyncio.sleep(BREATH_SECONDS)

    def asset(self, name: str) -> str:
        """Return the address of a bundled file, by its hashed name when the bundle says one."""
        manifest = self._bundle / "manifest.json"
        try:
            changed = manifest.stat().st_mtime_ns
            if changed != self._names[0]:
                self._names = (changed, json.loads(manifest.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return f"/static/{name}"
        return f"/static/{self._names[1].get(name, name)}"

    def _environment(self, settings: Settings, language: Language, folder: Path) -> Environment:
        environment = _Spoken(
            language,
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=compiled.kept(settings.run_dir, language, sys.modules[__name__]),
        )
        extras: Any = environment
        extras.install_gettext_translations(language.words, newstyle=True)
        quick = _quick_gettext(language)
        environment.globals.update(gettext=quick, _=quick)
        environment.filters.update(self.formats(language.code).filters)
        environment.filters["history"] = data_block
        environment.globals.update(
            calling=partial(callers.calling, country=settings.country),
            to_name=callers.to_name,
            locale=language.code,
            dir=language.dir,
            utility=settings.utility,
            languages=self.languages,
            asset=self.asset,
            nonce=partial(secrets.token_urlsafe, 16),
        )
        return environment


class _Spoken(Environment):
    """Templates of one language: its words are put in when they are compiled, not each time they are rendered."""

    def __init__(self, language: Language, **options: Any) -> None:
        super().__init__(**options)
        self._words = _Words(language)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed: nodes.Template = self._words.visit(super()._parse(source, name, filename))
        return parsed


class _Words(NodeTransformer):
    """Puts the translation in the place of `gettext("...")`; a card says a hundred of them."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def visit_Call(self, node: nodes.Call, *_: object) -> nodes.Node:  # noqa: N802 - named by Jinja
        """Replace the call when all it is given is a constant text."""
        self.generic_visit(node)
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs) and len(node.args) == 1
        text = node.args[0] if plain else None
        if not isinstance(node.node, nodes.Name) or node.node.name not in SPOKEN or not isinstance(text, nodes.Const):
            return node
        words = Markup(self._language.words.gettext(text.value)) % {}  # noqa: S704 -- our words
        return nodes.MarkSafe(nodes.Const(str(words), lineno=node.lineno), lineno=node.lineno)


def _quick_gettext(language: Language) -> Gettext:
    """Return `gettext` for what templates look up while they are rendered.

    Without values it is a title of the house's own lists or of the database: shown as it is, whatever signs are in it,
    and kept ready, for a card has a hundred. Constant texts were put in when the template was compiled (`_Words`).
    """
    ready: dict[str, Markup] = {}

    def gettext(text: str, /, **values: object) -> Markup:
        if values:
            return Markup(language.words.gettext(text)) % values  # noqa: S704 -- our words; the values are escaped
        known = ready.get(text)
        if known is None:
            known = escape(language.words.gettext(text))
            if len(ready) < KEPT_STRINGS:
                ready[text] = known
        return known

    return gettext
