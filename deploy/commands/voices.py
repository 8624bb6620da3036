"""Commands: sentences and recordings of the IVR by language (shell)."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from deploy.commands.common import BASE, Refused, load_settings

if TYPE_CHECKING:
    from crm_core.settings import Settings
    from ivr.library import Library

app = typer.Typer()
bench_app = typer.Typer()
voices_app = typer.Typer(no_args_is_help=True, help="Sentences and recordings of the IVR by language.")
app.add_typer(voices_app, name="voices", rich_help_panel=BASE)
Result = TypeVar("Result")
Language = Annotated[str, typer.Option("--language", "-l", help="Code of a language; all when left out.")]


@voices_app.command("list")
def list_prompts(
    language: Language = "",
    words: Annotated[str, typer.Option("--words", "-w", help="Only prompts with these words.")] = "",
    state: Annotated[str, typer.Option(help="changed, recorded or synthesised.")] = "",
) -> None:
    """List what callers hear: language, prompt, recorded parts, sentence."""
    from crm_core.store import voices
    from workstation import prompts

    settings = load_settings()
    files = asyncio.run(prompts.books(settings))
    if language and language not in files.languages:
        raise Refused(f"{language} is none of this house's languages: {', '.join(files.languages)}")
    own = _within(voices.own)
    for row in prompts.rows(files, own, language=language, words=words, state=state):
        mark = "own" if row.changed else ""
        print(f"{row.language}  {row.prompt:24}  {row.recorded}/{row.parts}  {mark:3}  {row.sentence}")


@voices_app.command("check")
def check() -> None:
    """Check that every prompt of the menus is there in every language and can be spoken; exit code 1 when not."""
    from crm_core.errors import CrmError
    from crm_core.store import voices
    from ivr import inspection, library, survey
    from ivr.spoken import TONGUES
    from workstation import prompts

    settings = load_settings()
    try:
        files = asyncio.run(prompts.books(settings))
    except library.LibraryError as error:
        raise Refused(str(error)) from None
    try:
        books = library.with_own(files, _within(voices.own).sentences)
    except CrmError as error:
        print(f"The base does not answer ({error}): only what files say is checked.")
        books = files
    wrong = [f"{one.where}: {one.sentence}" for one in inspection.check(books.flow, books.wordings)]
    asked = survey.load(settings.run_dir / "ivr", books.wordings)
    wrong += filter(None, [survey.check(asked, books.wordings)])
    wrong += [
        f"{code}: there are no words or no voice for it" for code in settings.languages if code not in books.wordings
    ]
    spoken = asyncio.run(_try(books, settings))
    for code in books.languages:
        caution = TONGUES[code].caution
        print(f"{code}: {len(books.wordings[code].prompts)} prompts, {spoken[code]}{'; ' + caution if caution else ''}")
    wrong += [f"{code}: {said}" for code, said in spoken.items() if not said.startswith("speaks")]
    for sentence in wrong:
        print(sentence)
    if wrong:
        raise typer.Exit(1)


@voices_app.command("record")
def record(
    file: Annotated[Path, typer.Argument(help="WAV, MP3, OGG or FLAC of at most a minute.")],
    prompt: Annotated[str, typer.Option("--prompt", "-p", help="Name of the prompt.")],
    language: Annotated[str, typer.Option("--language", "-l", help="Code of its language.")],
    part: Annotated[str, typer.Option(help="Number of the piece, for prompts with values in them.")] = "",
) -> None:
    """Replace a prompt's synthesised voice by a recording; callers hear it from the next call on."""
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crm_core.db import Writing
    from crm_core.errors import CrmError
    from crm_core.store import voices
    from ivr import converting
    from ivr.recording import Unfit
    from workstation import prompts

    settings = load_settings()
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    found = asyncio.run(converting.convert(shlex.split(settings.sox), data))
    if isinstance(found, Unfit):
        raise Refused(prompts.refusal(found, str))

    async def look(db: AsyncConnection) -> prompts.Shown:
        return await prompts.one(db, settings, language, prompt)

    try:
        shown = _within(look)
        if part not in {one.part for one in shown.parts}:
            can = (
                ", ".join(f"{one.part} ({one.text})" for one in shown.parts if one.part)
                or "the whole: leave --part out"
            )
            raise Refused(f"{prompt} has no part {part or 'that is the whole'}; it can be recorded as {can}")

        async def keep(db: Writing) -> int:
            place = voices.Place(language=language, prompt=prompt, part=part)
            return await voices.record(db, place, prompts.kept(found, file.name), None, instead_of=shown.newest)

        _writing(keep)
    except CrmError as error:
        raise Refused(str(error)) from None
    print(prompts.verdict(found, str))


async def _try(books: Library, settings: Settings) -> dict[str, str]:
    """Say a sentence in each language without keeping it."""
    import tempfile

    from ivr import sound, speech
    from ivr.effects import Sentence
    from ivr.speech import Speaker, SpeechConfig, SpeechFailed

    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        config = SpeechConfig(command=speech.command(settings.espeak), folder=Path(folder), recorded=Path(folder))
        speaker = Speaker(config, books.wordings)
        for code in books.languages:
            try:
                made = await speaker.file([Sentence(prompt="to_operator", language=code)])
            except SpeechFailed as failure:
                said[code] = str(failure)
            else:
                samples, _ = sound.from_wav(made.read_bytes())
                said[code] = f"speaks ({sound.seconds(samples):.1f} s)"
    return said


def _within(question: Callable[..., Awaitable[Result]]) -> Result:
    from crm_core.db import engine, reading

    async def ask() -> Result:
        pools = engine(load_settings(), name="busbar-voices", size=1)
        try:
            async with reading(pools) as db:
                return await question(db)
        finally:
            await pools.dispose()

    return asyncio.run(ask())


def _writing(work: Callable[..., Awaitable[Result]]) -> Result:
    from crm_core.db import engine, transaction

    async def do() -> Result:
        pools = engine(load_settings(), name="busbar-voices", size=1)
        try:
            async with transaction(pools) as db:
                return await work(db)
        finally:
            await pools.dispose()

    return asyncio.run(do())
