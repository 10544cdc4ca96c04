"""Named answers and contact points within a payload, known by their shape: a list of objects (or an object of objects) with
a key that names and a key that answers, whatever the service calls these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from leadctl.compiler.catalogue import BUILT_IN
from leadctl.intake.json.values import Doubled, text_of
from leadctl.intake.mapping.plan import plain

LONGEST_KEY = 100
NO_ANSWER = "no answer"
MOST_KEYS = 12  # an object with more is a record of its own, not an answer


def bare(key: str) -> str:
    """A key without regard to case and signs: `next_page-Token` is `nextpagetoken`; nothing for a key too long to be one."""
    return _bare(key) if len(key) <= LONGEST_KEY else ""


@lru_cache(maxsize=4096)
def _bare(key: str) -> str:
    return re.sub(r"[\W_]+", "", key).lower()


@lru_cache(maxsize=4096)
def _is_known(name: str) -> bool:
    return plain(name) in _KNOWN


def listed(words: str) -> tuple[str, ...]:
    """Words with blanks between them, as they are listed below."""
    return tuple(words.split())


# The keys that name an answer and those that hold it, the likeliest first; people's words before a program's.
_NAMES = listed(
    "question questiontext questiontitle questionname questionlabel prompt label fieldlabel title fieldtitle columnname "
    "fieldname name text key property attribute variable field column columnid fieldid fieldkey questionid slug"
)
_VALUES = listed(
    "prettyformat displayvalue answer answers value values stringvalue stringvalues useranswer response responses"
)
_VALUE_ENDS = ("answer", "answers", "value", "values", "answerdetails")
# Within an answer that is an object: the key that a person would read.
_SAID = listed("label labels value values answer answers text displayvalue")
_LISTS_OF_ANSWERS = frozenset(
    listed("answers fields fielddata usercolumndata values formfields formdata submissiondata")
)
_LISTS_OF_QUESTIONS = ("fields", "questions")
_KNOWN = frozenset(plain(word) for field in BUILT_IN.values() if field.given for word in (field.name, *field.aliases))
_PERSON = frozenset(
    bare(word)
    for name in ("name", "first_name", "last_name", "email", "phone")
    for word in (name, *BUILT_IN[name].aliases)
)
# The types of answers of which the column is called alike for every form, so that they find their field.
_CONTACTS_BY_TYPE = {"email": "email", "phone_number": "phone_number"}


class Answer(NamedTuple):
    """One answer. `asked`: ids of the question, by which its title may be found; `name`: its own name, where there is no
    title; `said`: its text, or an object that has to be taken apart; `rest`: what else is said of it."""

    asked: tuple[str, ...]
    name: str
    said: str | dict[str, Any]
    rest: dict[str, Any]


@dataclass(frozen=True)
class Answers:
    """The answers of a list, and its items that give none."""

    given: tuple[Answer, ...]
    unanswered: tuple[Any, ...] = ()
    dotted: bool = False  # named after the keys of an object: the columns are `object.key`

    @property
    def name_a_person(self) -> bool:
        return any(bare(answer.name) in _PERSON for answer in self.given)


def answers_in(held: list[Any] | dict[str, Any]) -> Answers | None:
    """The answers that a list or an object holds, or None where it holds other things. Raises Refused."""
    if not held:
        return None
    if isinstance(held, list):
        if not all(isinstance(item, dict) for item in held):
            return None
        return _of_objects(held)
    if all(isinstance(item, dict) for item in held.values()):
        return _of_object(held)
    lone = [item[0] for item in held.values() if isinstance(item, list) and len(item) == 1]
    if len(lone) == len(held) > 1 and all(map(_is_scalar, lone)):
        return Answers(tuple(Answer((), key, text_of(item[0]), {}) for key, item in held.items()))
    return None


def are_answers(key: str, values: list[Any]) -> bool:
    """Whether a list that stands alone holds the answers of one lead, not leads."""
    found = answers_in(values)
    return found is not None and (bare(key) in _LISTS_OF_ANSWERS or found.name_a_person)


def _of_objects(items: list[dict[str, Any]]) -> Answers | None:
    found: list[Answer | str] = []
    for item in items:
        answer = _answer(item, "")
        if answer is None:
            return None
        found.append(answer)
    given = tuple(each for each in found if isinstance(each, Answer))
    unanswered = tuple(item for item, each in zip(items, found, strict=True) if each == NO_ANSWER)
    return Answers(given, unanswered) if given else None


def _of_object(held: dict[str, Any]) -> Answers | None:
    found = {key: _answer(item, key) for key, item in held.items()}
    given = {key: each for key, each in found.items() if isinstance(each, Answer)}
    if None in found.values() or 2 * len(given) < len(held):
        return None
    by_key = all(answer.name == key and "value" in held[key] for key, answer in given.items())
    unanswered = tuple({key: held[key]} for key, each in found.items() if each == NO_ANSWER)
    return Answers(tuple(given.values()), unanswered, by_key)


def _answer(item: dict[str, Any], key: str) -> Answer | str | None:
    """The answer that an item holds, NO_ANSWER where it is a question only, None where it is something else. `key`: under
    which it stands in an object."""
    if isinstance(item, Doubled) or len(item) > MOST_KEYS:
        return None
    names = _names(item)
    value_key = _value_key(item, names)
    name_key = _best(item, [each for each in names if each != value_key])
    field = item.get("field")
    asked, title = _asked(field) if isinstance(field, dict) else ((), "")
    if name_key is None and not asked and not title and not (key and "value" in item):
        return None
    if value_key is None:
        return NO_ANSWER
    said, left = _said(chosen := _chosen(item, item[value_key]))
    if chosen is not item[value_key]:
        left = item[value_key]
    rest = {each: held for each, held in item.items() if each not in (value_key, name_key)}
    if left is not None:
        rest[value_key] = left
    name = item[name_key] if name_key is not None else key
    if name_key is not None and bare(name_key) in ("questionid", "fieldid", "columnid"):
        asked = (name,)
    elif value_key == item.get("type") and value_key in _CONTACTS_BY_TYPE and isinstance(field, dict):
        asked, name = (), _CONTACTS_BY_TYPE[value_key]
    elif asked or title:
        name = title or _readable(asked)
    rest = {each: held for each, held in rest.items() if each not in names or held != name}
    return Answer(asked, name, said, rest)


def _names(item: dict[str, Any]) -> list[str]:
    """The keys of an item that may name it."""
    found = [key for key, held in item.items() if type(held) is str and held.strip() and bare(key) in _NAMES]
    return sorted(found, key=lambda key: _NAMES.index(bare(key)))


def _best(item: dict[str, Any], names: list[str]) -> str | None:
    """The key that names an item best: with a name that fields know, with a word that is the same for every form, or
    with what people read."""
    for key in names:
        if len(item[key]) <= LONGEST_KEY and _is_known(item[key]):
            return key
    for key in names:
        if bare(key) == "columnid" and re.fullmatch(r"[A-Z]+(_[A-Z]+)*", item[key]):
            return key
    return names[0] if names else None


def _value_key(item: dict[str, Any], names: list[str]) -> str | None:
    """The key that holds the answer; of several the likeliest that is not empty."""
    kind = item.get("type")
    if type(kind) is str and kind != "type" and kind in item:
        return kind
    if isinstance(item.get("field"), dict):
        others = [key for key in item if key not in ("field", "type")]
        return others[0] if len(others) == 1 else None
    by_word = {bare(key): key for key in reversed(item)}
    found = [by_word[word] for word in _VALUES if word in by_word]
    found += [key for key in item if bare(key).endswith(_VALUE_ENDS) and key not in found]
    if not found and "text" in item and any(bare(key).startswith("question") for key in names):
        found = ["text"]
    return next((key for key in found if item[key] not in (None, "", [], {})), found[0] if found else None)


def _chosen(item: dict[str, Any], value: Any) -> Any:
    """The words of what was chosen, where an answer gives ids of its options."""
    options = item.get("options")
    if not isinstance(options, list) or isinstance(value, dict):
        return value
    said: dict[str, str] = {}
    for option in options:
        texts = (
            [option[word] for word in ("text", "label", "name", "title") if word in option]
            if isinstance(option, dict)
            else []
        )
        if texts and isinstance(option.get("id"), str) and isinstance(texts[0], str):
            said[option["id"]] = texts[0]
    if isinstance(value, list):
        known = bool(value) and all(isinstance(each, str) and each in said for each in value)
        return [said[each] for each in value] if known else value
    return said.get(value, value) if isinstance(value, str) else value


def _asked(field: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """The ids of a question, those that people may have chosen first, and its title where it stands beside them."""
    ids = tuple(field[key] for key in ("ref", "id") if type(field.get(key)) is str and field[key])
    title = field.get("title")
    return ids, title if isinstance(title, str) else ""


def _readable(asked: tuple[str, ...]) -> str:
    """The first id that a person chose; ids that a program made are long and have digits."""
    made = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=.*[0-9])[0-9A-Za-z]{12,}")
    return next((each for each in asked if not made.fullmatch(each)), asked[-1] if asked else "")


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _said(value: Any) -> tuple[str | dict[str, Any], Any]:
    """What an answer says: a text, or an object to be taken apart; and what is left over, or None."""
    if isinstance(value, list):
        return _said_in_list(value)
    if not isinstance(value, dict) or not value:
        return text_of(value), None
    if isinstance(value, Doubled):
        return value, None
    by_word = {bare(key): key for key in reversed(value)}
    key = next((by_word[word] for word in _SAID if word in by_word), next(iter(value)) if len(value) == 1 else None)
    other = value.get("other")
    if key is None and not (isinstance(other, str) and set(value) <= {"other", "ids", "refs"}):
        return value, None
    said, left = _said(value[key]) if key is not None else ("", None)
    if not isinstance(said, str):
        return value, None
    rest = {each: held for each, held in value.items() if each != key}
    if isinstance(other, str) and key != "other":
        said = ", ".join(filter(None, (said, rest.pop("other"))))
    if left is not None and key is not None:
        rest[key] = left
    return said, rest or None


def _said_in_list(values: list[Any]) -> tuple[str, Any]:
    """Several answers to one question: `a, b`."""
    found = [_said(value) for value in values if not isinstance(value, list)]
    if len(found) < len(values) or not all(isinstance(said, str) for said, _ in found):
        return text_of(values), None
    left = [left for _, left in found]
    return ", ".join(str(said) for said, _ in found if said), left if any(each is not None for each in left) else None


# --- what the questions are called


def titles_in(key: str, values: list[Any]) -> Iterator[tuple[str, str]]:
    """Of a list of questions: each one's ids with its title. Questions within groups too."""
    if bare(key) not in _LISTS_OF_QUESTIONS:
        return
    waiting: list[Any] = list(values)
    while waiting:
        item = waiting.pop()
        if not isinstance(item, dict):
            continue
        title = next((item[word] for word in ("title", "label", "question") if isinstance(item.get(word), str)), "")
        for word in ("id", "ref", "questionId", "key"):
            if isinstance(item.get(word), str) and title.strip():
                yield item[word], title
        within = item.get("properties")
        for group in (item, within):
            held = group.get("fields") if isinstance(group, dict) else None
            waiting += held if isinstance(held, list) else []


