"""The browser's files: sent packed, as the bundler left them, to whoever takes that (shell)."""

from __future__ import annotations

import os
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

PACKED = ".gz"


class Bundle(StaticFiles):
    """The folder of bundled files; nothing in it is anybody's, so packing it tells nothing of a page's secrets."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Any, status_code: int = 200
    ) -> Response:
        """Answer with the packed file when there is one and the browser takes it."""
        packed = f"{os.fspath(full_path)}{PACKED}"
        if "gzip" not in Headers(scope=scope).get("accept-encoding", "") or not os.path.isfile(packed):  # noqa: PTH113
            answer = super().file_response(full_path, stat_result, scope, status_code)
        else:
            answer = super().file_response(packed, os.stat(packed), scope, status_code)  # noqa: PTH116
            answer.headers["content-encoding"] = "gzip"
        answer.headers.add_vary_header("accept-encoding")
        return answer
