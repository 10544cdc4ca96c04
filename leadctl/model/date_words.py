"""Words inside dates: the names of months and of time zones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_NAMES = (
    "jan january januar jän jänner jaen janv janvier ene enero gen gennaio januari janeiro",
    "feb february februar feber fév fev févr fevr février fevrier febrero febbraio februari fevereiro",
    "mar march mär märz maerz mrz mars marzo maart mrt março marco",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio mei maj maio",
    "jun june juni juin junio giu giugno junho",
    "jul july juli juil juillet julio lug luglio julho",
    "aug august août aout ago agosto augustus augusti",
    "sep sept september septembre septiembre setiembre set settembre setembro",
    "oct october okt oktober octobre octubre ott ottobre out outubro",
    "nov november novembre noviembre novembro",
    "dec december dez dezember déc décembre decembre dic diciembre dicembre des desember dezembro",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
"""Month names and their short forms, casefolded, in English, German, French, Spanish, Italian, Portuguese, Dutch and the
Scandinavian languages. No word of them means one month here and another there."""

# Names of zones that stand for one offset only, in minutes, and a place that keeps them: those of RFC 5322 without CST,
# which is China's too, and Europe's.
_NEW_YORK, _DENVER, _LOS_ANGELES = "America/New_York", "America/Denver", "America/Los_Angeles"
_CENTRAL, _EASTERN = "Europe/Berlin", "Europe/Helsinki"
_ZONES = {
    "z": (0, None), "utc": (0, None), "gmt": (0, None), "cet": (60, _CENTRAL), "mez": (60, _CENTRAL),
    "cest": (120, _CENTRAL), "mesz": (120, _CENTRAL), "eet": (120, _EASTERN), "oez": (120, _EASTERN),
    "eest": (180, _EASTERN), "est": (-300, _NEW_YORK), "edt": (-240, _NEW_YORK), "cdt": (-300, "America/Chicago"),
    "mst": (-420, _DENVER), "mdt": (-360, _DENVER), "pst": (-480, _LOS_ANGELES), "pdt": (-420, _LOS_ANGELES),
}  # fmt: skip
_OFFSET = r"([+-])(?:([0-9]{2}):?([0-9]{2})?|([0-9])(?::([0-9]{2}))?)"
_AS_NUMBERS = r"[+-](?:[0-9]{2}(?::?[0-9]{2})?|[0-9](?::[0-9]{2})?)"
ZONE = rf"(?:{'|'.join(sorted(_ZONES, key=len, reverse=True))}|(?:utc|gmt)?{_AS_NUMBERS})"
"""A pattern for a zone in small letters: `z`, `+02:00`, `gmt+1`, `cest`."""


def offset(zone: str, wall_clock: datetime) -> timezone:
    """How far a zone, as `ZONE` finds it, is from UTC. ValueError where nowhere has that offset, and for a summer time in
    winter or the other way round: people write CET all the year and mean what their clock shows."""
    if zone in _ZONES:
        minutes, place = _ZONES[zone]
        if place is not None and not _keeps(place, wall_clock, minutes):
            raise ValueError(f"{zone.upper()} is not kept on that day; write the offset, such as +02:00")
    else:
        found = re.fullmatch(_OFFSET, zone.removeprefix("utc").removeprefix("gmt"))
        assert found is not None
        minutes = int(found[2] or found[4]) * 60 + int(found[3] or found[5] or 0)
        if minutes > 14 * 60:
            raise ValueError("no place is more than 14 hours from UTC")
        minutes = -minutes if found[1] == "-" else minutes
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _keeps(place: str, wall_clock: datetime, minutes: int) -> bool:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(place)
    # In the hour that the clocks show twice, both hold.
    readings = (wall_clock.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return any(reading.utcoffset() == timedelta(minutes=minutes) for reading in readings)
