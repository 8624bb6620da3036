"""RTP as a telephone needs it: 20 ms of G.711 or of a keyed digit out, loudness and digits in (pure).

RFC 3550 packets, RFC 4733 telephone events. `Speaker.tick` is called every 20 ms by whoever owns the socket and the
clock; `Listener.take` for every packet that came.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from typing import Final

from telephony import g711

KEYS: Final = "0123456789*#ABCD"
"""Telephone events 0 to 15."""
FRAME: Final = 160
"""Samples in 20 ms."""
PCMU: Final = 0
PCMA: Final = 8
EVENT: Final = 101
"""Payload types: two static ones, and the number we offer for telephone events."""
KEY_FRAMES: Final = 6
GAP_FRAMES: Final = 4
"""A key is pressed for 120 ms and followed by 80 ms of silence: slow enough for every detector."""
VOLUME: Final = 10
"""dBm0 below zero of a key, as RFC 4733 writes it."""
AUDIBLE: Final = 200.0
"""Loudness from which a frame counts as sound."""
HEADER: Final = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet, without extensions and sources."""

    kind: int
    """Payload type."""
    marker: bool
    sequence: int
    timestamp: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """Read a packet; None for what is no RTP version 2 (STUN, noise, something cut off)."""
    if len(data) < HEADER.size:
        return None
    first, second, sequence, timestamp, _ = HEADER.unpack_from(data)
    start = HEADER.size + 4 * (first & 0x0F)
    if first & 0x10 and len(data) >= start + 4:  # header extension
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if first >> 6 != 2 or start > end:
        return None
    return Packet(second & 0x7F, bool(second & 0x80), sequence, timestamp, data[start:end])


class Speaker:
    """What one telephone sends: speech while there is some, keys before speech, silence otherwise."""

    def __init__(
        self, source: int, sequence: int = 0, timestamp: int = 0, kind: int = PCMU, event: int = EVENT
    ) -> None:
        self.kind = kind
        """Payload type of audio: `PCMU` or `PCMA`."""
        self.event = event
        """Payload type of keys, as the other side numbered it."""
        self._source = source
        self._sequence = sequence
        self._timestamp = timestamp
        self._speech = bytearray()
        self._keys: deque[str] = deque()
        self._frame = 0
        """Frame of the present key and its gap, 0 when none is pressed."""

    @property
    def busy(self) -> bool:
        """Something is left to say or to press."""
        return bool(self._speech or self._keys or self._frame)

    def say(self, mu_law: bytes) -> None:
        """Queue speech."""
        self._speech += mu_law

    def press(self, keys: str) -> None:
        """Queue keys.

        Raises:
            ValueError: a telephone has no such key.

        """
        if not set(keys) <= set(KEYS):
            raise ValueError("a telephone has the keys 0-9, *, #, A-D")
        self._keys += keys

    def tick(self) -> list[bytes]:
        """Return the packets of these 20 ms."""
        packets = self._key_packets() if self._keys else [self._audio_packet()]
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        return packets

    def _key_packets(self) -> list[bytes]:
        self._frame += 1
        frame, start = self._frame, self._timestamp - (self._frame - 1) * FRAME
        if frame > KEY_FRAMES:
            if frame == KEY_FRAMES + GAP_FRAMES:
                self._frame = 0
                self._keys.popleft()
            return [self._packet(self.kind, False, self._timestamp, self._coded(b""))]
        last = frame == KEY_FRAMES
        event = KEYS.index(self._keys[0])
        payload = struct.pack("!BBH", event, (0x80 if last else 0) | VOLUME, frame * FRAME)
        # The end is said three times: losing it would make the key last for ever.
        return [self._packet(self.event, frame == 1, start, payload) for _ in range(3 if last else 1)]

    def _audio_packet(self) -> bytes:
        frame = bytes(self._speech[:FRAME])
        del self._speech[:FRAME]
        return self._packet(self.kind, False, self._timestamp, self._coded(frame))

    def _coded(self, mu_law: bytes) -> bytes:
        frame = mu_law.ljust(FRAME, g711.SILENCE)
        return frame.translate(g711.MU_TO_A) if self.kind == PCMA else frame

    def _packet(self, kind: int, marker: bool, timestamp: int, payload: bytes) -> bytes:
        second = (0x80 if marker else 0) | kind
        header = HEADER.pack(0x80, second, self._sequence, timestamp & 0xFFFFFFFF, self._source)
        self._sequence = (self._sequence + 1) & 0xFFFF
        return header + payload


class Listener:
    """What one telephone hears."""

    def __init__(self, event: int = EVENT, remember_frames: int = 0) -> None:
        self.event = event
        """Payload type of keys, as we numbered it."""
        self.packets = 0
        self.audible = 0
        """Frames that were not silent."""
        self.keys = ""
        """Keys pressed at the other side."""
        self.levels: deque[float] = deque(maxlen=50)
        """Loudness of the last second's frames."""
        self.audio: deque[bytes] = deque(maxlen=remember_frames)
        """The last frames themselves (mu-law), when asked to remember."""
        self._event_start: int | None = None

    def take(self, data: bytes) -> None:
        """Hear one packet."""
        packet = parse(data)
        if packet is None:
            return
        self.packets += 1
        if packet.kind == self.event:
            self._hear_key(packet)
        elif packet.kind in (PCMU, PCMA):
            self._hear(packet.payload if packet.kind == PCMU else packet.payload.translate(g711.A_TO_MU))

    def _hear(self, mu_law: bytes) -> None:
        level = g711.loudness(mu_law)
        self.levels.append(level)
        self.audible += level > AUDIBLE
        self.audio.append(mu_law)

    def _hear_key(self, packet: Packet) -> None:
        """Packets of one key share its start; any of them is enough, the first may be lost."""
        if packet.timestamp != self._event_start and packet.payload and packet.payload[0] < len(KEYS):
            self._event_start = packet.timestamp
            self.keys += KEYS[packet.payload[0]]
