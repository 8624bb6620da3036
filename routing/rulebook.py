"""The rulebook: the policy read from its file, the house's own before the one we ship (shell).

`<run_dir>/routing/main.yaml` replaces it; a floor reads it when it starts.
"""

from __future__ import annotations

from pathlib import Path

from routing import policy as policies
from routing.policy import Policy, PolicyError

SHIPPED = Path(__file__).resolve().parent / "policies"


class RulebookError(RuntimeError):
    """A policy that cannot be used; the message names the file and what to mend."""


def load(own: Path, name: str = "main") -> Policy:
    """Read and check a policy.

    Args:
        own: the house's folder, may be missing.
        name: of the policy.

    Raises:
        RulebookError: the file cannot be read or is no policy.

    """
    return read(next((one for one in (own / f"{name}.yaml", SHIPPED / f"{name}.yaml") if one.is_file()), own))


def read(file: Path) -> Policy:
    """Read and check the policy in a file.

    Raises:
        RulebookError: as `load`.

    """
    try:
        return policies.parse(file.read_text("utf-8"))
    except (PolicyError, OSError, UnicodeDecodeError) as error:
        raise RulebookError(f"the routing policy {file} cannot be used: {error}") from error
