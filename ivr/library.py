"""The library: flows and wordings read from files, the house's own before the ones we ship (shell).

`<run_dir>/ivr/main.yaml` replaces the flow; sentences in `<run_dir>/ivr/<language>.yaml` replace single prompts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from ivr import flow as flows
from ivr import inspection, wording
from ivr.effects import Sentence
from ivr.flow import Flow, LanguageStep
from ivr.spoken import TONGUES, Key, Words
from ivr.wording import ALWAYS, Wording

log = structlog.get_logger(__name__)

SHIPPED = Path(__file__).resolve().parent


class LibraryError(RuntimeError):
    """Flows or wordings that cannot be served; the message says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A flow that was found in order, and its wordings by language, the default language first."""

    flow: Flow
    wordings: Mapping[str, Wording]

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages callers may choose."""
        return tuple(self.wordings)

    def speaks(self, language: str, prompt: str) -> bool:
        """Tell whether there are words for a prompt in a language."""
        return language in self.wordings and prompt in self.wordings[language].prompts

    def constant(self, utility: str) -> list[Sentence]:
        """Every sentence whose words are known before anyone calls, most wanted first."""
        name = ("utility", Words(utility))
        offers = {step.language for step in self.flow.steps.values() if isinstance(step, LanguageStep)}
        sentences = []
        for number, (language, words) in enumerate(self.wordings.items(), 1):
            for prompt in words.prompts:
                values = (("key", Key(number)), name) if prompt in offers else (name,)
                if words.places(prompt) <= ({"key"} if prompt in offers else ALWAYS):
                    sentences.append(Sentence(prompt=prompt, language=language, values=values))
        return sentences


def with_own(books: Library, sentences: Mapping[tuple[str, str], str]) -> Library:
    """Return a library in which sentences of the office, by language and prompt, stand for those of files.

    One that cannot be said, or that wants a value its prompt is not given, is left out and named in the log: it was
    refused on the page, so it was written past it.
    """
    wordings = {}
    for language, words in books.wordings.items():
        prompts = dict(words.prompts)
        for (said_in, prompt), sentence in sentences.items():
            if said_in != language or prompt not in prompts:
                continue
            if wording.faults(sentence, words, prompt):
                log.warning("sentence_left_out", language=language, prompt=prompt)
            else:
                prompts[prompt] = sentence
        wordings[language] = Wording(language=language, prompts=prompts)
    return replace(books, wordings=wordings)


def load(languages: Sequence[str], own: Path, name: str = "main") -> Library:
    """Read and check a flow with its wordings.

    Args:
        languages: as `Settings.languages`; one without a voice or a wording is left out, with a warning.
        own: the house's folder, may be missing.
        name: of the flow.

    Raises:
        LibraryError: no language is left, a file cannot be understood, or the flow could leave a caller in silence.
    """
    try:
        wordings = {language: found for language in languages if (found := _wording(language, own))}
        flow = flows.parse(_first(own / f"{name}.yaml", SHIPPED / "flows" / f"{name}.yaml").read_text("utf-8"))
    except (flows.FlowError, wording.WordingError, OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"the IVR's flow or wording cannot be read: {error}") from error
    if not wordings:
        raise LibraryError(f"none of the languages {', '.join(languages)} can be spoken: set BUSBAR_LANGUAGES")
    problems = inspection.check(flow, wordings)
    if problems:
        said = "; ".join(f"{problem.where}: {problem.sentence}" for problem in problems[:5])
        raise LibraryError(f"flow {flow.name} cannot be served ({len(problems)} problems): {said}")
    return Library(flow=flow, wordings=wordings)


def _wording(language: str, own: Path) -> Wording | None:
    shipped = SHIPPED / "wordings" / f"{language}.yaml"
    files = [file for file in (shipped, own / f"{language}.yaml") if file.is_file()]
    if language not in TONGUES or not files:
        log.warning("language_left_out", language=language, reason="no voice or no wording, see docs/ivr.md")
        return None
    if caution := TONGUES[language].caution:
        log.warning("voice_is_poor", language=language, reason=caution)
    prompts: dict[str, str] = {}
    for file in files:
        prompts.update(wording.parse(language, file.read_text("utf-8")).prompts)
    return Wording(language=language, prompts=prompts)


def _first(*files: Path) -> Path:
    return next((file for file in files if file.is_file()), files[-1])
