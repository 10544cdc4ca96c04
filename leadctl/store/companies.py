"""Leads grouped by their companies, and who of them decides.

A lead's company is its mail domain. Without one (free mail) it is the company that other leads, or the table `company`, know
under its company's name, where only one domain has that name; else all leads of the name without a domain are one company.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leadctl.model.names import company_key
from leadctl.model.roles import decides
from leadctl.model.title_words import SENIORITIES
from leadctl.model.titles import seniority

_TABLES = ("spelt", "found", "home", "member", "called", "firm")
# Each spelling of a name is read once: that takes longer than all else.
_SPELT = "CREATE TEMP TABLE spelt (company TEXT PRIMARY KEY, key TEXT) WITHOUT ROWID"
_SPELL = "INSERT OR IGNORE INTO spelt SELECT company, company_key(company) FROM (SELECT DISTINCT company FROM lead WHERE {0})"
_OPEN = "lead.stage IN (SELECT value FROM json_each(:open)) AND lead.value > 0"
_FOUND = """
CREATE TEMP TABLE found (
  lead INTEGER PRIMARY KEY, domain TEXT, key TEXT, company TEXT, owner TEXT, open_value REAL, deciding INTEGER)
"""
_FIND = f"""
INSERT OR IGNORE INTO found
SELECT lead.id, lead.company_domain, spelt.key, CASE WHEN spelt.key IS NOT NULL THEN lead.company END, lead.owner,
       CASE WHEN {_OPEN} THEN lead.value END, {{decides}}
FROM lead LEFT JOIN spelt ON spelt.company = lead.company WHERE {{which}}
"""
_HOME = """
CREATE TEMP TABLE home AS SELECT key, min(domain) AS domain FROM (
  SELECT key, domain FROM found WHERE key IS NOT NULL AND domain IS NOT NULL
  UNION SELECT key, domain FROM company WHERE domain IS NOT NULL)
GROUP BY key HAVING count(*) = 1
"""
# `firm` is `@fjord.no`, or `=fjord` where only a name is known.
_MEMBER = """
CREATE TEMP TABLE member (
  firm TEXT, lead INTEGER, key TEXT, company TEXT, owner TEXT, open_value REAL, deciding INTEGER, PRIMARY KEY (firm, lead)
) WITHOUT ROWID
"""
_GROUP = """
INSERT INTO member
SELECT coalesce('@' || found.domain, '@' || home.domain, '=' || found.key) AS firm, found.lead, found.key, found.company,
       found.owner, found.open_value, found.deciding
FROM found LEFT JOIN home ON found.domain IS NULL AND home.key = found.key
WHERE found.domain IS NOT NULL OR found.key IS NOT NULL ORDER BY firm, lead
"""
# What a firm is called: as the table says, else as most of its leads spell it.
_CALLED = "CREATE TEMP TABLE called (firm TEXT PRIMARY KEY, name TEXT, company INTEGER)"
_NAME_BY_TABLE = """
INSERT OR IGNORE INTO called
SELECT coalesce('@' || company.domain, '@' || home.domain, '=' || company.key), nullif(company.name, company.domain),
       company.id
FROM company LEFT JOIN home ON company.domain IS NULL AND home.key = company.key {which}
ORDER BY company.domain IS NULL, company.id
"""
_NAME_BY_LEADS = """
INSERT INTO called
SELECT firm, company, NULL FROM (
  SELECT firm, company, row_number() OVER (PARTITION BY firm ORDER BY company IS NULL, leads DESC, company) AS place FROM (
    SELECT firm, company, count(*) AS leads FROM member GROUP BY firm, company))
WHERE place = 1 ON CONFLICT (firm) DO UPDATE SET name = coalesce(name, excluded.name)
"""
_FIRM = """
CREATE TEMP TABLE firm AS
SELECT called.firm, coalesce(called.name, substr(called.firm, 2)) AS name,
       CASE WHEN called.firm LIKE '@%' THEN substr(called.firm, 2) END AS domain, called.company, coalesce(leads, 0) AS leads,
       coalesce(open_deals, 0) AS open_deals, coalesce(open_value, 0) AS open_value, coalesce(deciding, 0) AS deciding, owners
