"""Initscope: the window, or `train` and `bench` on the command line."""

import sys


def main(argv: list[str]) -> int:
    """Carry out a command line without the program's name; returns the exit status."""
    if argv[:1] == ["train"]:
        from model.cli import train

        return train(argv[1:])
    if argv[:1] == ["bench"]:
        from gui.bench import bench

        return bench(argv[1:])
    if "--info" in argv:
        from model.cli import info

        sys.stdout.write(info())
        return 0
    if not {"--help", "-h", "--version"}.isdisjoint(argv):
        from model.arguments import parse_window_arguments

        parse_window_arguments(argv)  # answers and ends, where there is no display too
    from gui.start import start

    return start(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
