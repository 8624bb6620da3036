"""Compiled templates, kept in the run folder between two starts (shell).

Compiling every page in every language takes longer than a restart may: for seconds whoever asks for a page would stand
behind it. What is kept belongs to one edition: other words, other code or another Jinja compile anew.
"""

from __future__ import annotations

import hashlib
import inspect
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import jinja2
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from workstation.words import Language

FOLDER = "pages"


class CompiledPages(FileSystemBytecodeCache):
    """A cache of one language; a disk that is full or read-only costs time and nothing else.

    Args:
        folder: of this edition; made when there is a place for it.

    """

    def __init__(self, folder: Path) -> None:
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        super().__init__(str(folder), "%s.page")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load what was kept; what cannot be read was not kept."""
        try:
            super().load_bytecode(bucket)
        except (OSError, ValueError, EOFError, TypeError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, where there is room."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def kept(run_dir: Path, language: Language, compiler: ModuleType) -> CompiledPages | None:
    """Return the cache of a language under a run folder, None without such a folder; other editions are removed.

    Args:
        run_dir: the house's run folder.
        language: whose words are compiled in.
        compiler: the module that says how words are compiled in.

    """
    place = run_dir / FOLDER
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    mine = f"{language.code}-{edition(language, compiler)}"
    for other in place.glob(f"{language.code}-*"):
        if other.name != mine:
            shutil.rmtree(other, ignore_errors=True)
    return CompiledPages(place / mine)


def edition(language: Language, compiler: ModuleType) -> str:
    """Return what compiled pages depend on beside their own text, as a short name."""
    known = (language.edition, jinja2.__version__, sys.version, inspect.getsource(compiler))
    return hashlib.sha256("\0".join(known).encode()).hexdigest()[:16]
