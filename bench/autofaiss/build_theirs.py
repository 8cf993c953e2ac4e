"""AutoFaiss's build of one row, run as a child in AutoFaiss's own virtual environment."""

import json
import sys


def main():
    from autofaiss import build_index

    settings = json.loads(sys.argv[1])
    index, infos = build_index(**settings, verbose=40)
    if index is None:
        raise SystemExit("AutoFaiss logged an error and returned nothing")
    print(json.dumps(infos, default=float))


if __name__ == "__main__":
    main()
