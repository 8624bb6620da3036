"""`.run/busbar.env`: settings of this checkout with generated secrets and ports that are free (shell, stdlib).

Written once with mode 0600 and kept; only a taken port and a moved checkout change it. No secret has a default.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy import folders, parts, ports

HEAD = "# Settings of this checkout; see docs/settings.md. Secrets were generated: keep this file to yourself.\n"
SECRETS = ("BUSBAR_SESSION_SECRET", "BUSBAR_SIP_SECRET", "BUSBAR_AMI_SECRET", "BUSBAR_RECORDING_SECRET")
PORTS = {"BUSBAR_WEB_PORT": 8080, "BUSBAR_AMI_PORT": 5038, "BUSBAR_AGI_PORT": 4573}
SIP_PORT = 5060
WS_PORT = 8088


def path(run_dir: Path) -> Path:
    """Return where the settings of a run folder lie."""
    return run_dir / "busbar.env"


def read(run_dir: Path) -> dict[str, str]:
    """Return what the file says, empty when there is none."""
    try:
        text = path(run_dir).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def write(run_dir: Path, values: Mapping[str, str]) -> None:
    """Write the file, readable by its owner only."""
    folders.private(run_dir)
    lines = [f'{name}="{value}"' if set(value) & set(" #'") else f"{name}={value}" for name, value in values.items()]
    folders.write_private(path(run_dir), HEAD + "".join(line + "\n" for line in lines))


def database_url(run_dir: Path) -> str:
    """Return the embedded PostgreSQL's address."""
    return f"postgresql+psycopg://busbar@/busbar?host={folders.postgres_sockets(run_dir)}"


def redis_url(run_dir: Path) -> str:
    """Return the embedded Valkey's address."""
    return f"unix://{folders.valkey_socket(run_dir)}?db=0"


def websocket_url(port: int) -> str:
    """Return where softphones register on this machine."""
    return f"ws://{ports.LOOPBACK}:{port}/ws"


def provide(run_dir: Path, say: Callable[[str], None]) -> dict[str, str]:
    """Complete the file: what is missing is generated, what is there stays; return everything.

    Args:
        run_dir: the run folder.
        say: told, one sentence each, about ports that are not the usual ones.

    """
    found = read(run_dir)
    values = dict(found)
    place = str(run_dir.resolve())
    moved = values.get("BUSBAR_RUN_DIR", place) != place
    _take_ports(values, say)
    for name in SECRETS:
        values.setdefault(name, secrets.token_hex(24))
    own = {
        "BUSBAR_RUN_DIR": place,
        "DATABASE_URL": database_url(run_dir),
        "REDIS_URL": redis_url(run_dir),
        "BUSBAR_SOUNDS_DIR": str(run_dir / "asterisk" / "sounds"),
        "BUSBAR_SPEECH_DIR": str(run_dir / "prompts"),
        "BUSBAR_ESPEAK": parts.speech(),
        "BUSBAR_SOX": parts.sox(),
    }
    for name, value in own.items():
        if moved:
            values[name] = value
        values.setdefault(name, value)
    if values != found:
        write(run_dir, values)
    return values


def _take_ports(values: dict[str, str], say: Callable[[str], None]) -> None:
    """Choose ports that are missing; different checkouts must not want the same ones."""
    taken: set[int] = set()

    def take(usual: int, what: str, *, udp: bool = False) -> int:
        port = usual
        while port in taken or not ports.is_free(port, udp=udp):
            port = ports.free_or_other(port + 1, udp=udp)
        taken.add(port)
        if port != usual:
            say(f"  port {usual} ({what}) is taken: {port} instead")
        return port

    for name, usual in PORTS.items():
        if name not in values:
            values[name] = str(take(usual, name.removeprefix("BUSBAR_").removesuffix("_PORT").lower()))
    if "BUSBAR_SIP_PORT" not in values:
        values["BUSBAR_SIP_PORT"] = str(take(SIP_PORT, "sip", udp=True))
    if "BUSBAR_SIP_WS_URL" not in values:
        values["BUSBAR_SIP_WS_URL"] = websocket_url(take(WS_PORT, "softphones"))
