"""Names that people give to fields, dimensions and types of activity."""

from __future__ import annotations

import re

from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Scalar

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check_name(findings: Findings, key: Scalar, what: str) -> bool:
    """Names become column names: small letters, digits and `_`."""
    if _NAME.fullmatch(key.text):
        return True
    findings.error(
        key.place,
        f"'{key.text}' cannot be the name of a {what}",
        "use small letters, digits and _, such as company_fit",
    )
    return False
