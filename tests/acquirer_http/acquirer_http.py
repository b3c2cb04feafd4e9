"""One node as the live acquirer of another, over HTTPS: every operation, then crashes of both under load."""
import argparse
import sys

import operations


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=4, help="rounds of kill -9 under load; 1000 is the long form")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", action="append", default=[], help="part of a test's name; without crashes")
    arguments = parser.parse_args()
    passed, failed = operations.run(arguments.binary, [word.replace(" ", "_") for word in arguments.only])
    if not arguments.only:
        import crashes
        more = crashes.run(arguments.binary, arguments.rounds, arguments.seed)
        passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
