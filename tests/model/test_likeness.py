"""Likeness: what makes two leads one person, and what must never do so."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.email import judge
from leadctl.model.likeness.comparing import AUTOMATIC, REVIEW, Likeness, Population, compare
from leadctl.model.likeness.facts import Column, kind_of
from leadctl.model.likeness.names import is_short_form, words_alike
from leadctl.model.likeness.traits import STORED, Traits, keys_of, plain, said_by, sound, traits_of
from leadctl.model.phone import normalise

Lead = dict[str, Any]


def traits(lead: int, given: Lead) -> Traits:
    """A lead as an import would store it; what no field takes stands in `extra`."""
    row = {name: given.get(name) for name in STORED} | {"id": lead}
    if row["email"]:
        row["email"], row["email_state"], _ = judge(row["email"])
    if row["phone"]:
        row["phone"], row["phone_state"], _ = normalise(row["phone"], None)
    if row["name"] is None:
        row["name"] = " ".join(filter(None, (given.get("first_name"), given.get("last_name")))) or None
    other = {name: value for name, value in given.items() if name not in STORED}
    row["extra"] = json.dumps(other) if other else None
    return traits_of([row[name] for name in STORED], {})


def likeness(one: Lead, other: Lead, *others: Lead, leads: int | None = None) -> Likeness:
    """Of the first two, among these leads (or so many that say nothing alike)."""
    known = [traits(number, each) for number, each in enumerate((one, other, *others), 1)]
    counts = Counter(said for each in known for said in said_by(each))
    kinds = {}
    for name in {key for each in known for key in each.facts}:
        values = [each.facts[name] for each in known if name in each.facts]
        many = Counter(values)
        shared_by = sum(count * count for count in many.values()) / len(values)
        kind = kind_of(Column(name, len(values), len(many), max(many.values()), shared_by, values))
        if kind is not None:
            kinds[name] = kind
    population = Population(leads or len(known), lambda kind, value: counts[kind, value], kinds)
    return compare(known[0], known[1], population)


KARI = {
    "first_name": "Kari",
    "last_name": "Nordmann",
    "email": "kari@fjord.example",
    "company": "Fjord AS",
    "city": "Oslo",
}
ANNA = {"first_name": "Anna", "last_name": "Huber", "phone": "+436641234567", "company": "Alpen GmbH", "city": "Wien"}


@pytest.mark.parametrize(
    ("one", "change"),
    [
        (KARI, {}),
        (KARI, {"company": "Fjord A/S"}),
        (KARI, {"first_name": "K."}),
        (KARI, {"last_name": "Nordman"}),
        (KARI, {"first_name": "Nordmann", "last_name": "Kari"}),
        (KARI, {"first_name": None, "last_name": None, "name": "Nordmann, Kari"}),
        ({**KARI, "phone": "+4722334455"}, {"email": "kari.nordmann@gmail.com"}),
        (ANNA, {"phone": "0664 1234567"}),
        (ANNA, {"company": "Alpen", "city": None}),
        (ANNA, {"email": "anna.huber@alpen.example", "company": None}),
        ({**ANNA, "last_name": "Müller"}, {"last_name": "Mueller"}),
        ({**ANNA, "first_name": "Robert"}, {"first_name": "Bob"}),
        ({"name": "王小明", "phone": "+8613812345678"}, {"name": "小明 王", "email": "xm@qq.com"}),
    ],
)
def test_one_person(one: Lead, change: Lead) -> None:
    found = likeness(one, {**one, **change})
    assert found.certainty >= AUTOMATIC, found
    assert found.reasons
    assert not found.apart


FATHER = {**ANNA, "first_name": "Hans", "email": "hans@huber.example", "date of birth": "1950-03-01"}
TWIN = {"first_name": "Lena", "last_name": "Berg", "email": "berg@berg.example", "phone": "+436641234567",
        "street": "Hauptstraße 5", "city": "Graz", "date of birth": "1990-05-05"}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FATHER, {**FATHER, "date of birth": "1980-07-12"}),
        (FATHER, {**FATHER, "date of birth": "1951-04-02"}),
        (FATHER, {"date of birth": "1980-07-12", **{k: v for k, v in FATHER.items() if k not in ("email", "date of birth")}}),
        (TWIN, {**TWIN, "first_name": "Max"}),
        (TWIN, {**TWIN, "first_name": "Lea"}),
        (TWIN, {**TWIN, "first_name": "Lena", "ssn": "1", "date of birth": "1992-01-31"}),
        ({**ANNA, "last_name": "Huber Jr."}, {**ANNA, "last_name": "Huber Sr."}),
        (ANNA, {**ANNA, "first_name": "Franz"}),
        (ANNA, {**ANNA, "first_name": "A."}),
        ({**ANNA, "email": "anna.huber@alpen.example"}, {**ANNA, "email": "anna.huber2@alpen.example"}),
        ({**ANNA, "first_name": "Ayla"}, {**ANNA, "first_name": "Ayda"}),
        (ANNA, {**ANNA, "first_name": None}),
        ({**ANNA, "gender": "female"}, {**ANNA, "gender": "male"}),
        ({**ANNA, "Anrede": "Frau"}, {**ANNA, "Anrede": "Herr"}),
        ({**ANNA, "first_name": "Hanna"}, {**ANNA, "first_name": "Johanna"}),
        (ANNA, {**ANNA, "first_name": "Eva", "last_name": "Moser"}),
        ({**KARI, "email": "info@fjord.example"}, {**KARI, "email": "info@fjord.example", "first_name": "Ola"}),
        ({**KARI, "email": "k****@fjord.example"}, {"email": "k****@fjord.example", "company": "Fjord AS"}),
        ({"name": "Anna Schmidt", "city": "Berlin"}, {"name": "Anna Schmidt", "city": "Hamburg"}),
        ({"name": "Anna Schmidt"}, {"name": "Anna Schmidt"}),
        ({"name": "王小明", "company": "东方有限公司"}, {"name": "王小红", "company": "东方有限公司"}),
        ({"company": "Acme GmbH", "email": "anna@acme.example"}, {"company": "Acme GmbH", "email": "bert@acme.example"}),
        ({"company": "Acme GmbH"}, {"company": "Acme GmbH", "name": "Kari Nordmann"}),
        ({"name": "Kari Nordmann", "passport": "AB123456"}, {"name": "Kari Nordmann", "passport": "CD987654", "city": "Oslo"}),
    ],
)  # fmt: skip
def test_never_merged_unseen(one: Lead, other: Lead) -> None:
    found = likeness(one, other)
    assert found.certainty < AUTOMATIC, found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "Anna Schmidt", "city": "Berlin"}, {"name": "Anna Schmidt", "city": "Hamburg"}),
        (ANNA, {**ANNA, "first_name": "Franz"}),
        ({"email": "x****@firma.example"}, {"email": "x****@firma.example"}),
        ({"email": "info@firma.example", "name": "Max Moser"}, {"email": "info@firma.example", "name": "Eva Lang"}),
    ],
)
def test_not_even_proposed(one: Lead, other: Lead) -> None:
    assert likeness(one, other).certainty < REVIEW


def test_a_rare_name_says_more_than_a_common_one() -> None:
    smiths: list[Lead] = [{"name": "John Smith"}] * 500
    common = likeness(
        {"name": "John Smith", "city": "Leeds"}, {"name": "John Smith", "city": "Leeds"}, *smiths, leads=5000
    )
    rare = likeness(
        {"name": "Zebulon Quark", "city": "Leeds"}, {"name": "Zebulon Quark", "city": "Leeds"}, *smiths, leads=5000
    )
    assert common.certainty < 0.05
    assert rare.certainty > 0.9


def test_a_name_and_a_place_alone_merge_nobody() -> None:
    """How frequent a name is beyond these leads is not known."""
    one = {
        "name": "Hans Huber",
        "city": "Wien",
        "country": "AT",
        "email": "hans.huber@gmx.at",
        "phone": "+436641111222",
    }
    other = {**one, "email": "hhuber77@gmail.com", "phone": "+436763333444"}
    assert REVIEW < likeness(one, other).certainty < AUTOMATIC
    assert likeness(one, {**other, "phone": one["phone"]}).certainty > AUTOMATIC


@pytest.mark.parametrize(
    ("one", "other"),
    [("Paul", "Paula"), ("Gabriel", "Gabriele"), ("Georg", "Georgina"), ("Paulo", "Paula"), ("Hanna", "Anna"), ("Elena", "Helena")],
)  # fmt: skip
def test_two_of_a_family_are_not_one_name_misspelt(one: str, other: str) -> None:
    shared = {"last_name": "Huber", "email": "huber@gmx.at", "phone": "+4315880123", "city": "Wien"}
    assert REVIEW < likeness({"first_name": one, **shared}, {"first_name": other, **shared}).certainty < AUTOMATIC


@pytest.mark.parametrize(
    ("one", "other"), [("Сергей Иванов", "Sergey Ivanov"), ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos")]
)
def test_another_script(one: str, other: str) -> None:
    shared = {"company": "Fjord", "city": "Oslo"}
    assert likeness({"name": one, **shared}, {"name": other, **shared}).certainty > REVIEW


def test_a_switchboard_says_less_than_a_number_of_ones_own() -> None:
    office: list[Lead] = [{"phone": "+4312345678", "company": "Alpen GmbH", "name": f"Person {at}"} for at in range(40)]
    one, other = (
        {"first_name": first, "last_name": "Huber", "phone": "+4312345678", "company": "Alpen GmbH"}
        for first in ("A.", "Anna")
    )
    assert likeness(one, other, *office).certainty < likeness(one, other).certainty
    assert likeness(one, other, *office).certainty < AUTOMATIC


def test_numbers_of_two_countries_with_the_same_end_are_two() -> None:
    one, other = {"name": "Eva Lang", "phone": "+4915112345678"}, {"name": "Max Moser", "phone": "+4312345678"}
    assert not any("same phone" in why for why in likeness(one, other).reasons)
    unknown = {"name": "Eva Lang", "phone": "0151 12345678"}
    assert any(
        "same phone" in why for why in likeness({"name": "Eva Lang", "phone": "+4915112345678"}, unknown).reasons
    )


def test_fields_tell_what_they_are_worth() -> None:
    births = tuple(f"19{year}0{month}15" for year in range(40, 99) for month in (1, 2))
    assert kind_of(Column("x", 118, 100, 3, 1.2, births)).own  # type: ignore[union-attr]
    assert kind_of(Column("row", 118, 118, 1, 1.0, births[:5])) is None, "no two have the same: a row's number"
    assert kind_of(Column("newsletter", 100, 2, 97, 90.0, ["yes"] * 97 + ["no"] * 3)) is None
    numbers = [f"69{at:05d}" for at in range(0, 90_000, 1000)]
    kind = kind_of(Column("kundennr", 180, 90, 2, 2.0, numbers))
    assert kind is not None and kind.own and not kind.birth
    assert not kind_of(Column("postcode", 100, 60, 4, 2.0, [f"{at:05d}" for at in range(80, 120)])).own  # type: ignore[union-attr]
    assert kind_of(Column("sex", 100, 2, 60, 52.0, ["m"] * 60 + ["f"] * 40)).category  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("x", ["2026-11-01 10:00", "2026-11-02 11:30"]),
        ("x", ["2026-11-01T10:00:00.123+01:00", "2026-11-02T10:00:00Z"]),
        ("x", ["01.11.2026 10:00", "11/23/2026 11:30:00"]),
        ("x", ["3/1/2026, 9:05 AM", "Sun Nov 01 2026 10:00:00 GMT"]),
        ("x", ["1770000000", "1770000123"]),
        ("imported at", ["20261101", "20261102"]),
        ("last_contacted", ["20261101", "19651102", "19840312"]),
        ("date of birth", ["2026-11-01T10:00:00", "2026-11-01T10:00:05"]),
    ],
)
def test_a_moment_says_nothing_of_who_somebody_is(name: str, values: list[str]) -> None:
    sample = [traits(1, {name: each}).facts.popitem()[1] for each in values * 20]
    field = next(iter(traits(1, {name: values[0]}).facts))
    assert kind_of(Column(field, len(sample), len(sample) // 2, 2, 2.0, sample)) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hofmannversicherung AG", "Hoffmannversicherung GmbH", True),
        ("Hirschversicherung AG", "Birkeversicherung GmbH", False),
        ("Firma 5", "Firma 55", False),
        ("Tischlerei Huber", "Tischlerei Hubert", False),
        ("Alpen Nord", "Alpen", False),
    ],
)
def test_another_number_or_word_is_another_company(one: str, other: str, same: bool) -> None:
    reasons = likeness({"name": "Anna Berg", "company": one}, {"name": "Anna Berg", "company": other}).reasons
    assert any("companies alike" in why for why in reasons) is same
    houses = ({"email": "a@eins.example"}, {"email": "a@zwei.example"})
    apart = [{"name": "Anna Berg", "company": each} | house for each, house in zip((one, other), houses, strict=True)]
    assert not any("companies alike" in why for why in likeness(*apart).reasons)


def test_other_addresses_and_numbers_need_a_number_of_ones_own() -> None:
    one = {**ANNA, "email": "anna@huber.example", "date of birth": "1980-03-01"}
    other = {**one, "email": "ah77@post.example", "phone": "+436769876543"}
    assert REVIEW < likeness(one, other).certainty < AUTOMATIC
    assert likeness({**one, "ssn": "1234010380"}, {**other, "ssn": "1234010380"}).certainty >= AUTOMATIC


def test_what_is_learned_lets_ones_own_numbers_slip_and_no_more() -> None:
    own = kind_of(Column("date of birth", 50, 40, 2, 1.2, ["19600101"]))
    assert own is not None
    assert own.learned((0, 0, 1000)).levels[2] <= 0.05  # type: ignore[index]
    shared = kind_of(Column("street", 50, 40, 2, 1.2, ["hauptstrasse 1"]))
    assert shared is not None
    assert shared.learned((1000, 0, 0)).levels[2] < 0.01  # type: ignore[index]


@pytest.mark.parametrize(("one", "other"), [("bob", "robert"), ("max", "maximilian"), ("kathe", "katharina")])
def test_short_forms(one: str, other: str) -> None:
    assert is_short_form(one, other) and is_short_form(other, one)


@pytest.mark.parametrize(("one", "other"), [("nordmann", "nordman"), ("schmidt", "schmitt"), ("meier", "meyer")])
def test_words_alike(one: str, other: str) -> None:
    assert words_alike(one, other)
    assert not words_alike(one, "huber")


def test_spellings() -> None:
    assert plain("müller") == plain("mueller") == plain("muller")
    assert plain("åsen") == plain("aasen")
    assert sound("meier") == sound("mayer")


TEXT = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(["Anna Berg", "王小明", "A.", "Jr", "O'Brien", "\ud800", "[/]"])
)
LEADS = st.fixed_dictionaries(
    dict.fromkeys(("name", "first_name", "last_name", "company", "city", "country"), TEXT)
    | {
        "email": st.sampled_from([None, "a@b.example", "info@b.example", "x"]),
        "phone": st.sampled_from([None, "+436641234567", "12"]),
    }
    | {"date of birth": st.sampled_from([None, "1990-01-01", "1990-01-10"]), "note": TEXT}
)


@given(LEADS, LEADS)
def test_any_two_can_be_compared_and_the_order_does_not_count(one: Lead, other: Lead) -> None:
    found, turned = likeness(one, other), likeness(other, one)
    assert 0 <= found.certainty <= 1
    assert abs(found.certainty - turned.certainty) < 0.001
    assert all(isinstance(why, str) for why in found.reasons)


@given(LEADS)
def test_keys_are_numbers_of_31_bits(one: Lead) -> None:
    assert all(0 <= key < 2**31 for key in keys_of(traits(1, one)))
