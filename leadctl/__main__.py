"""python -m leadctl"""

from __future__ import annotations


def main() -> None:
    """Runs the command line of this process."""
    from leadctl.cli.app import run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
