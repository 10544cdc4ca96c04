"""python -m leadctl"""

from __future__ import annotations


def main() -> None:
    """Runs the command line of this process."""
    try:
        from leadctl.cli.app import run_command_line

        run_command_line()
    except KeyboardInterrupt:  # before there is a command that could answer it
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