FROM called LEFT JOIN (
  SELECT firm, count(*) AS leads, count(open_value) AS open_deals, total(open_value) AS open_value, sum(deciding) AS deciding,
         json_group_array(DISTINCT owner) FILTER (WHERE owner IS NOT NULL) AS owners
  FROM member GROUP BY firm) AS people ON people.firm = called.firm
"""
_COLUMNS = "firm, name, domain, company, leads, open_deals, open_value, deciding, owners"
_ORDER = "ORDER BY open_value DESC, leads DESC, fold(name), firm"
_DECIDING = """
SELECT member.firm, coalesce(lead.name, lead.email, 'lead ' || lead.id)
FROM json_each(?) AS wanted JOIN member ON member.firm = wanted.value JOIN lead ON lead.id = member.lead
WHERE member.deciding ORDER BY member.firm, lead.id
"""
_CONTACTS = """
SELECT lead.id, lead.name, lead.buying_role, member.deciding, lead.title, lead.email, lead.phone, score.grade, lead.stage,
       lead.owner, lead.value, score.total
FROM member JOIN lead ON lead.id = member.lead LEFT JOIN score ON score.lead = lead.id WHERE member.firm = ? ORDER BY lead.id
"""
_MOST_KEYS = 200  # names under which leads write one company
_SHOWN = 60


@dataclass(frozen=True)
class Firm:
    """A company as its leads and the table `company` know it. `id` tells it from all others; `company` is its number in the
    table. `open_deals`: leads in an open stage that have a value."""

    id: str
    name: str
    domain: str | None
    company: int | None
    leads: int
    open_deals: int
    open_value: float
    deciding: int
    owners: tuple[str, ...]

    @property
    def lacks_decider(self) -> bool:
        """Whether nobody is known to decide, while there are several contacts or an open deal."""
        return not self.deciding and (self.leads > 1 or self.open_deals > 0)


@dataclass(frozen=True)
class Contact:
    """A lead as a contact of its company."""

    lead: int
    name: str | None
    role: str | None
    decides: bool
    title: str | None
    seniority: str | None
    email: str | None
    phone: str | None
    grade: str | None
    stage: str | None
    owner: str | None
    value: float | None
    total: int | None

    @property
    def called(self) -> str:
        return self.name or self.email or f"lead {self.lead}"

    @property
    def rank(self) -> int:
        """How high the title stands: 0 is the highest."""
        return SENIORITIES.index(self.seniority) if self.seniority else len(SENIORITIES)


@dataclass(frozen=True)
class Deciding:
    """Who decides at a company. `deciders`: names; `highest`: who has the highest title, and the title."""

    company: str
    contacts: int
    open_deals: int
    deciders: tuple[str, ...]
    highest: tuple[str, str] | None

    @property
    def warning(self) -> str | None:
        """What is missing, in a sentence; None where somebody decides, or it does not matter yet."""
        if self.deciders or (self.contacts < 2 and not self.open_deals):
            return None
        deal = (
            " and an open deal"
            if self.open_deals == 1
            else f" and {self.open_deals} open deals"
            if self.open_deals
            else ""
        )
        people = f"{self.contacts:,} contact{'s' if self.contacts != 1 else ''}"
        highest = f"; the highest title is {', '.join(map(_short, self.highest))}" if self.highest is not None else ""
        return f"{_short(self.company)}: {people}{deal}, nobody is marked as decision maker{highest}"


def who_decides(connection: sqlite3.Connection, lead: int, open_stages: Sequence[str] = ()) -> Deciding | None:
    """Who decides at a lead's company; None for a lead without one. Deals count as open in the stages given."""
    _register(connection)
    domain, company = connection.execute("SELECT company_domain, company FROM lead WHERE id = ?", (lead,)).fetchone()
    key = company_key(company)
    if domain is None and key is None:
        return None
    _gather_one(connection, open_stages, domain, key)
    (firm,) = connection.execute("SELECT firm FROM member WHERE lead = ?", (lead,)).fetchone()
    weigh(connection, only=firm)
    (found,) = chosen(connection, [firm])
    people = contacts(connection, firm)
    forget(connection)
    titled = [each for each in people if each.title and each.seniority]
    highest = min(titled, key=lambda each: (each.rank, each.lead), default=None)
    names = tuple(each.called for each in people if each.decides)
    title = (highest.called, highest.title) if highest is not None and highest.title else None
    return Deciding(found.name, found.leads, found.open_deals, names, title)


