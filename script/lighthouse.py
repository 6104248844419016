"""Print what Lighthouse thinks of the pages; to be run by script/lighthouse."""

import json
import sys
from pathlib import Path
from urllib.request import urlopen

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("", "browser")]

from lighthouse import LEAST, looked_at  # noqa: E402
from serving import Servers  # noqa: E402

CHARTS = (
    "--chart=fx=walk?interval_s=0.25&series=EURUSD,USDJPY,GBPUSD",
    "--chart=euro=replay:ecb?speed=86400",
    "--chart=host=system",
)


def main() -> int:
    if len(sys.argv) > 1:
        return print_scores(sys.argv[1].rstrip("/"))
    with Servers() as servers:
        return print_scores(servers.start(*CHARTS).url)


def print_scores(url: str) -> int:
    """Print a line for each page; return how many lack something."""
    with urlopen(f"{url}/api/charts", timeout=20) as answer:
        charts = [chart["name"] for chart in json.load(answer)["charts"]]
    paths = ["/", *(f"/{name}" for name in charts), f"/{charts[0]}/embed", "/docs"]
    lacking = 0
    for page in looked_at(url, paths):
        scores = "  ".join(f"{name} {score:3}" for name, score in page["scores"].items())
        print(f"{page['form']:8} {page['path']:16} {scores}", flush=True)
        for fault in page["lacking"]:
            print(f"{'':9}{fault}")
        lacking += min(page["scores"].values()) < LEAST
    return min(lacking, 1)


if __name__ == "__main__":
    sys.exit(main())
