"""What a text is, by its beginning: JSON, vCards, the body of a web form. All else is CSV."""

from __future__ import annotations

import re

from leadctl.intake.json.values import DECODER

LINES_ENDINGS = (".jsonl", ".ndjson")
JSON_ENDINGS = (".json", *LINES_ENDINGS)
CARD_ENDINGS = (".vcf", ".vcard")
_OBJECT_BEGINS = re.compile(r'\{\s*(?:"|\}|$)')
_LIST_BEGINS = re.compile(r"\[\s*(?:[\{\]]|$)")
_CARD_BEGINS = re.compile(r"BEGIN[ \t]*:[ \t]*VCARD[ \t]*$", re.IGNORECASE | re.MULTILINE)
_NAME = r"[\w.%+\[\]-]+"
FORM_BODY = re.compile(rf"{_NAME}=[^&=\s]*(?:&{_NAME}=[^&\s]*)+\s*(?:\n|$)")


def looks_like_json(name: str, beginning: str) -> bool:
    """Whether a text is JSON: by its first value, not by its first character, which a CSV may begin with too."""
    text = beginning.lstrip()
    if name.lower().endswith(JSON_ENDINGS) or _OBJECT_BEGINS.match(text) or _LIST_BEGINS.match(text):
        return True
    if not text.startswith(("{", "[")):
        return False
    try:
        _, end = DECODER.raw_decode(text)
    except RecursionError:
        return True
    except ValueError:
        return False
    return text[end : end + 1] in ("", "\n")


def looks_like_vcard(name: str, beginning: str) -> bool:
    """Whether a text is a file of cards: by its first line, or by the file's ending."""
    return _CARD_BEGINS.match(beginning.lstrip("\ufeff\r\n\t ")) is not None or name.lower().endswith(CARD_ENDINGS)


def looks_like_form(beginning: str) -> bool:
    """Whether a text is the body of a form: names and values, joined with `=` and `&`, without a blank."""
    return FORM_BODY.match(beginning) is not None