def gather(connection: sqlite3.Connection, open_stages: Sequence[str]) -> None:
    """Finds the company of every lead, in the temporary table `member`. A lead in one of these stages is open."""
    _register(connection)
    forget(connection)
    connection.execute(_SPELT)
    connection.execute(_SPELL.format("company IS NOT NULL"))
    connection.execute(_FOUND)
    _find(connection, open_stages, "lead.company IS NOT NULL OR lead.company_domain IS NOT NULL", {})
    connection.execute(_HOME)
    _group(connection)


def weigh(connection: sqlite3.Connection, only: str | None = None) -> None:
    """Works out the facts of each company that was gathered or is in the table, in the temporary table `firm`. `only`: the one
    of that id was gathered."""
    for table in ("called", "firm"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    connection.execute(_CALLED)
    which = ""
    values: tuple[str, ...] = ()
    if only is not None:
        which = "WHERE company.domain = substr(?1, 2) OR company.key IN (SELECT key FROM member WHERE firm = ?1)"
        values = (only,)
    connection.execute(_NAME_BY_TABLE.format(which=which), values)
    connection.execute(_NAME_BY_LEADS)
    connection.execute(_FIRM)


def firms(connection: sqlite3.Connection, words: Sequence[str], limit: int | None) -> list[Firm]:
    """The companies with these words in their name or domain, the highest open value first."""
    least = f"LIMIT {int(limit)}" if limit is not None else ""
    return _firms(connection, f"{_searched(words)} {_ORDER} {least}", words)


def chosen(connection: sqlite3.Connection, ids: Iterable[str]) -> list[Firm]:
    """The companies of these ids."""
    return _firms(connection, f"WHERE firm IN (SELECT value FROM json_each(?)) {_ORDER}", [json.dumps(list(ids))])


def count(connection: sqlite3.Connection, words: Sequence[str]) -> int:
    """How many companies have these words."""
    return int(connection.execute(f"SELECT count(*) FROM firm {_searched(words)}", tuple(words)).fetchone()[0])


def _searched(words: Sequence[str]) -> str:
    conditions = ["instr(fold(name || ' ' || coalesce(domain, '')), fold(?)) > 0" for _ in words]
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _firms(connection: sqlite3.Connection, which: str, values: Sequence[str]) -> list[Firm]:
    return [
        Firm(firm, name, domain, company, leads, deals, value, int(deciding), tuple(sorted(json.loads(owners or "[]"))))
        for firm, name, domain, company, leads, deals, value, deciding, owners in connection.execute(
            f"SELECT {_COLUMNS} FROM firm {which}", tuple(values)
        )
    ]


def firms_called(connection: sqlite3.Connection, domain: str | None, key: str | None) -> list[str]:
    """The ids of the companies that have this domain, or else this name."""
    if domain is not None:
        there = connection.execute("SELECT firm FROM firm WHERE firm = '@' || ?", (domain,)).fetchall()
        if there:
            return [there[0][0]]
    if key is None:
        return []
    query = "SELECT firm FROM firm WHERE company_key(name) = ?1 UNION SELECT firm FROM member WHERE key = ?1 ORDER BY 1"
    return [row[0] for row in connection.execute(query, (key,))]


def deciders(connection: sqlite3.Connection, wanted: Iterable[str]) -> dict[str, list[str]]:
    """Company -> the names of those who decide."""
    found: dict[str, list[str]] = {}
    for firm, name in connection.execute(_DECIDING, (json.dumps(list(wanted)),)):
        found.setdefault(firm, []).append(name)
    return found


def contacts(connection: sqlite3.Connection, firm: str) -> list[Contact]:
    """The leads of one company: who decides first, then the highest titles, then the best scores."""
    found = []
    for row in connection.execute(_CONTACTS, (firm,)):
        lead, name, role, deciding, title, *rest = row
        rank = seniority(title) if title else None
        found.append(Contact(lead, name, role, bool(deciding), title, rank, *rest))
    return sorted(found, key=lambda each: (not each.decides, each.rank, -(each.total or 0), each.lead))


def forget(connection: sqlite3.Connection) -> None:
    """Drops what `gather` and `weigh` have made."""
    for table in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _register(connection: sqlite3.Connection) -> None:
    connection.create_function("company_key", 1, company_key, deterministic=True)
    connection.create_function("decides", 1, decides, deterministic=True)


def _decides(connection: sqlite3.Connection) -> str:
    """The condition on a lead that says that the person decides: by its role, or by a field `decision_maker` of one's own."""
    by_role = "(lead.buying_role IS NOT NULL AND decides(lead.buying_role))"
    own = connection.execute("SELECT type FROM pragma_table_info('lead') WHERE name = 'decision_maker'").fetchone()
    return f"({by_role} OR lead.decision_maker IS 1)" if own == ("INTEGER",) else by_role


def _gather_one(
    connection: sqlite3.Connection, open_stages: Sequence[str], domain: str | None, key: str | None
) -> None:
    """Like `gather`, for the company of this domain or name alone: it is read on while that shows further names."""
    forget(connection)
    connection.execute(_SPELT)
    connection.execute(_FOUND)
    read_domains: set[str] = set()
    read_keys: set[str] = set()
    domains = {domain} if domain is not None else set()
    keys = {key} if key is not None else set()
    while (domains - read_domains or keys - read_keys) and len(keys) <= _MOST_KEYS:
        which, values = _spelt_so(keys - read_keys)
        values["domains"] = json.dumps(sorted(domains - read_domains))
        of_domain = "company_domain IN (SELECT value FROM json_each(:domains))"
        connection.execute(_SPELL.format(f"{of_domain} OR {which}"), values)
        _find(connection, open_stages, f"{of_domain} OR spelt.key IN (SELECT value FROM json_each(:keys))", values)
        read_domains |= domains
        read_keys |= keys
        connection.execute("DROP TABLE IF EXISTS temp.home")
        connection.execute(_HOME)
        if domain is None:
            domain = next((row[0] for row in connection.execute("SELECT domain FROM home WHERE key = ?", (key,))), None)
        if domain is not None:
            domains = {domain}
            keys |= {row[0] for row in connection.execute(
                "SELECT key FROM found WHERE domain = ?1 AND key IS NOT NULL UNION SELECT key FROM company WHERE domain = ?1",
                (domain,))}  # fmt: skip
    _group(connection)


def _spelt_so(keys: Iterable[str]) -> tuple[str, dict[str, str]]:
    """A condition that holds for every spelling of these names, and for few others: in plain letters a name begins as its key
    does, blanks aside. All that is not plain is read."""
    plain = {f"k{at}": key.replace(" ", "") for at, key in enumerate(keys) if key.isascii()}
    begins = "".join(f" OR instr(replace(lower(company), ' ', ''), :{name}) = 1" for name in plain)
    return f"company GLOB '*[^ -~]*'{begins}", {**plain, "keys": json.dumps(sorted(keys))}


def _find(connection: sqlite3.Connection, open_stages: Sequence[str], which: str, values: Mapping[str, str]) -> None:
    query = _FIND.format(decides=_decides(connection), which=which)
    connection.execute(query, {**values, "open": json.dumps(list(open_stages))})


def _group(connection: sqlite3.Connection) -> None:
    connection.execute(_MEMBER)
    connection.execute(_GROUP)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