# --- contact points


_CONTACTS = {
    **dict.fromkeys(listed("email emails emailaddress emailaddresses mails"), "email"),
    **dict.fromkeys(listed("phone phones phonenumber phonenumbers telephones telephonenumbers mobilephones"), "phone"),
    **dict.fromkeys(listed("websites urls"), "website"),
}
_POINTS = listed("value email emailaddress address number phone phonenumber url")
_LABELS = ("label", "type", "kind", "category")
_PRIMARY = ("primary", "isprimary", "preferred")


class Point(NamedTuple):
    """A contact point: an address or a number, what it is called (work, home), and what else is said of it."""

    text: str
    label: str
    rest: dict[str, Any]


def contact_points(key: str, values: list[Any]) -> tuple[str, list[Point]] | None:
    """What a list of addresses or numbers is called, and they, the primary one first; None where it is no such list."""
    name = _CONTACTS.get(bare(key))
    if not values:
        return (name, []) if name is not None else None
    points: list[tuple[bool, Point]] = []
    for value in values:
        if not isinstance(value, dict):
            if name is None or isinstance(value, list):
                return None
            points.append((False, Point(text_of(value), "", {})))
            continue
        if isinstance(value, Doubled):
            return None
        words = {bare(each): each for each in reversed(value)}
        held = next((words[word] for word in _POINTS if word in words and _is_scalar(value[words[word]])), None)
        primary = next((words[word] for word in _PRIMARY if word in words), None)
        if held is None or (name is None and primary is None):
            return None
        label = next((words[word] for word in _LABELS if word in words and type(value[words[word]]) is str), None)
        rest = {each: said for each, said in value.items() if each not in (held, label)}
        point = Point(text_of(value[held]), value[label] if label is not None else "", rest)
        points.append((primary is not None and value[primary] in (True, "1"), point))
    points.sort(key=lambda each: not each[0])
    return name or key, [point for _, point in points]
