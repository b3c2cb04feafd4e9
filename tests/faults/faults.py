"""Faults on the real process; see run."""
import argparse
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import clock  # noqa: E402
import damage  # noqa: E402
import nth_call  # noqa: E402
import resources  # noqa: E402



class Watch:
    def __init__(self, minutes):
        self.end_s = time.monotonic() + minutes * 60
        self.failed = 0

    def is_over(self):
        return self.failed > 0 or time.monotonic() > self.end_s


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", action="append", default=[])
    arguments = parser.parse_args()
    long_form = arguments.rounds is not None or arguments.minutes is not None
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    watch = Watch(arguments.minutes or 24 * 60)
    passed = failed = skipped = 0
    parts = [(nth_call, {}), (clock, {}), (resources, {}), (damage, {"rounds": arguments.rounds or (400 if long_form else 24)})]
    for part, more in parts:
        if arguments.only and part.__name__ not in arguments.only:
            continue
        tests = part.tests(arguments.binary, rng, long_form, watch, **more)
        while True:
            try:
                name, test = next(tests)
            except StopIteration:
                break
            except Exception as error:  # what they need could not be made
                failed += 1
                print(f"FAILED  {part.__name__}: {type(error).__name__}: {error}", flush=True)
                break
            began_s = time.monotonic()
            try:
                what = test()
            except NotImplementedError as reason:
                skipped += 1
                print(f"skipped {name}: {reason}", flush=True)
                continue
            except Exception as error:  # a test may fail in any way
                failed += 1
                watch.failed += 1
                print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
                continue
            passed += 1
            print(f"ok      {name}: {what} ({time.monotonic() - began_s:.1f} s)", flush=True)
        watch.failed = 0
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
