"""What benchmarks/agreement.py counts. docs/values.md looks at each disagreement: when one goes or comes, mend it there too."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).resolve().parents[2]
FOLDER = os.environ.get("LEADCTL_REALDATA")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="LEADCTL_REALDATA is not set")


@pytest.fixture(scope="module")
def agreement() -> ModuleType:
    spec = importlib.util.spec_from_file_location("agreement", SOURCE / "benchmarks" / "agreement.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["agreement"] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


def test_emails(agreement: ModuleType) -> None:
    found = agreement.emails(Path(FOLDER or ""))
    assert {name: (each.agreed, each.count) for name, each in found.items()} == {
        "ISEMAIL_VALID_CATEGORY": (13, 14),
        "ISEMAIL_DNSWARN": (4, 8),
        "ISEMAIL_RFC5321": (13, 16),
        "ISEMAIL_CFWS": (9, 10),
        "ISEMAIL_DEPREC": (17, 20),
        "ISEMAIL_RFC5322": (30, 30),
        "ISEMAIL_ERR": (50, 66),
    }
    page = (SOURCE / "docs" / "values.md").read_text(encoding="utf-8")
    justified = set(page.replace(",", " ").split())
    assert {number for each in found.values() for number in each.apart} <= justified


def test_phones(agreement: ModuleType) -> None:
    found = agreement.phones(Path(FOLDER or ""))
    assert {name: (each.agreed, each.count) for name, each in found.items()} == dict.fromkeys(
        ("national", "international", "e164", "rfc3966", "all four"), (672, 673)
    )
    assert found["all four"].apart == ["+431234567890"]
