"""User text made harmless: what a terminal would obey, hide or reorder is shown as a sign instead."""

from __future__ import annotations

import re

# C0, DEL and C1; soft hyphen; all that is invisible or turns the direction of writing (Unicode category Cf without the
# Arabic signs, which are seen, and without U+200C and U+200D, which Persian, Hindi and emoji are spelt with); line and
# paragraph separators; lone surrogates, which no encoder takes; tags, which carry hidden text.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with every unsafe character shown: `␛` for escape, `␊` for a line feed, `<U+202E>` for an override.

    Safe for any terminal and always one line. Text without such characters comes back as it is.
    """
    # Every unsafe character is unprintable to Python, so this one quick look spares nearly all text the search.
    return text if text.isprintable() else _UNSAFE.sub(_sign, text)


def escaped_json(encoded: str) -> str:
    r"""JSON text on one line with the unsafe characters in its strings as `\uXXXX`: the same value for every reader."""
    return encoded if encoded.isprintable() else _UNSAFE.sub(_json_escape, encoded)


def _sign(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)  # Unicode's control pictures, in the order of the controls
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def _json_escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)  # JSON spells these as a pair of surrogates (RFC 8259, section 7)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
