"""How far leadctl's judgement of e-mail addresses and phone numbers agrees with other people's.

    LEADCTL_REALDATA=FOLDER python benchmarks/agreement.py

FOLDER holds `email/isemail_tests.xml` (is_email, by Dominic Sayers and Michael Rushton) and
`phone/libphonenumber_examples.csv` (made with libphonenumber). docs/values.md looks at each disagreement.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from leadctl.model.email import EmailState, judge
from leadctl.model.phone import PhoneState, normalise

# What a category of is_email means for a list of leads: whether an address of that kind is one to write to.
USABLE = {
    "ISEMAIL_VALID_CATEGORY": True,
    "ISEMAIL_DNSWARN": True,  # the form is right; nobody is asked whether the domain is there
    "ISEMAIL_RFC5321": True,  # unusual, but mail can be sent
    "ISEMAIL_CFWS": True,  # with a comment or blanks
    "ISEMAIL_DEPREC": False,
    "ISEMAIL_RFC5322": False,  # fit for a header, but mail cannot be sent
    "ISEMAIL_ERR": False,
}
SPELLINGS = ("national", "international", "e164", "rfc3966")


@dataclass
class Agreement:
    """Of one kind: how many there are, and those in which the two differ."""

    count: int = 0
    apart: list[str] = field(default_factory=list)

    @property
    def agreed(self) -> int:
        return self.count - len(self.apart)

    def note(self, what: str, *, agrees: bool) -> None:
        self.count += 1
        if not agrees:
            self.apart.append(what)


def emails(folder: Path) -> dict[str, Agreement]:
    """Category of is_email -> agreement; those apart by their number in its file."""
    found = {category: Agreement() for category in USABLE}
    for test in ElementTree.parse(folder / "email" / "isemail_tests.xml").getroot().iter("test"):
        text = test.findtext("address") or ""
        # The file shows control characters as signs.
        address = "".join(
            chr(ord(c) - 0x2400) if "\u2400" <= c < "\u2420" else "\x7f" if c == "\u2421" else c for c in text
        )
        category = test.findtext("category") or ""
        usable = judge(address)[1] == EmailState.VALID
        found[category].note(test.get("id") or "", agrees=usable is USABLE[category])
    return found


def phones(folder: Path) -> dict[str, Agreement]:
    """Spelling -> agreement, and `all four` for numbers of which every spelling is one phone; those apart by E.164."""
    found = {spelling: Agreement() for spelling in (*SPELLINGS, "all four")}
    with (folder / "phone" / "libphonenumber_examples.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wanted = (row["e164"], PhoneState.VALID)
            # Only a national number needs its country; the others are read with it and without.
            readings = {
                spelling: {normalise(row[spelling], country)[:2] for country in _countries(spelling, row["region"])}
                for spelling in SPELLINGS
            }
            for spelling, read in readings.items():
                found[spelling].note(row["e164"], agrees=read == {wanted})
            found["all four"].note(row["e164"], agrees=set().union(*readings.values()) == {wanted})
    return found


def _countries(spelling: str, region: str) -> Sequence[str | None]:
    return (region,) if spelling == "national" else (region, None)


def main() -> int:
    folder = os.environ.get("LEADCTL_REALDATA")
    if folder is None:
        print("set LEADCTL_REALDATA to the folder with the files", file=sys.stderr)
        return 2
    for title, found in (("e-mail addresses", emails(Path(folder))), ("phone numbers", phones(Path(folder)))):
        print(f"{title:24} agreed   of  apart")
        for name, each in found.items():
            print(f"  {name:22} {each.agreed:6} {each.count:4}  {' '.join(each.apart)}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
