"""Companies as they are compared: a name without its legal form, a web domain in its one spelling."""

from __future__ import annotations

import re

from leadctl.model.email import EmailState, judge, kind_and_company

# Forms as they end a name, dots left out. They count as whole words only: `Saga` keeps its `sa`.
_FORMS = """
    gmbh mbh ggmbh gesmbh ug haftungsbeschränkt ag kg kgaa ohg gbr ek ev se eg
    sarl sas sasu sa eurl snc spa srl srls sl slu sau lda ltda bv nv vof cvba bvba
    as asa ab aps a/s oy oyj oü ltd limited plc llp llc lp inc incorporated corp corporation pty pvt pte
    sro doo kft zrt ooo uab sia bhd kk
"""
_WORDS = frozenset(_FORMS.split())
_SPLIT_FORMS = (
    *(("s", "a"), ("a", "s"), ("a", "g"), ("b", "v"), ("n", "v"), ("e", "v"), ("e", "k"), ("k", "k"), ("s", "l")),
    *(("s", "p", "a"), ("s", "r", "l"), ("s", "r", "o"), ("d", "o", "o"), ("sp", "z", "oo"), ("sp", "z", "o", "o")),
    *(("sà", "rl"), ("sa", "rl"), ("ges", "m", "b", "h"), ("g", "m", "b", "h"), ("sa", "de", "cv")),
    ("s", "a", "de", "c", "v"),
)
# What stands between a name and its form, and goes only where a form did: `Meyer & Co. KG`, `Sdn Bhd`.
_JOINERS = frozenset(("&", "+", "and", "und", "et", "co", "cie", "company", "private", "sdn", "pt"))
_ENDINGS = _WORDS | {form[-1] for form in _SPLIT_FORMS}


def without_legal_form(folded: str) -> str:
    """A folded name without the legal forms at its end: `meyer & co. kg` is `meyer`. A name that is nothing else stays."""
    if _bare(folded.rpartition(" ")[2]) not in _ENDINGS:
        return folded
    words = folded.split(" ")
    bare = list(map(_bare, words))
    left = len(words)
    while left:
        size = _form_before(bare, left)
        if size:
            left -= size
        elif left < len(words) and (bare[left - 1] in _JOINERS or not bare[left - 1]):
            left -= 1
        else:
            break
    name = " ".join(words[:left]).rstrip(" ,;(-–")
    return name if any(sign.isalnum() for sign in name) else folded


def _bare(word: str) -> str:
    return word.strip(".,;()[]").replace(".", "")


def _form_before(bare: list[str], end: int) -> int:
    """How many words the legal form takes that ends there; 0 where none does."""
    if bare[end - 1] in _WORDS:
        return 1
    return next((len(form) for form in _SPLIT_FORMS if tuple(bare[max(0, end - len(form)) : end]) == form), 0)


_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_ANYBODY = "kari.nordmann@"  # an address is judged by its form; this part of it is right


def web_domain(text: str) -> str | None:
    """The domain that a text names, as it stands behind the @ of an address: `https://www.Fjord.no/kontakt` is
    `fjord.no`. None for what is no domain."""
    bare = text.strip().strip("<>\"'")
    bare = _ADDRESS.sub("", bare, count=1) if _ADDRESS.match(bare) else bare
    bare = re.split(r"[/?#]", bare, maxsplit=1)[0].rpartition("@")[2]
    bare = re.sub(r":[0-9]{1,5}$", "", bare).rstrip(".").lower()
    bare = bare.removeprefix("www.")
    address, state, _ = judge(_ANYBODY + bare)
    domain = address.rpartition("@")[2]
    return domain if state == EmailState.VALID and not domain.startswith("[") else None


def stands_for_a_company(domain: str) -> bool:
    """Whether the domain is somebody's own; those of free and of disposable mail are nobody's."""
    return kind_and_company(_ANYBODY + domain)[1] is not None
