"""The real synthesiser for tests: unpacked into the checkout, or installed."""

from __future__ import annotations

import shlex
import shutil

from deploy import folders


def espeak() -> tuple[str, ...]:
    """Return the command line of espeak-ng, its own loader before it where it is unpacked.

    Raises:
        AssertionError: there is none; `deploy/test` sets it up.
    """
    root = folders.ROOT / ".run" / "parts" / "asterisk"
    programs = sorted(root.glob("usr/bin/espeak-ng"))
    loaders = sorted(root.glob("usr/lib*/ld-linux-*.so.*")) + sorted(root.glob("usr/lib/*/ld-linux-*.so.*"))
    data = sorted(root.glob("usr/lib/*/espeak-ng-data"))
    if programs and loaders and data:
        library = data[0].parent
        path = f"{library}:{library / 'pulseaudio'}"
        return (str(loaders[0]), "--library-path", path, str(programs[0]), f"--path={library}")
    found = shutil.which("espeak-ng")
    assert found, "no espeak-ng: deploy/test unpacks one"
    return (found,)


def espeak_line() -> str:
    """Return it as `Settings.espeak` wants it."""
    return shlex.join(espeak())
