"""Settings: the one reader of the environment and of `.run/busbar.env` (shell).

Every variable is described in docs/settings.md; a test holds the two together.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class AmiNode(BaseModel):
    """How to reach one Asterisk over AMI."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str
    """Its `systemname`."""
    host: str
    port: int
    user: str
    secret: str
    sip: str = ""
    """`host:port` where it listens for SIP; empty: its AMI host, port as `BUSBAR_SIP_PORT`."""
    ws: str = ""
    """Where softphones register at it (`wss://…/ws`); empty: as `BUSBAR_SIP_WS_URL`."""

    def sip_address(self, settings: Settings) -> tuple[str, int]:
        """Where it listens for SIP."""
        host, _, port = self.sip.rpartition(":")
        if host and port.isdecimal():
            return host, int(port)
        return (settings.sip_host if not settings.ami_nodes else self.host), settings.sip_port


class Settings(BaseSettings):
    """Everything that can be set; secrets have no defaults, `deploy/run` generates them."""

    model_config = SettingsConfigDict(
        env_prefix="BUSBAR_",
        env_file=str(Path(os.environ.get("BUSBAR_RUN_DIR", ROOT / ".run")) / "busbar.env"),
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    run_dir: Path = ROOT / ".run"
    """Where everything that is not code lives: databases, sockets, logs, prompts, unpacked parts."""
    database_url: str = Field(validation_alias="DATABASE_URL")
    """PostgreSQL, `postgresql+psycopg://…`."""
    redis_url: str = Field(validation_alias="REDIS_URL")
    """Valkey or Redis, `unix://…` or `redis://…`."""

    web_host: str = "127.0.0.1"
    web_port: int = 8080
    web_origin: str = ""
    """The address people type when a proxy with TLS stands before us (`https://desk.example`); empty: plain http."""
    session_secret: str
    """Signs cookies and one-time tokens."""
    audit_anchors: str = ""
    """File that the access log's chain is anchored in once a day; empty: `state/audit-anchors` in the run folder."""
    audit_syslog: str = ""
    """Where the same anchors are sent, `udp://loghost:514`; empty: nowhere."""

    node: str = "main"
    """Asterisk's `systemname` when there is one node."""
    ami_host: str = "127.0.0.1"
    ami_port: int = 5038
    ami_user: str = "busbar"
    ami_secret: str = ""
    ami_nodes: tuple[AmiNode, ...] = ()
    """Several nodes, as JSON; when empty, the four values above are the only one."""

    sip_host: str = "127.0.0.1"
    sip_port: int = 5060
    """UDP: subscribers' trunk and desk phones."""
    sip_ws_url: str = "ws://127.0.0.1:8088/ws"
    """Where the browser's softphone registers."""
    rtp_first: int = 20_000
    """UDP: lowest port of the voices."""
    rtp_last: int = 21_999
    """UDP: highest port of the voices; every leg of a call takes two."""
    sip_secret: str
    """Operators' SIP passwords are derived from it (`crm_core.lines.sip_password`)."""
    first_extension: int = 101
    lines: int = 100
    """Operators' telephones `op<extension>` provisioned in Asterisk."""

    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    sounds_dir: Path = ROOT / ".run" / "asterisk" / "sounds"
    """Prompts and music as Asterisk reads them (`astdatadir/sounds`)."""
    espeak: str = "espeak-ng"
    """Command line of the speech synthesiser, may hold several words (its own loader)."""
    sox: str = "sox"
    """Command line of the program that reads uploaded recordings; without it only WAV files are taken."""
    speech_dir: Path = ROOT / ".run" / "prompts"

    utility: str = "Sample Energy"
    country: str = "RU"
    """Default region for telephone numbers (ISO 3166)."""
    area_code: str = ""
    """Put before telephone numbers of files that come without one (`495`); empty: such rows are rejected."""
    currency: str = "RUB"
    time_zone: str = "Europe/Moscow"
    languages: tuple[str, ...] = ("en", "ru")
    """Languages callers may choose, first is the default."""
    pseudo_language: bool = False
    """People may choose a language nobody speaks, which shows what is not translated and what does not fit."""

    offer_seconds: int = 15
    """How long an operator's telephone rings before the next one is tried."""
    wrap_up_seconds: int = 60
    wrap_up_extension_seconds: int = 60
    rejoin_seconds: int = 20
    """How long a caller is held for an operator whose page reloaded."""
    service_level_seconds: int = 20
    heartbeat_stale_seconds: int = 8
    """Dialplan: age of the floor's heartbeat after which callers go to `app_queue`."""
    master_extension: str = "100"
    """Number that subscribers dial."""

    outward_uri: str = ""
    """Where numbers of the public network are called, `host:port` of the trunk's SIP; empty: we call nobody."""
    outward_number: str = ""
    """Our own number, shown to whom we call (E.164)."""
    outward_ring_seconds: int = 40
    """How long it rings there."""
    outward_countries: tuple[str, ...] = ()
    """Countries (ISO 3166) whose fixed and mobile numbers may be called; empty: our own only."""

    outward_operator_minute: int = Field(default=6, ge=0)
    """So often may one operator, within a minute, pass a caller on to a number outside or ask one; 0: never."""
    outward_operator_hour: int = Field(default=60, ge=0, le=1_000)
    """The same within an hour."""
    outward_number_day: int = Field(default=200, ge=0)
    """So often may all operators together lead to one number outside on a day; 0: never."""
    outward_legs: int = Field(default=30, ge=0)
    """So many callers and operators may be with numbers outside at once, by passing on and asking; 0: none."""

    help_told: bool = True
    """An operator sees that a supervisor is in his talk; otherwise he notices only who speaks to him."""
    line_check_minutes: int = Field(default=5, ge=0)
    """The line checks itself so often, in steps of five minutes; 0: never."""
    old_place_minutes: int = Field(default=10, ge=0)
    """Who calls again so soon after his node died waits where he waited; 0: at the end."""
    waiting_seconds: int = 45
    """How often a waiting caller is told his place and how long it takes; 0: never."""
    callback_read_seconds: int = 10
    """How long an operator may read the card of a call-back before the number is dialled by itself."""
    callback_window_minutes: int = 60
    """Within so much working time after its time a call-back is promised; the kept-promise rate goes by it."""
    callback_tries: int = 3
    """How often a subscriber who is not reached is called in all, before a person is given the task."""
    callback_busy_seconds: int = 300
    """Until he is called again whose line was busy, or to whom the network did not connect."""
    callback_no_answer_seconds: int = 900
    """Until he is called again who did not answer."""
    callbacks_standing: int = 100
    """So many call-backs at most stand in the queue at once; others wait in the base until their turn comes."""
    recording_secret: str = ""
    """Seals recordings of calls; without it nothing is stored."""
    recording_old_secrets: tuple[str, ...] = ()
    """Secrets of before, as JSON: what they sealed stays readable until `busbar recordings-rewrap`."""

    import_megabytes: int = 1_024
    """Of a file that is sent in by the page or the API."""
    import_undo_days: int = 7
    """How long an import can be taken back."""
    export_approval_rows: int = 1_000
    """Exports of more rows need a second person's consent."""
    export_most_rows: int = 1_000_000
    """No export has more rows."""
    export_hours: int = 24
    """How long the file of an export is kept."""
    alert_hosts: tuple[str, ...] = ()
    """Programs in the house's own network that alerts may be posted to, as JSON: `host:port`; without TLS too."""
    report_domains: tuple[str, ...] = ()
    """Domains of e-mail addresses that reports may be sent to, as JSON; empty: to people who work here only."""

    @model_validator(mode="after")
    def _one_node_at_least(self) -> Self:
        if not self.ami_nodes and not self.ami_secret:
            message = "BUSBAR_AMI_SECRET is not set: run deploy/run --setup, or set it (or BUSBAR_AMI_NODES) yourself"
            raise ValueError(message)
        return self

    @property
    def nodes(self) -> tuple[AmiNode, ...]:
        """All Asterisk nodes."""
        if self.ami_nodes:
            return self.ami_nodes
        return (
            AmiNode(
                node=self.node,
                host=self.ami_host,
                port=self.ami_port,
                user=self.ami_user,
                secret=self.ami_secret,
            ),
        )

    @property
    def softphone_urls(self) -> tuple[str, ...]:
        """Where a browser's softphone registers: at every node, each address once."""
        return tuple(dict.fromkeys(node.ws or self.sip_ws_url for node in self.nodes))
