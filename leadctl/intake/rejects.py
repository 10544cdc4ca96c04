"""The file of refused rows: each with its line and the reason, to be mended by hand and imported again."""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from leadctl.errors import BrokeOff, Place, UsageError
from leadctl.intake.batch import BadRow

LINE_COLUMN = "leadctl_line"
REASON_COLUMN = "leadctl_reason"
OWN_COLUMNS = (LINE_COLUMN, REASON_COLUMN)


class RejectFile:
    """CSV in UTF-8: `leadctl_line`, `leadctl_reason`, then the columns of the file that was read.

    Made at the first reject, under another name until `close`, so that a file by its name is always whole; left by an
    error, nothing stays. The values of a row stand as they were found: a row too short or too long is so here too,
    until someone mends it. Raises UsageError where no file can be made.
    """

    def __init__(self, path: str | Path, header: Sequence[str]) -> None:
        self.path = Path(path)
        self.count = 0
        # Rejects of a file of rejects: its own two columns are replaced, not doubled.
        self._left_out = {index for index, name in enumerate(header) if name in OWN_COLUMNS}
        self._header = self._kept(header)
        self._file: IO[str] | None = None
        self._temporary: Path | None = None

    def add(self, bad: BadRow) -> None:
        """Write one refused row."""
        if self._file is None:
            self._file = self._create()
            self._write([*OWN_COLUMNS, *self._header])
        self._write([str(bad.line), bad.reason, *self._kept(bad.values)])
        self.count += 1

    def close(self) -> None:
        """Finish the file and give it its name. Without a reject there is none."""
        if self._file is None:
            return
        try:
            self._file.close()
            if self._temporary is not None:
                self._temporary.replace(self.path.resolve())
        except OSError as error:
            self.discard()
            raise self._broke(error) from error
        self._file = self._temporary = None

    def discard(self) -> None:
        """Forget what was written."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk: what could not be written is not wanted any more
                self._file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
        self._file = self._temporary = None

    def __enter__(self) -> RejectFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _kept(self, values: Sequence[str]) -> list[str]:
        return [value for index, value in enumerate(values) if index not in self._left_out]

    def _create(self) -> IO[str]:
        path = self.path.resolve()
        try:
            if path.exists() and not path.is_file() and not path.is_dir():  # /dev/null, a pipe: no renaming onto these
                return path.open("w", encoding="utf-8", newline="")
            if path.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            path.parent.mkdir(exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
            self._temporary = Path(name)
            return os.fdopen(handle, "w", encoding="utf-8", newline="")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            hint = "give --rejects a file in a folder that you may write to"
            raise UsageError(f"cannot be written: {why}", place=Place(str(self.path)), hint=hint) from error

    def _write(self, cells: list[str]) -> None:
        assert self._file is not None
        # A lone carriage return would be written bare and read back as the end of a line.
        needed = any("\r" in cell for cell in cells)
        clean = [whole_characters(cell) for cell in cells]
        writer = csv.writer(self._file, lineterminator="\n", quoting=csv.QUOTE_ALL if needed else csv.QUOTE_MINIMAL)
        try:
            writer.writerow(clean)
        except OSError as error:
            raise self._broke(error) from error

    def _broke(self, error: OSError) -> BrokeOff:
        return BrokeOff(f"cannot be written: {error.strerror or error}", place=Place(str(self.path)))


def whole_characters(text: str) -> str:
    """The text with half characters (lone surrogates, which no file can hold) replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
