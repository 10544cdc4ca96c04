"""YAML's traps are closed: each with its place, and quickly."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from leadctl.compiler.load import LoadError, Mapping, Node, Scalar, Sequence, load_file, load_text
from leadctl.errors import Mistake


def refused(text: str) -> Mistake:
    began = time.perf_counter()
    with pytest.raises(LoadError) as caught:
        load_text(text, "rules/x.yaml")
    assert time.perf_counter() - began < 5
    return caught.value.mistake


def plain(node: Node | None) -> object:
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else None


@pytest.mark.parametrize(
    "word", ["NO", "no", "on", "yes", "010", "0x1F", "12:30", "1e3", "~", "null", "2026-01-01", ".inf"]
)
def test_words_stay_text(word: str) -> None:
    assert plain(load_text(f"country: {word}\nlist: [{word}, {word}]", "x")) == {"country": word, "list": [word, word]}


def test_every_node_knows_its_place() -> None:
    found = load_text("a: 1\nb:\n  - {c: 'x y', d: [e]}\n", "rules/x.yaml")
    assert isinstance(found, Mapping)
    (_, one), (b, listed) = found.entries
    assert isinstance(listed, Sequence)
    inner = listed.items[0]
    assert isinstance(inner, Mapping)
    c, text = inner.entries[0]
    assert [str(each.place) for each in (one, b, inner, c, text)] == [
        *("rules/x.yaml:1:4", "rules/x.yaml:2:1", "rules/x.yaml:3:5", "rules/x.yaml:3:6", "rules/x.yaml:3:9"),
    ]
    assert (text.place.width, text.place.text, isinstance(text, Scalar) and text.quoted) == (
        5,
        "  - {c: 'x y', d: [e]}",
        True,
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "\ufeff"])
def test_an_empty_file_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    assert load_file(tmp_path / "x.yaml", "x") is None


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("\ufeffa: 1\r\nb: ü\r\n".encode())
    assert plain(load_file(tmp_path / "x.yaml", "x")) == {"a": "1", "b": "ü"}


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "'a' stands twice here: first on line 1"),
        ("x:\n  a: 1\n  'a': 3\n", "3:3", "'a' stands twice here: first on line 2"),
        ("when: {country: DE, country: AT}", "1:21", "'country' stands twice here: first on line 1"),
        ("a: &x 1\nb: 2\n", "1:4", "anchors (`&x`)"),
        ("a: &x {b: 1}\n", "1:4", "anchors (`&x`)"),
        ("a: 1\nb: *x\n", "2:4", "aliases (`*name`)"),
        ("a: !!python/object:os.system x\n", "1:4", "tags (`tag:yaml.org,2002:python/object:os.system`)"),
        ("a: !!binary aGk=\n", "1:4", "tags ("),
        ("a: !mine [1]\n", "1:4", "tags (`!mine`)"),
        ("x:\n  <<: {a: 1}\n", "2:3", "merge keys (`<<`)"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document"),
        ("a: 1\n...\n---\nb: 2\n", "3:1", "a second document"),
        ("[a, b]\n", "1:1", "a rule file is a map of keys"),
        ("just words\n", "1:1", "a rule file is a map of keys"),
        ("''\n", "1:1", "a rule file is a map of keys"),
        ("? [a]\n: 1\n", "1:3", "a key must be a single word"),
        ("a:\n\t- b\n", "2:1", "a tab; YAML wants spaces"),
        ("a:\n  - b\n\t- c\n", "3:1", "a tab; YAML wants spaces"),
        ("a: {b: 1, c: [2}\n", "1:16", "the text breaks off or the indentation is off"),
        ("a: 'b\nc: d\n", "3:1", "never closed"),
        ("a: b: c\n", "1:5", "a second `:` on this line"),
        ("a: \x1b[31m\n", "1:4", "a character that YAML does not allow"),
        ("a: 1\nb: x\x00y\n", "2:5", "a character that YAML does not allow"),
        ("a: \x07\n", "1:4", "a character that YAML does not allow"),
        ("a: @b\n", "1:4", "not YAML"),
        ("a: %b\n", "1:4", "not YAML"),
    ],
)  # fmt: skip
def test_a_trap_is_refused_with_its_place(text: str, place: str, says: str) -> None:
    found = refused(text)
    assert says in found.message
    assert str(found.place) == f"rules/x.yaml:{place}"
    assert found.level == "error"


def test_a_quoted_merge_sign_and_the_plain_tag_are_text() -> None:
    assert plain(load_text("'<<': 1\na: ! b\n", "x")) == {"<<": "1", "a": "b"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[" * 200_000, "1:25"),
        ("a: " + "[" * 200_000 + "]" * 200_000, "1:27"),
        ("a: " + "{a: " * 100_000, "1:93"),
        ("- " * 200_000, "1:49"),
        ("\n".join("  " * n + "a:" for n in range(900)), "24:47"),
    ],
    ids=["open brackets", "brackets", "braces", "dashes", "indented"],
)
def test_deep_nesting_is_refused_at_once(text: str, place: str) -> None:
    found = refused(text)
    assert found.message == "nested deeper than 24 levels"
    assert str(found.place) == f"rules/x.yaml:{place}"


def test_a_question_nested_200_000_times_is_refused_too() -> None:
    assert refused("? " * 200_000).message


def test_twenty_four_levels_are_allowed() -> None:
    assert plain(load_text("a: " + "[" * 23 + "]" * 23, "x"))
    assert "deeper" in refused("a: " + "[" * 24 + "]" * 24).message


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    found = refused("\n".join(lines))
    assert (str(found.place), found.message) == ("rules/x.yaml:1:5", "anchors (`&a0`) are not allowed")


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: " + "x" * 1_000_000)
    with pytest.raises(LoadError) as caught:
        load_file(path, "rules/x.yaml")
    assert caught.value.mistake.message == "larger than 1 MB"
    assert refused("a: " + "x" * 1_000_000).message == "larger than 1 MB"


def test_too_many_values_are_refused() -> None:
    found = refused("a: [" + "x," * 70_000 + "]")
    assert found.message == "more than 60,000 values in one file"
    assert found.place.line == 1
    assert isinstance(load_text("a: [" + "x," * 50_000 + "]", "x"), Mapping)


@pytest.mark.parametrize(
    ("raw", "says"), [(b"a: 1\nb: \xff\n", "not UTF-8 text"), ("a: 1".encode("utf-16"), "not UTF-8 text")]
)
def test_what_is_not_text_is_refused(raw: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(raw)
    with pytest.raises(LoadError) as caught:
        load_file(tmp_path / "x.yaml", "rules/x.yaml")
    assert caught.value.mistake.message == says
    assert caught.value.mistake.place.line == (2 if raw[0] == ord("a") else 1)


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        load_file(tmp_path / "none.yaml", "rules/none.yaml")


def test_deep_anchors_in_keys_and_comments_do_not_hide() -> None:
    assert "anchors" in refused("? &x a\n: 1\n").message
    assert "twice" in refused("a: 1 # one\n# two\na: 2").message
