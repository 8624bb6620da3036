"""Files that are sent in: streamed to the run folder as they come, never held in memory (shell).

Only the routes in `limits` take bodies larger than a note; the gate holds them to it. What people call a file is
shown, and never becomes a path.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from crm_core.importing.work import new_file
from crm_core.settings import Settings
from crm_core.text import one_line
from workstation.errors import WebError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

ROUTES = ("/office/imports", "/api/v1/imports", "/office/campaigns/files")
"""Paths that files are posted to."""
MOST_FIELDS = 10
LONGEST_FIELD = 4_000
LONGEST_HEADER = 2_000
ROOM = 64 * 1024
"""Bytes for the form around a file."""


def limits(settings: Settings) -> dict[str, int]:
    """Return how many bytes a body may have, by path."""
    return dict.fromkeys(ROUTES, (settings.import_megabytes << 20) + ROOM)


class NoFile(WebError):
    """The form came without a file."""

    status = 422

    def __init__(self) -> None:
        super().__init__("no-file")


@dataclass(slots=True)
class Upload:
    """A file that lies in the run folder, and the fields that came before it."""

    path: Path
    name: str
    """What its owner calls it: one line, without folders."""
    fields: dict[str, str]

    def drop(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


async def receive(request: Request, settings: Settings, judged: Callable[[Mapping[str, str]], None]) -> Upload:
    """Stream one file of a multipart form to the disk.

    Args:
        request: whose body has not been read.
        settings: where the run folder is.
        judged: called with the fields before the first byte of the file is taken; raises to refuse it.

    Raises:
        WebError: the body is not such a form, or `judged` refused it; no file is left behind.
        NoFile: there is no file in it.
        TooLarge: more bytes than the route takes.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise WebError("bad-request")
    parts = _Parts(settings, judged)
    try:
        parser = MultipartParser(boundary, parts.callbacks)
        async for piece in request.stream():
            parser.write(piece)
        parser.finalize()
        return parts.upload()
    except (FormParserError, ClientDisconnect, UnicodeDecodeError) as error:
        parts.drop()
        raise WebError("bad-request") from error
    except BaseException:
        parts.drop()
        raise


@dataclass(slots=True)
class _Parts:
    """Takes the parts of a form as the parser finds them."""

    settings: Settings
    judged: Callable[[Mapping[str, str]], None]
    fields: dict[str, str] = field(default_factory=dict)
    path: Path | None = None
    name: str = ""
    _handle: int = -1
    _header: bytes = b""
    _value: bytes = b""
    _field: str = ""
    _told: bytes = b""
    _is_file: bool = False
    _over: bool = False

    @property
    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name_of_header,
            "on_header_value": self._value_of_header,
            "on_header_end": self._header_ended,
            "on_part_data": self._data,
            "on_part_end": self._ended,
            "on_end": self._whole,
        }

    def upload(self) -> Upload:
        """Return what came.

        Raises:
            WebError: the form broke off: half a file is none.
            NoFile: no file came.
        """
        if not self._over:
            self.drop()
            raise WebError("bad-request")
        if self.path is None or not self.name:
            self.drop()
            raise NoFile
        return Upload(self.path, self.name, self.fields)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _whole(self) -> None:
        self._over = True

    def _begin(self) -> None:
        self._header = self._value = self._told = b""
        self._field, self._is_file = "", False

    def _name_of_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._bounded(self._header)

    def _value_of_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bounded(self._value)

    def _header_ended(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._field = options.get(b"name", b"").decode()[:60]
            if b"filename" in options:
                self._open(options[b"filename"].decode())
        self._header = self._value = b""

    def _open(self, name: str) -> None:
        if self.path is not None:
            raise WebError("bad-request")
        self.judged(self.fields)
        self._is_file = True
        self.name = one_line(name.replace("\\", "/").rpartition("/")[2], 200)
        self.path = new_file(self.settings)
        self._handle = os.open(self.path, os.O_WRONLY)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            view = memoryview(data)[start:end]
            while view:
                view = view[os.write(self._handle, view) :]
            return
        self._told += data[start:end]
        if len(self._told) > LONGEST_FIELD:
            raise WebError("bad-request")

    def _ended(self) -> None:
        if self._is_file:
            self._close()
            return
        if len(self.fields) >= MOST_FIELDS:
            raise WebError("bad-request")
        self.fields[self._field] = self._told.decode()

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _bounded(self, text: bytes) -> None:
        if len(text) > LONGEST_HEADER:
            raise WebError("bad-request")
