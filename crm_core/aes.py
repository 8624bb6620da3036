"""AES-256-GCM of OpenSSL, the library that our driver of PostgreSQL brings along (adapter).

The lock file holds no package for encryption; OpenSSL itself is in it, whole and pinned, beside `psycopg` and beside
Python. Only its documented high-level interface is used: https://docs.openssl.org/3.0/man3/EVP_EncryptInit/
The format is plain AES-256-GCM (NIST SP 800-38D), so another library can take this one's place at any time.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import importlib.util
from pathlib import Path
from typing import Self

KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
_GET_TAG, _SET_TAG = 0x10, 0x11
"""EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of `openssl/evp.h`."""


class NotWhole(ValueError):
    """What was to be decrypted is not what was encrypted under this key."""


class NoCipher(RuntimeError):
    """There is no OpenSSL on this computer that can do AES-256-GCM."""


def encrypt(key: bytes, nonce: bytes, plain: bytes, said: bytes = b"") -> bytes:
    """Return the cipher text with its tag.

    Args:
        key: 32 bytes.
        nonce: 12 bytes, never twice under one key.
        plain: what is to be hidden.
        said: what must be told again to decrypt it; not hidden.

    """
    out = ctypes.create_string_buffer(len(plain) + TAG_BYTES)
    with _context() as cipher:
        length = cipher.run(key, nonce, said, plain, out, seal=True)
        tag = ctypes.create_string_buffer(TAG_BYTES)
        cipher.must(cipher.lib.EVP_CIPHER_CTX_ctrl(cipher.of, _GET_TAG, TAG_BYTES, tag))
    return out.raw[:length] + tag.raw


def decrypt(key: bytes, nonce: bytes, sealed: bytes, said: bytes = b"") -> bytes:
    """Return what was encrypted.

    Raises:
        NotWhole: the key, the nonce, `said` or a byte of it is another one.

    """
    if len(sealed) < TAG_BYTES:
        raise NotWhole("shorter than a tag")
    hidden, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    out = ctypes.create_string_buffer(len(hidden) + TAG_BYTES)
    with _context() as cipher:
        length = cipher.run(key, nonce, said, hidden, out, seal=False, tag=tag)
    return out.raw[:length]


class _Cipher:
    """One use of a cipher, freed at its end."""

    def __init__(self, lib: ctypes.CDLL) -> None:
        self.lib = lib
        self.of = lib.EVP_CIPHER_CTX_new()
        if not self.of:
            raise MemoryError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lib.EVP_CIPHER_CTX_free(self.of)

    @staticmethod
    def must(result: int) -> None:
        if result <= 0:
            raise NoCipher("OpenSSL refused AES-256-GCM")

    def run(  # noqa: PLR0913 - what a cipher is told
        self, key: bytes, nonce: bytes, said: bytes, data: bytes, out: ctypes.Array[ctypes.c_char], *, seal: bool,
        tag: bytes = b"",
    ) -> int:  # fmt: skip
        """Put all of `data` through, in one stroke; return how many bytes came out."""
        if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
            raise ValueError("a key has 32 bytes, a nonce 12")
        lib, done, last = self.lib, ctypes.c_int(0), ctypes.c_int(0)
        self.must(lib.EVP_CipherInit_ex(self.of, lib.EVP_aes_256_gcm(), None, key, nonce, int(seal)))
        if said:
            self.must(lib.EVP_CipherUpdate(self.of, None, ctypes.byref(done), said, len(said)))
            done = ctypes.c_int(0)
        if data:
            self.must(lib.EVP_CipherUpdate(self.of, out, ctypes.byref(done), data, len(data)))
        if tag:
            self.must(
                lib.EVP_CIPHER_CTX_ctrl(self.of, _SET_TAG, TAG_BYTES, ctypes.create_string_buffer(tag, TAG_BYTES))
            )
        rest = ctypes.cast(ctypes.addressof(out) + done.value, ctypes.c_void_p)
        if lib.EVP_CipherFinal_ex(self.of, rest, ctypes.byref(last)) <= 0:
            raise NotWhole("the tag is not that of these bytes under this key")
        return done.value + last.value


def _context() -> _Cipher:
    return _Cipher(_library())


@functools.cache
def _library() -> ctypes.CDLL:
    """Load OpenSSL once: the one beside the driver, else the machine's.

    Raises:
        NoCipher: there is none.

    """
    for name in _names():
        try:
            return _typed(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
    raise NoCipher("no OpenSSL was found: install libssl 3")


def _names() -> list[str]:
    found = importlib.util.find_spec("psycopg_binary")
    beside = Path(found.origin).parent.parent / "psycopg_binary.libs" if found and found.origin else Path("/nowhere")
    names = [str(path) for path in sorted(beside.glob("libcrypto*"))]
    machine = ctypes.util.find_library("crypto")
    return [*names, *([machine] if machine else []), "libcrypto.so.3"]


def _typed(lib: ctypes.CDLL) -> ctypes.CDLL:
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    lib.EVP_CIPHER_CTX_new.restype = pointer
    lib.EVP_CIPHER_CTX_new.argtypes = []
    lib.EVP_CIPHER_CTX_free.restype = None
    lib.EVP_CIPHER_CTX_free.argtypes = [pointer]
    lib.EVP_aes_256_gcm.restype = pointer
    lib.EVP_aes_256_gcm.argtypes = []
    lib.EVP_CipherInit_ex.argtypes = [pointer, pointer, pointer, text, text, number]
    lib.EVP_CipherUpdate.argtypes = [pointer, pointer, pointer, text, number]
    lib.EVP_CipherFinal_ex.argtypes = [pointer, pointer, pointer]
    lib.EVP_CIPHER_CTX_ctrl.argtypes = [pointer, number, number, pointer]
    return lib
